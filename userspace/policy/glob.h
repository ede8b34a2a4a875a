/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of the globs in policies: expands the braces of one pattern and turns each
 * alternative into tokens for the automaton. What the tokens mean to a rule is compile.c's.
 *
 * Names that globs are matched against, as the kernel programs feed them: "/usr/lib/x" ("/" for the
 * root), no trailing slash, no empty segment, no "." or ".."; below an anchor "" for the anchor
 * itself or "/rest"; "@abstract" for abstract sockets; "memfd:NAME", "nested:/path" and the like.
 *
 * A pattern is one of
 *   /…          absolute: matches names that start at the root, never names below an anchor
 *   `**` first  floating: at any depth (directly below the root too), and below every anchor;
 *               never inside "nested:/…" or "@…" names; `**` alone is every path and every anchor
 *   ${NAME}…    below one anchor, or the anchor itself
 *   @…          an abstract socket
 *   word:/…     a marked path, for example nested:/usr/lib: segments as in an absolute pattern
 *   word:…      a marked name, for example memfd:*: no segments
 *
 * In segments:
 *   `?`         one byte other than '/'
 *   `*`         any run of bytes other than '/', the empty run too; dot files are not special, so
 *               `*.x` matches "a.x" and ".x" but not "x". A segment is never empty: a last segment
 *               `*` after "/a" matches neither "/a" nor "/"
 *   `**`        alone between slashes: any number of segments, none too, so that between "/a" and
 *               "/b" it matches "/a/b". As the last segment it matches all that is below, and the
 *               folder before it too. Elsewhere (`a**`) it is an error
 *   [a-z] [!x]  one byte of (or not of) a set, never '/'; a first `]` is an ordinary byte
 *   {a,b}       alternatives, nested too, slashes allowed inside
 *   \x          the byte x
 * In "@…" and "word:…" names there are no segments: `?`, `*` and sets match '/' too, `**` is `*`.
 *
 * Empty segments, a trailing slash, "." and ".." are errors: no name could ever match.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "policy/policy.h"

#define AW_GLOB_BRACES_MAX	 32   /* groups of alternatives in one pattern */
#define AW_GLOB_ALTERNATIVES_MAX 1024 /* that one pattern expands to */

struct aw_byteset {
	uint64_t bits[4];
};

enum aw_glob_root {
	AW_GLOB_ABSOLUTE, /* "@…" and "word:…" too */
	AW_GLOB_ANCHORED,
	AW_GLOB_FLOATING,
};

enum aw_glob_kind {
	AW_GLOB_SET,	  /* one byte of set */
	AW_GLOB_STAR,	  /* any run of bytes of set */
	AW_GLOB_SEGMENTS, /* '/', then any number of segments with a '/' after each */
	AW_GLOB_SELF,	  /* the pattern also matches a name that ends here */
	AW_GLOB_REST,	  /* whatever follows; always the last token */
};

struct aw_glob_token {
	enum aw_glob_kind kind;
	struct aw_byteset set;
};

/* One alternative. A floating one starts with SEGMENTS; with SELF where it is `**` alone. */
struct aw_glob {
	enum aw_glob_root root;
	const struct aw_glob_token *tokens;
	size_t n_tokens;
};

/* glob is borrowed for the call. A negative return ends the expansion and is passed on. */
typedef int (*aw_glob_visit_fn)(const struct aw_glob *glob, void *userdata);

/* Visits every alternative. −EINVAL: not a pattern, reterr says why, at the pattern's source. */
int aw_glob_expand(const struct aw_pattern *pattern, aw_glob_visit_fn visit, void *userdata,
		   struct aw_diag *reterr);

/* Whether a pattern is well-formed; for those who report errors early. */
int aw_glob_check(const struct aw_pattern *pattern, struct aw_diag *reterr);

static inline void aw_byteset_add(struct aw_byteset *set, uint8_t byte)
{
	set->bits[byte / 64] |= 1ull << (byte % 64);
}

static inline void aw_byteset_remove(struct aw_byteset *set, uint8_t byte)
{
	set->bits[byte / 64] &= ~(1ull << (byte % 64));
}

static inline bool aw_byteset_has(const struct aw_byteset *set, uint8_t byte)
{
	return set->bits[byte / 64] >> (byte % 64) & 1;
}

/* Bytes first to last, inclusive. */
static inline struct aw_byteset aw_byteset_range(uint8_t first, uint8_t last)
{
	struct aw_byteset set = {};

	for (unsigned byte = first; byte <= last; byte++)
		aw_byteset_add(&set, byte);
	return set;
}
