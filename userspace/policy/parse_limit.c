/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The budgets of a rule: `limit:`, and what becomes of a call that finds one spent, `on-exhaust:`.
 * What they count is limit.c's; that no more than a few hold for one object is the compiler's.
 */
#include "policy/parse_state.h"

#include <string.h>

#define DIGITS	      "0123456789"
#define NS_PER_MS     1000000ull
#define FILL_MAX_NS   AW_LIMIT_DEPTH_MAX_NS
#define FILL_MAX_DAYS (FILL_MAX_NS / NS_PER_MS / (24ull * 3600 * 1000))

static_assert(AW_LIMIT_PERIOD_MAX_MS * NS_PER_MS <= AW_LIMIT_INTERVAL_MAX_NS,
	      "even one in the longest time");
static_assert(1000 * NS_PER_MS / AW_LIMIT_COUNT_MAX >= 1, "each takes a nanosecond to come back");
static_assert(AW_LIMIT_PERIOD_MAX_MS * NS_PER_MS + 2ull * AW_LIMIT_BYTES_MAX < FILL_MAX_NS,
	      "what has no burst: fills in time");

/* Reads digits and moves on behind them; what is more than `most` is some number above it. */
static uint64_t read_number(const char **text, uint64_t most)
{
	uint64_t value = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (value <= most)
			value = value * 10 + (uint64_t)(**text - '0');
	return value;
}

static uint64_t unit_ms(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].ms;
	return 0;
}

/* What a number of bytes is multiplied with; moves on behind it. */
static uint64_t read_size(const char **text)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} sizes[] = {{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (strncmp(*text, sizes[i].name, strlen(sizes[i].name)) == 0) {
			*text += strlen(sizes[i].name);
			return sizes[i].bytes;
		}
	return 1;
}

static int check_count(struct aw_parse *p, const struct aw_yaml_node *at, const char *what,
		       uint64_t count)
{
	if (count > 0 && count <= AW_LIMIT_COUNT_MAX)
		return 0;
	return aw_parse_error(p, at,
			      count ? "write fewer, or take it out"
				    : "what no rule allows is denied: take the rule out",
			      "limit: %s: more than 0 and at most AW_LIMIT_COUNT_MAX (%u) is "
			      "allowed",
			      what, AW_LIMIT_COUNT_MAX);
}

static int check_bytes(struct aw_parse *p, const struct aw_yaml_node *at, const char *what,
		       const struct aw_rule_limit *limit)
{
	if (limit->count == 0 || limit->count > AW_LIMIT_BYTES_MAX)
		return aw_parse_error(p, at,
				      limit->count
					      ? "write fewer, or take it out"
					      : "what no rule allows is denied: take the rule out",
				      "limit: %s: more than 0 and at most AW_LIMIT_BYTES_MAX "
				      "(%lluGiB) is allowed",
				      what, AW_LIMIT_BYTES_MAX >> 30);
	if (limit->count > limit->period_ms * NS_PER_MS)
		return aw_parse_error(p, at, "write fewer, or a longer time",
				      "limit: %s: more than a byte a nanosecond", what);
	return 0;
}

static int no_rate(struct aw_parse *p, const struct aw_yaml_node *at, const char *what)
{
	return aw_parse_error(p, at, "as in 600/h or 20/10m; s, m, h or d",
			      "limit: %s: expected a number per time", what);
}

/* 600/h, or 20/10m. */
static int read_rate(struct aw_parse *p, const struct aw_yaml_node *at, const char *what,
		     struct aw_rule_limit *limit)
{
	const char *text = at->kind == AW_YAML_SCALAR ? at->text : "";
	uint64_t number = 1, ms;

	if (!strspn(text, DIGITS))
		return no_rate(p, at, what);
	limit->count = read_number(&text, AW_LIMIT_COUNT_MAX);
	if (aw_limit_unit_is_bytes(limit->unit))
		limit->count *= read_size(&text);
	if (*text++ != '/')
		return no_rate(p, at, what);
	if (strspn(text, DIGITS))
		number = read_number(&text, AW_LIMIT_PERIOD_MAX_MS);
	ms = unit_ms(text);
	if (!ms)
		return no_rate(p, at, what);
	if (number == 0 || number > AW_LIMIT_PERIOD_MAX_MS / ms)
		return aw_parse_error(p, at, "write how many in a shorter time, as in 600/7d",
				      "limit: %s: a time of more than 0 and at most "
				      "AW_LIMIT_PERIOD_MAX_MS (7d) is allowed",
				      what);
	limit->period_ms = number * ms;
	return aw_limit_unit_is_bytes(limit->unit) ? check_bytes(p, at, what, limit)
						   : check_count(p, at, what, limit->count);
}

static int read_burst(struct aw_parse *p, const struct aw_yaml_node *node,
		      struct aw_rule_limit *limit)
{
	const struct aw_yaml_node *at = aw_yaml_get(node, "burst");
	const char *text;
	uint64_t interval_ns;
	int err;

	if (!at)
		return 0;
	text = at->kind == AW_YAML_SCALAR ? at->text : "";
	if (!*text || text[strspn(text, DIGITS)])
		return aw_parse_error(p, at, "as in burst: 40", "limit: burst: expected a number");
	limit->burst = read_number(&text, AW_LIMIT_COUNT_MAX);
	err = check_count(p, at, "burst", limit->burst);
	if (err)
		return err;
	/* Rounded up, as it is compiled. */
	interval_ns = (limit->period_ms * NS_PER_MS + limit->count - 1) / limit->count;
	if (limit->burst > (FILL_MAX_NS - 1) / interval_ns)
		return aw_parse_error(p, at, "write a smaller one",
				      "limit: burst: takes longer than %llu days to fill",
				      FILL_MAX_DAYS);
	return 0;
}

static int read_budget(struct aw_parse *p, const struct aw_yaml_node *node, enum aw_limit_unit unit,
		       struct aw_rule *rule)
{
	const char *name = aw_limit_unit_name(unit);
	const struct aw_yaml_node *at = aw_yaml_get(node, name);
	struct aw_rule_limit limit = {.unit = unit};
	int err;

	if (!at)
		return 0;
	if (!(aw_limit_rule_ops(rule) & aw_limit_unit_ops(unit)))
		return aw_parse_error(p, at - 1,
				      "connects, rate and bytes count tcp and udp, exchanges tcp, "
				      "execs exec, creates "
				      "create, questions those for hosts",
				      "rule %s: limit: %s counts none of its operations", rule->id,
				      name);
	err = read_rate(p, at, name, &limit);
	limit.burst = limit.count;
	if (!err && unit == AW_LIMIT_RATE)
		err = read_burst(p, node, &limit);
	if (!err)
		rule->limits[rule->n_limits++] = limit;
	return err;
}

/* Words that will mean something: whoever writes them must not believe that they do already. */
static int check_words(struct aw_parse *p, const struct aw_yaml_node *node,
		       const struct aw_rule *rule)
{
	static const char *const later[] = {"scope"};

	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		const struct aw_yaml_node *key = aw_yaml_key(node, later[i]);

		if (key)
			return aw_parse_error(
				p, key, "take it out: the rule would be wider than it says",
				"rule %s: limit: %s is not enforced yet", rule->id, later[i]);
	}
	return 0;
}

static int check_keys(struct aw_parse *p, const struct aw_yaml_node *node,
		      const struct aw_rule *rule)
{
	static const char *const keys[] = {"connects",	"rate",		  "burst",
					   "bytes",	"exchanges",	  "execs",
					   "questions", "question-bytes", "creates"};
	const struct aw_yaml_node *burst;
	int err = 0;

	if (rule->action != AW_ACTION_ALLOW && rule->action != AW_ACTION_FLAG)
		return aw_parse_error(p, node - 1, "take it out, or use allow or flag",
				      "rule %s: limit: goes with allow and flag, not with %s",
				      rule->id, aw_action_name(rule->action));
	if (rule->conditions)
		return aw_parse_error(p, node - 1, "write a rule without when: for it",
				      "rule %s: limit: does not go with when:", rule->id);
	if (node->kind == AW_YAML_MAP)
		err = check_words(p, node, rule);
	if (!err)
		err = aw_parse_keys(p, node, "limit", keys, sizeof(keys) / sizeof(*keys));
	if (err)
		return err;
	if (node->n_items == 0)
		return aw_parse_error(p, node, "name at least one, as in {connects: 600/h}",
				      "limit: an empty mapping");
	burst = aw_yaml_key(node, "burst");
	if (burst && !aw_yaml_get(node, "rate"))
		return aw_parse_error(p, burst, "write rate: 20/s beside it, or take it out",
				      "limit: burst: goes with rate alone");
	return 0;
}

/* A rule with several lifts is read once for each, and has its budgets once. */
static int count_budgets(struct aw_parse *p, const struct aw_yaml_node *map,
			 const struct aw_rule *rule)
{
	if (p->lift > 0)
		return 0;
	p->n_limits += rule->n_limits;
	if (p->n_limits <= AW_LIMITS_MAX)
		return 0;
	return aw_parse_fail(p, map, -E2BIG, "what stands in one rule has one budget",
			     "rule %s: more budgets in all than AW_LIMITS_MAX (%d)", rule->id,
			     AW_LIMITS_MAX);
}

static int read_exhaust(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	static const char *const names[] = {"deny", "retry"};
	const struct aw_yaml_node *node = aw_yaml_get(map, "on-exhaust");
	const char *word;
	char buffer[256];
	int err;

	if (!node)
		return 0;
	if (!aw_yaml_get(map, "limit"))
		return aw_parse_error(p, node - 1, "take it out",
				      "rule %s: on-exhaust: goes with limit alone", rule->id);
	err = aw_parse_text(p, node, "on-exhaust", &word);
	if (err)
		return err;
	rule->limit_retries = strcmp(word, "retry") == 0;
	if (rule->limit_retries || strcmp(word, "deny") == 0)
		return 0;
	if (strncmp(word, "tighten", strlen("tighten")) == 0)
		return aw_parse_error(p, node, "write deny or retry",
				      "rule %s: on-exhaust: tighten is not enforced yet", rule->id);
	return aw_parse_error(p, node,
			      aw_parse_suggest(buffer, sizeof(buffer), word, "one of", names,
					       sizeof(names) / sizeof(*names)),
			      "on-exhaust: unknown word \"%.80s\"", word);
}

int aw_parse_limit(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "limit");
	int err = 0;

	if (node)
		err = check_keys(p, node, rule);
	for (unsigned int unit = 0; node && unit < AW_LIMIT_UNITS && !err; unit++)
		err = read_budget(p, node, unit, rule);
	if (!err)
		err = count_budgets(p, map, rule);
	return err ?: read_exhaust(p, map, rule);
}
