/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The denials that stand in every learned policy: what may lie anywhere, in the workspace too, and
 * that no wide rule may open. Harmless names among them are lifted again, only where a rule of this
 * policy allows them anyway.
 */
#include <string.h>

#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"

/* Where a pattern starts, and the segments behind that. */
static enum aw_path_root split_root(const char *pattern, const char **retrest)
{
	if (pattern[0] != '$') {
		*retrest = pattern;
		return AW_PATH_ABSOLUTE;
	}
	*retrest = pattern + strcspn(pattern, "}") + 1;
	return !strncmp(pattern, "${HOME}", strlen("${HOME}")) ? AW_PATH_HOME : AW_PATH_ANCHOR;
}

static struct aw_sensitive_state walk(const struct aw_sensitive_set *set, const char *pattern)
{
	const char *rest;
	struct aw_sensitive_state state = aw_sensitive_start(set, split_root(pattern, &rest));

	while (*rest == '/') {
		const size_t length = strcspn(++rest, "/");

		state = aw_sensitive_step(set, &state, (struct aw_segment){rest, length, true});
		rest += length;
	}
	return state;
}

/* A list of patterns in brackets, wrapped. */
struct list {
	struct aw_buffer *out;
	size_t line; /* where the line under way starts in the output */
	bool is_begun;
};

static void list_begin(struct list *list, struct aw_buffer *out)
{
	*list = (struct list){out, out->length + 1, false};
	aw_buffer_append_string(out, "\n    path: [");
}

static void list_add(struct list *list, const char *head, const char *tail)
{
	_cleanup_buffer_ struct aw_buffer quoted = {0}, pattern = {0};

	aw_buffer_append_format(&pattern, "%s%s", head, tail);
	aw_policy_text_quote(&quoted, aw_buffer_string(&pattern) ?: "");
	if (list->is_begun)
		aw_buffer_append_char(list->out, ',');
	if (list->is_begun &&
	    list->out->length - list->line + quoted.length + 2 > AW_POLICY_COLUMNS) {
		aw_buffer_append_char(list->out, '\n');
		list->line = list->out->length;
		aw_buffer_append_string(list->out, "           ");
	} else if (list->is_begun) {
		aw_buffer_append_char(list->out, ' ');
	}
	aw_buffer_append(list->out, quoted.data, quoted.length);
	list->is_begun = true;
}

static void list_end(struct list *list)
{
	aw_buffer_append_string(list->out, "]\n");
}

/* The denial that starts at this row of the list; row goes behind it. */
static void write_denial(struct aw_buffer *out, size_t *row)
{
	const struct aw_sensitive *first = &aw_sensitive_rows[*row];
	struct list list;

	aw_buffer_append_format(out, "  - id: %s\n    deny: ", first->id);
	aw_policy_text_ops(out, first->ops);
	aw_buffer_append_format(out, "\n    reason: \"%s\"", first->what);
	list_begin(&list, out);
	for (; *row < aw_sensitive_n_rows && !strcmp(aw_sensitive_rows[*row].id, first->id);
	     (*row)++)
		if (!aw_sensitive_rows[*row].is_exception)
			list_add(&list, "**/", aw_sensitive_rows[*row].glob);
	list_end(&list);
}

/* Exceptions first … end − 1, of one id and the same operations, below one folder. */
static void lift_rows(struct aw_buffer *out, size_t first, size_t end,
		      const struct aw_learned_rule *rule, size_t *n)
{
	const struct aw_sensitive *row = &aw_sensitive_rows[first];
	struct list list;

	aw_buffer_append_format(out,
				"  # Harmless: %s.\n  - id: harmless.%s.%zu\n    lift: %s\n"
				"    allow: ",
				row->what, row->id, ++*n, row->id);
	aw_policy_text_ops(out, rule->ops & row->ops);
	list_begin(&list, out);
	for (size_t i = first; i < end; i++) {
		_cleanup_buffer_ struct aw_buffer tail = {0};

		aw_buffer_append_format(&tail, "/%s", aw_sensitive_rows[i].glob);
		list_add(&list, rule->pattern, aw_buffer_string(&tail) ?: ""); /* ends with `**` */
	}
	list_end(&list);
}

static bool is_same_exception(const struct aw_sensitive *a, const struct aw_sensitive *b)
{
	return b->is_exception && a->ops == b->ops && !strcmp(a->id, b->id);
}

/*
 * The exceptions below a folder that is allowed as a whole: all of them in the workspace, elsewhere
 * where the runs used some.
 */
static void lift_below(struct aw_buffer *out, const struct aw_learned_rule *rule, size_t *n)
{
	const uint32_t ops = rule->class == AW_LEARNED_WORKSPACE ? rule->ops
			     : rule->class == AW_LEARNED_OWN	 ? rule->excepted_ops
								 : 0;

	for (size_t i = 0, end; i < aw_sensitive_n_rows; i = end) {
		end = i + 1;
		if (!aw_sensitive_rows[i].is_exception || !(aw_sensitive_rows[i].ops & ops))
			continue;
		while (end < aw_sensitive_n_rows &&
		       is_same_exception(&aw_sensitive_rows[i], &aw_sensitive_rows[end]))
			end++;
		lift_rows(out, i, end, rule, n);
	}
}

/* A rule whose pattern is itself such an exception. */
static void lift_rule(struct aw_buffer *out, const struct aw_sensitive_set *set,
		      const struct aw_learned_rule *rule, size_t *n)
{
	const struct aw_sensitive_state state = walk(set, rule->pattern);

	for (int op = 0; op < AW_OPS; op++) {
		const struct aw_sensitive *hit;

		if (!(rule->ops >> op & 1) || aw_sensitive_hit(set, &state, 1u << op, true))
			continue;
		hit = aw_sensitive_hit(set, &state, 1u << op, false);
		if (!hit || hit->place != AW_PLACE_ANYWHERE)
			continue;
		aw_buffer_append_format(out, "  - id: harmless.%s.%zu\n    lift: %s\n    allow: ",
					hit->id, ++*n, hit->id);
		aw_policy_text_ops(out, 1u << op);
		aw_buffer_append_string(out, "\n    path: [");
		aw_policy_text_quote(out, rule->pattern);
		aw_buffer_append_string(out, "]\n");
	}
}

static bool is_tree(const struct aw_learned_rule *rule)
{
	return rule->class == AW_LEARNED_WORKSPACE || rule->class == AW_LEARNED_OWN ||
	       rule->class == AW_LEARNED_SYSTEM;
}

static int write_lifts(struct aw_buffer *out, const struct aw_learned *learned)
{
	_cleanup_(aw_sensitive_freep) struct aw_sensitive_set *set = NULL;
	size_t n = 0;
	const int r = aw_sensitive_new(&set, aw_evidence_anchor(learned->evidence, "HOME"));

	if (r < 0)
		return r;
	for (size_t i = 0; i < learned->rules.n; i++)
		lift_below(out, &learned->rules.items[i], &n);
	for (size_t i = 0; i < learned->rules.n; i++)
		if (!is_tree(&learned->rules.items[i]) && !learned->rules.items[i].sensitive)
			lift_rule(out, set, &learned->rules.items[i], &n);
	return out->error;
}

int aw_policy_write_floor(struct aw_buffer *out, const struct aw_learned *learned)
{
	int r;

	aw_buffer_append_char(out, '\n');
	r = aw_policy_text_comment(out, "  ",
				   "Never opened by learning, wherever it lies. Only a lift that "
				   "names the rule weakens it.");
	if (r < 0)
		return r;
	for (size_t row = 0; row < aw_sensitive_n_rows;) {
		if (aw_sensitive_rows[row].place == AW_PLACE_ANYWHERE)
			write_denial(out, &row);
		else
			row++;
	}
	return write_lifts(out, learned);
}
