/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of run numbers as the store keeps them: ranges in ascending order, each as two LEB128
 * numbers (runs skipped since the last range, runs in the range less one). What every run does
 * costs two bytes however many runs there were.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define AW_RUNSET_BYTES_MAX (1u << 20) /* one set; more than 100,000 separate runs */

/* Where a reader of a set is. Start from {.bytes = …, .length = …}. */
struct aw_runset_cursor {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	uint64_t next; /* lowest number that the next range can hold */
};

/* The next range, both ends in it. 1: there is one; 0: the end; −EUCLEAN: not a set. */
int aw_runset_next(struct aw_runset_cursor *cursor, uint64_t *retfirst, uint64_t *retlast);

/* The union of two sets, newly allocated (NULL with length 0 where both are empty). */
int aw_runset_union(const void *a, size_t a_length, const void *b, size_t b_length, uint8_t **ret,
		    size_t *retlength);

/* The set of one run. Returns the length; buffer holds AW_RUNSET_ONE_MAX bytes. */
#define AW_RUNSET_ONE_MAX 11
size_t aw_runset_one(uint64_t run, uint8_t *buffer);

/* The set without one run, newly allocated; NULL with length 0 where nothing is left. */
int aw_runset_without(const void *set, size_t length, uint64_t run, uint8_t **ret,
		      size_t *retlength);
