/* SPDX-License-Identifier: Apache-2.0 */
/* The last words of a run: what was done, what was denied, what was lost, where to look. */
#include <inttypes.h>
#include <string.h>

#include "base/term.h"
#include "cli/run_verb.h"

static void count(struct aw_buffer *out, const char *before, uint64_t n, const char *what)
{
	if (n > 0)
		aw_buffer_append_format(out, "%s%" PRIu64 " %s", before, n, what);
}

static void append_totals(struct aw_buffer *out, const struct aw_run_config *config,
			  const struct aw_run_result *result)
{
	const __u64 *operations = result->counters.operations;
	bool is_learning = config->mode == AW_MODE_OBSERVE;
	uint64_t allowed = operations[AW_EFFECT_ALLOWED];

	aw_buffer_append_format(out, "agentwatch: %s %s: %" PRIu64 " operations allowed",
				config->verb, config->name, allowed);
	if (is_learning)
		count(out, ", ", result->stats.distinct, "of them distinct");
	count(out, ", ", operations[AW_EFFECT_DENIED], "denied");
	count(out, ", ", operations[AW_EFFECT_WOULD_DENY], "would be denied");
	aw_buffer_append_string(out, result->is_complete ? "; complete\n" : "; PARTIAL\n");
	if (result->changes > 0)
		aw_buffer_append_format(out,
					"agentwatch: its policy or modes were changed %zu times "
					"while it ran\n",
					result->changes);
}

static uint64_t missing(const struct aw_run_result *result, enum aw_ring ring)
{
	uint64_t emitted = result->counters.emitted[ring];
	uint64_t received = result->stats.received[ring];

	return emitted > received ? emitted - received : 0;
}

static void append_losses(struct aw_buffer *out, const struct aw_run_result *result)
{
	static const struct {
		enum aw_ring ring;
		const char *what;
	} rings[] = {
		{AW_RING_DECISIONS, "decisions"},
		{AW_RING_OBSERVATIONS, "observations"},
	};

	if (result->counters.differences > 0)
		aw_buffer_append_format(
			out,
			"agentwatch: %llu answers of the cache were wrong: this is a "
			"defect of agentwatch; please report it\n",
			result->counters.differences);
	if (result->is_complete)
		return;
	if (*result->why_partial)
		aw_buffer_append_format(out, "agentwatch: partial: %s\n", result->why_partial);
	for (size_t i = 0; i < sizeof(rings) / sizeof(*rings); i++) {
		uint64_t lost =
			result->counters.lost[rings[i].ring] + missing(result, rings[i].ring);

		if (lost > 0)
			aw_buffer_append_format(out,
						"agentwatch: partial: %" PRIu64 " %s lost; a "
						"larger --ring-size helps\n",
						lost, rings[i].what);
	}
	if (result->stats.undecodable > 0)
		aw_buffer_append_format(out,
					"agentwatch: partial: %" PRIu64 " records not understood\n",
					result->stats.undecodable);
	if (result->unwritten > 0)
		aw_buffer_append_format(out,
					"agentwatch: partial: %" PRIu64 " events not written\n",
					result->unwritten);
}

static void append_denial(struct aw_buffer *out, const struct aw_tally_row *row, bool has_colour)
{
	bool is_denied = row->effect == AW_EFFECT_DENIED;

	aw_buffer_append_format(
		out, "  %6" PRIu64 "  %s%s%s %s %s", row->count,
		aw_term_colour(has_colour, is_denied ? AW_COLOUR_RED : AW_COLOUR_YELLOW),
		is_denied ? "denied" : "would deny", aw_term_colour(has_colour, AW_COLOUR_NONE),
		row->operation, row->object);
	if (row->rule)
		aw_buffer_append_format(out, "  rule %s", row->rule);
	else if (!row->reason)
		aw_buffer_append_string(out, "  no rule allows it");
	if (row->reason) {
		aw_buffer_append_string(out, row->rule ? ": " : "  ");
		aw_term_append_text(out, row->reason, strlen(row->reason));
	}
	aw_buffer_append_char(out, '\n');
}

static void append_denials(struct aw_buffer *out, const struct aw_run_result *result,
			   bool has_colour)
{
	_cleanup_free_ const struct aw_tally_row **rows = NULL;
	size_t n = 0;

	if (!result->tally || aw_tally_rows(result->tally, &rows, &n) < 0 || n == 0)
		return;
	for (size_t i = 0; i < n && i < AW_RUN_SUMMARY_ROWS; i++)
		append_denial(out, rows[i], has_colour);
	if (n > AW_RUN_SUMMARY_ROWS)
		aw_buffer_append_format(out, "  … and %zu more\n", n - AW_RUN_SUMMARY_ROWS);
	aw_buffer_append_format(out, "agentwatch: why: agentwatch why %s\n", rows[0]->event);
}

/* Only what is whole and went well teaches. */
static void append_baseline(struct aw_buffer *out, const struct aw_run_config *config,
			    const struct aw_run_result *result)
{
	if (!config->baseline || result->run_number == 0)
		return;
	aw_buffer_append_format(out, "agentwatch: baseline %s, run %zu", config->baseline,
				result->run_number);
	if (!result->is_complete)
		aw_buffer_append_string(out, ": nothing is learned from it, for it is partial");
	else if (result->wait_status != 0)
		aw_buffer_append_string(out, ": nothing is learned from it, for the command "
					     "failed");
	aw_buffer_append_char(out, '\n');
}

void aw_run_summary_print(const struct aw_run_config *config, const struct aw_run_result *result,
			  FILE *stream)
{
	_cleanup_buffer_ struct aw_buffer out = {};

	append_totals(&out, config, result);
	append_losses(&out, result);
	append_denials(&out, result, aw_term_has_colour(stream));
	if (config->events && strcmp(config->events, "-") != 0)
		aw_buffer_append_format(&out, "agentwatch: events: %s\n", config->events);
	append_baseline(&out, config, result);
	if (result->stays)
		aw_buffer_append_string(&out,
					"agentwatch: its processes go on, and so does the agent; "
					"see 'agentwatch status'\n");
	if (out.error == 0)
		fwrite(out.data, 1, out.length, stream);
	fflush(stream);
}
