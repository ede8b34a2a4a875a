/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an object is called: walks dentries and mounts upward from an object and writes its name, as
 * the agent's first mount namespace has it, into a scratch buffer. Stops at an anchor. Nothing here
 * judges a name.
 *
 * The first mount is walked with typed pointers, which cost one instruction a field; whatever lies
 * above a mount point, or deeper than AW_FAST_COMPONENTS, with bpf_probe_read_kernel().
 */
#pragma once

#include "agent.bpf.h"
#include "load.bpf.h"

/* Where the kernel's rename_lock is; 0 on hosts that are only observed. */
extern const volatile __u64 aw_rename_lock;

#define AW_FAST_COMPONENTS 16
#define AW_SLOW_COMPONENTS 2200 /* > AW_PATH_MAX / 2, and some mounts */
#define AW_NAME_TRIES	   3

enum aw_name_status {
	AW_NAME_MORE,	/* go on with the slow walk */
	AW_NAME_TOP,	/* reached the root of a mount tree */
	AW_NAME_ANCHOR, /* reached an anchor: done */
	AW_NAME_ALONE,	/* the dentry has no parent: anonymous, or disconnected */
	AW_NAME_FAILED, /* scratch->fail_reason says why */
};

/* What a step of the slow walk needs; where it stands is in the scratch buffer. */
struct aw_walk {
	struct aw_scratch *scratch;
	const struct aw_agent *agent;
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

/*
 * The kernel's count of renames under way, odd while one is: a name that was read across a change
 * is read again.
 */
static __always_inline __u32 aw_rename_sequence(void)
{
	return aw_rename_lock ? aw_load32(aw_rename_lock) : 0;
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

/* One component, or one mount, further up, by reading kernel memory. A callback of bpf_loop(). */
static long aw_name_slow_step(__u32 i, struct aw_walk *walk)
{
	struct aw_scratch *s = walk->scratch;
	struct dentry *dentry = (void *)s->walk_dentry;
	struct vfsmount *mnt = (void *)s->walk_mnt;
	struct inode *inode = (void *)AW_LOAD64(struct dentry, dentry, d_inode);
	struct dentry *parent, *root;
	struct mount *mount, *above;
	__u64 ino = 0;
	__u32 offset;

	if (inode)
		ino = AW_LOAD64(struct inode, inode, i_ino);
	if (ino && walk->agent->anchor_bloom & AW_AGENT_BLOOM_BIT(ino)) {
		s->anchor = aw_anchor_find(walk->agent, BPF_CORE_READ(inode, i_sb, s_dev), ino,
					   BPF_CORE_READ(inode, i_mode));
		if (s->anchor != AW_ANCHOR_NONE) {
			s->walk_status = AW_NAME_ANCHOR;
			return 1;
		}
	}
	root = (void *)AW_LOAD64(struct vfsmount, mnt, mnt_root);
	if (dentry == root) {
		mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
		above = (void *)AW_LOAD64(struct mount, mount, mnt_parent);
		if (!above || above == mount) {
			s->walk_mnt_ns = AW_LOAD64(struct mount, mount, mnt_ns);
			s->walk_status = AW_NAME_TOP;
			return 1;
		}
		s->walk_dentry = AW_LOAD64(struct mount, mount, mnt_mountpoint);
		s->walk_mnt = (__u64)above + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	parent = (void *)AW_LOAD64(struct dentry, dentry, d_parent);
	if (parent == dentry) {
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

#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_FAST_COMPONENTS; i++) {
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

/* The name's kind, by the namespace of the mount tree that the walk came out at the top of. */
static __noinline __u32 aw_name_top(struct aw_scratch *s, const struct aw_agent *agent)
{
	struct mnt_namespace *ns = (void *)s->walk_mnt_ns;
	__u32 offset = s->walk_offset;
	__u32 inum;

	if (offset == AW_PATH_MAX)
		offset = AW_NAME_PREFIX(s, offset, "/");
	inum = 0;
	if (ns && s->walk_mnt_ns != MNT_NS_INTERNAL)
		inum = AW_LOAD32(struct mnt_namespace, ns, ns.inum);
	if (!inum) { /* detached: open_tree(), fsmount() */
		s->fail_reason = AW_REASON_UNRESOLVED;
		return offset;
	}
	if (inum == agent->mnt_ns) {
		s->object = AW_OBJECT_PATH;
		return offset;
	}
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
	} else if (s->walk_status == AW_NAME_TOP) {
		if (aw_mount_is_layer(s))
			return 1;
		s->walk_offset = aw_name_top(s, agent);
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

/*
 * Names the object (mnt, dentry) in scratch: object, anchor, offset, length, ino, dev; or
 * fail_reason. Returns 1 where it lies in a layer of an overlay and was decided above, else 0.
 */
static __always_inline int aw_name_object(struct aw_scratch *s, const struct aw_agent *agent,
					  struct vfsmount *mnt, struct dentry *dentry)
{
	__u32 before;
	int layer;

	s->ino = aw_ino_of(s, dentry);
	s->dev = mnt->mnt_sb->s_dev;
	before = aw_rename_sequence();
	aw_name_begin(s);
	aw_name_fast(s, agent, mnt, dentry);
	layer = aw_name_rest(s, agent);
	if (!(before & 1) && before == aw_rename_sequence())
		return layer;
	s->start_mnt = (__u64)mnt;
	s->start_dentry = (__u64)dentry;
	return aw_name_slow(s, agent);
}
