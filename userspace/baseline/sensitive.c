/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a path meets the list of what no generalised rule may cover. The list's patterns form one
 * nondeterministic automaton over segments; a path, literal or glob, steps through it, so the
 * question costs the same along a whole tree of names as for one of them.
 */
#include "baseline/sensitive.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/special_range.h"

#define PLACES_MAX (64 * AW_SENSITIVE_WORDS)

/* A place in a pattern: before a segment, or at its end. */
struct place {
	struct aw_segment segment;
	size_t row;
	bool is_any;  /* `**` */
	bool is_end;  /* of a row */
	bool is_home; /* the end of the name of a home folder */
};

struct aw_sensitive_set {
	struct place places[PLACES_MAX];
	size_t n_places;
	struct aw_sensitive_state starts[AW_PLACE_STRANGER + 1];
	struct aw_sensitive_state enforced; /* places of rows that no floating rule denies */
	struct aw_sensitive_state ends;	    /* ends of rows */
};

/* The usual paths of homes, for an agent whose home is no anchor. */
static const char *const homes[] = {"root", "home/*"};

static void join(struct aw_sensitive_state *state, const struct aw_sensitive_state *more)
{
	for (int i = 0; i < AW_SENSITIVE_WORDS; i++)
		state->bits[i] |= more->bits[i];
}

/* `**` may stand for nothing: whoever is before it is behind it too. */
static void add(const struct aw_sensitive_set *set, struct aw_sensitive_state *state, size_t i)
{
	state->bits[i / 64] |= 1ull << (i % 64);
	if (set->places[i].is_any)
		add(set, state, i + 1);
	if (set->places[i].is_home)
		join(state, &set->starts[AW_PLACE_HOME]);
}

/* Appends the places of "a/b/…", the last of them the end. Returns the first. */
static size_t add_pattern(struct aw_sensitive_set *set, size_t row, const char *glob)
{
	const size_t first = set->n_places;

	for (const char *at = glob;; at++) {
		const size_t length = strcspn(at, "/");

		assert(set->n_places + 2 <= PLACES_MAX);
		set->places[set->n_places++] = (struct place){
			.segment = {at, length, strcspn(at, "*?[\\") < length},
			.row = row,
			.is_any = length == 2 && !memcmp(at, "**", 2),
		};
		at += length;
		if (!*at)
			break;
	}
	set->places[set->n_places++] = (struct place){.row = row, .is_end = true};
	return first;
}

static void add_row(struct aw_sensitive_set *set, size_t row)
{
	const struct aw_sensitive *r = &aw_sensitive_rows[row];
	const size_t first = add_pattern(set, row, r->glob);

	add(set, &set->starts[r->place], first);
	set->ends.bits[(set->n_places - 1) / 64] |= 1ull << ((set->n_places - 1) % 64);
	for (size_t i = first; i < set->n_places && r->place != AW_PLACE_ANYWHERE; i++)
		set->enforced.bits[i / 64] |= 1ull << (i % 64);
}

static void add_home(struct aw_sensitive_set *set, const char *path)
{
	const size_t first = add_pattern(set, 0, path);
	struct place *end = &set->places[set->n_places - 1];

	end->is_end = false;
	end->is_home = true;
	add(set, &set->starts[AW_PLACE_ROOT], first);
	for (size_t i = first; i < set->n_places; i++)
		set->enforced.bits[i / 64] |= 1ull << (i % 64);
}

int aw_sensitive_new(struct aw_sensitive_set **ret, bool has_home)
{
	struct aw_sensitive_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	for (size_t row = 0; row < aw_sensitive_n_rows; row++)
		if (has_home || aw_sensitive_rows[row].place != AW_PLACE_STRANGER)
			add_row(set, row);
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		add_home(set, homes[i]);
	*ret = set;
	return 0;
}

struct aw_sensitive_set *aw_sensitive_free(struct aw_sensitive_set *set)
{
	free(set);
	return NULL;
}

struct aw_sensitive_state aw_sensitive_start(const struct aw_sensitive_set *set,
					     enum aw_path_root root)
{
	struct aw_sensitive_state state = set->starts[AW_PLACE_ANYWHERE];

	if (root == AW_PATH_ABSOLUTE) {
		join(&state, &set->starts[AW_PLACE_ROOT]);
		join(&state, &set->starts[AW_PLACE_STRANGER]);
	} else if (root == AW_PATH_HOME) {
		join(&state, &set->starts[AW_PLACE_HOME]);
	}
	return state;
}

/* Calls for every bit of a state: i is the place. */
#define for_each_place(i, word, state)                                                      \
	for (int w_ = 0; w_ < AW_SENSITIVE_WORDS; w_++)                                     \
		for (uint64_t word = (state)->bits[w_];                                     \
		     word && ((i) = 64 * (size_t)w_ + (size_t)__builtin_ctzll(word), true); \
		     word &= word - 1)

struct aw_sensitive_state aw_sensitive_step(const struct aw_sensitive_set *set,
					    const struct aw_sensitive_state *state,
					    struct aw_segment segment)
{
	/* Floating patterns may start anew at every segment. */
	struct aw_sensitive_state next = set->starts[AW_PLACE_ANYWHERE];
	size_t i;

	for_each_place(i, word, state)
	{
		const struct place *place = &set->places[i];

		if (place->is_any)
			add(set, &next, i);
		else if (!place->is_end && !place->is_home &&
			 aw_segment_meet(place->segment, segment))
			add(set, &next, i + 1);
	}
	return next;
}

static bool is_excepted(const struct aw_sensitive_set *set, const struct aw_sensitive_state *state,
			const struct aw_sensitive *hit, uint32_t ops)
{
	size_t i;

	for_each_place(i, word, state)
	{
		const struct aw_sensitive *row = &aw_sensitive_rows[set->places[i].row];

		if (set->places[i].is_end && row->is_exception && !strcmp(row->id, hit->id) &&
		    (hit->ops & ops & ~row->ops) == 0)
			return true;
	}
	return false;
}

const struct aw_sensitive *aw_sensitive_hit(const struct aw_sensitive_set *set,
					    const struct aw_sensitive_state *state, uint32_t ops,
					    bool is_literal)
{
	size_t i;

	for_each_place(i, word, state)
	{
		const struct aw_sensitive *row = &aw_sensitive_rows[set->places[i].row];

		if (!set->places[i].is_end || row->is_exception || !(row->ops & ops))
			continue;
		/* A glob meets more than what is excepted. */
		if (!is_literal || !is_excepted(set, state, row, ops))
			return row;
	}
	return NULL;
}

bool aw_sensitive_is_wider(const struct aw_sensitive_set *set,
			   const struct aw_sensitive_state *wide,
			   const struct aw_sensitive_state *narrow, bool is_leaf)
{
	for (int i = 0; i < AW_SENSITIVE_WORDS; i++) {
		const uint64_t which = is_leaf ? set->ends.bits[i] : ~0ull;

		if (wide->bits[i] & ~narrow->bits[i] & set->enforced.bits[i] & which)
			return true;
	}
	return false;
}

bool aw_sensitive_lies_below(const struct aw_sensitive_set *set,
			     const struct aw_sensitive_state *state)
{
	const struct aw_sensitive_state nothing = {0};

	/* A pattern that has not begun above the place cannot begin below it, but for floating
	 * ones, which do not count. */
	return aw_sensitive_is_wider(set, state, &nothing, false);
}

const char *aw_sensitive_address(const uint8_t address[16])
{
	static const struct aw_special_range others[] = {
		{.cidr = {.address = {[10] = 0xff, 0xff, 0}, .prefix = 104},
		 .what = "this host, by another name"},
		{.cidr = {.address = {0x00, 0x64, 0xff, 0x9b}, .prefix = 96},
		 .what = "an IPv4 address in another form (NAT64)"},
		{.cidr = {.address = {0x20, 0x02}, .prefix = 16},
		 .what = "an IPv4 address in another form (6to4)"},
	};
	const struct aw_special_range *special = aw_special_range_find(address);

	for (size_t i = 0; !special && i < sizeof(others) / sizeof(others[0]); i++)
		if (aw_cidr_has(&others[i].cidr, address))
			special = &others[i];
	return special ? special->what : NULL;
}
