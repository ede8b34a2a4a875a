/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of addresses and ports as tokens over the bytes that the network automaton reads. Host
 * names are compile_host.c's, what a range leaves out is compile_special.c's.
 */
#include "policy/compile_net.h"

#include <errno.h>

#define ADDRESS_BYTES 16

struct aw_glob_token aw_net_cidr_byte(const struct aw_cidr *cidr, size_t i)
{
	unsigned fixed = cidr->prefix > 8 * i ? cidr->prefix - 8 * (unsigned)i : 0;
	uint8_t free_bits = fixed >= 8 ? 0 : (uint8_t)(0xff >> fixed);

	return aw_net_byte(cidr->address[i] & (uint8_t)~free_bits, cidr->address[i] | free_bits);
}

void aw_compile_net_put(struct aw_net_pattern *p, const struct aw_cidr *cidr)
{
	p->n_object = ADDRESS_BYTES;
	p->n_needed = ((size_t)cidr->prefix + 7) / 8;
	for (size_t i = 0; i < ADDRESS_BYTES; i++)
		p->tokens[i] = aw_net_cidr_byte(cidr, i);
}

int aw_compile_net_add(const struct aw_net_pattern *p, size_t n_tokens)
{
	return aw_nfa_add(&p->c->sides[AW_DFA_NET].nfa, p->root, p->tokens, n_tokens, p->claim,
			  p->owner);
}

/* Ports from `high_first * 256 + low_first` on, in the shape of a rectangle of bytes. */
static int add_rectangle(struct aw_net_pattern *p, unsigned high_first, unsigned high_last,
			 unsigned low_first, unsigned low_last)
{
	if (high_first > high_last)
		return 0;
	p->tokens[p->n_object] = aw_net_byte((uint8_t)high_first, (uint8_t)high_last);
	p->tokens[p->n_object + 1] = aw_net_byte((uint8_t)low_first, (uint8_t)low_last);
	return aw_compile_net_add(p, p->n_object + 2);
}

static int add_ports(struct aw_net_pattern *p, const struct aw_ports *ports)
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

/* Addresses are read to their end in any case: whatever follows what decides matches. */
static int add_any_port(struct aw_net_pattern *p)
{
	if (p->is_exact)
		return add_rectangle(p, 0, 255, 0, 255);
	p->tokens[p->n_needed] = (struct aw_glob_token){.kind = AW_GLOB_REST};
	return aw_compile_net_add(p, p->n_needed + 1);
}

int aw_compile_net_ports(struct aw_net_pattern *p, const struct aw_rule *rule)
{
	int r = 0;

	if (rule->n_ports == 0)
		return add_any_port(p);
	for (size_t i = 0; r == 0 && i < rule->n_ports; i++) {
		if (rule->ports[i].first == 0 && rule->ports[i].last == UINT16_MAX)
			return add_any_port(p);
		r = add_ports(p, &rule->ports[i]);
	}
	return r;
}

int aw_compile_net_too_large(struct aw_compilation *c, const struct aw_rule *rule)
{
	return aw_diag_set(c->reterr, -E2BIG, rule->source.file, rule->source.line,
			   rule->source.column, "use wider ranges, and fewer hosts",
			   "the ranges and hosts have more than %u positions (AW_NFA_NODES_MAX), "
			   "counted up to rule '%s'",
			   AW_NFA_NODES_MAX, rule->id);
}

int aw_compile_net_rule(struct aw_compilation *c, const struct aw_rule *rule, uint32_t claim,
			uint32_t owner)
{
	struct aw_net_pattern p = {
		.c = c, .root = c->sides[AW_DFA_NET].root, .claim = claim, .owner = owner};
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->n_cidrs; i++)
		r = aw_compile_net_cidr(&p, rule, &rule->cidrs[i]);
	return r == -E2BIG ? aw_compile_net_too_large(c, rule) : r;
}
