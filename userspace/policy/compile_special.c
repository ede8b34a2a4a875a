/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A range of a rule without the special ranges that it leaves out (special_range.h), as pieces
 * around them: at each byte on the way to one, the bytes that lead to none.
 */
#include <assert.h>

#include "policy/compile_net.h"
#include "policy/special_range.h"

static_assert(AW_SPECIAL_RANGES <= 32, "a bit for each");

static uint32_t ranges_left_out(const struct aw_rule *rule, const struct aw_cidr *cidr)
{
	uint32_t ranges = 0;

	for (unsigned i = 0; i < AW_SPECIAL_RANGES; i++)
		if (aw_special_range_is_left_out(&aw_special_ranges[i], rule, cidr))
			ranges |= 1u << i;
	return ranges;
}

/* Of the ranges those whose byte at depth is that of the first, and that go on behind it. */
static uint32_t ranges_behind(uint32_t ranges, unsigned first, size_t depth)
{
	const struct aw_cidr *cidr = &aw_special_ranges[first].cidr;
	uint32_t behind = 0;

	for (unsigned i = first; cidr->prefix > 8 * (depth + 1) && i < AW_SPECIAL_RANGES; i++)
		if (ranges >> i & 1 &&
		    aw_special_ranges[i].cidr.address[depth] == cidr->address[depth])
			behind |= 1u << i;
	return behind;
}

/* Addresses with the first bytes of `like`, and then one of the set. */
static int add_piece(struct aw_net_pattern *p, const struct aw_rule *rule,
		     const struct aw_cidr *like, size_t depth, const struct aw_byteset *set)
{
	struct aw_cidr piece = *like;

	if (!(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]))
		return 0;
	piece.prefix = (uint8_t)(8 * depth);
	aw_compile_net_put(p, &piece);
	p->tokens[depth].set = *set;
	p->n_needed = depth + 1;
	return aw_compile_net_ports(p, rule);
}

/* ranges: those that have the same bytes before depth; it is no deeper than the longest of them. */
static int add_around(struct aw_net_pattern *p, const struct aw_rule *rule,
		      const struct aw_cidr *cidr, uint32_t ranges, size_t depth)
{
	const struct aw_cidr *like = &aw_special_ranges[__builtin_ctz(ranges)].cidr;
	struct aw_byteset free = aw_net_cidr_byte(cidr, depth).set;
	int r = 0;

	while (r == 0 && ranges) {
		unsigned first = (unsigned)__builtin_ctz(ranges);
		struct aw_glob_token byte = aw_net_cidr_byte(&aw_special_ranges[first].cidr, depth);
		uint32_t behind = ranges_behind(ranges, first, depth);

		for (size_t i = 0; i < sizeof(free.bits) / sizeof(*free.bits); i++)
			free.bits[i] &= ~byte.set.bits[i];
		if (behind)
			r = add_around(p, rule, cidr, behind, depth + 1);
		ranges &= ~(behind | 1u << first);
	}
	return r == 0 ? add_piece(p, rule, like, depth, &free) : r;
}

int aw_compile_net_cidr(struct aw_net_pattern *p, const struct aw_rule *rule,
			const struct aw_cidr *cidr)
{
	uint32_t ranges = ranges_left_out(rule, cidr);

	if (ranges)
		return add_around(p, rule, cidr, ranges, 0);
	aw_compile_net_put(p, cidr);
	return aw_compile_net_ports(p, rule);
}
