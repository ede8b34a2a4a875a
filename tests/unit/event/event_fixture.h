/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the kernel programs would send them, and the context of one agent, for the tests of
 * this folder. Every value differs from its neighbours, so that a field taken for another shows.
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/decode.h"
#include "event/event.h"
#include "event/json.h"

#define FIXTURE_RECORD_MAX (16u << 10)
#define FIXTURE_START_NS   5000000000ull  /* boot time at which process 100 started */
#define FIXTURE_NOW_NS	   70000000000ull /* boot time of the first event */
#define FIXTURE_OFFSET_NS  1795226400000000000ll

/* A record with room for its names, as bytes that end where the record ends. */
struct fixture_record {
	size_t size;
	union {
		char bytes[FIXTURE_RECORD_MAX];
		struct aw_rec_head head;
		struct aw_rec_op op;
		struct aw_rec_exec exec;
		struct aw_rec_fork fork;
		struct aw_rec_exit exit;
		struct aw_rec_cgroup cgroup;
	};
};

static inline struct aw_rec_head fixture_head(enum aw_rec_type type, size_t size, uint64_t seq)
{
	return (struct aw_rec_head){
		.type = (uint16_t)type,
		.version = AW_RECORD_VERSION,
		.size = (uint32_t)size,
		.seq = seq,
		.time_ns = FIXTURE_NOW_NS + seq * 1000,
		.cpu = 3,
		.agent = 7,
		.agent_generation = 2,
	};
}

/* Process 100 + n, child of 100 + n - 1. */
static inline struct aw_rec_proc fixture_proc(uint32_t n, const char *comm)
{
	struct aw_rec_proc proc = {
		.pid = 100 + n,
		.tid = 100 + n,
		.start_ns = FIXTURE_START_NS + n * 1000000000ull,
		.ppid = 99 + n,
		.uid = 1000,
		.parent_start_ns = FIXTURE_START_NS + (n - 1) * 1000000000ull,
		.subject = 0x5b0000 + n,
	};

	for (size_t i = 0; i < sizeof(proc.comm) && comm[i]; i++)
		proc.comm[i] = comm[i];
	return proc;
}

/* A denied write to ".bashrc" below anchor 1, by process 102. */
static inline struct fixture_record *fixture_op(const void *name, size_t length)
{
	struct fixture_record *record = calloc(1, sizeof(*record));
	size_t size = sizeof(record->op) + length;

	assert_non_null(record);
	record->op = (struct aw_rec_op){
		.head = fixture_head(AW_REC_OP, size, 17),
		.proc = fixture_proc(2, "python3"),
		.op = AW_OP_WRITE,
		.verdict = AW_VERDICT_DENY,
		.effect = AW_EFFECT_DENIED,
		.reason = AW_REASON_POLICY,
		.mode = AW_MODE_ENFORCE,
		.object = AW_OBJECT_ANCHORED,
		.anchor = 1,
		.role = AW_ROLE_ONLY,
		.error = -EACCES,
		.verdict_id = 4,
		.hook = AW_HOOK_FILE_OPEN,
		.policy_id = 0x0123456789abcdef,
		.key = 0xfeed,
		.ino = 1234567,
		.dev = 8u << 20 | 1,
		.name_length = (uint32_t)length,
	};
	memcpy(record->bytes + sizeof(record->op), name, length);
	record->size = size;
	return record;
}

/* Process 100 + n starts exe (absolute) with arguments, zero bytes between them. */
static inline struct fixture_record *fixture_exec(uint32_t n, const char *exe, const char *script,
						  const char *cwd, const void *argv,
						  size_t argv_length)
{
	struct fixture_record *record = calloc(1, sizeof(*record));
	size_t exe_length = strlen(exe), script_length = strlen(script), cwd_length = strlen(cwd);
	size_t size = sizeof(record->exec) + exe_length + script_length + cwd_length + argv_length;
	char *at = record->bytes + sizeof(record->exec);

	assert_non_null(record);
	record->exec = (struct aw_rec_exec){
		.head = fixture_head(AW_REC_EXEC, size, 20 + n),
		.proc = fixture_proc(n, strrchr(exe, '/') + 1),
		.subject = 0x5b0000 + n,
		.exe_anchor = AW_ANCHOR_NONE,
		.script_anchor = AW_ANCHOR_NONE,
		.cwd_anchor = AW_ANCHOR_NONE,
		.exe_length = (uint32_t)exe_length,
		.script_length = (uint32_t)script_length,
		.cwd_length = (uint32_t)cwd_length,
		.argv_length = (uint32_t)argv_length,
		.argv_total = (uint32_t)argv_length,
	};
	at = (char *)memcpy(at, exe, exe_length) + exe_length;
	at = (char *)memcpy(at, script, script_length) + script_length;
	at = (char *)memcpy(at, cwd, cwd_length) + cwd_length;
	memcpy(at, argv, argv_length);
	record->size = size;
	return record;
}

static inline struct fixture_record *fixture_fork(uint32_t n)
{
	struct fixture_record *record = calloc(1, sizeof(*record));

	assert_non_null(record);
	record->size = sizeof(record->fork);
	record->fork = (struct aw_rec_fork){
		.head = fixture_head(AW_REC_FORK, record->size, 40 + n),
		.parent = fixture_proc(n, "parent"),
		.pid = 100 + n + 1,
		.start_ns = FIXTURE_START_NS + (n + 1) * 1000000000ull,
	};
	return record;
}

static inline struct fixture_record *fixture_exit(uint32_t n, int status)
{
	struct fixture_record *record = calloc(1, sizeof(*record));

	assert_non_null(record);
	record->size = sizeof(record->exit);
	record->exit = (struct aw_rec_exit){
		.head = fixture_head(AW_REC_EXIT, record->size, 60 + n),
		.proc = fixture_proc(n, "leaver"),
		.status = status,
	};
	return record;
}

static inline struct fixture_record *fixture_cgroup(uint32_t removed)
{
	struct fixture_record *record = calloc(1, sizeof(*record));

	assert_non_null(record);
	record->size = sizeof(record->cgroup);
	record->cgroup = (struct aw_rec_cgroup){
		.head = fixture_head(AW_REC_CGROUP, record->size, 80),
		.cgroup_id = 4711,
		.removed = removed,
		.level = 5,
	};
	return record;
}

static const char *const fixture_labels[] = {"task=42", "repo=example/tools", NULL};

static const struct aw_event_context fixture_context = {
	.agent_name = "ci",
	.run_id = "run-1",
	.policy_name = "ci-node",
	.policy_hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.labels = fixture_labels,
	.anchors = {{"WORKSPACE", "/srv/w"}, {"HOME", "/home/agent"}},
	.n_anchors = 2,
};

static const struct aw_event_origin fixture_origin = {
	.host = "build1",
	.boot_id = "3f2a9c1e-0000-4000-8000-000000000001",
};

/* Decodes from a copy that ends with the record, so that a sanitizer sees reads beyond it. */
struct fixture_decoded {
	struct aw_event event;
	char *bytes;
};

static inline void fixture_decode(const struct fixture_record *record, enum aw_ring ring,
				  struct fixture_decoded *ret)
{
	ret->bytes = malloc(record->size);
	assert_non_null(ret->bytes);
	memcpy(ret->bytes, record->bytes, record->size);
	assert_int_equal(aw_event_decode(ret->bytes, record->size, ring, &ret->event), 0);
}

static inline void fixture_decoded_done(struct fixture_decoded *decoded)
{
	free(decoded->bytes);
}
