/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of show*.c share. Private to them. */
#pragma once

#include "base/buffer.h"
#include "baseline/learned.h"

#define AW_SHOW_PEER_SIZE (AW_HOST_MAX + 32)

/* "192.0.2.1 port 443", "::1 port 32768-60999", "a.example port 443"; of a question "a.example" */
void aw_show_peer(const struct aw_learned_net *net, char ret[AW_SHOW_PEER_SIZE]);

int aw_show_json(struct aw_buffer *out, const struct aw_learned *learned);
