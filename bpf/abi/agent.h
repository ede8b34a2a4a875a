/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the kernel programs know about an agent, and the label that its tasks carry. Userspace
 * writes struct aw_agent through a memory-mapped array; words that change while the agent runs are
 * single 64-bit stores. Names, labels for people and owners are userspace's own (agent/registry).
 */
#pragma once

#include "host.h"
#include "policy.h"

#define AW_AGENTS_MAX	1024 /* agents at once on one host; slot 0 is never used */
#define AW_RINGS_MAX	64   /* consumers at once; slot 0 takes what nobody consumes */
#define AW_POLICIES_MAX 256  /* images at once, of each size class */

enum aw_agent_state {
	AW_AGENT_FREE,
	AW_AGENT_LIVE,
	AW_AGENT_DEAD, /* deregistered: tasks that still carry the label are denied everything */
};

/* A folder that stands for a path in a policy. */
struct aw_anchor {
	__u64 ino;
	__u32 dev;   /* the kernel's s_dev (major << 20 | minor) */
	__u32 index; /* in the policy's anchors */
};

/*
 * The word that says what decides for an agent, read once per decision:
 * bits 0–15 policy slot, 16–17 enum aw_image_size, 18 set where there is a policy at all, 19 where
 * it depends on conditions of files, 20–29 modes (2 bits per enum aw_op_class), 30 set where it
 * names hosts, 32–63 generation, new at every change.
 */
#define AW_CONTROL_SLOT(w)	     ((__u32)(w)&0xffff)
#define AW_CONTROL_SIZE(w)	     (((__u32)(w) >> 16) & 3)
#define AW_CONTROL_HAS_POLICY(w)     (((__u32)(w) >> 18) & 1)
#define AW_CONTROL_HAS_CONDITIONS(w) (((__u32)(w) >> 19) & 1)
#define AW_CONTROL_HAS_HOSTS(w)	     (((__u32)(w) >> 30) & 1)
#define AW_CONTROL_POLICY(w)	     ((__u32)(w)&0x400fffff) /* all that tells of the policy */
#define AW_CONTROL_MODE(w, op_class) (((__u32)(w) >> (20 + 2 * (op_class))) & 3)
#define AW_CONTROL_GENERATION(w)     ((__u32)((w) >> 32))

#define AW_AGENT_BLOOM_BIT(ino)	     (1ull << ((ino)&63))

/* A name server whose answers lease addresses to the names that were asked for. */
struct aw_resolver {
	__u8 address[16]; /* network order, IPv4 mapped */
	__u16 port;	  /* host order */
	__u16 pad[3];
};

#define AW_RESOLVERS_MAX	   8
#define AW_RESOLVER_PORT_BIT(port) (1ull << ((port)&63))

#define AW_STDIO		   3

/* A file that the command was started with. */
struct aw_stdio {
	__u64 ino; /* 0: none */
	__u32 dev;
	__u32 mode; /* what the descriptor is for: FMODE_READ 1, FMODE_WRITE 2 */
};

struct aw_agent {
	__u32 state;	  /* enum aw_agent_state */
	__u32 generation; /* of this slot: a label of an earlier tenant does not match */
	__u64 control;
	__u64 cgroup_id;
	__u32 mnt_ns;	    /* inode number of the agent's first mount namespace */
	__u32 ring_slot;    /* whose rings take this agent's records */
	__u64 anchor_bloom; /* AW_AGENT_BLOOM_BIT of every anchor's inode */
	__u32 n_anchors;
	__u32 flags; /* AW_AGENT_* */
	struct aw_anchor anchors[AW_ANCHORS_MAX];
	struct aw_stdio stdio[AW_STDIO];
	struct aw_resolver resolvers[AW_RESOLVERS_MAX];
	__u32 n_resolvers;
	__u32 lease_min_s; /* an address is leased for its TTL, but not for less, nor more */
	__u32 lease_max_s;
	__u32 pad;
	__u64 resolver_ports; /* of slot 0: AW_RESOLVER_PORT_BIT of any resolver of any agent */
	__u64 policy_id;      /* first 8 bytes of the policy's hash, big-endian; for events */
	struct aw_owner owner;
};

#define AW_AGENT_RECORD	 1 /* tell of allowed operations in every mode, not only in observe */
#define AW_AGENT_VERIFY	 2 /* prove every answer of the cache: see bpf/verify.bpf.h */
#define AW_AGENT_RECHECK 4 /* decide again where a file that is open is used */
#define AW_AGENT_COUNTS	 8 /* what is sent must be counted: see bpf/descriptor.bpf.c */

/*
 * What a hook writes down about the object at hand; most of it means nothing between hooks. Here,
 * because what is read from a map is unknown to the verifier, which then sees one way where there
 * are many; and because no other task writes it.
 */
struct aw_notes {
	__u64 pointer; /* for the programs to make a number of one */

	/* Digests of the object and, not yet closed, of its folder; 0: none. See cache.bpf.h. */
	__u64 file;
	__u64 folder;
	__u64 lasting_file; /* the same that outlast renames, closed; 0: none. See recall.bpf.h */
	__u64 lasting_folder;
	__u64 ino;     /* of the object */
	__u32 renames; /* the kernel's count when these were made */
	__u8 op, op2;
	__u8 claimed;	 /* enum aw_known: by what the cache had the row below */
	__u8 conditions; /* of a file that is executed or mapped: see below */
	__u64 claim;	 /* AW_AGENT_VERIFY: the row that the cache let it through by; or 0 */
	__u32 mounts;	 /* the kernel's count of changes to mounts before that */
	__u8 is_layer;	 /* the object was in a layer of an overlay */

	/* These are kept from hook to hook. */
	__u8 classes; /* bit per enum aw_op_class: the ones that something is known of */
	__u8 sends;   /* under the thread id: a datagram was decided that was not sent yet */
	__u8 pad;
	__u64 mounter; /* credentials of the nested overlay used last: see overlay.bpf.h; else 0 */
	__u64 base;    /* what digests begin with under this control word */
	__u64 control; /* 0: none yet */
};

/* Beside bits of enum aw_condition, in notes and in records. */
#define AW_CONDITIONS_KNOWN  0x80 /* they were looked at */
#define AW_CONDITION_ASSUMED 0x40 /* agent-written, because not all that agents wrote is known */
/* Alone: nobody looked, any may be true. */
#define AW_CONDITIONS_UNKNOWN (AW_CONDITION_ASSUMED | (AW_CONDITION_MASKS - 1))

/* Why a process does not have what its classes give: see bpf/earned.bpf.h. */
enum aw_lost {
	AW_LOST_NOTHING,
	AW_LOST_PROGRAM, /* an agent wrote its executable, or may */
	AW_LOST_SCRIPT,	 /* it is an interpreter, started for a script */
	AW_LOST_MAPPED,	 /* it mapped code that an agent wrote, or may write */
	AW_LOST_TRACED,	 /* a task of an agent traced it, or wrote to its memory */
	AW_LOST_POLICY,	 /* it was started under another policy */
	AW_LOST_UNKNOWN, /* there was no room to remember it */
	AW_LOSSES,
};

/* The label of a task; also the value of the tid → label fall-back. */
struct aw_label {
	__u32 agent; /* slot */
	__u32 agent_generation;
	__u64 subject; /* hash of the executable's name as the agent sees it; 0 before exec */
	__u64 script;  /* the same of the first exec stage where that was a script */
	__u32 control_generation; /* of the control word for which subject_set was computed */
	__u16 subject_mask;	  /* classes by executable and script */
	__u16 sticky_mask;	  /* classes of kind `under:` */
	__u32 subject_set;

	/* What the classes give, as long as it is earned. */
	__u64 mm;	     /* an address: the memory that it was earned for */
	__u64 earned_policy; /* struct aw_scratch.policy */
	__u32 drops;	     /* aw_drops when it was last looked up */
	__u8 is_earned;
	__u8 lost;	/* enum aw_lost */
	__u8 next_lost; /* of the exec under way */
	__u8 pad1;

	/* Whether a create of this task waits in aw_deferred for its outcome. */
	__u32 deferred;
	__u32 astray; /* under the thread id: this label is there alone */

	/* An exec under way: becomes the subject once it can no longer fail. */
	__u32 next_bits; /* subject masks of the stages so far: low 16 exe:, next 16 script: */
	__u64 next_subject;
	__u64 next_script;
	__u64 next_policy;
	__u64 next_exec; /* its struct linux_binprm: told by a later stage of the same exec */

	struct aw_notes notes;
};

/* One open file as the programs see it: what the aw_identify iterator writes. */
struct aw_identity {
	__u64 ino;
	__u32 dev;
	__u32 fd;
};
