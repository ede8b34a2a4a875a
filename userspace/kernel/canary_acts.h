/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acts that canaries try, each on objects of its own that a stage provides. An act makes system
 * calls alone: it runs in a forked process that is denied everything.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

#include "abi/policy.h"
#include "base/cleanup.h"

#define AW_CANARY_PROGRAM "/bin/true" /* ends with 0 at once */

/* Objects of one try. All are made before, by the process outside. */
struct aw_canary_stage {
	int dir;     /* files are below it */
	int file;    /* dir/open, to be truncated by descriptor */
	int program; /* AW_CANARY_PROGRAM, opened to be read */
	void *page;  /* AW_CANARY_PROGRAM's first page, mapped to be read */
	size_t page_bytes;
	int tcp; /* listens */
	int udp;
	int stream; /* listens at dir/stream */
	int datagram;
	int abstract; /* listens */
	struct sockaddr_in tcp_address;
	struct sockaddr_in udp_address;
	struct sockaddr_un stream_address;
	struct sockaddr_un datagram_address;
	struct sockaddr_un abstract_address;
	socklen_t abstract_length;
	char path[64]; /* of dir */
};

/* 0 or −errno; parent is an existing folder's path. */
int aw_canary_stage_make(struct aw_canary_stage *stage, const char *parent, const char *name);
void aw_canary_stage_done(struct aw_canary_stage *stage);

struct aw_canary_act {
	const char *name;
	enum aw_op_class op_class;
	int (*act)(const struct aw_canary_stage *stage); /* 0 or −errno */
};

/* The i-th; NULL at the end. The last replaces the process if it succeeds, and exits with 0. */
const struct aw_canary_act *aw_canary_act_at(size_t i);
