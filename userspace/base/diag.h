/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One diagnosis of bad input: where it is, what is wrong and how to mend it. Library code fills it
 * and returns −errno; the command that gives up prints it once.
 */
#pragma once

struct aw_diag {
	char file[256]; /* "" where the input is no file */
	int line;	/* from 1; 0 where unknown */
	int column;	/* from 1; 0 where unknown */
	char message[512];
	char hint[512]; /* the mend; "" where there is none */
};

/*
 * Fills d (which may be NULL) and returns err, so that a caller can write
 * `return aw_diag_set(reterr, -EINVAL, file, line, column, hint, "…", …);`. file and hint may be
 * NULL.
 */
int aw_diag_set(struct aw_diag *d, int err, const char *file, int line, int column,
		const char *hint, const char *format, ...) __attribute__((format(printf, 7, 8)));

/* Writes "file:line:column: message" and, on a second line, "hint: …" to a newly allocated string.
 */
char *aw_diag_to_string(const struct aw_diag *d);
