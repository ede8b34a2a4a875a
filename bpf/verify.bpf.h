/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The proof of the cache. For an agent with AW_AGENT_VERIFY each decision that the cache would
 * answer is made without it too, inside the same hook call; the uncached one holds, the two rows of
 * verdicts are compared, and differences are counted. For all other agents nothing is done here.
 *
 * Two decisions are compared only where nothing was renamed and no mount was changed between them:
 * what came in between makes the second another question.
 */
#pragma once

#include "cache.bpf.h"

/* Where the kernel's mount_lock is; 0: mounts that change are not told. */
extern const volatile __u64 aw_mount_lock;

static __always_inline __u32 aw_mount_sequence(void)
{
	return aw_mount_lock ? aw_load32(aw_mount_lock) : 0;
}

/* Before the cache is asked: whether it must not be. Tells of allowed operations need a name. */
static __always_inline bool aw_cache_is_off(const struct aw_agent *agent, struct aw_notes *notes)
{
	__u32 flags = agent->flags & (AW_AGENT_RECORD | AW_AGENT_VERIFY);

	if (!flags)
		return false;
	notes->claim = 0;
	notes->mounts = aw_mount_sequence();
	return flags & AW_AGENT_RECORD;
}

/* The cache lets an operation through by this row. False: that is all; true: it is to be proved. */
static __always_inline bool aw_verify_claim(const struct aw_agent *agent, struct aw_notes *notes,
					    __u64 row, enum aw_known known)
{
	if (!(agent->flags & AW_AGENT_VERIFY))
		return false;
	notes->claim = row;
	notes->claimed = known;
	return true;
}

/* What scratch holds was decided without the cache. Returns 0 where the cache had no answer. */
__weak int aw_verify_compare(struct aw_scratch *s, struct aw_label *label)
{
	struct aw_counters *counters;
	struct aw_notes *notes;

	if (!s || !label || !label->notes.claim)
		return 0;
	notes = &label->notes;
	counters = aw_counters_of(label->agent);
	if (!counters || notes->mounts & 1 || aw_mount_sequence() != notes->mounts ||
	    aw_rename_sequence() != notes->renames)
		return 1;
	__sync_fetch_and_add(&counters->known[notes->claimed & (AW_KNOWN_SLOTS - 1)], 1);
	if (s->fail_reason || aw_row_settled(s->row) != notes->claim)
		__sync_fetch_and_add(&counters->differences, 1);
	return 1;
}
