/* SPDX-License-Identifier: Apache-2.0 */
/* The event as a question to policy/explain.h. */
#include "event/rule.h"

#include <errno.h>
#include <string.h>

#include "base/hex.h"

#define HASH_DIGITS 64

/* A name of a file, or a peer, or the name that was asked for: then the resolver does not count. */
static void fill_object(struct aw_query *query, const struct aw_event *event)
{
	const struct aw_rec_op *op = &event->op;
	const bool is_address = op->object == AW_OBJECT_ADDRESS;

	if (!is_address && op->object != AW_OBJECT_HOST) {
		query->name = event->object.data ?: "";
		query->name_length = event->object.length;
		if (op->object == AW_OBJECT_ANCHORED)
			query->anchor = op->anchor;
		return;
	}
	if (is_address) {
		memcpy(query->address, op->address, sizeof(query->address));
		query->port = op->port;
	}
	if (event->object.length > 0) {
		query->host = event->object.data;
		query->host_length = event->object.length;
	}
}

int aw_event_explain(const struct aw_policy *policy, const struct aw_event *event,
		     struct aw_explanation *ret)
{
	const struct aw_rec_op *op = &event->op;
	struct aw_query query = {};

	if (event->type != AW_REC_OP || op->reason != AW_REASON_POLICY ||
	    op->object == AW_OBJECT_UNNAMED)
		return -EINVAL;
	query.op = op->op;
	query.subject_mask = op->subject_mask;
	query.is_unearned = op->lost != AW_LOST_NOTHING;
	query.conditions = op->conditions & (AW_CONDITION_MASKS - 1);
	query.anchor = -1;
	fill_object(&query, event);
	aw_policy_explain(policy, &query, ret);
	return 0;
}

int aw_policy_id_of_hash(const char *hash, uint64_t *ret)
{
	char digits[AW_HEX_U64_BYTES];

	if (strlen(hash) != HASH_DIGITS)
		return -EINVAL;
	memcpy(digits, hash, sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	return aw_hex_to_u64(digits, ret);
}
