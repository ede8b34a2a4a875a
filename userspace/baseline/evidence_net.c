/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of a baseline in memory: one endpoint for each operation, address and port. */
#include <errno.h>
#include <string.h>

#include "baseline/evidence_parts.h"

/* The endpoint of this operation and address; made where it is missing. */
static int find_endpoint(struct aw_evidence *e, const struct aw_observation *act,
			 struct aw_endpoint **ret)
{
	struct aw_endpoint endpoint = {.op = act->op, .first_ns = UINT64_MAX};
	const uint8_t *bytes = (const uint8_t *)act->object.data;
	_cleanup_free_ char *key = malloc(AW_ADDRESS_BYTES + 1);
	void *known;
	int r;

	if (!key)
		return -ENOMEM;
	memcpy(key, bytes, AW_ADDRESS_BYTES);
	key[AW_ADDRESS_BYTES] = (char)act->op;
	known = aw_map_get(e->endpoints_by_key, key, AW_ADDRESS_BYTES + 1);
	if (known) {
		*ret = &e->endpoints.items[(uintptr_t)known - 1];
		return 0;
	}
	memcpy(endpoint.address, bytes, 16);
	endpoint.port = (uint16_t)(bytes[16] << 8 | bytes[17]);
	endpoint.protocol = bytes[18];
	for (int i = 0; i < AW_FACT_SUBJECTS; i++)
		endpoint.subjects[i] = AW_FACT_NO_SUBJECT;
	r = aw_vec_push(&e->endpoints, endpoint);
	if (r == 0)
		r = aw_map_put(e->endpoints_by_key, key, AW_ADDRESS_BYTES + 1,
			       (void *)(uintptr_t)e->endpoints.n);
	if (r < 0)
		return r;
	(void)TAKE_PTR(key); /* the map borrows it until the end */
	*ret = &e->endpoints.items[e->endpoints.n - 1];
	return 0;
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
	e->n_acts++;
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
