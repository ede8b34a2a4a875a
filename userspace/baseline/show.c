/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Baselines as text: tables, and sentences that say what to do next. The same as JSON is
 * show_json.c.
 */
#include "baseline/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/table.h"
#include "baseline/show_parts.h"
#include "baseline/trust.h"
#include "policy/policy.h"

#define TIME_SIZE 20
#define UUID_HEAD 8

/* "2026-11-21 02:14:03", to the second; "-" for never. */
static const char *format_time(uint64_t ns, char buffer[AW_CLOCK_RFC3339_SIZE])
{
	if (ns == 0)
		return "-";
	aw_clock_format(ns, buffer);
	buffer[10] = ' ';
	buffer[TIME_SIZE - 1] = '\0';
	return buffer;
}

int aw_baseline_list_format(struct aw_buffer *out, const struct aw_baseline_list *list,
			    bool as_json)
{
	static const struct aw_table_column columns[] = {
		{"BASELINE", "baseline", AW_TABLE_TEXT},   {"RUNS", "runs", AW_TABLE_NUMBER},
		{"COMPLETE", "complete", AW_TABLE_NUMBER}, {"FIRST", "first", AW_TABLE_TEXT},
		{"LAST", "last", AW_TABLE_TEXT},
	};
	_cleanup_(aw_table_freep) struct aw_table *table = NULL;
	int r = aw_table_new(&table, columns, sizeof(columns) / sizeof(columns[0]));

	for (size_t i = 0; i < list->n_items && r == 0; i++) {
		const struct aw_baseline_summary *item = &list->items[i];
		char runs[16], complete[16], first[AW_CLOCK_RFC3339_SIZE],
			last[AW_CLOCK_RFC3339_SIZE];
		const char *cells[] = {item->name, runs, complete,
				       item->n_runs ? format_time(item->first_ns, first) : NULL,
				       item->n_runs ? format_time(item->last_ns, last) : NULL};

		snprintf(runs, sizeof(runs), "%u", item->n_runs);
		snprintf(complete, sizeof(complete), "%u", item->n_complete);
		r = aw_table_add(table, cells);
	}
	if (r < 0)
		return r;
	if (as_json)
		return aw_table_format_json(table, out);
	if (list->n_items == 0)
		return aw_buffer_append_string(
			out, "There are no baselines yet: `agentwatch learn` makes one.\n");
	return aw_table_format(table, out);
}

static int add_run(struct aw_table *table, const struct aw_run_info *run)
{
	char uuid[UUID_HEAD + 1], start[AW_CLOCK_RFC3339_SIZE], seconds[32] = "-", exit_status[16];
	char commit[13];
	const char *cells[] = {uuid,
			       format_time(run->start_ns, start),
			       seconds,
			       run->host,
			       run->user,
			       commit,
			       exit_status,
			       aw_run_state_name(run->state),
			       run->why_partial[0] ? run->why_partial : ""};

	snprintf(uuid, sizeof(uuid), "%.8s", run->uuid);
	snprintf(commit, sizeof(commit), "%.12s", run->commit);
	snprintf(exit_status, sizeof(exit_status), "%d", run->exit_status);
	if (run->end_ns >= run->start_ns)
		snprintf(seconds, sizeof(seconds), "%.1f",
			 (double)(run->end_ns - run->start_ns) / (double)AW_NS_PER_SECOND);
	else
		cells[6] = NULL; /* no end: no status either */
	return aw_table_add(table, cells);
}

static int format_runs(struct aw_buffer *out, const struct aw_run_list *runs)
{
	static const struct aw_table_column columns[] = {
		{"RUN", "run", AW_TABLE_TEXT},		 {"START (UTC)", "start", AW_TABLE_TEXT},
		{"SECONDS", "seconds", AW_TABLE_NUMBER}, {"HOST", "host", AW_TABLE_TEXT},
		{"USER", "user", AW_TABLE_TEXT},	 {"COMMIT", "commit", AW_TABLE_TEXT},
		{"EXIT", "exit", AW_TABLE_NUMBER},	 {"STATE", "state", AW_TABLE_TEXT},
		{"WHY", "why", AW_TABLE_TEXT},
	};
	_cleanup_(aw_table_freep) struct aw_table *table = NULL;
	const size_t first =
		runs->n_items > AW_SHOW_RUNS_MAX ? runs->n_items - AW_SHOW_RUNS_MAX : 0;
	int r = aw_table_new(&table, columns, sizeof(columns) / sizeof(columns[0]));

	for (size_t i = first; i < runs->n_items && r == 0; i++)
		r = add_run(table, &runs->items[i]);
	if (r < 0)
		return r;
	if (first > 0)
		aw_buffer_append_format(out, "The last %zu of %zu runs (--json has all):\n",
					runs->n_items - first, runs->n_items);
	return aw_table_format(table, out);
}

/* Names of operations with ", " between. */
static void append_ops(struct aw_buffer *out, uint32_t ops)
{
	int n = 0;

	for (int op = 0; op < AW_OPS; op++)
		if (ops >> op & 1)
			aw_buffer_append_format(out, "%s%s", n++ ? ", " : "", aw_op_name(op));
}

static int add_rule(struct aw_table *table, uint32_t ops, const char *pattern, const char *why)
{
	_cleanup_buffer_ struct aw_buffer text = {0};

	append_ops(&text, ops);
	return aw_table_add(table, (const char *const[]){aw_buffer_string(&text), pattern, why});
}

/* Operations of a rule that one run alone did. */
static uint32_t ops_seen_once(const struct aw_learned *learned, const struct aw_learned_rule *rule)
{
	uint32_t ops = 0;

	for (int op = 0; op < AW_OPS; op++)
		if ((rule->ops >> op & 1) &&
		    aw_run_sets_size(learned->evidence->sets, rule->op_sets[op]) == 1)
			ops |= 1u << op;
	return ops;
}

/* The rules that one run alone did, or those for review. */
static int fill_rules(struct aw_table *table, const struct aw_learned *learned, bool for_review,
		      size_t *retn)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < learned->rules.n && r == 0; i++) {
		const struct aw_learned_rule *rule = &learned->rules.items[i];
		const bool is_review = rule->class == AW_LEARNED_REVIEW;
		const uint32_t ops = for_review ? rule->ops : ops_seen_once(learned, rule);

		if (is_review != for_review || !ops || ++n > AW_SHOW_RULES_MAX)
			continue;
		r = add_rule(table, ops, rule->pattern,
			     is_review ? rule->sensitive->what
				       : aw_learned_class_name(rule->class));
	}
	for (size_t i = 0; i < learned->nets.n && r == 0; i++) {
		const struct aw_learned_net *net = &learned->nets.items[i];
		char peer[AW_SHOW_PEER_SIZE];

		if (!net->sensitive == for_review ||
		    (!for_review && aw_run_sets_size(learned->evidence->sets, net->set) != 1) ||
		    ++n > AW_SHOW_RULES_MAX)
			continue;
		aw_show_peer(net, peer);
		r = add_rule(table, 1u << net->op, peer, for_review ? net->sensitive : "");
	}
	*retn = n;
	return r;
}

static int format_rules(struct aw_buffer *out, const struct aw_learned *learned, bool for_review,
			const char *title)
{
	static const struct aw_table_column columns[] = {
		{"OPERATIONS", "operations", AW_TABLE_TEXT},
		{"NAME", "name", AW_TABLE_TEXT},
		{"WHY", "why", AW_TABLE_TEXT},
	};
	_cleanup_(aw_table_freep) struct aw_table *table = NULL;
	size_t n = 0;
	int r = aw_table_new(&table, columns, sizeof(columns) / sizeof(columns[0]));

	if (r == 0)
		r = fill_rules(table, learned, for_review, &n);
	if (r < 0 || n == 0)
		return r;
	aw_buffer_append_format(out, "\n%s\n", title);
	r = aw_table_format(table, out);
	if (n > AW_SHOW_RULES_MAX)
		aw_buffer_append_format(out, "… and %zu more (--json has all)\n",
					n - AW_SHOW_RULES_MAX);
	return r;
}

static void format_counts(struct aw_buffer *out, const struct aw_evidence *e)
{
	if (e->n_partial_only > 0)
		aw_buffer_append_format(out,
					"%llu operations were seen in runs that are not complete "
					"alone: nothing is learned from them.\n",
					(unsigned long long)e->n_partial_only);
	if (e->n_denied > 0)
		aw_buffer_append_format(
			out, "%llu operations were denied: nothing is learned from them.\n",
			(unsigned long long)e->n_denied);
	if (e->n_unnamed > 0)
		aw_buffer_append_format(
			out,
			"%llu operations were on objects without a name: no rule allows them.\n",
			(unsigned long long)e->n_unnamed);
}

static int format_text(struct aw_buffer *out, const struct aw_learned *learned)
{
	const struct aw_evidence *e = learned->evidence;
	const size_t n_partial = e->runs.n_items - e->n_complete;
	int r;

	aw_buffer_append_format(out, "Baseline %s: %zu complete run%s", e->baseline, e->n_complete,
				e->n_complete == 1 ? "" : "s");
	if (n_partial > 0)
		aw_buffer_append_format(out, ", %zu not complete and left out", n_partial);
	aw_buffer_append_string(out, ".\n");
	if (e->n_complete > 0) {
		aw_trust_describe(out, learned);
		aw_buffer_append_char(out, '\n');
	} else {
		aw_buffer_append_string(out, "Nothing can be learned from it yet.\n");
	}
	format_counts(out, e);
	aw_buffer_append_char(out, '\n');
	r = format_runs(out, &e->runs);
	if (r == 0)
		r = format_rules(out, learned, true,
				 "Sensitive, and used by the runs: judge each of these.");
	if (r == 0 && e->n_complete > 1)
		r = format_rules(
			out, learned, false,
			"Seen in one run only: the weakest rules, and the first to look at.");
	if (r == 0 && e->n_complete > 0)
		aw_buffer_append_format(out,
					"\nNext: `agentwatch policy new %s` writes the rules "
					"as a policy to read.\n",
					e->baseline);
	return r < 0 ? r : out->error;
}

int aw_baseline_show_format(struct aw_buffer *out, const struct aw_learned *learned, bool as_json)
{
	return as_json ? aw_show_json(out, learned) : format_text(out, learned);
}
