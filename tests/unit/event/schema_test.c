/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/events.schema.json against the code and the golden lines: every name that the code can write
 * is in it and no other, every golden line is valid, every field of a line is described. The
 * validator below knows the words of JSON Schema that the file uses, and fails on any other.
 */
#include "event_fixture.h"

#include <jansson.h>
#include <regex.h>

#include "base/cleanup.h"
#include "event/text.h"
#include "policy/policy.h"

static json_t *schema;
static bool is_quiet; /* where lines are expected to be refused */

static int load_schema(void **state)
{
	json_error_t error;

	schema = json_load_file("docs/events.schema.json", JSON_REJECT_DUPLICATES, &error);
	if (!schema)
		print_error("docs/events.schema.json:%d: %s\n", error.line, error.text);
	return schema ? 0 : -1;
}

static int free_schema(void **state)
{
	json_decref(schema);
	return 0;
}

static const json_t *definition(const char *name)
{
	const json_t *found = json_object_get(json_object_get(schema, "$defs"), name);

	if (!found)
		fail_msg("no definition of %s", name);
	return found;
}

static void assert_enum(const json_t *names, int n, const char *(*name_of)(int value))
{
	assert_int_equal(json_array_size(names), n);
	for (int i = 0; i < n; i++)
		assert_string_equal(json_string_value(json_array_get(names, (size_t)i)),
				    name_of(i));
}

static void assert_names(const char *name, int n, const char *(*name_of)(int value))
{
	assert_enum(json_object_get(definition(name), "enum"), n, name_of);
}

static const char *object_name(int value)
{
	return aw_object_name(value);
}

static const char *unit_name(int value)
{
	return aw_limit_unit_name(value);
}

static const char *op_name(int value)
{
	return aw_op_name(value);
}

static const char *class_name(int value)
{
	return aw_op_class_name(value);
}

static const char *verdict_name(int value)
{
	return aw_verdict_name(value);
}

static const char *effect_name(int value)
{
	return aw_effect_name(value);
}

static const char *mode_name(int value)
{
	return aw_mode_name(value);
}

static const char *reason_name(int value)
{
	return aw_reason_name(value);
}

static const char *hook_name(int value)
{
	return aw_hook_name(value);
}

static const char *ring_name(int value)
{
	return aw_ring_name(value);
}

static void the_schema_has_the_names_that_the_code_writes(void **state)
{
	assert_names("operation_name", AW_OPS, op_name);
	assert_names("class", AW_OP_CLASSES, class_name);
	assert_names("verdict", AW_VERDICTS, verdict_name);
	assert_names("effect", AW_EFFECTS, effect_name);
	assert_names("mode", AW_MODES, mode_name);
	assert_names("reason", AW_REASONS, reason_name);
	assert_names("hook", AW_HOOKS, hook_name);
	assert_names("ring_name", AW_RINGS, ring_name);
	assert_enum(
		json_object_get(json_object_get(json_object_get(definition("object"), "properties"),
						"type"),
				"enum"),
		AW_OBJECTS, object_name);
}

static bool is_type(const json_t *value, const char *type)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "null") == 0)
		return json_is_null(value);
	fail_msg("a type that this test does not know: %s", type);
	return false;
}

static bool is_any_type(const json_t *value, const json_t *types)
{
	const json_t *type;
	size_t i;

	if (json_is_string(types))
		return is_type(value, json_string_value(types));
	json_array_foreach(types, i, type) if (is_type(value, json_string_value(type))) return true;
	return false;
}

static bool is_in(const json_t *value, const json_t *list)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) if (json_equal(value, item)) return true;
	return false;
}

static bool matches(const json_t *value, const char *pattern)
{
	regex_t regex;
	bool is_match;

	if (!json_is_string(value))
		return true;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	is_match = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
	regfree(&regex);
	return is_match;
}

static bool is_valid(const json_t *value, const json_t *rules);

static bool are_properties_valid(json_t *value, const json_t *properties, const json_t *others)
{
	const char *key;
	json_t *item;

	json_object_foreach(value, key, item)
	{
		const json_t *rules = json_object_get(properties, key) ?: others;
		size_t length = strlen(key);

		/* Stricter than the schema: what we write is described. */
		if (!rules && (length < 5 || strcmp(key + length - 4, "_hex") != 0)) {
			if (!is_quiet)
				print_error("field %s is not in the schema\n", key);
			return false;
		}
		if (rules && !is_valid(item, rules))
			return false;
	}
	return true;
}

static bool has_all(const json_t *value, const json_t *required)
{
	const json_t *key;
	size_t i;

	json_array_foreach(required, i,
			   key) if (json_is_object(value) &&
				    !json_object_get(value, json_string_value(key))) return false;
	return true;
}

static bool are_items_valid(const json_t *value, const json_t *rules)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) if (!is_valid(item, rules)) return false;
	return true;
}

static bool is_one_of(const json_t *value, const json_t *choices)
{
	const json_t *choice;
	size_t i, n = 0;

	json_array_foreach(choices, i, choice)
	{
		const char *name = strrchr(json_string_value(json_object_get(choice, "$ref")), '/');
		const json_t *type = json_object_get(
			json_object_get(json_object_get(definition(name + 1), "properties"),
					"type"),
			"const");

		/* Only the right one is tried, so that what is wrong with it can be said. */
		if (json_equal(json_object_get(value, "type"), type))
			n += is_valid(value, choice);
	}
	return n == 1;
}

static bool is_any_of(const json_t *value, const json_t *choices)
{
	const bool was_quiet = is_quiet;
	const json_t *choice;
	bool is_found = false;
	size_t i;

	is_quiet = true; /* all but one are expected to refuse it */
	json_array_foreach(choices, i, choice) is_found = is_found || is_valid(value, choice);
	is_quiet = was_quiet;
	return is_found;
}

static bool holds(const json_t *value, const char *word, const json_t *rule, const json_t *rules)
{
	if (strcmp(word, "$ref") == 0)
		return is_valid(value, definition(strrchr(json_string_value(rule), '/') + 1));
	if (strcmp(word, "type") == 0)
		return is_any_type(value, rule);
	if (strcmp(word, "const") == 0)
		return json_equal(value, rule);
	if (strcmp(word, "enum") == 0)
		return is_in(value, rule);
	if (strcmp(word, "pattern") == 0)
		return matches(value, json_string_value(rule));
	if (strcmp(word, "minimum") == 0)
		return json_integer_value(value) >= json_integer_value(rule);
	if (strcmp(word, "maximum") == 0)
		return json_integer_value(value) <= json_integer_value(rule);
	if (strcmp(word, "maxItems") == 0)
		return json_array_size(value) <= (size_t)json_integer_value(rule);
	if (strcmp(word, "items") == 0)
		return are_items_valid(value, rule);
	if (strcmp(word, "required") == 0)
		return has_all(value, rule);
	if (strcmp(word, "anyOf") == 0)
		return is_any_of(value, rule);
	if (strcmp(word, "oneOf") == 0)
		return is_one_of(value, rule);
	if (strcmp(word, "properties") == 0 || strcmp(word, "additionalProperties") == 0)
		return are_properties_valid((json_t *)value, json_object_get(rules, "properties"),
					    json_object_get(rules, "additionalProperties"));
	return *word == '$' || strcmp(word, "title") == 0 || strcmp(word, "description") == 0;
}

static bool is_valid(const json_t *value, const json_t *rules)
{
	const char *word;
	json_t *rule;

	json_object_foreach((json_t *)rules, word, rule)
	{
		_cleanup_free_ char *text = NULL;

		if (holds(value, word, rule, rules))
			continue;
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (!is_quiet)
			print_error("%s does not hold for %.300s\n", word, text ?: "");
		return false;
	}
	return true;
}

/* What a budget counts is named as policies name it, and a spoilt one is refused. */
static void budgets_are_described(void **state)
{
	static const char *const spoilt[][2] = {
		{"counts", "\"opens\""}, {"limit", "\"600\""}, {"burst", "0"}, {"again", "7"}};
	const json_t *properties = json_object_get(definition("budget"), "properties");
	_cleanup_fclose_ FILE *file = fopen("tests/golden/events/budget.jsonl", "r");
	char line[8192];

	assert_enum(json_object_get(json_object_get(properties, "counts"), "enum"), AW_LIMIT_UNITS,
		    unit_name);
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	is_quiet = true;
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(*spoilt); i++) {
		json_t *root = json_loads(line, 0, NULL);
		json_t *budget = json_object_get(root, "budget");

		assert_true(is_valid(root, schema));
		json_object_set_new(budget, spoilt[i][0],
				    json_loads(spoilt[i][1], JSON_DECODE_ANY, NULL));
		assert_false(is_valid(root, schema));
		json_object_del(budget, spoilt[i][0]);
		assert_false(is_valid(root, schema));
		json_decref(root);
	}
	is_quiet = false;
}

static void every_golden_line_is_valid(void **state)
{
	static const char *const files[] = {"operation", "budget",  "process",
					    "run",	 "summary", "loss"};
	size_t lines = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[128], line[8192];
		_cleanup_fclose_ FILE *file = NULL;

		snprintf(path, sizeof(path), "tests/golden/events/%s.jsonl", files[i]);
		file = fopen(path, "r");
		assert_non_null(file);
		while (fgets(line, sizeof(line), file)) {
			json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

			assert_non_null(root);
			assert_true(is_valid(root, schema));
			json_decref(root);
			lines++;
		}
	}
	assert_true(lines >= 30);
}

/* A name where there is one; null where there is none; never absent. */
static void every_address_tells_its_host(void **state)
{
	_cleanup_fclose_ FILE *file = fopen("tests/golden/events/operation.jsonl", "r");
	size_t n_named = 0, n_nameless = 0, n_asked = 0;
	char line[8192];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		json_t *root = json_loads(line, 0, NULL), *object;
		const char *type;

		object = json_object_get(root, "object");
		type = json_string_value(json_object_get(object, "type"));
		if (strcmp(type, "address") == 0) {
			assert_non_null(json_object_get(object, "host"));
			n_named += json_is_string(json_object_get(object, "host"));
			n_nameless += json_is_null(json_object_get(object, "host"));
		}
		if (strcmp(type, "host") == 0) {
			assert_true(json_is_string(json_object_get(object, "name")));
			assert_non_null(json_object_get(object, "address"));
			n_asked++;
		}
		json_decref(root);
	}
	assert_true(n_named > 0 && n_nameless > 0 && n_asked > 0);
}

/* The validator itself: a good line with one field spoilt is refused. */
static void a_spoilt_line_is_not_valid(void **state)
{
	static const struct {
		const char *key, *value;
	} spoilt[] = {
		{"version", "2"},
		{"type", "\"other\""},
		{"time", "\"yesterday\""},
		{"id", "\"x\""},
		{"operation", "\"open\""},
		{"agent", "{}"},
		{"process", "[]"},
		{"verdict", "null"},
		{"hook", "\"none_such\""},
		{"count", "0"},
		{"policy", "{\"name\":\"x\"}"},
		{"error", "\"bad\""},
		{"unknown", "1"},
		{"cpu", "-1"},
		{"object", "{\"type\":\"x\"}"},
	};
	_cleanup_fclose_ FILE *file = fopen("tests/golden/events/operation.jsonl", "r");
	char line[8192];

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(*spoilt); i++) {
		json_t *root = json_loads(line, 0, NULL);

		assert_true(is_valid(root, schema));
		is_quiet = true;
		json_object_set_new(root, spoilt[i].key,
				    json_loads(spoilt[i].value, JSON_DECODE_ANY, NULL));
		assert_false(is_valid(root, schema));
		json_object_del(root, spoilt[i].key);
		if (strcmp(spoilt[i].key, "unknown") != 0)
			assert_false(is_valid(root, schema));
		is_quiet = false;
		json_decref(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_schema_has_the_names_that_the_code_writes),
		cmocka_unit_test(every_golden_line_is_valid),
		cmocka_unit_test(budgets_are_described),
		cmocka_unit_test(every_address_tells_its_host),
		cmocka_unit_test(a_spoilt_line_is_not_valid),
	};

	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
