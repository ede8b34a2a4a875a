/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of special ranges. An IPv4 one has three forms: mapped, as IPv4 is kept, and as a
 * gateway would translate it, by NAT64 (RFC 6052) and 6to4 (RFC 3056).
 */
#include "policy/special_range.h"

#include <assert.h>

#define V4(what_, bits, a, b, c, d)                                                   \
	{.cidr = {.address = {[10] = 0xff, 0xff, a, b, c, d}, .prefix = 96 + (bits)}, \
	 .what = what_},                                                              \
		{.cidr = {.address = {0x00, 0x64, 0xff, 0x9b, [12] = a, b, c, d},     \
			  .prefix = 96 + (bits)},                                     \
		 .what = what_ ", by NAT64"},                                         \
	{                                                                             \
		.cidr = {.address = {0x20, 0x02, a, b, c, d}, .prefix = 16 + (bits)}, \
		.what = what_ ", by 6to4"                                             \
	}
#define V6(what_, bits, ...)                                                        \
	{                                                                           \
		.cidr = {.address = {__VA_ARGS__}, .prefix = (bits)}, .what = what_ \
	}

const struct aw_special_range aw_special_ranges[] = {
	V4("link-local: cloud metadata lives there", 16, 169, 254, 0, 0),
	V4("cloud metadata (Alibaba)", 32, 100, 100, 100, 200),
	V4("cloud metadata (Azure)", 32, 168, 63, 129, 16),
	V4("cloud metadata (Oracle)", 32, 192, 0, 0, 192),
	V4("multicast", 4, 224, 0, 0, 0),
	V6("cloud metadata (Amazon)", 32, 0xfd, 0x00, 0x0e, 0xc2),
	V6("cloud metadata (Google)", 32, 0xfd, 0x20, 0x00, 0xce),
	V6("cloud metadata (Oracle)", 32, 0xfd, 0x00, 0x00, 0xc1),
	V6("cloud metadata (Scaleway)", 32, 0xfd, 0x00, 0x00, 0x42),
	V6("link-local", 10, 0xfe, 0x80),
	V6("multicast", 8, 0xff),
};
static_assert(sizeof(aw_special_ranges) / sizeof(*aw_special_ranges) == AW_SPECIAL_RANGES,
	      "as many as the header says");

const struct aw_special_range *aw_special_range_find(const uint8_t address[16])
{
	for (size_t i = 0; i < AW_SPECIAL_RANGES; i++)
		if (aw_cidr_has(&aw_special_ranges[i].cidr, address))
			return &aw_special_ranges[i];
	return NULL;
}

bool aw_special_range_is_left_out(const struct aw_special_range *special,
				  const struct aw_rule *rule, const struct aw_cidr *cidr)
{
	return rule->action <= AW_ACTION_FLAG && cidr->prefix < special->cidr.prefix &&
	       aw_cidr_has(cidr, special->cidr.address);
}
