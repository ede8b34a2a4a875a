/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern of the network automaton under construction: tokens for an object, then for a port.
 * Private to compile_net.c, which has the addresses and the ports, compile_special.c and
 * compile_host.c.
 */
#pragma once

#include "policy/compile_state.h"

#define AW_NET_TOKENS_MAX                                                      \
	(AW_HOST_MAX + 4) /* a wildcard is one more than its bytes; port, rest \
			   */

struct aw_net_pattern {
	struct aw_compilation *c;
	uint32_t root;
	uint32_t claim;
	uint32_t owner;
	struct aw_glob_token tokens[AW_NET_TOKENS_MAX];
	size_t n_object; /* tokens before the port's */
	size_t n_needed; /* of them those that decide where whatever follows matches */
	bool is_exact;	 /* what can be any is the port, not whatever follows */
};

/* A token for one byte of a range. */
static inline struct aw_glob_token aw_net_byte(uint8_t first, uint8_t last)
{
	return (struct aw_glob_token){.kind = AW_GLOB_SET, .set = aw_byteset_range(first, last)};
}

/* The token for byte i of the addresses in a range. */
struct aw_glob_token aw_net_cidr_byte(const struct aw_cidr *cidr, size_t i);
/* Makes the range the object; bytes behind its prefix are free. Bits set there do not count. */
void aw_compile_net_put(struct aw_net_pattern *p, const struct aw_cidr *cidr);
/* compile_special.c: adds a range of the rule with its ports, but for what it leaves out. */
int aw_compile_net_cidr(struct aw_net_pattern *p, const struct aw_rule *rule,
			const struct aw_cidr *cidr);
/* Adds the first n tokens as a pattern. */
int aw_compile_net_add(const struct aw_net_pattern *p, size_t n_tokens);
/* Adds the object with each of the rule's ports; with any, where the rule names none. */
int aw_compile_net_ports(struct aw_net_pattern *p, const struct aw_rule *rule);
/* −E2BIG with reterr filled: the rule's patterns were one too many. */
int aw_compile_net_too_large(struct aw_compilation *c, const struct aw_rule *rule);
