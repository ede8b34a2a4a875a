/* SPDX-License-Identifier: Apache-2.0 */
/* Records as tests/unit/event makes them, varied, and a store, for the tests of this folder. */
#pragma once

#include "agent/folder_fixture.h"
#include "baseline/read.h"
#include "baseline/run.h"
#include "daemon/pipeline.h"
#include "event/event_fixture.h"

/* An operation by process 102; every key its own. */
static inline struct fixture_record *op_record(enum aw_op op, enum aw_effect effect,
					       const char *name, uint64_t key)
{
	struct fixture_record *record = fixture_op(name, strlen(name));

	record->op.op = (uint8_t)op;
	record->op.effect = (uint8_t)effect;
	record->op.verdict = effect == AW_EFFECT_ALLOWED ? AW_VERDICT_ALLOW : AW_VERDICT_DENY;
	record->op.error = effect == AW_EFFECT_DENIED ? -EACCES : 0;
	record->op.key = key;
	return record;
}

/* Hands a record on and frees it. */
static inline void give(struct aw_pipeline *pipeline, enum aw_ring ring,
			struct fixture_record *record)
{
	/* A copy of the very size, so that a sanitizer sees reads beyond it. */
	char *bytes = malloc(record->size);

	assert_non_null(bytes);
	memcpy(bytes, record->bytes, record->size);
	assert_int_equal(aw_pipeline_record(ring, bytes, record->size, pipeline), 0);
	free(bytes);
	free(record);
}

/* The exec record of process 102. */
static inline struct fixture_record *exec_record(void)
{
	return fixture_exec(2, "/usr/bin/python3", "/srv/w/x.py", "/srv/w", "py\0x.py", 7);
}
