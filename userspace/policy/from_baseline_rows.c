/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order and the groups of a learned policy: by section, then by the folder at the top, then by
 * operations. A pattern whose operations belong to different sections becomes several rows.
 */
#include "policy/from_baseline_rows.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "policy/from_baseline_parts.h"
#include "policy/policy.h"

/* Room for the operations behind it: AW_ID_MAX is for both. */
#define ID_HEAD_MAX 60

#define EXEC	    (1u << AW_OP_EXEC)
#define MAP	    (1u << AW_OP_MAP)
#define UNIX	    (1u << AW_OP_UNIX)
#define PROGRAMS    (EXEC | MAP)

static bool starts_with(const char *text, const char *head)
{
	return !strncmp(text, head, strlen(head));
}

/* "/etc" of "/etc/x/y", "${HOME}" of "${HOME}/x", "nested:" and "memfd:" of what starts so. */
static char *top_of(const char *pattern)
{
	size_t length;

	if (pattern[0] == '@')
		return strdup("abstract");
	if (pattern[0] == '/')
		length = 1 + strcspn(pattern + 1, "/");
	else if (starts_with(pattern, "${"))
		length = strcspn(pattern, "}") + 1;
	else
		length = strcspn(pattern, ":") + 1;
	return strndup(pattern, length);
}

/* What can stand under path: and under socket:. */
static bool is_writable(const char *pattern, uint32_t ops)
{
	static const char *const heads[] = {
		"memfd:", "pipe:", "socket:", "anon_inode:", "kernel:", "nested:/"};

	if (pattern[0] == '/' || starts_with(pattern, "${"))
		return true;
	if (ops == UNIX)
		return pattern[0] == '@' && pattern[1];
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (starts_with(pattern, heads[i]))
			return true;
	return false;
}

static int add_row(struct aw_policy_rows *rows, enum aw_policy_section section, char *top,
		   uint32_t ops, const struct aw_learned_rule *rule)
{
	const struct aw_policy_row row = {section, top, ops, rule};

	if (!top)
		return -ENOMEM;
	if (!is_writable(rule->pattern, ops)) {
		rows->n_unwritable++;
		free(top);
		return 0;
	}
	if (aw_vec_push(&rows->rows, row) < 0) {
		free(top);
		return -ENOMEM;
	}
	return 0;
}

/* The sections of what is not for review. */
static int add_rule(struct aw_policy_rows *rows, const struct aw_learned_rule *rule)
{
	const uint32_t files = rule->ops & ~(PROGRAMS | UNIX);
	/* What may be executed may be mapped. */
	const uint32_t programs = rule->ops & (rule->ops & EXEC ? EXEC : PROGRAMS);
	enum aw_policy_section section = AW_SECTION_FILES;
	int r = 0;

	if (rule->class == AW_LEARNED_SYSTEM)
		return add_row(rows, AW_SECTION_SYSTEM, strdup(""), rule->ops, rule);
	if (starts_with(rule->pattern, "${WORKSPACE}"))
		section = AW_SECTION_WORKSPACE;
	if (rule->class == AW_LEARNED_OWN && programs)
		return add_row(rows, section, top_of(rule->pattern), files | programs, rule);
	if (files)
		r = add_row(rows, section, top_of(rule->pattern), files, rule);
	if (programs && r == 0)
		r = add_row(rows, AW_SECTION_PROGRAMS,
			    rule->pattern[0] == '$' ? top_of(rule->pattern) : strdup(""), programs,
			    rule);
	if ((rule->ops & UNIX) && r == 0)
		r = add_row(rows, AW_SECTION_SOCKETS, strdup(""), UNIX, rule);
	return r;
}

static int add_review(struct aw_policy_rows *rows, const struct aw_learned_rule *rule)
{
	const uint32_t others = rule->ops & ~UNIX;
	int r = 0;

	if (others)
		r = add_row(rows, AW_SECTION_REVIEW, strdup(rule->sensitive->id), others, rule);
	if ((rule->ops & UNIX) && r == 0)
		r = add_row(rows, AW_SECTION_REVIEW, strdup(rule->sensitive->id), UNIX, rule);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct aw_policy_row *x = a, *y = b;
	int order;

	if (x->section != y->section)
		return (x->section > y->section) - (x->section < y->section);
	order = strcmp(x->top, y->top);
	if (order)
		return order;
	if (x->ops != y->ops)
		return (x->ops > y->ops) - (x->ops < y->ops);
	order = strcmp(x->rule->pattern, y->rule->pattern);
	return order ?: (x->rule > y->rule) - (x->rule < y->rule);
}

int aw_policy_rows_make(struct aw_policy_rows *ret, const struct aw_learned *learned)
{
	struct aw_policy_rows rows = {0};
	int r = 0;

	for (size_t i = 0; i < learned->rules.n; i++) {
		const struct aw_learned_rule *rule = &learned->rules.items[i];

		r = rule->class == AW_LEARNED_REVIEW ? add_review(&rows, rule)
						     : add_rule(&rows, rule);
		if (r < 0) {
			aw_policy_rows_done(&rows);
			return r;
		}
	}
	aw_vec_for_each (net, &learned->nets)
		rows.n_unwritable += !aw_policy_net_is_writable(net);
	if (rows.rows.n > 1)
		qsort(rows.rows.items, rows.rows.n, sizeof(*rows.rows.items), compare);
	*ret = rows;
	return 0;
}

void aw_policy_rows_done(struct aw_policy_rows *rows)
{
	aw_vec_for_each (row, &rows->rows)
		free(row->top);
	aw_vec_done(&rows->rows);
}

bool aw_policy_rows_join(const struct aw_policy_row *a, const struct aw_policy_row *b)
{
	return a->section == b->section && a->ops == b->ops && !strcmp(a->top, b->top);
}

static const char *section_head(enum aw_policy_section section)
{
	static const char *const heads[] = {
		[AW_SECTION_WORKSPACE] = "",	    [AW_SECTION_SYSTEM] = "system",
		[AW_SECTION_PROGRAMS] = "programs", [AW_SECTION_FILES] = "",
		[AW_SECTION_SOCKETS] = "sockets",   [AW_SECTION_REVIEW] = "review",
	};
	static_assert(sizeof(heads) / sizeof(heads[0]) == AW_SECTIONS, "a head for each");

	return heads[section];
}

int aw_policy_row_id(struct aw_buffer *out, const struct aw_policy_row *row)
{
	const size_t start = out->length;
	bool is_separate = true;

	if (row->rule->class == AW_LEARNED_WORKSPACE)
		return aw_buffer_append_string(out, "workspace");
	aw_buffer_append_string(out, section_head(row->section));
	for (const char *c = row->top; *c && out->length - start < ID_HEAD_MAX; c++) {
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.') {
			is_separate = true;
			continue;
		}
		if (out->length > start && is_separate)
			aw_buffer_append_char(out, '.');
		is_separate = false;
		aw_buffer_append_char(out, *c);
	}
	if (out->length == start)
		aw_buffer_append_string(out, "root");
	for (int op = 0, n = 0; op < AW_OPS; op++)
		if (row->ops >> op & 1)
			aw_buffer_append_format(out, "%c%s", n++ ? '-' : '.', aw_op_name(op));
	return out->error;
}

int aw_policy_row_runs(const struct aw_learned *learned, const struct aw_policy_row *row,
		       uint32_t *ret)
{
	uint32_t set = AW_RUN_SET_EMPTY;

	for (int op = 0; op < AW_OPS; op++) {
		int r;

		if (!(row->ops >> op & 1))
			continue;
		r = aw_run_sets_union(learned->evidence->sets, set, row->rule->op_sets[op], &set);
		if (r < 0)
			return r;
	}
	*ret = aw_run_sets_size(learned->evidence->sets, set);
	return 0;
}
