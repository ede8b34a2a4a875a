/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the policy compiler: `compile [LITERALS [GLOBS [CLASSES [FLOATING]]]]`, where LITERALS may
 * also be a file of paths, one a line. Prints seconds, states, cells, image size and peak memory.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "policy/compile_scale.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct scale scale = {
		.n_literals = 10000, .n_globs = 500, .n_classes = 16, .n_floating = 40};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag diag = {};
	struct rusage usage;
	double start;
	int r;

	if (argc > 1 && strchr(argv[1], '/'))
		scale.literals_file = argv[1];
	else if (argc > 1)
		scale.n_literals = (size_t)atol(argv[1]);
	if (argc > 2)
		scale.n_globs = (size_t)atol(argv[2]);
	if (argc > 3)
		scale.n_classes = (size_t)atol(argv[3]);
	if (argc > 4)
		scale.n_floating = (size_t)atol(argv[4]);
	policy = scale_policy(&scale);
	start = seconds();
	r = aw_policy_compile(&image, policy, &diag);
	getrusage(RUSAGE_SELF, &usage);
	printf("rules %zu: %.3f s, peak %ld MiB\n", policy->n_rules, seconds() - start,
	       usage.ru_maxrss / 1024);
	if (r < 0) {
		printf("%s (%s)\n", diag.message, diag.hint);
		return 1;
	}
	printf("states %u, cells %u, byte classes %u, verdict rows %u x %u sets, image %zu KiB\n",
	       image->head->dfa[AW_DFA_PATH].n_states, image->head->dfa[AW_DFA_PATH].n_cells,
	       image->head->dfa[AW_DFA_PATH].n_classes, image->head->n_verdicts,
	       image->head->n_subject_sets, image->bytes / 1024);
	return 0;
}
