/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no generalised rule may cover: keys, credentials, the places where code waits for somebody
 * else to run it, sockets that are root in disguise, cloud metadata addresses. Owns the list
 * (sensitive_table.c) and the question whether a path, literal or glob, meets it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/policy.h"
#include "base/cleanup.h"
#include "baseline/segment_glob.h"

#define AW_SENSITIVE_WORDS 10 /* 64 places in the list's patterns each */

enum aw_sensitive_kind {
	AW_SENSITIVE_SECRET,
	AW_SENSITIVE_PERSISTENCE, /* writing it makes somebody else run it */
	AW_SENSITIVE_SOCKET,
	AW_SENSITIVE_SYSTEM,
	AW_SENSITIVE_KINDS,
};

enum aw_sensitive_place {
	AW_PLACE_ANYWHERE, /* at any depth: a floating rule can deny it */
	AW_PLACE_HOME,	   /* below a home folder */
	AW_PLACE_ROOT,	   /* absolute */
	AW_PLACE_STRANGER, /* absolute, where the agent's own home is an anchor */
};

struct aw_sensitive {
	const char *id; /* of the denial: "secrets.env"; rows of one id stand together */
	enum aw_sensitive_kind kind;
	enum aw_sensitive_place place;
	const char *glob;  /* segments with '/' between, no braces; `**` as last one alone */
	uint32_t ops;	   /* bit per enum aw_op */
	bool is_exception; /* of its id: harmless */
	const char *what;  /* for people */
};

extern const struct aw_sensitive aw_sensitive_rows[];
extern const size_t aw_sensitive_n_rows;

/* The list, ready to be asked. */
struct aw_sensitive_set;

/* has_home: the agent's home is an anchor, so absolute paths of homes are other people's. */
int aw_sensitive_new(struct aw_sensitive_set **ret, bool has_home);
struct aw_sensitive_set *aw_sensitive_free(struct aw_sensitive_set *set);
AW_DEFINE_CLEANUP(struct aw_sensitive_set *, aw_sensitive_free);

/* How far a path has come in the patterns of the list: a bit per place in them. */
struct aw_sensitive_state {
	uint64_t bits[AW_SENSITIVE_WORDS];
};

enum aw_path_root {
	AW_PATH_ABSOLUTE,
	AW_PATH_HOME,	/* below the anchor HOME */
	AW_PATH_ANCHOR, /* below another one */
};

struct aw_sensitive_state aw_sensitive_start(const struct aw_sensitive_set *set,
					     enum aw_path_root root);
/* One segment further. */
struct aw_sensitive_state aw_sensitive_step(const struct aw_sensitive_set *set,
					    const struct aw_sensitive_state *state,
					    struct aw_segment segment);

/*
 * The row that a path which ends here meets with one of ops, or NULL. is_literal: it stands for one
 * name, so that a row's exceptions can be told to hold.
 */
const struct aw_sensitive *aw_sensitive_hit(const struct aw_sensitive_set *set,
					    const struct aw_sensitive_state *state, uint32_t ops,
					    bool is_literal);

/*
 * Whether `wide` has come further than `narrow` in a pattern that no floating rule denies: a glob
 * that has must not be written in place of the names it stands for. is_leaf: nothing below the
 * glob will be written, so that only patterns that end here count.
 */
bool aw_sensitive_is_wider(const struct aw_sensitive_set *set,
			   const struct aw_sensitive_state *wide,
			   const struct aw_sensitive_state *narrow, bool is_leaf);

/*
 * Whether something that no floating rule denies lies at or below a place, however many segments
 * below: what `**` would open.
 */
bool aw_sensitive_lies_below(const struct aw_sensitive_set *set,
			     const struct aw_sensitive_state *state);

/* Why an address (IPv4 as ::ffff:a.b.c.d) is sensitive, for people; NULL: it is not. */
const char *aw_sensitive_address(const uint8_t address[16]);
