/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of addresses and ports as tokens over the 18 bytes that the network automaton reads.
 */
#include <errno.h>

#include "policy/compile_state.h"

#define ADDRESS_BYTES 16
#define TOKENS_MAX    (ADDRESS_BYTES + 2)

/* The pattern under construction. */
struct net_pattern {
	struct aw_compilation *c;
	uint32_t claim;
	uint32_t owner;
	struct aw_glob_token tokens[TOKENS_MAX + 1];
	size_t n_prefix; /* tokens that the prefix takes */
};

static struct aw_glob_token one_of(uint8_t first, uint8_t last)
{
	return (struct aw_glob_token){.kind = AW_GLOB_SET, .set = aw_byteset_range(first, last)};
}

/* All bytes of the address; those behind the prefix are free. */
static void set_address(struct net_pattern *p, const struct aw_cidr *cidr)
{
	p->n_prefix = ((size_t)cidr->prefix + 7) / 8;
	for (size_t i = 0; i < ADDRESS_BYTES; i++) {
		unsigned fixed = cidr->prefix > 8 * i ? cidr->prefix - 8 * (unsigned)i : 0;
		uint8_t free_bits = fixed >= 8 ? 0 : (uint8_t)(0xff >> fixed);

		p->tokens[i] = one_of(cidr->address[i] & (uint8_t)~free_bits,
				      cidr->address[i] | free_bits);
	}
}

static int add(const struct net_pattern *p, size_t n_tokens)
{
	struct aw_compile_side *side = &p->c->sides[AW_DFA_NET];

	return aw_nfa_add(&side->nfa, side->root, p->tokens, n_tokens, p->claim, p->owner);
}

/* Ports from `high_first * 256 + low_first` on, in the shape of a rectangle of bytes. */
static int add_rectangle(struct net_pattern *p, unsigned high_first, unsigned high_last,
			 unsigned low_first, unsigned low_last)
{
	if (high_first > high_last)
		return 0;
	p->tokens[ADDRESS_BYTES] = one_of((uint8_t)high_first, (uint8_t)high_last);
	p->tokens[ADDRESS_BYTES + 1] = one_of((uint8_t)low_first, (uint8_t)low_last);
	return add(p, TOKENS_MAX);
}

static int add_ports(struct net_pattern *p, const struct aw_ports *ports)
{
	unsigned high_first = ports->first / 256, high_last = ports->last / 256;
	unsigned low_first = ports->first % 256, low_last = ports->last % 256;
	int r;

	if (ports->first > ports->last)
		return 0;
	if (high_first == high_last)
		return add_rectangle(p, high_first, high_last, low_first, low_last);
	r = add_rectangle(p, high_first, high_first, low_first, 255);
	if (r == 0 && high_first + 1 < high_last)
		r = add_rectangle(p, high_first + 1, high_last - 1, 0, 255);
	return r == 0 ? add_rectangle(p, high_last, high_last, 0, low_last) : r;
}

/* Whatever follows the prefix matches: names are always 18 bytes long. */
static int add_any_port(struct net_pattern *p)
{
	p->tokens[p->n_prefix] = (struct aw_glob_token){.kind = AW_GLOB_REST};
	return add(p, p->n_prefix + 1);
}

static int add_cidr(struct net_pattern *p, const struct aw_rule *rule, const struct aw_cidr *cidr)
{
	int r = 0;

	set_address(p, cidr);
	if (rule->n_ports == 0)
		return add_any_port(p);
	for (size_t i = 0; r == 0 && i < rule->n_ports; i++) {
		if (rule->ports[i].first == 0 && rule->ports[i].last == UINT16_MAX)
			return add_any_port(p);
		r = add_ports(p, &rule->ports[i]);
	}
	return r;
}

int aw_compile_net_rule(struct aw_compilation *c, const struct aw_rule *rule, uint32_t claim,
			uint32_t owner)
{
	struct net_pattern p = {.c = c, .claim = claim, .owner = owner};
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->n_cidrs; i++)
		r = add_cidr(&p, rule, &rule->cidrs[i]);
	if (r == -E2BIG)
		return aw_diag_set(c->reterr, r, rule->source.file, rule->source.line,
				   rule->source.column, "use wider ranges",
				   "the ranges have more than %u positions (AW_NFA_NODES_MAX), "
				   "counted up to rule '%s'",
				   AW_NFA_NODES_MAX, rule->id);
	return r;
}
