/* SPDX-License-Identifier: Apache-2.0 */
/* Verdict, rule and why, in words and in JSON. */
#include "cli/explain_print.h"

#include <inttypes.h>
#include <string.h>

#include "abi/decide.h"
#include "base/json.h"
#include "base/term.h"
#include "event/text.h"
#include "policy/special_range.h"

static const char *why(const struct aw_explanation *explanation)
{
	if (explanation->decides && explanation->decides->reason)
		return explanation->decides->reason;
	switch (explanation->verdict) {
	case AW_VERDICT_NONE:
		return "no rule allows it";
	case AW_VERDICT_ASK:
		return "it asks, and questions cannot be put yet";
	default:
		return NULL;
	}
}

static void append_text(struct aw_buffer *out, const char *text)
{
	aw_term_append_text(out, text, strlen(text));
}

static void append_object(struct aw_buffer *out, const struct aw_explain_answer *answer)
{
	const struct aw_query *query = answer->query;
	char address[AW_ADDRESS_TEXT_SIZE];

	if (query->name) {
		append_text(out, answer->object->shown);
		return;
	}
	if (query->host)
		aw_term_append_text(out, query->host, query->host_length);
	if (query->op == AW_OP_RESOLVE)
		return;
	if (!query->is_host_alone)
		aw_buffer_append_format(out, query->host ? " (%s)" : "%s",
					aw_address_text(query->address, address));
	aw_buffer_append_format(out, " port %u", query->port);
}

/* Whether rules about addresses could say something of the operation on a host. */
static bool has_ranges(const struct aw_explain_answer *answer)
{
	const struct aw_policy *policy = answer->policy;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].n_cidrs > 0 && policy->rules[i].ops >> answer->query->op & 1)
			return true;
	return false;
}

/* The special range of the address, where a rule would allow it had it not left that out. */
static const struct aw_special_range *left_out(const struct aw_explain_answer *answer)
{
	const struct aw_query *query = answer->query;
	const struct aw_special_range *special = NULL;

	if (!query->name && query->op != AW_OP_RESOLVE && !query->is_host_alone &&
	    !aw_verdict_permits(answer->explanation.verdict))
		special = aw_special_range_find(query->address);
	for (size_t i = 0; special && i < answer->policy->n_rules; i++) {
		const struct aw_rule *rule = &answer->policy->rules[i];

		for (size_t k = 0; rule->ops >> query->op & 1 && k < rule->n_cidrs; k++)
			if (aw_special_range_is_left_out(special, rule, &rule->cidrs[k]))
				return special;
	}
	return NULL;
}

static void append_rule(struct aw_buffer *out, const char *title, const struct aw_rule *rule)
{
	if (!rule)
		return;
	aw_buffer_append_format(out, "  %-8s %s (%s%s), ", title, rule->id,
				aw_action_name(rule->action), rule->lifts ? ", a lift" : "");
	append_text(out, rule->source.file);
	aw_buffer_append_format(out, ":%d:%d\n", rule->source.line, rule->source.column);
}

/* "connects 600/h of rule api (api.yaml:4)", a line each. */
static void append_budgets(struct aw_buffer *out, const struct aw_explain_answer *answer)
{
	for (size_t i = 0; i < answer->n_budgets; i++) {
		const struct aw_held_budget *budget = &answer->budgets[i];

		aw_buffer_append_format(out, "  budget   %s ",
					aw_limit_unit_name(budget->limit->unit));
		aw_limit_append(out, budget->limit);
		if (budget->limit->burst != budget->limit->count)
			aw_buffer_append_format(out, ", burst %" PRIu64, budget->limit->burst);
		aw_buffer_append_format(out, " of rule %s (", budget->rule->id);
		append_text(out, budget->rule->source.file);
		aw_buffer_append_format(out, ":%d)\n", budget->rule->source.line);
	}
}

static void append_classes(struct aw_buffer *out, const struct aw_explain_answer *answer)
{
	bool any = false;

	if (!answer->exe->name)
		return;
	aw_buffer_append_string(out, "  by       ");
	append_text(out, answer->exe->shown);
	for (size_t i = 0; i < answer->policy->n_subjects; i++) {
		if (!(answer->query->subject_mask & (1u << i)))
			continue;
		aw_buffer_append_format(out, "%s%s", any ? ", " : ", class ",
					answer->policy->subjects[i].name);
		any = true;
	}
	aw_buffer_append_string(out, any ? "\n" : ", in no class\n");
}

void aw_explain_print(const struct aw_explain_answer *answer, bool has_colour,
		      struct aw_buffer *ret)
{
	const struct aw_explanation *explanation = &answer->explanation;
	bool is_allowed = aw_verdict_permits(explanation->verdict);
	const struct aw_special_range *special = left_out(answer);
	const char *reason = why(explanation);

	aw_buffer_append_format(
		ret, "%s%s%s %s ",
		aw_term_colour(has_colour, is_allowed ? AW_COLOUR_GREEN : AW_COLOUR_RED),
		is_allowed ? "ALLOWED" : "DENIED", aw_term_colour(has_colour, AW_COLOUR_NONE),
		aw_op_name(answer->query->op));
	append_object(ret, answer);
	aw_buffer_append_char(ret, '\n');
	append_rule(ret, "rule", explanation->decides);
	if (reason) {
		aw_buffer_append_string(ret, "  reason   ");
		append_text(ret, reason);
		aw_buffer_append_char(ret, '\n');
	}
	if (explanation->verdict == AW_VERDICT_FLAG)
		aw_buffer_append_string(ret, "  note     it is reported\n");
	append_budgets(ret, answer);
	append_rule(ret, "lifted", explanation->lifted);
	aw_conditions_append(ret, "  file     ", answer->query->conditions, "\n");
	append_classes(ret, answer);
	if (answer->query->op == AW_OP_RESOLVE && explanation->decides &&
	    !(explanation->decides->ops >> AW_OP_RESOLVE & 1))
		aw_buffer_append_string(ret,
					"  note     who may connect to a host may ask for it\n");
	if (answer->query->is_host_alone && has_ranges(answer))
		aw_buffer_append_string(ret, "  note     rules about addresses count too: name one "
					     "with --address\n");
	if (special)
		aw_buffer_append_format(ret,
					"  note     special (%s): rules name it, wider ranges "
					"leave it out\n",
					special->what);
	if (answer->query->name && answer->object->moved)
		aw_buffer_append_string(ret, "  note     links and relative parts were resolved\n");
	if (answer->query->name && answer->object->missing)
		aw_buffer_append_string(ret, "  note     there is no such file here\n");
}

static void rule_field(struct aw_json *json, const char *key, const struct aw_rule *rule)
{
	if (!rule) {
		aw_json_field_null(json, key);
		return;
	}
	aw_json_field_object(json, key);
	aw_json_field_string(json, "id", rule->id);
	aw_json_field_string(json, "action", aw_action_name(rule->action));
	aw_json_field_string(json, "lifts", rule->lifts);
	aw_json_field_string(json, "reason", rule->reason);
	aw_json_field_string(json, "file", rule->source.file);
	aw_json_field_i64(json, "line", rule->source.line);
	aw_json_field_i64(json, "column", rule->source.column);
	aw_json_end_object(json);
}

static void budgets_field(struct aw_json *json, const struct aw_explain_answer *answer)
{
	aw_json_field_array(json, "budgets");
	for (size_t i = 0; i < answer->n_budgets; i++) {
		const struct aw_held_budget *budget = &answer->budgets[i];
		_cleanup_buffer_ struct aw_buffer limit = {};

		aw_limit_append(&limit, budget->limit);
		aw_json_begin_object(json);
		aw_json_field_string(json, "counts", aw_limit_unit_name(budget->limit->unit));
		aw_json_field_string(json, "limit", aw_buffer_string(&limit));
		aw_json_field_u64(json, "burst", budget->limit->burst);
		rule_field(json, "rule", budget->rule);
		aw_json_end_object(json);
	}
	aw_json_end_array(json);
}

void aw_explain_print_json(const struct aw_explain_answer *answer, struct aw_buffer *ret)
{
	const struct aw_explanation *explanation = &answer->explanation;
	_cleanup_buffer_ struct aw_buffer object = {};
	struct aw_json json;

	append_object(&object, answer);
	aw_json_init(&json, ret);
	aw_json_begin_object(&json);
	aw_json_field_bool(&json, "allowed", aw_verdict_permits(explanation->verdict));
	aw_json_field_string(&json, "verdict", aw_verdict_name(explanation->verdict));
	aw_json_field_string(&json, "operation", aw_op_name(answer->query->op));
	aw_json_field_string(&json, "object", aw_buffer_string(&object));
	aw_json_field_array(&json, "conditions");
	for (enum aw_condition i = 0; i < AW_CONDITIONS; i++)
		if (answer->query->conditions >> i & 1)
			aw_json_string(&json, aw_condition_name(i));
	aw_json_end_array(&json);
	aw_json_field_string(&json, "reason", why(explanation));
	rule_field(&json, "rule", explanation->decides);
	rule_field(&json, "lifted", explanation->lifted);
	budgets_field(&json, answer);
	aw_json_field_string(&json, "by", answer->exe->shown);
	aw_json_field_array(&json, "classes");
	for (size_t i = 0; i < answer->policy->n_subjects; i++)
		if (answer->query->subject_mask & (1u << i))
			aw_json_string(&json, answer->policy->subjects[i].name);
	aw_json_end_array(&json);
	aw_json_end_object(&json);
	aw_buffer_append_char(ret, '\n');
}
