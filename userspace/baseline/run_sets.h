/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of runs in memory: each distinct set is kept once and goes by its number, for most of what a
 * baseline holds was done by the same few sets of runs. Runs are numbered 0 … n_runs − 1.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define AW_RUNS_MAX	65536	   /* complete runs that are generalised from */
#define AW_RUN_SETS_MAX (1u << 22) /* distinct sets */

struct aw_run_sets;

int aw_run_sets_new(struct aw_run_sets **ret, size_t n_runs);
struct aw_run_sets *aw_run_sets_free(struct aw_run_sets *sets);
AW_DEFINE_CLEANUP(struct aw_run_sets *, aw_run_sets_free);

/* The empty set's number. */
#define AW_RUN_SET_EMPTY 0

/* The number of the set of these bits: (n_runs + 63) / 64 words. −ENOMEM, −E2BIG. */
int aw_run_sets_intern(struct aw_run_sets *sets, const uint64_t *bits, uint32_t *ret);

int aw_run_sets_union(struct aw_run_sets *sets, uint32_t a, uint32_t b, uint32_t *ret);

/* How many runs are in a set. */
uint32_t aw_run_sets_size(const struct aw_run_sets *sets, uint32_t set);

/* Whether every run of a is in b. */
int aw_run_sets_is_subset(const struct aw_run_sets *sets, uint32_t a, uint32_t b);

/* The bits of a set; borrowed until the next call that makes a set. */
const uint64_t *aw_run_sets_bits(const struct aw_run_sets *sets, uint32_t set);

size_t aw_run_sets_words(const struct aw_run_sets *sets);
