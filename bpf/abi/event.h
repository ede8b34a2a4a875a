/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The records that the kernel programs put into the rings. Fixed width, explicit padding, type,
 * version and size first: a reader checks these before it reads on, skips what it does not know and
 * never trusts a length beyond `size`. All times are CLOCK_BOOTTIME nanoseconds.
 */
#pragma once

#include "agent.h"
#include "policy.h"

#define AW_RECORD_VERSION 1

/* Two kinds of ring: bulk observations can never crowd out decisions. */
enum aw_ring {
	AW_RING_DECISIONS, /* denied, would be denied, asked, flagged, process life, agent life */
	AW_RING_OBSERVATIONS, /* allowed operations, first of their kind */
	AW_RINGS,
};

enum aw_rec_type {
	AW_REC_NONE,
	AW_REC_OP,     /* struct aw_rec_op */
	AW_REC_EXEC,   /* struct aw_rec_exec: a program was started */
	AW_REC_FORK,   /* struct aw_rec_fork */
	AW_REC_EXIT,   /* struct aw_rec_exit */
	AW_REC_CGROUP, /* struct aw_rec_cgroup: a cgroup below the agent's was made or removed */
	AW_REC_TYPES,
};

struct aw_rec_head {
	__u16 type;
	__u16 version;
	__u32 size; /* of the whole record */
	__u64 seq;  /* per CPU and ring kind, counts also what was lost */
	__u64 time_ns;
	__u32 cpu;
	__u32 agent; /* slot */
	__u32 agent_generation;
	__u32 pad;
};

struct aw_rec_proc {
	__u32 pid; /* thread group id in the initial pid namespace */
	__u32 tid;
	__u64 start_ns; /* of the thread group's leader: (pid, start_ns) names a process */
	__u32 ppid;
	__u32 uid;
	__u64 parent_start_ns;
	__u64 subject; /* hash of the executable's name; AW_REC_EXEC records carry hash and name */
	char comm[16];
};

/* What kind of name an object has. */
enum aw_object {
	AW_OBJECT_PATH,	     /* absolute in the agent's first mount namespace */
	AW_OBJECT_ANCHORED,  /* below anchor `anchor` */
	AW_OBJECT_NESTED,    /* "nested:/…": in a mount namespace that is not the agent's first */
	AW_OBJECT_ANONYMOUS, /* "memfd:…", "pipe:", "anon_inode:…", "socket:" */
	AW_OBJECT_ABSTRACT,  /* "@name" unix socket; zero bytes in it are kept */
	AW_OBJECT_ADDRESS,   /* address and port; `name`: the host name that it is leased to */
	AW_OBJECT_UNNAMED,   /* could not be resolved; reason says why */
	AW_OBJECT_GUARD,     /* an act; readers put its name into `name`: "guard:mount" */
	AW_OBJECT_HOST,	     /* a host name that was asked for, as the policy image has it */
	AW_OBJECTS,
};

/* Why a verdict is not the policy's own. Each has a counter. */
enum aw_reason {
	AW_REASON_POLICY,	   /* the policy decided */
	AW_REASON_UNRESOLVED,	   /* detached mount, disconnected dentry, a walk that failed */
	AW_REASON_TOO_LONG,	   /* longer than AW_PATH_MAX */
	AW_REASON_TOO_DEEP,	   /* a bounded loop ran out */
	AW_REASON_RACED,	   /* renames kept changing the name during the walk */
	AW_REASON_NO_SCRATCH,	   /* no scratch buffer was free */
	AW_REASON_NO_POLICY,	   /* enforced agent without a policy image */
	AW_REASON_NO_AGENT,	   /* label of an agent that is gone */
	AW_REASON_UNKNOWN_SUBJECT, /* the process's executable could not be named */
	AW_REASON_ADDRESS_FAMILY,  /* a family that has no rules */
	AW_REASON_PROVENANCE,	   /* it depends on who wrote the file, and that is not known */
	AW_REASON_MOVED,	   /* a denial would not hold by its other name */
	AW_REASON_QUESTION,	   /* a question for a host name that cannot be read */
	AW_REASON_ANSWER,    /* an answer that leases nothing: not asked for, unreadable, denied */
	AW_REASON_LIMIT,     /* a budget of the rule is spent */
	AW_REASON_NO_BUDGET, /* there was no room to keep count of one */
	AW_REASONS,
};

/* Whether a budget is the reason: then the record says which. */
#define aw_reason_is_limit(reason) ((reason) == AW_REASON_LIMIT || (reason) == AW_REASON_NO_BUDGET)

/* What came of it. */
enum aw_effect {
	AW_EFFECT_ALLOWED,
	AW_EFFECT_DENIED,
	AW_EFFECT_WOULD_DENY, /* audit and observe modes */
	AW_EFFECTS,
};

enum aw_role { /* of an object in an operation on two */
	       AW_ROLE_ONLY,
	       AW_ROLE_SOURCE,
	       AW_ROLE_TARGET,
};

/*
 * One mediated operation. `name` follows the fixed part: name_length bytes, no terminating zero.
 * Sent once per distinct (agent, subject, operation, effect, object) while a count is kept.
 */
struct aw_rec_op {
	struct aw_rec_head head;
	struct aw_rec_proc proc;
	__u8 op;      /* enum aw_op */
	__u8 verdict; /* enum aw_verdict */
	__u8 effect;  /* enum aw_effect */
	__u8 reason;  /* enum aw_reason */
	__u8 mode;    /* enum aw_mode */
	__u8 object;  /* enum aw_object */
	__u8 anchor;  /* AW_ANCHOR_NONE or the anchor's index */
	__u8 role;    /* enum aw_role */
	__s32 error;  /* returned to the caller: 0 or −errno */
	__u32 verdict_id;
	__u16 subject_set;
	__u8 lost; /* enum aw_lost, where the process is in classes */
	__u8 pad;
	__u16 subject_mask; /* classes, with `under:` classes */
	__u16 hook;	    /* enum aw_hook */
	__u64 policy_id;
	__u64 key; /* of the count kept in aw_counts */
	union {
		__u64 ino;
		__u64 limit_at_ns; /* aw_reason_is_limit: when the budget has one again; or 0 */
	};
	__u32 dev;
	__u16 port; /* host order */
	union {
		__u8 protocol; /* IPPROTO_*; AW_OBJECT_ADDRESS only */
		__u8 guard;    /* enum aw_guard; AW_OBJECT_GUARD only */
	};
	__u8 conditions;  /* of the file: bits of enum aw_condition; see AW_CONDITIONS_KNOWN */
	__u8 address[16]; /* network order, IPv4 mapped */
	union {
		__u32 target; /* pid of the process that was acted on; AW_OBJECT_GUARD only, or 0 */
		__u32 limit;  /* aw_reason_is_limit: low half of struct aw_limit.id */
	};
	__u32 name_length;
	char name[];
};

#define AW_ARGV_MAX 1024

/* `name` holds, in this order: executable, script (script_length may be 0), cwd, argv. */
struct aw_rec_exec {
	struct aw_rec_head head;
	struct aw_rec_proc proc;
	__u64 subject;
	__u64 script;
	__u16 subject_mask;
	__u8 exe_anchor;
	__u8 script_anchor;
	__u8 cwd_anchor;
	__u8 pad[3];
	__u32 exe_length;
	__u32 script_length;
	__u32 cwd_length;
	__u32 argv_length; /* bytes in this record, arguments separated by zero bytes */
	__u32 argv_total;  /* bytes that the process was given */
	__u32 pad2;
	char name[];
};

struct aw_rec_fork {
	struct aw_rec_head head;
	struct aw_rec_proc parent;
	__u32 pid;
	__u32 pad;
	__u64 start_ns;
};

struct aw_rec_exit {
	struct aw_rec_head head;
	struct aw_rec_proc proc;
	__s32 status; /* as wait(2) has it */
	__u32 pad;
};

struct aw_rec_cgroup {
	struct aw_rec_head head;
	__u64 cgroup_id;
	__u32 removed;
	__u32 level;
};

/* Which hook saw it: one per program, so that tests can tell that each was exercised. */
enum aw_hook {
	AW_HOOK_NONE,
	AW_HOOK_FILE_OPEN,
	AW_HOOK_FILE_PERMISSION,
	AW_HOOK_PATH_MKNOD,
	AW_HOOK_PATH_MKDIR,
	AW_HOOK_PATH_UNLINK,
	AW_HOOK_PATH_RMDIR,
	AW_HOOK_PATH_SYMLINK,
	AW_HOOK_PATH_LINK,
	AW_HOOK_PATH_RENAME,
	AW_HOOK_PATH_TRUNCATE,
	AW_HOOK_PATH_CHMOD,
	AW_HOOK_PATH_CHOWN,
	AW_HOOK_INODE_SETXATTR,
	AW_HOOK_INODE_REMOVEXATTR,
	AW_HOOK_INODE_SET_ACL,
	AW_HOOK_INODE_SETATTR,
	AW_HOOK_FILE_TRUNCATE,
	AW_HOOK_BPRM_CHECK,
	AW_HOOK_MMAP_FILE,
	AW_HOOK_FILE_MPROTECT,
	AW_HOOK_SOCKET_CONNECT,
	AW_HOOK_SOCKET_SENDMSG,
	AW_HOOK_UNIX_STREAM_CONNECT,
	AW_HOOK_UNIX_MAY_SEND,
	AW_HOOK_CGROUP_CONNECT4,
	AW_HOOK_CGROUP_CONNECT6,
	AW_HOOK_CGROUP_SENDMSG4,
	AW_HOOK_CGROUP_SENDMSG6,
	AW_HOOK_SB_MOUNT,
	AW_HOOK_SB_UMOUNT,
	AW_HOOK_SB_REMOUNT,
	AW_HOOK_SB_PIVOTROOT,
	AW_HOOK_MOVE_MOUNT,
	AW_HOOK_CAPABLE,
	AW_HOOK_USERNS_CREATE,
	AW_HOOK_PTRACE_ACCESS_CHECK,
	AW_HOOK_PTRACE_TRACEME,
	AW_HOOK_TASK_KILL,
	AW_HOOK_TASK_SETRLIMIT,
	AW_HOOK_TASK_SETNICE,
	AW_HOOK_TASK_SETIOPRIO,
	AW_HOOK_TASK_SETSCHEDULER,
	AW_HOOK_BPF,
	AW_HOOK_PERF_EVENT_OPEN,
	AW_HOOK_KERNEL_READ_FILE,
	AW_HOOK_KERNEL_LOAD_DATA,
	AW_HOOK_KERNEL_MODULE_REQUEST,
	AW_HOOK_KEY_PERMISSION,
	AW_HOOK_SYSLOG,
	AW_HOOK_FILE_IOCTL,
	AW_HOOK_FILE_FCNTL,
	AW_HOOK_URING_OVERRIDE_CREDS,
	AW_HOOK_TRACEPOINT, /* observed after the fact, where no LSM program may load */
	AW_HOOK_FILE_RECEIVE,
	AW_HOOK_CGROUP_EGRESS,	/* a packet that a socket of the agent sends */
	AW_HOOK_CGROUP_INGRESS, /* one that is sent to it */
	AW_HOOK_SOCKET_CREATE,
	AW_HOOK_SOCKET_BIND,
	AW_HOOK_SOCKET_LISTEN,
	AW_HOOK_CGROUP_BIND4,
	AW_HOOK_CGROUP_BIND6,
	AW_HOOK_SOCKET_SETSOCKOPT,
	AW_HOOKS,
};

#ifndef __BPF__
static_assert(sizeof(struct aw_rec_head) == 40, "record header");
static_assert(sizeof(struct aw_rec_proc) == 56, "process part");
static_assert(sizeof(struct aw_rec_op) == 176, "operation record");
#endif
