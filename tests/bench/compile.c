/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the policy compiler: `compile [LITERALS [GLOBS [CLASSES [FLOATING]]]]`, where LITERALS may
 * also be a file of paths, one a line, or `compile hosts [NAMES [WILDCARDS [CLASSES]]]`. Prints
 * seconds, states, cells, image size and peak memory.
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

static size_t number(int argc, char **argv, int i, size_t otherwise)
{
	return argc > i ? (size_t)atol(argv[i]) : otherwise;
}

static struct aw_policy *make_policy(int argc, char **argv)
{
	struct scale scale = {.n_globs = number(argc, argv, 2, 500),
			      .n_classes = number(argc, argv, 3, 16),
			      .n_floating = number(argc, argv, 4, 40)};
	struct scale_hosts hosts = {.n_names = number(argc, argv, 2, 10000),
				    .n_wildcards = number(argc, argv, 3, 1000),
				    .n_classes = number(argc, argv, 4, 8)};

	if (argc > 1 && strcmp(argv[1], "hosts") == 0)
		return scale_host_policy(&hosts);
	if (argc > 1 && strchr(argv[1], '/'))
		scale.literals_file = argv[1];
	else
		scale.n_literals = number(argc, argv, 1, 10000);
	return scale_policy(&scale);
}

static void print_automaton(const char *name, const struct aw_dfa *dfa)
{
	printf("%s: states %u, cells %u, byte classes %u\n", name, dfa->n_states, dfa->n_cells,
	       dfa->n_classes);
}

int main(int argc, char **argv)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = make_policy(argc, argv);
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag diag = {};
	struct rusage usage;
	double start = seconds();
	int r = aw_policy_compile(&image, policy, &diag);

	getrusage(RUSAGE_SELF, &usage);
	printf("rules %zu: %.3f s, peak %ld MiB\n", policy->n_rules, seconds() - start,
	       usage.ru_maxrss / 1024);
	if (r < 0) {
		printf("%s (%s)\n", diag.message, diag.hint);
		return 1;
	}
	print_automaton("names", &image->head->dfa[AW_DFA_PATH]);
	print_automaton("network", &image->head->dfa[AW_DFA_NET]);
	printf("verdict rows %u x %u sets, image %zu KiB\n", image->head->n_verdicts,
	       image->head->n_subject_sets, image->bytes / 1024);
	return 0;
}
