/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules on names as YAML: one rule for the rows that share section, folder and operations, with a
 * comment for all of them and, behind a line, what sets it apart.
 */
#include <string.h>

#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"
#include "policy/policy.h"

/* Rows first … end − 1 are one rule. */
struct span {
	const struct aw_policy_row *first;
	size_t n;
};

static const char *const titles[] = {
	[AW_SECTION_WORKSPACE] = "The workspace, the agent's own folder.",
	[AW_SECTION_SYSTEM] =
		"What packages install, for reading. Whole folders: they hold programs "
		"and data that are the same for everybody.",
	[AW_SECTION_PROGRAMS] = "Programs, by name.",
	[AW_SECTION_FILES] = "Other files.",
	[AW_SECTION_SOCKETS] = "Unix sockets.",
	[AW_SECTION_REVIEW] =
		"NEEDS REVIEW. The runs used what a learned policy never opens by itself. Each "
		"name "
		"is allowed as it was seen, and every use is reported (flag). Judge each: take the "
		"rule out, or make it `allow`.",
};
static_assert(sizeof(titles) / sizeof(titles[0]) == AW_SECTIONS, "a title for each");

/* "in 3 of 5 runs" or, of several rows, "in 1 to 5 of 5 runs". */
static int describe_runs(struct aw_buffer *out, const struct aw_learned *learned, struct span span)
{
	const uint32_t n_runs = (uint32_t)learned->evidence->n_complete;
	uint32_t least = UINT32_MAX, most = 0;

	for (size_t i = 0; i < span.n; i++) {
		uint32_t n = 0;
		const int r = aw_policy_row_runs(learned, &span.first[i], &n);

		if (r < 0)
			return r;
		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	if (least == n_runs)
		return aw_buffer_append_format(out, "Seen in %s%u run%s", n_runs > 1 ? "all " : "",
					       n_runs, n_runs > 1 ? "s" : "");
	if (least == most)
		return aw_buffer_append_format(out, "Seen in %u of %u runs", least, n_runs);
	return aw_buffer_append_format(out, "Seen in %u to %u of %u runs", least, most, n_runs);
}

static int describe_rule(struct aw_buffer *out, const struct aw_learned *learned, struct span span)
{
	_cleanup_buffer_ struct aw_buffer text = {0};
	uint64_t first_ns = UINT64_MAX, last_ns = 0;
	int r = describe_runs(&text, learned, span);

	for (size_t i = 0; i < span.n; i++) {
		const struct aw_learned_rule *rule = span.first[i].rule;

		first_ns = rule->first_ns < first_ns ? rule->first_ns : first_ns;
		last_ns = rule->last_ns > last_ns ? rule->last_ns : last_ns;
	}
	aw_buffer_append_string(&text, ", ");
	aw_policy_text_dates(&text, first_ns, last_ns);
	if (span.n == 1)
		aw_policy_text_subjects(&text, learned, span.first->rule->subjects);
	aw_buffer_append_char(&text, '.');
	if (span.first->section == AW_SECTION_PROGRAMS && span.first->top[0])
		aw_buffer_append_string(&text,
					" What the agent can write, it can put anything into.");
	if (span.first->section == AW_SECTION_REVIEW)
		aw_buffer_append_format(&text, " Sensitive: %s.",
					span.first->rule->sensitive->what);
	if (r == 0 && text.error == 0)
		r = aw_policy_text_comment(out, "  ", aw_buffer_string(&text));
	return r < 0 ? r : text.error;
}

/* Operations of a wide rule that fewer runs did than the rule as a whole. */
static void describe_rare_ops(struct aw_buffer *out, const struct aw_learned *learned,
			      const struct aw_policy_row *row, uint32_t n_row)
{
	const struct aw_run_sets *sets = learned->evidence->sets;

	for (int op = 0; op < AW_OPS; op++) {
		const uint32_t n = aw_run_sets_size(sets, row->rule->op_sets[op]);

		if ((row->ops >> op & 1) && n < n_row)
			aw_buffer_append_format(out, "%s%s in %u", out->length ? ", " : "",
						aw_op_name(op), n);
	}
}

/* Why a row is wide and how it differs from the others; nothing where there is nothing to say. */
static int describe_row(struct aw_buffer *out, const struct aw_learned *learned,
			const struct aw_policy_row *row, bool is_alone)
{
	const struct aw_learned_rule *rule = row->rule;
	const uint32_t n_runs = (uint32_t)learned->evidence->n_complete;
	uint32_t n = 0;
	const int r = aw_policy_row_runs(learned, row, &n);

	if (r < 0)
		return r;
	if (rule->class == AW_LEARNED_TYPED)
		aw_buffer_append_string(out, aw_segment_type_name(rule->type));
	else if (rule->class == AW_LEARNED_OPEN)
		aw_buffer_append_string(out, "differs from run to run");
	else if (rule->class == AW_LEARNED_OWN)
		aw_buffer_append_string(out, "made by the runs themselves");
	if (rule->class != AW_LEARNED_LITERAL && rule->class != AW_LEARNED_REVIEW)
		aw_buffer_append_format(out, "%s%u name%s", out->length ? ", " : "", rule->n_names,
					rule->n_names == 1 ? "" : "s");
	if (!is_alone && n < n_runs)
		aw_buffer_append_format(out, "%s%u of %u runs", out->length ? ", " : "", n, n_runs);
	describe_rare_ops(out, learned, row, n);
	return out->error;
}

static int write_row(struct aw_buffer *out, const struct aw_learned *learned,
		     const struct aw_policy_row *row)
{
	_cleanup_buffer_ struct aw_buffer text = {0};
	const int r = describe_row(&text, learned, row, false);

	aw_buffer_append_string(out, "      - ");
	aw_policy_text_quote(out, row->rule->pattern);
	if (text.length > 0)
		aw_buffer_append_format(out, " # %s", aw_buffer_string(&text));
	aw_buffer_append_char(out, '\n');
	return r < 0 ? r : out->error;
}

/* The keys before the patterns, with `separator` between them. */
static int write_keys(struct aw_buffer *out, const struct aw_policy_row *row, const char *separator)
{
	const bool is_review = row->section == AW_SECTION_REVIEW;
	int r;

	aw_buffer_append_string(out, "id: ");
	r = aw_policy_row_id(out, row);
	if (is_review && row->rule->sensitive->place == AW_PLACE_ANYWHERE)
		aw_buffer_append_format(out, "%slift: %s", separator, row->rule->sensitive->id);
	aw_buffer_append_format(out, "%s%s: ", separator, is_review ? "flag" : "allow");
	aw_policy_text_ops(out, row->ops);
	aw_buffer_append_format(out, "%s%s:", separator,
				row->ops == 1u << AW_OP_UNIX ? "socket" : "path");
	return r;
}

/* A rule of one pattern: on one line where it fits. */
static int write_single(struct aw_buffer *out, const struct aw_learned *learned,
			const struct aw_policy_row *row)
{
	_cleanup_buffer_ struct aw_buffer line = {0}, text = {0};
	int r = write_keys(&line, row, ", ");

	aw_buffer_append_string(&line, " [");
	aw_policy_text_quote(&line, row->rule->pattern);
	aw_buffer_append_char(&line, ']');
	if (r == 0)
		r = describe_row(&text, learned, row, true);
	if (line.length + strlen("  - {}") <= AW_POLICY_COLUMNS) {
		aw_buffer_append_format(out, "  - {%s}", aw_buffer_string(&line) ?: "");
	} else {
		aw_buffer_append_string(out, "  - ");
		write_keys(out, row, "\n    ");
		aw_buffer_append_string(out, " [");
		aw_policy_text_quote(out, row->rule->pattern);
		aw_buffer_append_char(out, ']');
	}
	if (text.length > 0)
		aw_buffer_append_format(out, " # %s", aw_buffer_string(&text) ?: "");
	aw_buffer_append_char(out, '\n');
	return r < 0 ? r : line.error ?: out->error;
}

static int write_rule(struct aw_buffer *out, const struct aw_learned *learned, struct span span)
{
	int r = describe_rule(out, learned, span);

	if (r < 0)
		return r;
	if (span.n == 1)
		return write_single(out, learned, span.first);
	aw_buffer_append_string(out, "  - ");
	r = write_keys(out, span.first, "\n    ");
	aw_buffer_append_char(out, '\n');
	for (size_t i = 0; i < span.n && r == 0; i++)
		r = write_row(out, learned, &span.first[i]);
	return r;
}

int aw_policy_write_section(struct aw_buffer *out, const struct aw_learned *learned,
			    const struct aw_policy_rows *rows, enum aw_policy_section section)
{
	bool is_titled = false;
	int r = 0;

	for (size_t i = 0, n; i < rows->rows.n && r == 0; i += n) {
		const struct aw_policy_row *first = &rows->rows.items[i];

		n = 1;
		while (i + n < rows->rows.n && aw_policy_rows_join(first, first + n))
			n++;
		if (first->section != section)
			continue;
		if (!is_titled) {
			aw_buffer_append_char(out, '\n');
			r = aw_policy_text_comment(out, "  ", titles[section]);
			is_titled = true;
		}
		if (r == 0)
			r = write_rule(out, learned, (struct span){first, n});
	}
	return r;
}
