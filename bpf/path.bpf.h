/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an object is called: walks dentries and mounts upward from an object and writes its name, as
 * the agent's first mount namespace has it, into a scratch buffer. Stops at an anchor, and where it
 * comes to a mount of another namespace: that is the concern of shown.bpf.h. Nothing here judges a
 * name.
 *
 * The first mount is walked with typed pointers, which cost one instruction a field; whatever lies
 * above a mount point, or deeper than AW_FAST_COMPONENTS, with bpf_probe_read_kernel().
 */
#pragma once

#include "agent.bpf.h"
#include "load.bpf.h"

#define AW_FAST_COMPONENTS 16
#define AW_SLOW_COMPONENTS 2200 /* > AW_PATH_MAX / 2, and some mounts */
#define AW_NAME_TRIES	   3

enum aw_name_status {
	AW_NAME_MORE,	 /* go on with the slow walk */
	AW_NAME_TOP,	 /* reached the root of a mount tree */
	AW_NAME_ANCHOR,	 /* reached an anchor: done */
	AW_NAME_ALONE,	 /* the dentry has no parent: anonymous, or disconnected */
	AW_NAME_FOREIGN, /* came to the root of a mount that is not in the namespace */
	AW_NAME_FAILED,	 /* scratch->fail_reason says why */
};

/* What a step of the slow walk needs; where it stands is in the scratch buffer. */
struct aw_walk {
	struct aw_scratch *scratch;
	const struct aw_agent *agent;
	__u64 anchor_bloom; /* 0: anchors do not count */
};

/*
 * The policy's anchor that a folder is, or AW_ANCHOR_NONE. Called where the agent's filter hits. On
 * an overlay, the number of a file can be that of a folder.
 */
__weak int aw_anchor_find(const struct aw_agent *agent, __u32 dev, __u64 ino, __u32 mode)
{
	if (!agent || (mode & S_IFMT) != S_IFDIR)
		return AW_ANCHOR_NONE;
	for (int i = 0; i < AW_ANCHORS_MAX; i++)
		if (agent->anchors[i].ino == ino && agent->anchors[i].dev == dev)
			return agent->anchors[i].index;
	return AW_ANCHOR_NONE;
}

/*
 * The inode number of a dentry, 0 of one that stands for no file. To the verifier of 6.12 the
 * d_inode of a hook's argument is never NULL: it would drop a test of the pointer itself and let
 * the load behind it fault, so a copy that went through a map is tested.
 */
static __always_inline __u64 aw_ino_of(struct aw_scratch *s, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	*(volatile __u64 *)&s->inode = (__u64)inode;
	if (!*(volatile __u64 *)&s->inode)
		return 0;
	return inode->i_ino;
}

/* Puts "/name" before what the buffer holds. Returns the new offset, or 0 (fail_reason is set). */
static __always_inline __u32 aw_name_prepend(struct aw_scratch *s, __u32 offset, const void *name,
					     __u32 length)
{
	if (length > 255 || offset <= length + 1) {
		s->fail_reason = AW_REASON_TOO_LONG;
		return 0;
	}
	offset -= length;
	if (bpf_probe_read_kernel(&s->buffer[offset & (AW_PATH_MAX - 1)], length & 255, name)) {
		s->fail_reason = AW_REASON_UNRESOLVED;
		return 0;
	}
	offset--;
	s->buffer[offset & (AW_PATH_MAX - 1)] = '/';
	return offset;
}

#define AW_NAME_PREFIX(s, offset, text)                                               \
	({                                                                            \
		__u32 _at = (offset) - (sizeof(text) - 1);                            \
		if ((offset) > sizeof(text))                                          \
			__builtin_memcpy(&(s)->buffer[_at & (AW_PATH_MAX - 1)], text, \
					 sizeof(text) - 1);                           \
		(offset) > sizeof(text) ? _at : 0;                                    \
	})

/* Whether a folder in the root of procfs belongs to a task of the agent. */
static __noinline bool aw_proc_is_own(__u64 inode, __u32 slot)
{
	struct proc_inode *pi =
		(void *)(inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
	struct pid *pid = BPF_CORE_READ(pi, pid);
	struct aw_label *label;
	__u32 tid = 0;

	if (!pid)
		return false;
	bpf_probe_read_kernel(&tid, sizeof(tid),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      bpf_core_field_offset(struct upid, nr));
	label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	return label && label->agent == slot;
}

/* The number of a mount namespace; 0 of a mount that is in none. */
static __always_inline __u32 aw_mnt_ns_number(__u64 ns)
{
	return ns && ns != MNT_NS_INTERNAL ? AW_LOAD32(struct mnt_namespace, ns, ns.inum) : 0;
}

/* mnt: the address of a struct vfsmount. */
static __always_inline bool aw_mount_is_in(__u64 mnt, __u32 ns)
{
	__u64 mount = mnt - bpf_core_field_offset(struct mount, mnt);

	return aw_mnt_ns_number(AW_LOAD64(struct mount, mount, mnt_ns)) == ns;
}

/*
 * From the root of a mount to what it is mounted on, or to the end: at the top of the mount tree,
 * or where the mount is not in the namespace whose names these are. What is mounted elsewhere, the
 * agent may have mounted, wherever it liked.
 */
static __always_inline long aw_name_cross(struct aw_walk *walk, struct vfsmount *mnt)
{
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	struct aw_scratch *s = walk->scratch;
	struct mount *above = (void *)AW_LOAD64(struct mount, mount, mnt_parent);
	__u64 ns = AW_LOAD64(struct mount, mount, mnt_ns); /* after: unmounting clears it first */

	if (ns != s->walk_mnt_ns) {
		if (s->nested_ns || aw_mnt_ns_number(ns) != walk->agent->mnt_ns) {
			s->walk_mnt_ns = ns;
			s->walk_status = AW_NAME_FOREIGN;
			return 1;
		}
		s->walk_mnt_ns = ns;
	}
	if (!above || above == mount || s->nested_root) {
		s->walk_status = AW_NAME_TOP;
		return 1;
	}
	s->walk_dentry = AW_LOAD64(struct mount, mount, mnt_mountpoint);
	s->walk_mnt = (__u64)above + bpf_core_field_offset(struct mount, mnt);
	return 0;
}

/* One component, or one mount, further up, by reading kernel memory. A callback of bpf_loop(). */
static long aw_name_slow_step(__u32 i, struct aw_walk *walk)
{
	struct aw_scratch *s = walk->scratch;
	struct dentry *dentry = (void *)s->walk_dentry;
	struct vfsmount *mnt = (void *)s->walk_mnt;
	struct inode *inode = (void *)AW_LOAD64(struct dentry, dentry, d_inode);
	struct dentry *parent, *root;
	__u64 ino = 0;
	__u32 offset;

	if (inode)
		ino = AW_LOAD64(struct inode, inode, i_ino);
	if (ino && walk->anchor_bloom & AW_AGENT_BLOOM_BIT(ino)) {
		s->anchor = aw_anchor_find(walk->agent, BPF_CORE_READ(inode, i_sb, s_dev), ino,
					   BPF_CORE_READ(inode, i_mode));
		if (s->anchor != AW_ANCHOR_NONE) {
			s->walk_status = AW_NAME_ANCHOR;
			return 1;
		}
	}
	root = (void *)s->nested_root ?: (void *)AW_LOAD64(struct vfsmount, mnt, mnt_root);
	if (dentry == root)
		return aw_name_cross(walk, mnt);
	parent = (void *)AW_LOAD64(struct dentry, dentry, d_parent);
	if (parent == dentry) {
		if (s->upper_root && (__u64)dentry == s->overlay_root) {
			s->walk_dentry = s->upper_root;
			return 0;
		}
		s->walk_status = AW_NAME_ALONE;
		return 1;
	}
	if (parent == root && BPF_CORE_READ(mnt, mnt_sb, s_magic) == PROC_SUPER_MAGIC && inode &&
	    aw_proc_is_own((__u64)inode, s->agent))
		offset = AW_NAME_PREFIX(s, s->walk_offset, "/self");
	else
		offset = aw_name_prepend(s, s->walk_offset,
					 (void *)AW_LOAD64(struct dentry, dentry, d_name.name),
					 AW_LOAD32(struct dentry, dentry, d_name.len));
	if (!offset) {
		s->walk_status = AW_NAME_FAILED;
		return 1;
	}
	s->walk_offset = offset;
	s->walk_dentry = (__u64)parent;
	return 0;
}

/* The first mount, up to AW_FAST_COMPONENTS. Leaves scratch where the slow walk goes on. */
static __always_inline void aw_name_fast(struct aw_scratch *s, const struct aw_agent *agent,
					 struct vfsmount *mnt, struct dentry *dentry)
{
	struct dentry *root = mnt->mnt_root, *parent;
	struct super_block *sb = mnt->mnt_sb;
	bool proc = sb->s_magic == PROC_SUPER_MAGIC;
	__u32 offset = AW_PATH_MAX;
	struct inode *inode;
	__u64 ino;

	/* Of 64 bits: the verifier forgets a count that it finds beside something else on the
	 * stack. */
#pragma clang loop unroll(disable)
	for (__u64 i = 0; i < AW_FAST_COMPONENTS; i++) {
		ino = aw_ino_of(s, dentry);
		if (ino && agent->anchor_bloom & AW_AGENT_BLOOM_BIT(ino)) {
			inode = (void *)s->inode;
			s->anchor =
				aw_anchor_find(agent, sb->s_dev, ino, BPF_CORE_READ(inode, i_mode));
			if (s->anchor != AW_ANCHOR_NONE) {
				s->walk_status = AW_NAME_ANCHOR;
				break;
			}
		}
		if (dentry == root)
			break;
		parent = dentry->d_parent;
		if (parent == dentry || (proc && parent == root))
			break; /* the slow walk knows what these are */
		offset = aw_name_prepend(s, offset, dentry->d_name.name, dentry->d_name.len);
		if (!offset) {
			s->walk_status = AW_NAME_FAILED;
			break;
		}
		dentry = parent;
	}
	s->walk_offset = offset;
	s->walk_mnt = (__u64)mnt;
	s->walk_dentry = (__u64)dentry;
}

/*
 * The same from (walk_mnt, walk_dentry), where aw_has_cast. Global, in load.bpf.c: the verifier
 * walks once a program, and not once for each state in which a hook can come here.
 */
int aw_name_walk(struct aw_scratch *s, const struct aw_agent *agent);

/* Pipes, memfds and the like, which have a name of their own kind: "memfd:x", "pipe:". */
static __noinline __u32 aw_name_anonymous(struct aw_scratch *s)
{
	struct dentry *dentry = (void *)s->walk_dentry;
	unsigned long magic = BPF_CORE_READ(dentry, d_sb, s_magic);
	__u32 length = BPF_CORE_READ(dentry, d_name.len);
	__u32 offset;

	s->object = AW_OBJECT_ANONYMOUS;
	offset = aw_name_prepend(s, AW_PATH_MAX, BPF_CORE_READ(dentry, d_name.name), length);
	if (!offset)
		return 0;
	offset++; /* no slash */
	if (magic == PIPEFS_MAGIC)
		return AW_NAME_PREFIX(s, offset, "pipe:");
	if (magic == SOCKFS_MAGIC)
		return AW_NAME_PREFIX(s, offset, "socket:");
	if (magic == ANON_INODE_FS_MAGIC)
		return AW_NAME_PREFIX(s, offset, "anon_inode:");
	/* memfd_create() puts "memfd:" into the dentry itself. */
	if (length > 6 && s->buffer[offset & (AW_PATH_MAX - 1)] == 'm' &&
	    s->buffer[(offset + 5) & (AW_PATH_MAX - 1)] == ':')
		return offset;
	return AW_NAME_PREFIX(s, offset, "kernel:");
}

/* Where a file system of the kernel's own usually is. */
static __always_inline __u32 aw_name_usual_place(struct aw_scratch *s, __u32 offset)
{
	if (s->nested_magic == PROC_SUPER_MAGIC)
		return AW_NAME_PREFIX(s, offset, "/proc");
	if (s->nested_magic == SYSFS_MAGIC)
		return AW_NAME_PREFIX(s, offset, "/sys");
	return AW_NAME_PREFIX(s, offset, "/sys/fs/cgroup");
}

/* The walk came out at the top of the namespace's mount tree. */
static __noinline __u32 aw_name_top(struct aw_scratch *s)
{
	__u32 offset = s->walk_offset;

	if (s->nested_root)
		offset = aw_name_usual_place(s, offset);
	else if (offset == AW_PATH_MAX)
		offset = AW_NAME_PREFIX(s, offset, "/");
	s->object = AW_OBJECT_PATH;
	if (!s->nested_ns)
		return offset;
	s->object = AW_OBJECT_NESTED;
	return AW_NAME_PREFIX(s, offset, "nested:");
}

/* True where the mount is overlayfs's own view of a layer: decided above, at the overlay. */
static __always_inline bool aw_mount_is_layer(const struct aw_scratch *s)
{
	struct vfsmount *mnt = (void *)s->walk_mnt;
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

	return AW_LOAD64(struct mount, mount, mnt_ns) == MNT_NS_INTERNAL &&
	       !(BPF_CORE_READ(mnt, mnt_sb, s_flags) & SB_KERNMOUNT);
}

/*
 * Goes on from where walk_* stands to the end. Returns 1 for an object in an overlay's layer, else
 * 0 with scratch filled. Global: the verifier reads it once a program.
 */
__weak int aw_name_rest(struct aw_scratch *s, const struct aw_agent *agent)
{
	struct aw_walk walk = {.scratch = s, .agent = agent};
	struct dentry *top;

	if (!s || !agent)
		return 0;
	walk.anchor_bloom = s->nested_ns ? 0 : agent->anchor_bloom;
	if (s->walk_status == AW_NAME_MORE)
		bpf_loop(AW_SLOW_COMPONENTS, aw_name_slow_step, &walk, 0);
	if (s->walk_status == AW_NAME_MORE) {
		s->fail_reason = AW_REASON_TOO_DEEP;
	} else if (s->walk_status == AW_NAME_ALONE) {
		/* A layer's mount starts at the upper folder; the work folder is beside it. */
		if (aw_mount_is_layer(s))
			return 1;
		top = (void *)s->walk_dentry;
		if (BPF_CORE_READ(top, d_sb, s_flags) & SB_KERNMOUNT)
			s->walk_offset = aw_name_anonymous(s);
		else
			s->fail_reason = AW_REASON_UNRESOLVED;
	} else if (s->walk_status == AW_NAME_FOREIGN) {
		if (aw_mount_is_layer(s))
			return 1;
		s->fail_reason = AW_REASON_UNRESOLVED; /* for shown.bpf.h to mend */
	} else if (s->walk_status == AW_NAME_TOP) {
		s->walk_offset = aw_name_top(s);
	} else if (s->walk_status == AW_NAME_ANCHOR) {
		s->object = AW_OBJECT_ANCHORED;
	}
	if (!s->walk_offset && !s->fail_reason)
		s->fail_reason = AW_REASON_TOO_LONG;
	s->offset = s->walk_offset;
	s->length = AW_PATH_MAX - s->walk_offset;
	return 0;
}

/* Ready for a walk from (walk_mnt, walk_dentry). */
static __always_inline void aw_name_begin(struct aw_scratch *s)
{
	s->fail_reason = AW_REASON_POLICY;
	s->anchor = AW_ANCHOR_NONE;
	s->walk_offset = AW_PATH_MAX;
	s->walk_status = AW_NAME_MORE;
	s->walk_mnt_ns = s->nested_ns;
}

/* From start_* alone: after a rename got in between, and for objects without typed pointers. */
__weak int aw_name_slow(struct aw_scratch *s, const struct aw_agent *agent)
{
	__u32 before;
	int layer = 0;

	if (!s || !agent)
		return 0;
	for (int i = 0; i < AW_NAME_TRIES; i++) {
		aw_name_begin(s);
		s->walk_mnt = s->start_mnt;
		s->walk_dentry = s->start_dentry;
		before = aw_rename_sequence();
		layer = aw_name_rest(s, agent);
		if (!(before & 1) && before == aw_rename_sequence())
			return layer;
	}
	s->fail_reason = AW_REASON_RACED;
	return 0;
}
