/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own types, as far as we read them: each field is relocated to the running kernel
 * (CO-RE), so order and omissions do not matter. All that depends on the architecture or the kernel
 * version is isolated here. Written by hand; nothing is generated.
 */
#pragma once

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

/* errno(3), under names of our own: what programs refuse with. */
#define EPERM_	1
#define EAGAIN_ 11
#define EACCES_ 13

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* These two begin with a number of 4 and one of 8 bytes: see load.bpf.c. */
struct seqcount {
	unsigned int sequence;
};

struct rb_node {
	unsigned long __rb_parent_color;
};

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_bl_node {
	struct hlist_bl_node *next;
	struct hlist_bl_node **pprev;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
	__u64 event; /* counts changes of the mounts in it */
};

struct file_system_type {
	int fs_flags;
};

struct super_block {
	unsigned int s_dev;
	struct file_system_type *s_type;
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
	void *s_fs_info;
	struct list_head s_mounts;
};

struct inode {
	unsigned short i_mode;
	unsigned int i_flags;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	__u32 i_generation;
	struct hlist_head i_dentry;
};

struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
	};
	const unsigned char *name;
};

struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct iattr {
	unsigned int ia_valid;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_instance;
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	void *private_data;
};

/* Since Linux 6.6: what overlayfs opens in a layer; `user_path` is the path that was asked for. */
struct backing_file {
	struct file file;
	struct path user_path;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct kuid {
	unsigned int val;
} __attribute__((preserve_access_index));

struct user_namespace {
	int level; /* 0: the first one */
};

/* One bit a capability, on every kernel: the type around them has changed. */
struct kernel_capabilities {
	__u64 bits;
};

struct cred {
	struct kuid uid;
	struct kuid euid;
	struct kernel_capabilities cap_effective;
	struct user_namespace *user_ns;
};

struct kernfs_node {
	struct kernfs_node *parent;
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct bpf_local_storage;
struct io_uring_task;

struct task_struct {
	unsigned int personality;
	int pid;
	int tgid;
	int exit_code;
	unsigned int flags;
	unsigned int ptrace;
	struct task_struct *real_parent;
	struct task_struct *parent; /* who traces it, where it is traced */
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct io_uring_task *io_uring;
	struct bpf_local_storage *bpf_storage;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
	struct mm_struct *mm;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct sockaddr {
	unsigned short sa_family;
};

struct in6_addr {
	__u8 bytes[16];
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	unsigned short skc_family;
	__u32 skc_rcv_saddr; /* network order */
	__u16 skc_num;	     /* the local port */
	struct in6_addr skc_v6_rcv_saddr;
	__u32 skc_daddr; /* the peer's, in network order as its port */
	__u16 skc_dport;
	struct in6_addr skc_v6_daddr;
	atomic64_t skc_cookie;
};

#define IPPROTO_IP	0
#define IPPROTO_ICMP	1
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_DCCP	33
#define IPPROTO_IPV6	41
#define IPPROTO_ICMPV6	58
#define IPPROTO_SCTP	132
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP	262

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	__u16 sk_type;
	struct sock_cgroup_data sk_cgrp_data;
};

struct tcp_sock {
	__u64 bytes_received;
};

struct socket {
	short type;
	struct sock *sk;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	void *msg_control; /* in a union; the kernel's copy, where it is sent */
	__u64 msg_controllen;
	unsigned int msg_flags;
};

struct cmsghdr {
	__u64 cmsg_len; /* with this head */
	int cmsg_level;
	int cmsg_type;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Numbers that no BTF carries. */
#define AF_UNSPEC	    0
#define AF_UNIX		    1
#define AF_INET		    2
#define AF_INET6	    10
#define AF_NETLINK	    16
#define AF_PACKET	    17
#define AF_CAN		    29
#define AF_TIPC		    30
#define AF_BLUETOOTH	    31
#define AF_RXRPC	    33
#define AF_ALG		    38
#define AF_VSOCK	    40
#define AF_SMC		    43
#define AF_XDP		    44
#define SOCK_STREAM	    1
#define SOCK_DGRAM	    2
#define SOCK_RAW	    3
#define MSG_FASTOPEN	    0x20000000
#define FMODE_READ	    0x1
#define FMODE_WRITE	    0x2
#define FMODE_CREATED	    0x100000
#define FMODE_EXEC_FLAG	    0x20 /* in f_flags of a file that is opened to be executed */
#define O_TRUNC_FLAG	    01000
#define MAY_WRITE	    0x2
#define PF_IO_WORKER	    0x10
#define MAY_READ	    0x4
#define MAP_SHARED	    0x1
#define PROT_READ	    0x1
#define PROT_EXEC	    0x4
#define VM_EXEC		    0x4
#define READ_IMPLIES_EXEC   0x0400000
#define SB_KERNMOUNT	    (1ul << 22)
#define EXT4_SUPER_MAGIC    0xef53 /* and ext2 and ext3 */
#define XFS_SUPER_MAGIC	    0x58465342
#define TMPFS_MAGIC	    0x01021994
#define F2FS_SUPER_MAGIC    0xf2f52010
#define BTRFS_SUPER_MAGIC   0x9123683e
#define OVERLAYFS_MAGIC	    0x794c7630
#define PROC_SUPER_MAGIC    0x9fa0
#define SYSFS_MAGIC	    0x62656572
#define CGROUP_SUPER_MAGIC  0x0027e0eb
#define CGROUP2_SUPER_MAGIC 0x63677270
#define BPF_FS_MAGIC	    0xcafe4a11
#define DEBUGFS_MAGIC	    0x64626720
#define TRACEFS_MAGIC	    0x74726163
#define SECURITYFS_MAGIC    0x73636673
#define CONFIGFS_MAGIC	    0x62656570
#define EFIVARFS_MAGIC	    0xde5e81e4
#define BINFMTFS_MAGIC	    0x42494e4d
#define OVERLAYFS_MAGIC	    0x794c7630
#define PIPEFS_MAGIC	    0x50495045
#define SOCKFS_MAGIC	    0x534f434b
#define ANON_INODE_FS_MAGIC 0x09041934
#define FS_USERNS_MOUNT	    8
#define MNT_NS_INTERNAL	    ((__u64)-22)
#define CLONE_VM	    0x00000100
#define CLONE_THREAD	    0x00010000
#define S_IFMT		    00170000
#define RENAME_EXCHANGE	    (1u << 1)
#define S_IFDIR		    0040000
#define S_IFREG		    0100000
#define S_IFSOCK	    0140000
