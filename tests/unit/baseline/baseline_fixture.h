/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the baseline share: a temporary store, and short ways to observe. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline/run.h"
#include "baseline/store.h"

/* A folder of one test, with the path of a store in it. */
struct fixture {
	char folder[64];
	char path[128];
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->folder, "/tmp/aw_baseline.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/state/baseline.db", f->folder);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->folder);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline struct aw_bytes bytes(const char *text)
{
	return (struct aw_bytes){text, text ? strlen(text) : 0};
}

/* An observation of /usr/bin/tool on a name: "NAME/rest" below anchor, else absolute. */
static inline struct aw_observation observation(enum aw_op op, const char *anchor, const char *name)
{
	return (struct aw_observation){
		.exe = bytes("/usr/bin/tool"),
		.op = op,
		.effect = AW_EFFECT_ALLOWED,
		.kind = anchor ? AW_OBJECT_ANCHORED : AW_OBJECT_PATH,
		.anchor = anchor,
		.object = bytes(name),
		.count = 1,
		.first_ns = 1000,
		.last_ns = 2000,
	};
}

static inline struct aw_baseline_store *open_store(const char *path)
{
	struct aw_baseline_store *store = NULL;
	struct aw_diag diag = {0};
	const int r = aw_baseline_open(&store, path, &diag);

	if (r < 0)
		fail_msg("%s: %d %s", path, r, diag.message);
	return store;
}

static inline struct aw_baseline_run *begin_run(struct aw_baseline_store *store, const char *name)
{
	struct aw_baseline_run *run = NULL;

	assert_int_equal(aw_baseline_run_begin(&run, store, name, NULL, NULL), 0);
	return run;
}

static inline void end_run(struct aw_baseline_run *run)
{
	const struct aw_baseline_outcome outcome = {0};

	assert_int_equal(aw_baseline_run_end(run, &outcome), 0);
}

static inline void observe(struct aw_baseline_run *run, enum aw_op op, const char *anchor,
			   const char *name)
{
	const struct aw_observation o = observation(op, anchor, name);

	assert_int_equal(aw_baseline_observe(run, &o), 0);
}
