/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of addresses that a rule gives only where it names them: cloud metadata, the link,
 * multicast. A wide range such as 0.0.0.0/0 is meant for the network, and whoever writes it hardly
 * thinks of the credentials that a host of a cloud gets from its metadata service.
 *
 * What no answer leases is another list, of bpf/abi/lease.h: it has this host and reserved
 * addresses too, for whoever owns a name chooses what it points to; a range is the policy's own.
 */
#pragma once

#include "policy/policy.h"

struct aw_special_range {
	struct aw_cidr cidr; /* without a source */
	const char *what;    /* for people */
};

/* No range is within another. compile_special.c has a bit of 32 for each. */
#define AW_SPECIAL_RANGES 21
extern const struct aw_special_range aw_special_ranges[AW_SPECIAL_RANGES];

/* The special range of an address (IPv4 as ::ffff:a.b.c.d); NULL where it is in none. */
const struct aw_special_range *aw_special_range_find(const uint8_t address[16]);

/*
 * Whether a range of the rule holds the special one and leaves it out: the rule allows or flags
 * (lifts too), and the range is wider. A range that is the special one, or lies within, names it.
 * Rules that ask, deny or forbid leave nothing out.
 */
bool aw_special_range_is_left_out(const struct aw_special_range *special,
				  const struct aw_rule *rule, const struct aw_cidr *cidr);
