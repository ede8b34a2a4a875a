/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One observation as the baseline takes and gives it: which executable did which operation on which
 * object, how often and when. Anchors go by name, for their numbers differ between policies.
 *
 * A question for a host name is AW_OP_RESOLVE on AW_OBJECT_HOST; the same operation on an
 * AW_OBJECT_ADDRESS says that a resolver was asked there.
 */
#pragma once

#include <stdint.h>

#include "abi/event.h"
#include "event/event.h"

/* An address object as bytes: 16 of address, 2 of port (network order), 1 of protocol. */
#define AW_ADDRESS_BYTES 19

struct aw_observation {
	struct aw_bytes exe;
	const char *exe_anchor; /* "WORKSPACE"; NULL: absolute */
	struct aw_bytes script; /* data NULL: none */
	const char *script_anchor;
	enum aw_op op;
	enum aw_role role;
	enum aw_effect effect;
	enum aw_object kind;
	/*
	 * AW_OBJECT_ANCHORED: the anchor's name; the object is "" or "/rest". AW_OBJECT_ADDRESS:
	 * the host name that the peer was reached by, or NULL; the object then has no address, for
	 * it is the same act wherever the name leads.
	 */
	const char *anchor;
	struct aw_bytes object; /* raw bytes; AW_OBJECT_ADDRESS: AW_ADDRESS_BYTES of them */
	uint64_t count;
	uint64_t first_ns; /* CLOCK_REALTIME */
	uint64_t last_ns;
};

/* Writes an address object's bytes. address: network order, IPv4 as ::ffff:a.b.c.d. */
static inline struct aw_bytes aw_observation_address(uint8_t buffer[AW_ADDRESS_BYTES],
						     const uint8_t address[16], uint16_t port,
						     uint8_t protocol)
{
	for (int i = 0; i < 16; i++)
		buffer[i] = address[i];
	buffer[16] = (uint8_t)(port >> 8);
	buffer[17] = (uint8_t)port;
	buffer[18] = protocol;
	return (struct aw_bytes){(const char *)buffer, AW_ADDRESS_BYTES};
}

/* The same of a peer that was reached by its name: whatever the address is. */
static inline struct aw_bytes aw_observation_peer(uint8_t buffer[AW_ADDRESS_BYTES], uint16_t port,
						  uint8_t protocol)
{
	static const uint8_t nowhere[16];

	return aw_observation_address(buffer, nowhere, port, protocol);
}
