/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One mediated operation from label to return value: claims a scratch buffer, has the object named
 * and matched, turns the verdict and the mode into an effect, and has it told. Hooks only translate
 * their arguments for it.
 */
#pragma once

#include "cache.bpf.h"
#include "earned.bpf.h"
#include "emit.bpf.h"
#include "limit.bpf.h"
#include "match.bpf.h"
#include "overlay.bpf.h"
#include "recall.bpf.h"
#include "verify.bpf.h"

#define AW_NO_OP 0xff

/* What a hook knows before anything is looked up. */
struct aw_hook_context {
	struct task_struct *task;
	struct aw_label *label;
	struct aw_agent *agent;
	struct aw_scratch *scratch;
	__u64 control; /* of the agent, read once */
};

static __always_inline struct aw_scratch *aw_scratch_claim(void)
{
	__u32 index = bpf_get_smp_processor_id() * 4;
	struct aw_scratch *s;
	__u32 key;

	for (int i = 0; i < 8; i++) {
		key = (index + i) & aw_scratch_mask;
		s = bpf_map_lookup_elem(&aw_scratches, &key);
		if (s && !__sync_lock_test_and_set(&s->busy, 1)) {
			s->index = key;
			return s;
		}
	}
	return NULL;
}

static __always_inline void aw_scratch_release(struct aw_scratch *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

/* Denied before a decision could be prepared: counted. */
static __noinline int aw_deny_unprepared(const struct aw_label *label, const struct aw_agent *agent,
					 __u32 reason, __u32 op_class)
{
	struct aw_counters *counters = aw_counters_of(label->agent);
	__u32 effect = AW_EFFECT_DENIED;

	if (agent && AW_CONTROL_MODE(agent->control, op_class) != AW_MODE_ENFORCE)
		effect = AW_EFFECT_WOULD_DENY;
	if (counters) {
		__sync_fetch_and_add(&counters->reasons[reason & (AW_REASON_SLOTS - 1)], 1);
		__sync_fetch_and_add(&counters->operations[effect], 1);
	}
	return effect == AW_EFFECT_DENIED ? -EACCES_ : 0;
}

/* The same, and told: where there is an agent, that can be done without a scratch buffer. */
static __noinline int aw_refuse(struct aw_label *label, const struct aw_agent *agent, __u32 hook,
				__u32 op, __u32 reason)
{
	int err = aw_deny_unprepared(label, agent, reason, aw_class_of(op));
	struct aw_outcome out = {.op = op, .error = err, .kind = AW_RING_DECISIONS};

	out.mode = AW_CONTROL_MODE(agent->control, aw_class_of(op));
	out.effect = err ? AW_EFFECT_DENIED : AW_EFFECT_WOULD_DENY;
	aw_tell_unprepared(agent, label, &out, hook, reason);
	return err;
}

/* No scratch buffer was free. What only tells of what has been done refuses nothing: that is a
 * loss. */
static __noinline int aw_refuse_unclaimed(struct aw_label *label, const struct aw_agent *agent,
					  __u32 hook)
{
	struct aw_counters *counters;

	if (hook != AW_HOOK_TRACEPOINT)
		return aw_refuse(label, agent, hook, label->notes.op, AW_REASON_NO_SCRATCH);
	counters = aw_counters_of(label->agent);
	if (counters)
		__sync_fetch_and_add(&counters->lost[AW_RING_DECISIONS], 1);
	return 0;
}

/* The operation of a hook on one kind of act; of sockets, whose kind was not looked at, the usual.
 */
static __always_inline __u32 aw_op_of_hook(__u32 hook)
{
	switch (hook) {
	case AW_HOOK_PATH_MKNOD:
		return AW_OP_CREATE;
	case AW_HOOK_PATH_LINK:
		return AW_OP_LINK;
	case AW_HOOK_PATH_RENAME:
		return AW_OP_RENAME;
	case AW_HOOK_BPRM_CHECK:
		return AW_OP_EXEC;
	case AW_HOOK_FILE_MPROTECT:
		return AW_OP_MAP;
	case AW_HOOK_SOCKET_CONNECT:
	case AW_HOOK_CGROUP_CONNECT4:
	case AW_HOOK_CGROUP_CONNECT6:
		return AW_OP_TCP;
	case AW_HOOK_SOCKET_SENDMSG:
	case AW_HOOK_CGROUP_SENDMSG4:
	case AW_HOOK_CGROUP_SENDMSG6:
		return AW_OP_UDP;
	case AW_HOOK_SOCKET_BIND:
	case AW_HOOK_CGROUP_BIND4:
	case AW_HOOK_CGROUP_BIND6:
		return AW_OP_BIND;
	case AW_HOOK_SOCKET_LISTEN:
		return AW_OP_LISTEN;
	case AW_HOOK_UNIX_STREAM_CONNECT:
	case AW_HOOK_UNIX_MAY_SEND:
		return AW_OP_UNIX;
	default:
		return AW_OP_ATTR;
	}
}

/* What decides for the one whose label is known. Returns as aw_enter_agent(). */
static __always_inline bool aw_enter_label(struct aw_hook_context *h, __u32 op_class, int *ret)
{
	h->agent = aw_agent_of(h->label);
	if (!h->agent) {
		*ret = aw_deny_unprepared(h->label, NULL, AW_REASON_NO_AGENT, op_class);
		return false;
	}
	h->control = *(volatile __u64 *)&h->agent->control;
	aw_earned_check(h->label);
	h->label->notes.folder = 0;
	h->label->notes.is_layer = 0;
	h->label->notes.conditions = 0;
	return true;
}

/*
 * Who acts. Returns false where the hook is done: *ret is what it returns. A task outside every
 * agent leaves here after one test.
 */
static __always_inline bool aw_enter_agent(struct aw_hook_context *h, __u32 op_class, int *ret)
{
	*ret = 0;
	h->task = bpf_get_current_task_btf();
	h->label = aw_label_current(h->task);
	return h->label && aw_enter_label(h, op_class, ret);
}

/* A claimed buffer is made ready for one decision. */
static __always_inline void aw_scratch_begin(struct aw_scratch *s, __u32 hook, __u32 slot,
					     __u64 control, int error)
{
	s->hook = hook;
	s->role = AW_ROLE_ONLY;
	s->agent = slot;
	s->control = control;
	s->error = error;
	s->fail_reason = AW_REASON_POLICY;
	s->object = AW_OBJECT_PATH;
	s->anchor = AW_ANCHOR_NONE;
	s->length = 0;
	s->port = 0;
	s->protocol = 0;
	s->ino = 0;
	s->dev = 0;
	s->guard = 0;
	s->target = 0;
	s->defer_dentry = 0;
	s->n_mounts = 0;
	s->conditions = 0;
	s->move = 0;
	s->host = 0;
	s->limits = 0;
	s->connection.n = 0;
	s->sent = 0;
	s->payer = 0;
	s->connects = 0;
	s->is_through = 0;
	s->is_metered = 0;
	s->is_untasked = 0;
}

/* The rest of what comes before naming; notes.op is the operation. Returns as aw_enter_agent(). */
static __always_inline bool aw_prepare(struct aw_hook_context *h, __u32 hook, __u32 op_class,
				       __u64 opened, bool created, int *ret)
{
	struct aw_scratch *s = aw_scratch_claim();

	if (!s) {
		*ret = aw_refuse_unclaimed(h->label, h->agent, hook);
		return false;
	}
	aw_scratch_begin(s, hook, h->label->agent, h->control, -EACCES_);
	h->scratch = s;
	if (h->label->deferred) {
		h->label->deferred = 0;
		aw_settle(h->agent, opened, created);
	}
	return true;
}

static __always_inline bool aw_enter(struct aw_hook_context *h, __u32 hook, __u32 op_class,
				     int *ret)
{
	if (!aw_enter_agent(h, op_class, ret))
		return false;
	h->label->notes.op = aw_op_of_hook(hook);
	return aw_prepare(h, hook, op_class, 0, false, ret);
}

/* One or two operations as the row of verdicts says that they are allowed without a word. */
#define AW_ALLOWED(op)	     ((__u64)AW_VERDICT_ALLOW << (4 * (op)))
#define AW_ALLOWED2(op, op2) (AW_ALLOWED(op) | ((op2) == AW_NO_OP ? 0 : AW_ALLOWED(op2)))

static __always_inline bool aw_row_allows(__u64 row, __u64 wanted)
{
	return (row & wanted * 0xf) == wanted;
}

static __always_inline void aw_count_known(__u32 slot, enum aw_known known, __u32 n_ops)
{
	struct aw_counters *counters = aw_counters_of(slot);

	if (!counters)
		return;
	__sync_fetch_and_add(&counters->operations[AW_EFFECT_ALLOWED], n_ops);
	__sync_fetch_and_add(&counters->known[known], 1);
}

/*
 * Whether the operations are known to be allowed, and nobody has to be told. Notes what to look for
 * further, and what to remember the object under.
 */
static __always_inline bool aw_is_known(struct aw_hook_context *h, struct vfsmount *mnt,
					struct dentry *dentry, struct inode *inode, __u32 op_class,
					__u64 wanted)
{
	struct aw_notes *notes = &h->label->notes;
	__u64 row;

	notes->file = 0;
	notes->folder = 0;
	notes->lasting_folder = 0;
	if (notes->control != h->control) {
		notes->classes = 0;
		aw_cache_begin(h->label, h->control);
	}
	if (!(*(volatile __u8 *)&notes->classes >> op_class & 1) || h->label->deferred ||
	    aw_cache_is_off(h->agent, notes))
		return false;
	aw_cache_find(h->task, h->label, h->agent, mnt, dentry, inode);
	if (op_class == AW_CLASS_EXEC && notes->conditions && notes->file)
		notes->file = notes->conditions & AW_CONDITION_ASSUMED
				      ? 0
				      : aw_cache_close(aw_cache_add(aw_cache_number(), notes->file,
								    notes->conditions));
	if (!notes->folder)
		return false;
	row = aw_cache_get(notes->file);
	if (!row && !aw_cache_get(aw_cache_close(notes->folder))) {
		aw_recall(h->label, aw_number_of(h->label, mnt), aw_number_of(h->label, dentry));
		row = aw_cache_get(notes->file);
	}
	return aw_row_allows(row, wanted) && !aw_verify_claim(h->agent, notes, row, AW_KNOWN_FILE);
}

/* After a policy or mode change: what classes the process is in now. */
static __noinline void aw_subject_refresh(struct aw_scratch *s, struct aw_label *label)
{
	__u64 control = s->control;
	__u32 bits = 0;

	s->subject_set = 0;
	if (AW_CONTROL_HAS_POLICY(control)) {
		if (label->subject)
			bits = aw_class_bits_of(s, label->subject) & 0xffff;
		if (label->script)
			bits |= aw_class_bits_of(s, label->script) >> 16;
		label->subject_mask = bits;
		/* Code was mapped, and files were judged, by what the other policy said. */
		if (label->is_earned && s->policy != label->earned_policy) {
			label->is_earned = 0;
			label->lost = 0;
		}
		if (!label->is_earned && !label->lost)
			label->lost = AW_LOST_POLICY;
		AW_WITH_IMAGE(control, aw_subject, label);
	} else {
		label->subject_mask = 0;
		label->subject_set = 0;
	}
	label->control_generation = AW_CONTROL_GENERATION(control);
}

/* Finds the verdicts for the named object. */
__weak int aw_judge(struct aw_scratch *s, struct aw_label *label)
{
	if (!s || !label)
		return 0;
	s->vid = 0;
	s->row = 0;
	s->block = 0;
	s->policy = 0;
	s->hash = 0;
	if (label->control_generation != AW_CONTROL_GENERATION(s->control))
		aw_subject_refresh(s, label);
	s->subject_set = label->subject_set;
	s->conditions = label->notes.conditions;
	if (s->fail_reason || !AW_CONTROL_HAS_POLICY(s->control))
		return 0;
	s->match_dfa = s->object == AW_OBJECT_ADDRESS ? AW_DFA_NET
		       : s->object == AW_OBJECT_HOST  ? AW_MATCH_HOST
						      : AW_DFA_PATH;
	s->match_offset = s->offset;
	s->match_length = s->length;
	s->match_anchor = s->anchor;
	s->match_state = 0;
	s->match_split = 0;
	s->folder_state = 0;
	if (label->notes.folder && s->length > s->leaf_length)
		s->match_split = s->offset + s->length - s->leaf_length - 1;
	if (aw_match(s))
		s->fail_reason = AW_REASON_NO_POLICY;
	if (s->row & AW_ROW_ANY_LIMITED)
		aw_limits_add(s);
	return 0;
}

/* Whether the object that gets the name that was matched last may not have it. */
static __noinline bool aw_is_move_refused(const struct aw_scratch *s)
{
	return aw_move_is_refused(s->move, s->moved_row, s->moved_block, s->row, s->block);
}

/* One operation's verdict and mode → effect; told where it must be. Returns 0 or the error. */
static __noinline int aw_conclude(struct aw_scratch *s, struct aw_agent *agent,
				  struct aw_label *label, __u32 op)
{
	struct aw_counters *counters = aw_counters_of(s->agent);
	struct aw_outcome out = {.op = op, .kind = AW_RING_DECISIONS};
	bool tell = true;

	out.mode = AW_CONTROL_MODE(s->control, aw_class_of(op));
	if (out.mode != AW_MODE_OBSERVE && !AW_CONTROL_HAS_POLICY(s->control))
		s->fail_reason = s->fail_reason ?: AW_REASON_NO_POLICY;
	out.verdict = s->fail_reason ? AW_VERDICT_NONE : aw_verdict_in(s->row, op);
	/* Where it is not known who wrote the file, and that makes the difference. */
	if (s->conditions & AW_CONDITION_ASSUMED && !s->fail_reason &&
	    aw_verdict_permits(out.verdict) !=
		    aw_verdict_permits(aw_verdict_in(s->row_known, op))) {
		s->fail_reason = AW_REASON_PROVENANCE;
		out.verdict = AW_VERDICT_NONE;
	}
	if (s->move && aw_verdict_permits(out.verdict) && aw_is_move_refused(s)) {
		s->fail_reason = AW_REASON_MOVED;
		out.verdict = AW_VERDICT_NONE;
	}
	if (s->limits && out.mode != AW_MODE_OBSERVE && aw_verdict_permits(out.verdict))
		out.verdict = aw_charge(s, label, op, out.verdict);
	if (out.mode == AW_MODE_OBSERVE) {
		out.effect = AW_EFFECT_ALLOWED;
		out.kind = AW_RING_OBSERVATIONS;
	} else if (aw_verdict_permits(out.verdict)) {
		out.effect = AW_EFFECT_ALLOWED;
		if (out.verdict == AW_VERDICT_ALLOW) {
			out.kind = AW_RING_OBSERVATIONS;
			tell = agent->flags & AW_AGENT_RECORD;
		}
	} else if (out.mode == AW_MODE_ENFORCE) {
		out.effect = AW_EFFECT_DENIED;
		out.error = s->error;
	} else {
		out.effect = AW_EFFECT_WOULD_DENY;
	}
	if (counters) {
		__sync_fetch_and_add(&counters->operations[out.effect & (AW_EFFECT_SLOTS - 1)], 1);
		if (s->fail_reason)
			__sync_fetch_and_add(
				&counters->reasons[s->fail_reason & (AW_REASON_SLOTS - 1)], 1);
	}
	if (tell)
		aw_tell(s, agent, label, &out);
	return out.error;
}

/*
 * An object with several names: as if all rules that match any of them matched it, so that the
 * strictest of the names that a rule knows decides, and is told; no name at all is stricter still.
 */
static __always_inline int aw_decide_shown(struct aw_scratch *s, struct aw_agent *agent,
					   struct aw_label *label, __u32 op)
{
	__u32 verdict;

	s->strongest = 0;
	s->strongest_at = 0;
	/* The last turn is the strongest name's again. */
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i <= AW_MOUNTS_JUDGED; i++) {
		s->mounts_turn = i < s->n_mounts ? i : s->strongest_at;
		s->start_mnt = s->mounts[s->mounts_turn & (AW_MOUNTS_JUDGED - 1)];
		aw_name_slow(s, agent);
		aw_judge(s, label);
		if (i >= s->n_mounts)
			break;
		verdict = s->fail_reason ? AW_VERDICTS : aw_verdict_in(s->row, op);
		if (verdict > s->strongest) {
			s->strongest = verdict;
			s->strongest_at = i;
		}
	}
	return aw_conclude(s, agent, label, op);
}

/*
 * Judges the object that scratch names for one or two operations, and tells. A global function, as
 * are the larger parts below it: the verifier then reads each once a program, not once a call.
 */
__weak int aw_decide(struct aw_scratch *s, struct aw_agent *agent, struct aw_label *label, __u32 op,
		     __u32 op2)
{
	int err, err2;

	if (!s || !agent || !label)
		return -EACCES_;
	if (s->n_mounts > 1) {
		err = aw_decide_shown(s, agent, label, op);
		err2 = op2 == AW_NO_OP ? 0 : aw_decide_shown(s, agent, label, op2);
		return err ?: err2;
	}
	aw_judge(s, label);
	err = aw_conclude(s, agent, label, op);
	/* Of a second name that is refused nothing more is asked. */
	if (op2 != AW_NO_OP && s->fail_reason != AW_REASON_MOVED) {
		err2 = aw_conclude(s, agent, label, op2);
		err = err ?: err2;
	}
	return err;
}

/* A file that is new in a known folder. Returns 1 where its last component lets it through. */
__weak int aw_decide_leaf(struct aw_scratch *s, struct aw_label *label, __u64 wanted)
{
	__u64 state;

	if (!s || !label)
		return 0;
	state = aw_cache_get(aw_cache_close(label->notes.folder));
	if (!state || label->notes.claim)
		return 0;
	s->offset = aw_name_prepend(s, AW_PATH_MAX, (void *)s->leaf_name, s->leaf_length);
	if (!s->offset)
		return 0;
	s->subject_set = label->subject_set;
	s->conditions = label->notes.conditions;
	s->match_dfa = AW_DFA_PATH;
	s->match_offset = s->offset;
	s->match_length = AW_PATH_MAX - s->offset;
	s->match_state = state;
	s->match_split = 0;
	if (aw_match(s))
		return 0;
	s->row = aw_row_settled(s->row);
	if (!aw_row_allows(s->row, wanted) || aw_rename_sequence() != label->notes.renames ||
	    (s->move && aw_is_move_refused(s)))
		return 0;
	aw_cache_put(label->notes.file, s->row);
	if (label->notes.lasting_folder)
		aw_cache_put(label->notes.lasting_file, s->row);
	return 1;
}

/*
 * Keeps what was decided, if the name is one that the digests tell all about. The mount must be in
 * the namespace whose events they count; its root has its name from the mount above.
 */
__weak int aw_remember(struct aw_scratch *s, struct aw_label *label)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mount *mount;

	if (!s || !label || s->fail_reason || s->start_is_root || label->notes.renames & 1 ||
	    (s->object != AW_OBJECT_PATH && s->object != AW_OBJECT_ANCHORED))
		return 0;
	mount = (void *)s->start_mnt - bpf_core_field_offset(struct mount, mnt);
	if ((void *)AW_LOAD64(struct mount, mount, mnt_ns) != task->nsproxy->mnt_ns ||
	    aw_rename_sequence() != label->notes.renames)
		return 0;
	aw_cache_put(aw_cache_close(label->notes.folder), s->folder_state);
	if (label->notes.lasting_folder)
		aw_cache_put(label->notes.lasting_folder, s->folder_state);
	if (!s->row)
		return 0;
	aw_cache_put(label->notes.file, aw_row_settled(s->row));
	if (label->notes.lasting_folder)
		aw_cache_put(label->notes.lasting_file, aw_row_settled(s->row));
	return 0;
}

/*
 * What a hook returns for a decision's error, EACCES or EAGAIN: small, and without another way for
 * the verifier to follow. It keeps track of a difference, not of a negation, which the compiler
 * would make of one.
 */
static __always_inline int aw_refusal(int err)
{
	__u64 number = -err & 0xf;
	__s64 ret = 0;

	_Static_assert(EACCES_ < 16 && EAGAIN_ < 16, "four bits");
	asm volatile("%0 -= %1" : "+r"(ret) : "r"(number));
	return ret;
}

/* What was allowed at a nested overlay, in the upper layer. */
static __always_inline int aw_mediate_upper(struct aw_hook_context *h, __u32 op, __u32 op2)
{
	struct aw_scratch *s = h->scratch;
	int err = 0;

	if (op == AW_OP_READ && op2 != AW_NO_OP) {
		op = op2;
		op2 = AW_NO_OP;
	}
	if (aw_name_upper(s, h->agent, h->label, op)) {
		s->defer_dentry = 0; /* one of the two can wait */
		s->limits = 0;
		err = aw_refusal(aw_decide(s, h->agent, h->label, op, op2));
	}
	s->upper_root = 0;
	return err;
}

/* The whole of it for an object with a path: names, judges, tells. */
static __always_inline int aw_mediate_object(struct aw_hook_context *h, struct vfsmount *mnt,
					     struct dentry *dentry, __u32 role, __u32 op, __u32 op2)
{
	struct aw_notes *notes = &h->label->notes;
	struct aw_scratch *s = h->scratch;
	int err;

	s->role = role;
	if (notes->folder) {
		s->leaf_name = (__u64)dentry->d_name.name;
		s->leaf_length = dentry->d_name.len;
		s->start_is_root = dentry == mnt->mnt_root;
		/* These have names that do not start at the folder that they are in. */
		if (!s->start_is_root &&
		    !(h->agent->anchor_bloom & AW_AGENT_BLOOM_BIT(notes->ino)) &&
		    aw_decide_leaf(s, h->label, AW_ALLOWED2(op, op2)) &&
		    !aw_verify_claim(h->agent, notes, s->row, AW_KNOWN_FOLDER)) {
			aw_count_known(s->agent, AW_KNOWN_FOLDER, op2 == AW_NO_OP ? 1 : 2);
			return 0;
		}
	}
	if (aw_name_object(s, h->agent, mnt, dentry)) {
		notes->is_layer = 1;
		s->start_dentry = (__u64)dentry;
		if (!aw_is_nested_layer(h->label) || aw_name_layer(s, h->agent))
			return 0;
	}
	err = aw_refusal(aw_decide(s, h->agent, h->label, op, op2));
	if (s->object == AW_OBJECT_NESTED && !s->fail_reason)
		return err ?: aw_mediate_upper(h, op, op2);
	if (notes->folder) {
		s->start_mnt = (__u64)mnt;
		if (!(h->agent->flags & AW_AGENT_VERIFY) || !aw_verify_compare(s, h->label))
			aw_remember(s, h->label);
	}
	return err;
}

/* Whether the operations are known to be allowed: they are counted. */
static __always_inline bool aw_is_let_through(struct aw_hook_context *h, struct vfsmount *mnt,
					      struct dentry *dentry, struct inode *inode,
					      __u32 op_class, __u64 wanted, __u32 n_ops)
{
	if (!aw_is_known(h, mnt, dentry, inode, op_class, wanted))
		return false;
	aw_count_known(h->label->agent, AW_KNOWN_FILE, n_ops);
	return true;
}

/* The rest of a hook on one object, which is not known. */
static __always_inline int aw_mediate_anew(struct aw_hook_context *h, __u32 hook,
					   struct vfsmount *mnt, struct dentry *dentry,
					   __u32 op_class, __u32 op, __u32 op2, __u64 opened,
					   bool created)
{
	int ret;

	if (!aw_prepare(h, hook, op_class, opened, created, &ret))
		return ret;
	ret = aw_mediate_object(h, mnt, dentry, AW_ROLE_ONLY, op, op2);
	aw_scratch_release(h->scratch);
	return ret;
}

/* Hooks on one object, once it is known who acts. */
static __always_inline int aw_mediate_entered(struct aw_hook_context *h, __u32 hook,
					      struct vfsmount *mnt, struct dentry *dentry, __u32 op)
{
	if (aw_is_let_through(h, mnt, dentry, dentry->d_inode, aw_class_of(op),
			      AW_ALLOWED2(op, AW_NO_OP), 1))
		return 0;
	h->label->notes.op = op;
	return aw_mediate_anew(h, hook, mnt, dentry, aw_class_of(op), op, AW_NO_OP, 0, false);
}

/* Hooks on the use of a file that is open, in ways that are known at run time alone. */
static __always_inline int aw_mediate_use(struct aw_hook_context *h, __u32 hook, struct file *file,
					  __u32 op_class, __u32 op, __u32 op2)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mnt = file->f_path.mnt;
	struct aw_notes *notes = &h->label->notes;

	/* To the verifier there is one way through all that follows. */
	*(volatile __u8 *)&notes->op = op;
	*(volatile __u8 *)&notes->op2 = op2;
	op = *(volatile __u8 *)&notes->op;
	op2 = *(volatile __u8 *)&notes->op2;
	if (aw_is_let_through(h, mnt, dentry, file->f_inode, op_class, AW_ALLOWED2(op, op2),
			      op2 == AW_NO_OP ? 1 : 2))
		return 0;
	return aw_mediate_anew(h, hook, mnt, dentry, op_class, op, op2, 0, false);
}

static __always_inline int aw_mediate_one(__u32 hook, struct vfsmount *mnt, struct dentry *dentry,
					  __u32 op)
{
	struct aw_hook_context h;
	int ret;

	if (!aw_enter_agent(&h, aw_class_of(op), &ret))
		return ret;
	return aw_mediate_entered(&h, hook, mnt, dentry, op);
}
