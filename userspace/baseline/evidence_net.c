/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses and host names of a baseline in memory: one endpoint for each operation, address or
 * name, and port.
 */
#include <errno.h>
#include <string.h>

#include "baseline/evidence_parts.h"

/* Start of a key; the host name follows, ended by a zero byte that does not count. */
struct key_head {
	uint8_t address[AW_ADDRESS_BYTES];
	uint8_t op;
};

/* The key of an act's endpoint, newly allocated. NULL: no memory. */
static struct key_head *make_key(const struct aw_observation *act, size_t *retlength)
{
	struct aw_bytes host = act->object;
	struct key_head *key;

	if (act->kind == AW_OBJECT_ADDRESS)
		host = (struct aw_bytes){act->anchor, act->anchor ? strlen(act->anchor) : 0};
	key = calloc(1, sizeof(*key) + host.length + 1);
	if (!key)
		return NULL;
	if (act->kind == AW_OBJECT_ADDRESS)
		memcpy(key->address, act->object.data, AW_ADDRESS_BYTES);
	key->op = (uint8_t)act->op;
	if (host.length > 0)
		memcpy(key + 1, host.data, host.length);
	*retlength = sizeof(*key) + host.length;
	return key;
}

static struct aw_endpoint endpoint_of(const struct key_head *key, size_t length)
{
	struct aw_endpoint endpoint = {
		.op = key->op,
		.host = length > sizeof(*key) ? (const char *)(key + 1) : NULL,
		.port = (uint16_t)(key->address[16] << 8 | key->address[17]),
		.protocol = key->address[18],
		.first_ns = UINT64_MAX,
	};

	memcpy(endpoint.address, key->address, sizeof(endpoint.address));
	for (int i = 0; i < AW_FACT_SUBJECTS; i++)
		endpoint.subjects[i] = AW_FACT_NO_SUBJECT;
	return endpoint;
}

/* The endpoint of this operation and peer; made where it is missing. */
static int find_endpoint(struct aw_evidence *e, const struct aw_observation *act,
			 struct aw_endpoint **ret)
{
	size_t length = 0;
	_cleanup_free_ struct key_head *key = make_key(act, &length);
	void *known;
	int r;

	if (!key)
		return -ENOMEM;
	known = aw_map_get(e->endpoints_by_key, key, length);
	if (known) {
		*ret = &e->endpoints.items[(uintptr_t)known - 1];
		return 0;
	}
	r = aw_vec_push(&e->endpoints, endpoint_of(key, length));
	if (r == 0)
		r = aw_map_put(e->endpoints_by_key, key, length, (void *)(uintptr_t)e->endpoints.n);
	if (r < 0)
		return r;
	(void)TAKE_PTR(key); /* the map borrows it until the end, the endpoint its name */
	*ret = &e->endpoints.items[e->endpoints.n - 1];
	return 0;
}

bool aw_evidence_is_resolver(const struct aw_evidence *e, const struct aw_endpoint *endpoint)
{
	struct key_head key = {.op = AW_OP_RESOLVE};

	(void)aw_observation_address(key.address, endpoint->address, endpoint->port,
				     endpoint->protocol);
	return !endpoint->host && aw_map_get(e->endpoints_by_key, &key, sizeof(key));
}

int aw_evidence_add_endpoint(struct aw_evidence *e, const struct aw_observation *act, uint32_t set)
{
	struct aw_endpoint *endpoint = NULL;
	uint32_t subject = 0;
	int r = aw_evidence_add_subject(e, act->exe, &subject);

	if (r == 0)
		r = find_endpoint(e, act, &endpoint);
	if (r < 0)
		return r;
	endpoint->count += act->count;
	if (act->first_ns < endpoint->first_ns)
		endpoint->first_ns = act->first_ns;
	if (act->last_ns > endpoint->last_ns)
		endpoint->last_ns = act->last_ns;
	aw_evidence_note_subject(e, endpoint->subjects, subject);
	e->n_acts += endpoint->op != AW_OP_RESOLVE || endpoint->host;
	return aw_run_sets_union(e->sets, endpoint->set, set, &endpoint->set);
}

void aw_evidence_free_endpoints(struct aw_evidence *e)
{
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	while (e->endpoints_by_key && (entry = aw_map_next(e->endpoints_by_key, &cursor)))
		free((void *)(uintptr_t)entry->key);
	aw_map_free(e->endpoints_by_key);
	aw_vec_done(&e->endpoints);
}
