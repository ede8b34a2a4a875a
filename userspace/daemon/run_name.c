/* SPDX-License-Identifier: Apache-2.0 */
/* How a run is called in events and in the registry: ids, hashes, the agent's context. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/hex.h"
#include "daemon/run_state.h"
#include "event/rule.h"
#include "version.h"

#define UUID_BYTES 16

/* A random (version 4) UUID. */
static int draw_run_id(char ret[static AW_RUN_ID_SIZE])
{
	uint8_t bytes[UUID_BYTES];
	char hex[2 * UUID_BYTES + 1];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	aw_hex_encode(bytes, sizeof(bytes), hex);
	snprintf(ret, AW_RUN_ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
	return 0;
}

int aw_run_name(struct aw_run *run, struct aw_diag *reterr)
{
	const struct aw_run_config *config = run->config;
	int r = draw_run_id(run->result->run_id);

	if (r == 0)
		r = aw_clock_boot_id(run->boot_id);
	if (r == 0 && gethostname(run->host_name, sizeof(run->host_name) - 1) < 0)
		r = -errno;
	if (r < 0)
		return aw_diag_set(reterr, r, NULL, 0, 0, NULL, "cannot name this run: %s",
				   strerror(-r));
	if (config->image) {
		aw_hex_encode(config->image->head->hash, sizeof(config->image->head->hash),
			      run->policy_hash);
		aw_policy_id_of_hash(run->policy_hash, &run->policy_id);
	}
	run->started_ns = aw_clock_wall_now();
	run->context = (struct aw_event_context){
		.agent_name = config->name,
		.run_id = run->result->run_id,
		.policy_name = config->policy ? config->policy->name : NULL,
		.policy_hash = config->image ? run->policy_hash : NULL,
		.labels = config->labels,
	};
	for (size_t i = 0; i < config->n_anchors; i++) {
		uint32_t index = config->anchors[i].index;

		run->context.anchors[index].name = config->anchors[i].name;
		run->context.anchors[index].path = config->anchors[i].path;
		if (index >= run->context.n_anchors)
			run->context.n_anchors = index + 1;
	}
	run->context_now = run->context;
	run->policy_id_now = run->policy_id;
	return 0;
}

struct aw_event_origin aw_run_origin(const struct aw_run *run)
{
	return (struct aw_event_origin){.host = run->host_name, .boot_id = run->boot_id};
}

void aw_run_fill_report(const struct aw_run *run, struct aw_run_report *ret)
{
	*ret = (struct aw_run_report){
		.agent = {.agent = run->agent.slot,
			  .agent_generation = run->agent.generation,
			  .context = &run->context_now,
			  .wall_ns = aw_clock_wall_now()},
		.agentwatch = AW_VERSION,
		.command = (const char *const *)run->config->argv,
		.policy_id = run->policy_id_now,
	};
	memcpy(ret->modes, run->modes, sizeof(ret->modes));
}
