/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files. Each hook, the act that it stops, and the operation that it is:
 *
 *   file_open        open a file or list a folder         read, write
 *   path_mknod       create a file, device, fifo, socket  create
 *   path_mkdir       make a folder                        create
 *   path_symlink     make a symbolic link                 create
 *   path_link        make a hard link                     link at both ends, create at the new
 *   path_unlink      remove a file                        delete
 *   path_rmdir       remove a folder                      delete
 *   path_rename      rename, exchange                     rename at both ends
 *   path_truncate    truncate by name                     write
 *   file_truncate    ftruncate (6.2 and later)            write
 *   path_chmod, path_chown                                attr
 *
 * Attributes that are changed by dentry alone are in attr.bpf.c. On file systems of the kernel's
 * own all but the attributes is a guard act too, see guard.bpf.h.
 */
#include "guard.bpf.h"
#include "provenance.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Before 6.5 overlayfs opens the layer's inode by the overlay's path. */
static __always_inline bool aw_has_layers_inode(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	return !bpf_core_type_exists(struct backing_file) && file->f_inode != dentry->d_inode &&
	       dentry->d_sb->s_magic == OVERLAYFS_MAGIC;
}

/* All names that the layer's inode has; more than can be looked at are denied. */
static __always_inline int aw_decide_inode(struct aw_hook_context *h, struct inode *inode, __u32 op,
					   __u32 op2)
{
	struct aw_scratch *s = h->scratch;
	int err = 0, judge;

	s->ino = inode->i_ino;
	s->alias = AW_LOAD64(struct inode, aw_number_of(h->label, inode), i_dentry.first);
#pragma clang loop unroll(disable)
	for (int i = 0; i <= AW_ALIASES_MAX; i++) {
		if (!s->alias && i)
			break;
		s->start_dentry = s->alias - bpf_core_field_offset(struct dentry, d_u.d_alias);
		judge = s->alias && i < AW_ALIASES_MAX ? !aw_name_layer(s, h->agent) : 1;
		if (!s->alias || i == AW_ALIASES_MAX)
			s->fail_reason = AW_REASON_TOO_DEEP;
		if (judge && aw_decide(s, h->agent, h->label, op, op2))
			err = -EACCES_;
		s->alias = s->alias ? aw_load64(s->alias) : 0;
	}
	return err;
}

static __always_inline int aw_open_layers_inode(struct aw_hook_context *h, struct file *file,
						__u32 op, __u32 op2)
{
	int err;

	if (!aw_is_nested_layer(h->label))
		return 0;
	if (!aw_prepare(h, AW_HOOK_FILE_OPEN, AW_CLASS_FILE, 0, false, &err))
		return err;
	err = aw_decide_inode(h, file->f_inode, op, op2);
	aw_scratch_release(h->scratch);
	return err;
}

/*
 * What is opened to be executed is decided at bprm_check_security and mmap_file, but for the layers
 * of a nested overlay, which come by here alone: whether it is one.
 */
static __always_inline bool aw_is_layer_executed(struct aw_hook_context *h, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct aw_scratch *s;
	__u64 mnt;
	int err;

	if (aw_is_nested_layer(h->label))
		return true;
	mnt = aw_number_of(h->label, file->f_path.mnt);
	if (dentry->d_sb->s_magic != OVERLAYFS_MAGIC || aw_mount_is_in(mnt, h->agent->mnt_ns))
		return false;
	if (!aw_prepare(h, AW_HOOK_FILE_OPEN, AW_CLASS_EXEC, 0, false, &err))
		return false;
	s = h->scratch;
	s->start_mnt = mnt;
	s->start_dentry = (__u64)dentry;
	if (!aw_name_start(s, h->agent) && s->object == AW_OBJECT_NESTED && !s->fail_reason)
		aw_name_upper(s, h->agent, h->label, AW_OP_EXEC);
	aw_scratch_release(s);
	return false;
}

static __always_inline int aw_open_program(struct aw_hook_context *h, struct file *file)
{
	bool is_layer = aw_is_in_layer(h->label, file->f_path.mnt);
	int err;

	if (!aw_enter_label(h, AW_CLASS_EXEC, &err))
		return err;
	h->label->notes.op = AW_OP_EXEC;
	if (aw_is_layer_executed(h, file)) {
		if (aw_has_layers_inode(file))
			err = aw_open_layers_inode(h, file, AW_OP_EXEC, AW_NO_OP);
		else
			err = aw_mediate_anew(h, AW_HOOK_FILE_OPEN, file->f_path.mnt,
					      file->f_path.dentry, AW_CLASS_EXEC, AW_OP_EXEC,
					      AW_NO_OP, 0, false);
		if (err)
			return err;
		is_layer = h->label->notes.is_layer;
	}
	aw_note_opened(file, h->label, false, is_layer);
	return 0;
}

/*
 * How a file is opened, as AW_ALLOWED2() has it: whatever is not reading alone or writing alone is
 * both. Shifted, not chosen: to the verifier there is one way through all that follows.
 */
static __always_inline __u64 aw_opened_for(struct file *file)
{
	__u32 mode = file->f_mode;
	__u64 wanted = 0;

	_Static_assert(AW_ALLOWED(AW_OP_READ) == FMODE_READ && AW_ALLOWED(AW_OP_WRITE) == 0x10 &&
			       FMODE_WRITE == 2 && O_TRUNC_FLAG == 0x10 << 5,
		       "bits are shifted into place");
	wanted |= mode & FMODE_READ;
	wanted |= (mode & FMODE_WRITE) << 3;
	wanted |= (file->f_flags & O_TRUNC_FLAG) >> 5;
	return wanted ?: AW_ALLOWED2(AW_OP_READ, AW_OP_WRITE);
}

/* A copy is compared: the verifier, which would know two values then, goes one way further on. */
static __always_inline bool aw_opened_writes(__u64 wanted)
{
	asm volatile("%0 ^= 0x100" : "+r"(wanted));
	return wanted != (AW_ALLOWED(AW_OP_READ) ^ 0x100);
}

static __always_inline int aw_decide_opened(struct aw_hook_context *h, struct file *file,
					    __u64 wanted)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mnt = file->f_path.mnt;
	struct aw_notes *notes = &h->label->notes;

	if (!aw_has_layers_inode(file) &&
	    aw_is_let_through(h, mnt, dentry, file->f_inode, AW_CLASS_FILE, wanted,
			      (wanted & 1) + (wanted >> 4)))
		return 0;
	*(volatile __u8 *)&notes->op = wanted & 1 ? AW_OP_READ : AW_OP_WRITE;
	*(volatile __u8 *)&notes->op2 = wanted == 0x11 ? AW_OP_WRITE : AW_NO_OP;
	if (aw_has_layers_inode(file))
		return aw_open_layers_inode(h, file, *(volatile __u8 *)&notes->op,
					    *(volatile __u8 *)&notes->op2);
	return aw_mediate_anew(h, AW_HOOK_FILE_OPEN, mnt, dentry, AW_CLASS_FILE,
			       *(volatile __u8 *)&notes->op, *(volatile __u8 *)&notes->op2,
			       (__u64)dentry, file->f_mode & FMODE_CREATED);
}

SEC("lsm/file_open")
int BPF_PROG(aw_file_open, struct file *file, int ret)
{
	struct aw_hook_context h = {.task = bpf_get_current_task_btf()};
	__u64 wanted;
	int err;

	if (ret || aw_task_unlabelled(h.task))
		return ret;
	h.label = aw_label_of(h.task);
	if (!h.label)
		return 0;
	if (file->f_flags & FMODE_EXEC_FLAG)
		return aw_open_program(&h, file);
	if (!aw_enter_label(&h, AW_CLASS_FILE, &err))
		return err;
	wanted = aw_opened_for(file);
	if (aw_opened_writes(wanted) && aw_guard_write(&h, AW_HOOK_FILE_OPEN, file->f_path.dentry))
		return -EACCES_;
	err = aw_decide_opened(&h, file, wanted);
	if (!err)
		aw_note_opened(file, h.label,
			       file->f_mode & FMODE_CREATED || wanted != AW_ALLOWED(AW_OP_READ),
			       h.label->notes.is_layer);
	return err;
}

/*
 * open(O_CREAT) comes here before the file system was asked whether the file exists: the dentry is
 * then in no hash chain yet.
 */
SEC("lsm/path_mknod")
int BPF_PROG(aw_path_mknod, struct path *dir, struct dentry *dentry, unsigned int mode,
	     unsigned int dev, int ret)
{
	struct aw_hook_context h;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_PATH_MKNOD, AW_CLASS_FILE, &err))
		return err;
	if (!aw_ino_of(h.scratch, dentry) && !dentry->d_hash.pprev)
		h.scratch->defer_dentry = (__u64)dentry;
	/* In no other one of the kernel's file systems can this make a file, and it may be there.
	 */
	if (dentry->d_sb->s_magic == BPF_FS_MAGIC)
		err = AW_GUARD_DECIDE(h, AW_HOOK_PATH_MKNOD, AW_GUARD_BPFFS, 0, EACCES_);
	if (!err && !aw_is_let_through(&h, dir->mnt, dentry, dentry->d_inode, AW_CLASS_FILE,
				       AW_ALLOWED(AW_OP_CREATE), 1))
		err = aw_mediate_object(&h, dir->mnt, dentry, AW_ROLE_ONLY, AW_OP_CREATE, AW_NO_OP);
	aw_scratch_release(h.scratch);
	return err;
}

#define AW_PATH_HOOK(name, hook, op)                                                        \
	SEC("lsm/" #name)                                                                   \
	int BPF_PROG(aw_##name, struct path *dir, struct dentry *dentry, AW_PATH_HOOK_REST) \
	{                                                                                   \
		if (ret)                                                                    \
			return ret;                                                         \
		if (aw_guard_change(hook, dentry))                                          \
			return -EACCES_;                                                    \
		return aw_mediate_one(hook, dir->mnt, dentry, op);                          \
	}

#define AW_PATH_HOOK_REST unsigned int mode, int ret
AW_PATH_HOOK(path_mkdir, AW_HOOK_PATH_MKDIR, AW_OP_CREATE)
#undef AW_PATH_HOOK_REST
#define AW_PATH_HOOK_REST const char *old_name, int ret
AW_PATH_HOOK(path_symlink, AW_HOOK_PATH_SYMLINK, AW_OP_CREATE)
#undef AW_PATH_HOOK_REST
#define AW_PATH_HOOK_REST int ret
AW_PATH_HOOK(path_unlink, AW_HOOK_PATH_UNLINK, AW_OP_DELETE)
AW_PATH_HOOK(path_rmdir, AW_HOOK_PATH_RMDIR, AW_OP_DELETE)

static __always_inline bool aw_is_folder(struct aw_hook_context *h, struct dentry *dentry)
{
	__u64 inode = aw_number_of(h->label, dentry->d_inode);

	return inode && (AW_LOAD32(struct inode, inode, i_mode) & S_IFMT) == S_IFDIR;
}

/*
 * What is known of one end of a hook on two objects: the row, if it allows the operations; else 0,
 * and it has to be named. Of a folder nothing is: a row tells nothing of the names below.
 */
static __always_inline __u64 aw_known_end(struct aw_hook_context *h, struct vfsmount *mnt,
					  struct dentry *dentry, __u64 wanted, __u32 move)
{
	if (!aw_is_known(h, mnt, dentry, dentry->d_inode, AW_CLASS_FILE, wanted) ||
	    move & AW_MOVE_FOLDER)
		return 0;
	return aw_cache_get(h->label->notes.file);
}

/*
 * The name that an object has, where it gets another one: the two are compared, so rights at both
 * ends are not all (abi/decide.h).
 */
static __always_inline int aw_mediate_source(struct aw_hook_context *h, struct vfsmount *mnt,
					     struct dentry *dentry, __u32 op, __u32 move)
{
	struct aw_scratch *s = h->scratch;
	int err;

	/* To the verifier all moves are one. */
	*(volatile __u32 *)&s->move_begun = move;
	s->row = 0;
	s->block = 0;
	s->moved_row =
		aw_known_end(h, mnt, dentry, AW_ALLOWED(op), *(volatile __u32 *)&s->move_begun);
	if (*(volatile __u64 *)&s->moved_row) {
		aw_count_known(h->label->agent, AW_KNOWN_FILE, 1);
	} else {
		err = aw_mediate_object(h, mnt, dentry, AW_ROLE_SOURCE, op, AW_NO_OP);
		if (err)
			return err;
		s->moved_row = s->row;
	}
	/* Where a folder has several names, it is not known what moves with which. */
	s->moved_block = s->n_mounts > 1 ? AW_BLOCK_OWN : s->block;
	s->move = *(volatile __u32 *)&s->move_begun;
	return 0;
}

/* The other name, by itself and beside the first one. */
static __always_inline int aw_mediate_target(struct aw_hook_context *h, struct vfsmount *mnt,
					     struct dentry *dentry, __u32 op, __u32 op2)
{
	struct aw_scratch *s = h->scratch;

	s->row = aw_known_end(h, mnt, dentry, AW_ALLOWED2(op, op2), s->move);
	if (*(volatile __u64 *)&s->row && !aw_is_move_refused(s)) {
		aw_count_known(h->label->agent, AW_KNOWN_FILE, op2 == AW_NO_OP ? 1 : 2);
		return 0;
	}
	return aw_mediate_object(h, mnt, dentry, AW_ROLE_TARGET, op, op2);
}

/* The old end has no mount of its own: both ends are on one file system, so the new folder's. */
SEC("lsm/path_link")
int BPF_PROG(aw_path_link, struct dentry *old, struct path *dir, struct dentry *dentry, int ret)
{
	struct aw_hook_context h;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_PATH_LINK, AW_CLASS_FILE, &err))
		return err;
	err = aw_guard_write(&h, AW_HOOK_PATH_LINK, old);
	if (!err)
		err = aw_mediate_source(&h, dir->mnt, old, AW_OP_LINK, AW_MOVE);
	if (!err)
		err = aw_mediate_target(&h, dir->mnt, dentry, AW_OP_LINK, AW_OP_CREATE);
	aw_scratch_release(h.scratch);
	return err;
}

SEC("lsm/path_rename")
int BPF_PROG(aw_path_rename, struct path *old_dir, struct dentry *old, struct path *new_dir,
	     struct dentry *new, unsigned int flags, int ret)
{
	struct aw_hook_context h;
	__u32 move = AW_MOVE;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_PATH_RENAME, AW_CLASS_FILE, &err))
		return err;
	err = aw_guard_write(&h, AW_HOOK_PATH_RENAME, old);
	if (aw_is_folder(&h, old))
		move |= AW_MOVE_FOLDER;
	if (flags & RENAME_EXCHANGE)
		move |= aw_is_folder(&h, new) ? AW_MOVE_EXCHANGE | AW_MOVE_FOLDER
					      : AW_MOVE_EXCHANGE;
	if (!err)
		err = aw_mediate_source(&h, old_dir->mnt, old, AW_OP_RENAME, move);
	if (!err)
		err = aw_mediate_target(&h, new_dir->mnt, new, AW_OP_RENAME, AW_NO_OP);
	aw_scratch_release(h.scratch);
	return err;
}

static __always_inline int aw_truncate(__u32 hook, struct vfsmount *mnt, struct dentry *dentry,
				       struct inode *inode)
{
	struct aw_hook_context h;
	int err;

	if (!aw_enter_agent(&h, AW_CLASS_FILE, &err))
		return err;
	err = aw_mediate_entered(&h, hook, mnt, dentry, AW_OP_WRITE);
	if (!err)
		aw_written_note(inode, h.label->agent);
	return err;
}

SEC("lsm/path_truncate")
int BPF_PROG(aw_path_truncate, struct path *path, int ret)
{
	struct dentry *dentry = path->dentry;

	return ret ?: aw_truncate(AW_HOOK_PATH_TRUNCATE, path->mnt, dentry, dentry->d_inode);
}

SEC("lsm/file_truncate")
int BPF_PROG(aw_file_truncate, struct file *file, int ret)
{
	return ret
		       ?: aw_truncate(AW_HOOK_FILE_TRUNCATE, file->f_path.mnt, file->f_path.dentry,
				      file->f_inode);
}

SEC("lsm/path_chmod")
int BPF_PROG(aw_path_chmod, struct path *path, unsigned int mode, int ret)
{
	if (ret)
		return ret;
	return aw_mediate_one(AW_HOOK_PATH_CHMOD, path->mnt, path->dentry, AW_OP_ATTR);
}

SEC("lsm/path_chown")
int BPF_PROG(aw_path_chown, struct path *path, unsigned long uid, unsigned long gid, int ret)
{
	if (ret)
		return ret;
	return aw_mediate_one(AW_HOOK_PATH_CHOWN, path->mnt, path->dentry, AW_OP_ATTR);
}
