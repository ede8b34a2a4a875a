/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observations of a run that are not in the store yet: distinct ones, repeats added up. Owns copies
 * of all that it holds.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "baseline/observation.h"

/* Distinct observations held at most; more are only there while the store cannot be written. */
#define AW_PENDING_MAX 131072

struct aw_pending;

int aw_pending_new(struct aw_pending **ret);
struct aw_pending *aw_pending_free(struct aw_pending *pending);
AW_DEFINE_CLEANUP(struct aw_pending *, aw_pending_free);

/* Adds an observation or raises the count of the same one. −ENOBUFS: AW_PENDING_MAX are held. */
int aw_pending_add(struct aw_pending *pending, const struct aw_observation *observation);

size_t aw_pending_count(const struct aw_pending *pending);

/* The i-th observation, in the order of their first coming; borrowed until clear. */
void aw_pending_get(const struct aw_pending *pending, size_t i, struct aw_observation *ret);

void aw_pending_clear(struct aw_pending *pending);
