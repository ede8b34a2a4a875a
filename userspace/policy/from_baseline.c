/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A learned policy as a whole: its head, which says what it stands on and what that is worth, and
 * the order of its parts.
 */
#include "policy/from_baseline.h"

#include <errno.h>
#include <string.h>

#include "baseline/trust.h"
#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"
#include "policy/policy.h"

/* Runs that are not complete, with the first reason that is known. */
static void describe_partial(struct aw_buffer *out, const struct aw_evidence *e)
{
	const size_t n = e->runs.n_items - e->n_complete;

	if (n == 0)
		return;
	aw_buffer_append_format(out, "Left out: %zu run%s not complete", n,
				n == 1 ? " that was" : "s that were");
	for (size_t i = 0; i < e->runs.n_items; i++) {
		const struct aw_run_info *run = &e->runs.items[i];

		if (run->state == AW_RUN_COMPLETE)
			continue;
		aw_buffer_append_format(out, " (%s%s)",
					run->why_partial[0] ? run->why_partial
							    : aw_run_state_name(run->state),
					n > 1 ? ", …" : "");
		break;
	}
	aw_buffer_append_string(out, ".\n");
}

static void describe_left_out(struct aw_buffer *out, const struct aw_evidence *e,
			      const struct aw_policy_rows *rows)
{
	if (e->n_denied > 0)
		aw_buffer_append_format(out,
					"%llu operations were denied while learning; they are not "
					"allowed here.\n",
					(unsigned long long)e->n_denied);
	if (e->n_unnamed > 0)
		aw_buffer_append_format(out,
					"%llu operations were on objects without a name, which no "
					"rule can allow: enforced, they are denied.\n",
					(unsigned long long)e->n_unnamed);
	if (rows->n_unwritable > 0)
		aw_buffer_append_format(out,
					"%llu operations were on names that no rule can hold; "
					"enforced, they are denied.\n",
					(unsigned long long)rows->n_unwritable);
}

static int write_head(struct aw_buffer *out, const struct aw_learned *learned,
		      const struct aw_policy_rows *rows,
		      const struct aw_from_baseline_options *options)
{
	const struct aw_evidence *e = learned->evidence;
	const struct aw_run_info *first = &e->runs.items[e->complete[0]];
	const struct aw_run_info *last = &e->runs.items[e->complete[e->n_complete - 1]];
	_cleanup_buffer_ struct aw_buffer text = {0};

	aw_buffer_append_format(&text,
				"Learned by agentwatch%s%s from baseline %s: what %zu "
				"complete run%s did, ",
				options->version ? " " : "", options->version ?: "", e->baseline,
				e->n_complete, e->n_complete == 1 ? "" : "s");
	aw_policy_text_dates(&text, first->start_ns, last->start_ns);
	aw_buffer_append_string(&text, ".\n");
	describe_partial(&text, e);
	aw_trust_describe(&text, learned);
	aw_buffer_append_char(&text, '\n');
	describe_left_out(&text, e, rows);
	if (text.error)
		return text.error;
	return aw_policy_text_comment(out, "", aw_buffer_string(&text));
}

static int write_declarations(struct aw_buffer *out, const struct aw_learned *learned,
			      const char *name)
{
	const struct aw_evidence *e = learned->evidence;

	aw_buffer_append_format(out, "version: 1\nname: %s\n", name);
	for (size_t i = 0; i < e->n_anchors; i++)
		aw_buffer_append_format(out, "%s%s: {}", i ? ", " : "anchors: {",
					e->anchors[i].name);
	if (e->n_anchors > 0)
		aw_buffer_append_string(out, "}\n");
	return aw_buffer_append_string(out, "rules:\n");
}

static int write_parts(struct aw_buffer *out, const struct aw_learned *learned,
		       const struct aw_policy_rows *rows)
{
	int r = 0;

	for (int section = 0; section < AW_SECTION_REVIEW && r == 0; section++)
		r = aw_policy_write_section(out, learned, rows, section);
	if (r == 0)
		r = aw_policy_write_nets(out, learned, AW_NETS_BY_HOST);
	if (r == 0)
		r = aw_policy_write_nets(out, learned, AW_NETS_BY_ADDRESS);
	if (r == 0)
		r = aw_policy_write_section(out, learned, rows, AW_SECTION_REVIEW);
	if (r == 0)
		r = aw_policy_write_nets(out, learned, AW_NETS_FOR_REVIEW);
	if (r == 0)
		r = aw_policy_write_floor(out, learned);
	return r < 0 ? r : aw_policy_write_guards(out, learned);
}

static int check(const struct aw_learned *learned, struct aw_diag *reterr)
{
	const struct aw_evidence *e = learned->evidence;

	if (e->n_complete == 0)
		return aw_diag_set(
			reterr, -ENODATA, NULL, 0, 0,
			"`baseline show` says what was wrong with them",
			"baseline %s has %zu run%s, none of them complete: nothing can be "
			"learned",
			e->baseline, e->runs.n_items, e->runs.n_items == 1 ? "" : "s");
	if (learned->rules.n > AW_PATTERNS_MAX)
		return aw_diag_set(
			reterr, -E2BIG, NULL, 0, 0,
			"names that differ in every run need more runs to be seen as such",
			"baseline %s needs %zu patterns, more than AW_PATTERNS_MAX (%d)",
			e->baseline, learned->rules.n, AW_PATTERNS_MAX);
	return 0;
}

int aw_policy_from_baseline(char **ret, const struct aw_learned *learned,
			    const struct aw_from_baseline_options *options, struct aw_diag *reterr)
{
	static const struct aw_from_baseline_options nothing;
	__attribute__((cleanup(aw_policy_rows_done))) struct aw_policy_rows rows = {0};
	_cleanup_buffer_ struct aw_buffer out = {0};
	int r = check(learned, reterr);

	if (r < 0)
		return r;
	options = options ?: &nothing;
	r = aw_policy_rows_make(&rows, learned);
	if (r == 0)
		r = write_head(&out, learned, &rows, options);
	if (r == 0)
		r = write_declarations(&out, learned, options->name ?: learned->evidence->baseline);
	if (r == 0)
		r = write_parts(&out, learned, &rows);
	if (r < 0)
		return r;
	*ret = aw_buffer_take_string(&out);
	return *ret ? 0 : -ENOMEM;
}
