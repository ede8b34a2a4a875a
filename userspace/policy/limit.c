/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the budgets of rules count, and what they are known by. Reading them is parse_limit.c's,
 * spending them abi/limit.h's.
 */
#include "policy/policy.h"

#include <assert.h>
#include <inttypes.h>

#define NET_OPS (1u << AW_OP_TCP | 1u << AW_OP_UDP)

/* FNV-1a's for 64 bits, by G. Fowler, L. C. Noll and K.-P. Vo: draft-eastlake-fnv, section 5. */
#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

static const struct {
	const char *name;
	uint32_t ops;
} units[] = {
	[AW_LIMIT_CONNECTS] = {"connects", NET_OPS},
	[AW_LIMIT_RATE] = {"rate", NET_OPS},
	[AW_LIMIT_EXECS] = {"execs", 1u << AW_OP_EXEC},
	[AW_LIMIT_QUESTIONS] = {"questions", 1u << AW_OP_RESOLVE},
	[AW_LIMIT_QUESTION_BYTES] = {"question-bytes", 1u << AW_OP_RESOLVE},
	[AW_LIMIT_BYTES] = {"bytes", NET_OPS},
	[AW_LIMIT_EXCHANGES] = {"exchanges", 1u << AW_OP_TCP},
	[AW_LIMIT_CREATES] = {"creates", 1u << AW_OP_CREATE},
};
static_assert(sizeof(units) / sizeof(*units) == AW_LIMIT_UNITS, "every unit has a name");

const char *aw_limit_unit_name(enum aw_limit_unit unit)
{
	return (unsigned int)unit < AW_LIMIT_UNITS ? units[unit].name : "unknown";
}

bool aw_limit_unit_is_bytes(enum aw_limit_unit unit)
{
	return unit == AW_LIMIT_BYTES || unit == AW_LIMIT_QUESTION_BYTES;
}

uint32_t aw_limit_unit_ops(enum aw_limit_unit unit)
{
	return (unsigned int)unit < AW_LIMIT_UNITS ? units[unit].ops : 0;
}

uint32_t aw_limit_rule_ops(const struct aw_rule *rule)
{
	return rule->ops | (rule->n_hosts > 0 ? 1u << AW_OP_RESOLVE : 0);
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	return hash;
}

/* Of the id, a zero byte and the unit's name; the zero byte, which no text has, parts the two. */
uint64_t aw_limit_id(const struct aw_rule *rule, enum aw_limit_unit unit)
{
	return mix(mix(FNV_BASIS, rule->id) * FNV_PRIME, aw_limit_unit_name(unit)) ?: 1;
}

const struct aw_rule_limit *aw_policy_find_limit(const struct aw_policy *policy, uint32_t id,
						 const struct aw_rule **ret_rule)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t j = 0; j < policy->rules[i].n_limits; j++) {
			const struct aw_rule_limit *limit = &policy->rules[i].limits[j];

			if ((uint32_t)aw_limit_id(&policy->rules[i], limit->unit) == id) {
				*ret_rule = &policy->rules[i];
				return limit;
			}
		}
	return NULL;
}

void aw_limit_append(struct aw_buffer *out, const struct aw_rule_limit *limit)
{
	static const struct {
		uint64_t ms;
		char name;
	} periods[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
	static const char *const sizes[] = {"", "KiB", "MiB", "GiB"};
	uint64_t count = limit->count;
	size_t i = 0, size = 0;

	while (i < 3 && limit->period_ms % periods[i].ms)
		i++;
	while (aw_limit_unit_is_bytes(limit->unit) && size < 3 && count % 1024 == 0) {
		count /= 1024;
		size++;
	}
	aw_buffer_append_format(out, "%" PRIu64 "%s/", count, sizes[size]);
	if (limit->period_ms != periods[i].ms)
		aw_buffer_append_format(out, "%" PRIu64, limit->period_ms / periods[i].ms);
	aw_buffer_append_format(out, "%c", periods[i].name);
}
