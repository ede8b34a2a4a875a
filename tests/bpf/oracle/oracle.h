/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the oracle replay share: a generator of numbers, the places where everything
 * lies, and the triple that is done in the kernel and explained outside of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "policy/policy.h"

#define ORACLE_DIR	 "/tmp/oracle"
#define ORACLE_TREE	 ORACLE_DIR "/t"  /* named absolutely */
#define ORACLE_WORKSPACE ORACLE_DIR "/ws" /* the folder that the anchor stands for */
#define ORACLE_BIN	 ORACLE_DIR "/bin"
#define ORACLE_NAME_MAX	 1024
#define ORACLE_BATCH	 500
#define ORACLE_NAMES	 2 /* of one act */

/* The programs that act: two of a class each, one of none. */
#define ORACLE_PROGRAMS 3

struct oracle_random {
	uint64_t state;
};

uint32_t oracle_pick(struct oracle_random *random, uint32_t n); /* 0 … n − 1 */
#define ORACLE_PICK(random, array) (array)[oracle_pick(random, sizeof(array) / sizeof(*(array)))]

/* Shared with the process that acts. */
struct oracle_triple {
	uint32_t act;
	int32_t error; /* of the act: 0 or −errno; 1 before it was done */
	char name[ORACLE_NAMES][ORACLE_NAME_MAX];
	uint8_t address[16];
	uint16_t port;
};

struct oracle_batch {
	uint32_t n;
	struct oracle_triple triples[ORACLE_BATCH];
};

/* What one act is to the policy: up to four operations, each on one of its names. */
struct oracle_need {
	enum aw_op op;
	uint8_t name; /* index */
};

struct oracle_act {
	const char *name;
	int (*act)(const struct oracle_triple *triple); /* 0 or −errno */
	int success;					/* what it gives where it is allowed */
	enum { MAKE_NOTHING, MAKE_FILE, MAKE_FOLDER, MAKE_SOCKET } make;
	bool is_net;
	bool abstract;
	uint8_t n_needs;
	struct oracle_need needs[4];
};

size_t oracle_acts_count(void);
const struct oracle_act *oracle_act_at(size_t i);

/* A path, or an abstract name that starts with "@". */
socklen_t oracle_unix_address(const char *name, struct sockaddr_un *ret);

/* policy.c: a random policy as text, newly allocated. */
char *oracle_policy_text(struct oracle_random *random, size_t n_rules);
/* The same parsed; drawn again while the compiler says that it is too large. */
struct aw_image;
void oracle_policy_draw(struct oracle_random *random, size_t n_rules, struct aw_policy **ret,
			struct aw_image **retimage, size_t *rettoo_large);

/* names.c: folders, names of objects, and what is made at them. */
void oracle_make_tree(void);
void oracle_random_folder(struct oracle_random *random, bool workspace, char *ret, size_t size);
void oracle_fill(struct oracle_random *random, struct oracle_triple *triple, uint32_t number);
int oracle_make_objects(const struct oracle_triple *triple);
void oracle_remove_objects(const struct oracle_triple *triple);

/* For everything that cannot fail in a guest that works. */
void oracle_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
