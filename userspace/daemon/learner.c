/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps each observation under the kernel's key until its count is known. */
#include "daemon/learner.h"

#include <errno.h>
#include <string.h>

#include "base/map.h"
#include "baseline/sensitive.h"
#include "event/host_name.h"

struct entry {
	struct aw_observation observation; /* its strings lie in `bytes` */
	uint64_t seen;			   /* times that it was told of */
	char bytes[];
};

struct aw_learner {
	struct aw_baseline_run *run;
	struct aw_map *by_key;
	size_t bytes;
};

int aw_learner_new(struct aw_learner **ret, struct aw_baseline_run *run)
{
	_cleanup_(aw_learner_freep) struct aw_learner *learner = calloc(1, sizeof(*learner));
	int r;

	if (!learner)
		return -ENOMEM;
	learner->run = run;
	r = aw_map_new(&learner->by_key);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(learner);
	return 0;
}

struct aw_learner *aw_learner_free(struct aw_learner *learner)
{
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	if (!learner)
		return NULL;
	while (learner->by_key && (entry = aw_map_next(learner->by_key, &cursor)))
		free(entry->value);
	aw_map_free(learner->by_key);
	free(learner);
	return NULL;
}

/* Anchors go by name: their numbers differ between policies. */
static const char *anchor_name(const struct aw_event *event, uint8_t anchor)
{
	const struct aw_event_context *context = event->context;

	if (anchor == AW_ANCHOR_NONE || !context || anchor >= context->n_anchors)
		return NULL;
	return context->anchors[anchor].name;
}

/* What an observation of a peer points to. */
struct peer {
	uint8_t address[AW_ADDRESS_BYTES];
	char host[AW_HOST_MAX + 1];
};

/*
 * A peer goes by its name where a rule can do so. Not by one that leads to a sensitive address: it
 * would be opened by name, and the name could be anybody's.
 */
static bool goes_by_name(const struct aw_event *event)
{
	return (event->op.op == AW_OP_TCP || event->op.op == AW_OP_UDP) &&
	       aw_host_name_is_plain(event->object.data, event->object.length) &&
	       !aw_sensitive_address(event->op.address);
}

static void observe_peer(const struct aw_event *event, struct peer *peer,
			 struct aw_observation *ret)
{
	const struct aw_rec_op *op = &event->op;

	if (!goes_by_name(event)) {
		ret->object =
			aw_observation_address(peer->address, op->address, op->port, op->protocol);
		return;
	}
	memcpy(peer->host, event->object.data, event->object.length);
	peer->host[event->object.length] = '\0';
	ret->anchor = peer->host;
	ret->object = aw_observation_peer(peer->address, op->port, op->protocol);
}

static void observe(const struct aw_event *event, struct peer *peer, struct aw_observation *ret)
{
	const struct aw_rec_op *op = &event->op;

	*ret = (struct aw_observation){
		.exe = event->exe,
		.script = event->script,
		.op = (enum aw_op)op->op,
		.role = (enum aw_role)op->role,
		.effect = (enum aw_effect)op->effect,
		.kind = (enum aw_object)op->object,
		.object = event->object,
		.count = 1,
		.first_ns = event->wall_ns,
		.last_ns = event->wall_ns,
	};
	if (event->exe.data)
		ret->exe_anchor = anchor_name(event, event->exe_anchor);
	if (event->script.data)
		ret->script_anchor = anchor_name(event, event->script_anchor);
	if (op->object == AW_OBJECT_ANCHORED)
		ret->anchor = anchor_name(event, op->anchor);
	if (op->object == AW_OBJECT_ADDRESS)
		observe_peer(event, peer, ret);
}

/* That questions go to this resolver: datagrams to it need no rule where names have some. */
static int observe_resolver(struct aw_learner *learner, const struct aw_event *event,
			    const struct aw_observation *question)
{
	const struct aw_rec_op *op = &event->op;
	struct aw_observation resolver = *question;
	uint8_t address[AW_ADDRESS_BYTES];

	if (question->kind != AW_OBJECT_HOST || question->effect == AW_EFFECT_DENIED)
		return 0;
	resolver.kind = AW_OBJECT_ADDRESS;
	resolver.object = aw_observation_address(address, op->address, op->port, op->protocol);
	return aw_baseline_observe(learner->run, &resolver);
}

static struct aw_bytes keep(char **at, struct aw_bytes from)
{
	struct aw_bytes kept = {.length = from.length};

	if (!from.data)
		return from;
	kept.data = memcpy(*at, from.data, from.length);
	*at += from.length;
	return kept;
}

static int remember(struct aw_learner *learner, uint64_t key, const struct aw_observation *o)
{
	const size_t host = o->kind == AW_OBJECT_ADDRESS && o->anchor ? strlen(o->anchor) + 1 : 0;
	size_t bytes =
		sizeof(struct entry) + o->exe.length + o->script.length + o->object.length + host;
	_cleanup_free_ struct entry *entry = NULL;
	char *at;
	int r;

	if (aw_map_size(learner->by_key) >= AW_LEARNER_MAX ||
	    bytes > AW_LEARNER_BYTES_MAX - learner->bytes)
		return -ENOBUFS;
	entry = malloc(bytes);
	if (!entry)
		return -ENOMEM;
	entry->observation = *o;
	entry->seen = 1;
	at = entry->bytes;
	entry->observation.exe = keep(&at, o->exe);
	entry->observation.script = keep(&at, o->script);
	entry->observation.object = keep(&at, o->object);
	/* Other anchors live as long as the context does. */
	if (host > 0)
		entry->observation.anchor = keep(&at, (struct aw_bytes){o->anchor, host}).data;
	r = aw_map_put_u64(learner->by_key, key, entry);
	if (r < 0)
		return r;
	learner->bytes += bytes;
	TAKE_PTR(entry);
	return 0;
}

int aw_learner_event(struct aw_learner *learner, const struct aw_event *event)
{
	struct aw_observation observation;
	struct entry *known;
	struct peer peer;
	int r, r2;

	if (event->type != AW_REC_OP)
		return 0;
	observe(event, &peer, &observation);
	known = aw_map_get_u64(learner->by_key, event->op.key);
	if (known)
		known->seen++;
	r = aw_baseline_observe(learner->run, &observation);
	if (r == 0)
		r = observe_resolver(learner, event, &observation);
	r2 = known ? 0 : remember(learner, event->op.key, &observation);
	return r < 0 ? r : r2;
}

int aw_learner_count(struct aw_learner *learner, uint64_t key, const struct aw_count *count,
		     const struct aw_clock *clock)
{
	struct entry *entry = aw_map_get_u64(learner->by_key, key);

	if (!entry || count->count <= entry->seen)
		return 0;
	entry->observation.count = count->count - entry->seen;
	entry->observation.first_ns = aw_clock_wall(clock, count->first_ns);
	entry->observation.last_ns = aw_clock_wall(clock, count->last_ns);
	entry->seen = count->count;
	return aw_baseline_observe(learner->run, &entry->observation);
}
