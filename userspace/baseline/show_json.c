/* SPDX-License-Identifier: Apache-2.0 */
/* A baseline as JSON: everything that the text says, and all of what it cuts short. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "baseline/show_parts.h"
#include "baseline/trust.h"
#include "policy/policy.h"

#define PORTS_SIZE 16

/* "443", "32768-60999" */
static void show_ports(const struct aw_learned_net *net, char ret[static PORTS_SIZE])
{
	if (net->first_port == net->last_port)
		snprintf(ret, PORTS_SIZE, "%u", net->first_port);
	else
		snprintf(ret, PORTS_SIZE, "%u-%u", net->first_port, net->last_port);
}

void aw_show_peer(const struct aw_learned_net *net, char ret[AW_SHOW_PEER_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const bool is_v4 = !memcmp(net->address, mapped, sizeof(mapped));
	char text[INET6_ADDRSTRLEN] = "", ports[PORTS_SIZE];

	show_ports(net, ports);
	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? net->address + 12 : net->address, text,
		  sizeof(text));
	if (net->op == AW_OP_RESOLVE)
		snprintf(ret, AW_SHOW_PEER_SIZE, "%s", net->host);
	else
		snprintf(ret, AW_SHOW_PEER_SIZE, "%s port %s", net->host ?: text, ports);
}

static void write_time(struct aw_json *json, const char *key, uint64_t ns)
{
	char text[AW_CLOCK_RFC3339_SIZE];

	if (ns == 0) {
		aw_json_field_null(json, key);
		return;
	}
	aw_clock_format(ns, text);
	aw_json_field_string(json, key, text);
}

static void write_run(struct aw_json *json, const struct aw_run_info *run)
{
	aw_json_begin_object(json);
	aw_json_field_string(json, "uuid", run->uuid);
	aw_json_field_string(json, "state", aw_run_state_name(run->state));
	aw_json_field_string(json, "why_partial", run->why_partial[0] ? run->why_partial : NULL);
	write_time(json, "start", run->start_ns);
	write_time(json, "end", run->end_ns);
	if (run->end_ns)
		aw_json_field_i64(json, "exit_status", run->exit_status);
	else
		aw_json_field_null(json, "exit_status");
	aw_json_field_string(json, "host", run->host);
	aw_json_field_string(json, "user", run->user[0] ? run->user : NULL);
	aw_json_field_string(json, "repository", run->repository[0] ? run->repository : NULL);
	aw_json_field_string(json, "commit", run->commit[0] ? run->commit : NULL);
	aw_json_field_string(json, "kernel", run->kernel);
	aw_json_field_string(json, "version", run->version[0] ? run->version : NULL);
	aw_json_field_u64(json, "lost_decisions", run->lost_decisions);
	aw_json_field_u64(json, "lost_observations", run->lost_observations);
	aw_json_end_object(json);
}

static void write_rule(struct aw_json *json, const struct aw_learned *learned,
		       const struct aw_learned_rule *rule)
{
	const struct aw_run_sets *sets = learned->evidence->sets;

	aw_json_begin_object(json);
	aw_json_field_string(json, "pattern", rule->pattern);
	aw_json_field_object(json, "operations"); /* with the number of runs each */
	for (int op = 0; op < AW_OPS; op++)
		if (rule->ops >> op & 1)
			aw_json_field_u64(json, aw_op_name(op),
					  aw_run_sets_size(sets, rule->op_sets[op]));
	aw_json_end_object(json);
	aw_json_field_u64(json, "runs", aw_run_sets_size(sets, rule->set));
	aw_json_field_u64(json, "names", rule->n_names);
	aw_json_field_string(json, "why", aw_learned_class_name(rule->class));
	aw_json_field_string(json, "sensitive", rule->sensitive ? rule->sensitive->what : NULL);
	write_time(json, "first", rule->first_ns);
	write_time(json, "last", rule->last_ns);
	aw_json_end_object(json);
}

static void write_net(struct aw_json *json, const struct aw_learned *learned,
		      const struct aw_learned_net *net)
{
	char peer[AW_SHOW_PEER_SIZE], ports[PORTS_SIZE];

	aw_show_peer(net, peer);
	show_ports(net, ports);
	aw_json_begin_object(json);
	aw_json_field_string(json, "operation", aw_op_name(net->op));
	aw_json_field_string(json, "host", net->host);
	aw_json_field_string(json, "address", net->host ? NULL : peer);
	aw_json_field_string(json, "port", net->op == AW_OP_RESOLVE ? NULL : ports);
	aw_json_field_u64(json, "runs", aw_run_sets_size(learned->evidence->sets, net->set));
	aw_json_field_string(json, "sensitive", net->sensitive);
	write_time(json, "first", net->first_ns);
	write_time(json, "last", net->last_ns);
	aw_json_end_object(json);
}

static void write_trust(struct aw_json *json, const struct aw_learned *learned)
{
	struct aw_trust trust;

	aw_trust_compute(learned, &trust);
	aw_json_field_object(json, "trust");
	aw_json_field_u64(json, "complete_runs", trust.n_runs);
	aw_json_field_u64(json, "runs_with_something_of_their_own", trust.n_breaking);
	aw_json_field_double(json, "break_rate_at_most", trust.break_bound, 4);
	aw_json_field_double(json, "confidence", AW_CONFIDENCE, 2);
	aw_json_field_u64(json, "rules", learned->incidence.n_rules);
	aw_json_field_u64(json, "rules_seen_once", learned->incidence.n_once);
	aw_json_field_double(json, "rules_at_least", trust.richness, 1);
	aw_json_field_double(json, "coverage", trust.coverage, 4);
	aw_json_end_object(json);
}

int aw_show_json(struct aw_buffer *out, const struct aw_learned *learned)
{
	const struct aw_evidence *e = learned->evidence;
	struct aw_json json;

	aw_json_init(&json, out);
	aw_json_begin_object(&json);
	aw_json_field_string(&json, "baseline", e->baseline);
	write_trust(&json, learned);
	aw_json_field_u64(&json, "partial_only", e->n_partial_only);
	aw_json_field_u64(&json, "denied", e->n_denied);
	aw_json_field_u64(&json, "unnamed", e->n_unnamed);
	aw_json_field_array(&json, "runs");
	for (size_t i = 0; i < e->runs.n_items; i++)
		write_run(&json, &e->runs.items[i]);
	aw_json_end_array(&json);
	aw_json_field_array(&json, "rules");
	for (size_t i = 0; i < learned->rules.n; i++)
		write_rule(&json, learned, &learned->rules.items[i]);
	aw_json_end_array(&json);
	aw_json_field_array(&json, "addresses");
	for (size_t i = 0; i < learned->nets.n; i++)
		write_net(&json, learned, &learned->nets.items[i]);
	aw_json_end_array(&json);
	aw_json_end_object(&json);
	aw_buffer_append_char(out, '\n');
	return aw_json_finish(&json);
}
