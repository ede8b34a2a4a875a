/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean …?": the nearest of a few known names to a word that is none of them.
 */
#include "policy/parse_state.h"

#include <string.h>

#define WORD_MAX 32 /* longer words get no suggestion */

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
static unsigned int edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= n_a; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= n_b; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= n_a; i++) {
		for (size_t j = 1; j <= n_b; j++) {
			unsigned int replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = least(replaced, 1 + least(d[i - 1][j], d[i][j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], 1 + d[i - 2][j - 2]);
		}
	}
	return d[n_a][n_b];
}

static const char *nearest(const char *word, const char *const *names, size_t n)
{
	size_t length = strlen(word);
	unsigned int best = length > 4 ? 3 : 2; /* one edit in a short word, two in a longer one */
	const char *found = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t name_length = strlen(names[i]);
		unsigned int distance;

		if (name_length > WORD_MAX)
			continue;
		distance = edit_distance(word, length, names[i], name_length);
		if (distance < best) {
			best = distance;
			found = names[i];
		}
	}
	return found;
}

const char *aw_parse_suggest(char *buffer, size_t size, const char *word, const char *what,
			     const char *const *names, size_t n)
{
	const char *found = nearest(word, names, n);
	size_t used;

	if (found) {
		snprintf(buffer, size, "did you mean \"%s\"?", found);
		return buffer;
	}
	snprintf(buffer, size, "%s:", what);
	for (size_t i = 0; i < n; i++) {
		used = strlen(buffer);
		snprintf(buffer + used, size - used, " %s", names[i]);
	}
	return buffer;
}
