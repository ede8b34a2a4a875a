/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Baselines for tests of learned policies: observations as rows, kept in a store, generalised,
 * written, parsed again and asked.
 */
#pragma once

#include "baseline/baseline_fixture.h"

#include <arpa/inet.h>
#include <errno.h>

#include "abi/decide.h"
#include "baseline/generalize.h"
#include "policy/explain.h"
#include "policy/from_baseline.h"
#include "policy/parse.h"

#define SAMPLE_RUNS_MAX 64

/* One observation with the runs that made it. */
struct sample {
	uint64_t runs; /* bit per run */
	enum aw_op op;
	const char *anchor;  /* NULL: absolute */
	const char *name;    /* or "a.b.c.d:port", "host.name:port" for operations on peers */
	size_t length;	     /* 0: of a string */
	const char *exe;     /* NULL: /usr/bin/tool */
	enum aw_object kind; /* 0: by anchor, name and operation */
};

/* What came of it. */
struct lesson {
	struct aw_baseline_store *store;
	struct aw_evidence *evidence;
	struct aw_learned *learned;
	char *text;
	struct aw_policy *policy;
};

static inline bool is_net_op(enum aw_op op)
{
	return op >= AW_OP_TCP && op <= AW_OP_LISTEN;
}

/* What is before the port: an address, or a host name, of which there is no address. */
struct peer_name {
	uint8_t address[16];
	uint16_t port;
	char host[AW_HOST_MAX + 1]; /* "": by address */
};

static inline struct peer_name read_peer(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct peer_name peer = {0};

	assert_non_null(colon);
	assert_true((size_t)(colon - text) < sizeof(peer.host));
	memcpy(peer.host, text, (size_t)(colon - text));
	peer.port = (uint16_t)atoi(colon + 1);
	peer.address[10] = peer.address[11] = 0xff;
	if (inet_pton(AF_INET, peer.host, peer.address + 12) == 1 ||
	    inet_pton(AF_INET6, peer.host, peer.address) == 1)
		peer.host[0] = '\0';
	else
		memset(peer.address, 0, sizeof(peer.address));
	return peer;
}

static inline void read_address(const char *text, uint8_t address[16], uint16_t *port)
{
	const struct peer_name peer = read_peer(text);

	assert_string_equal(peer.host, "");
	memcpy(address, peer.address, sizeof(peer.address));
	*port = peer.port;
}

static inline enum aw_object kind_of(const struct sample *s)
{
	if (s->kind)
		return s->kind;
	if (s->anchor)
		return AW_OBJECT_ANCHORED;
	if (s->name[0] == '@')
		return AW_OBJECT_ABSTRACT;
	if (!strncmp(s->name, "nested:", 7))
		return AW_OBJECT_NESTED;
	return s->name[0] == '/' ? AW_OBJECT_PATH : AW_OBJECT_ANONYMOUS;
}

static inline void observe_sample(struct aw_baseline_run *run, const struct sample *s, uint64_t ns)
{
	struct aw_observation o = {
		.exe = bytes(s->exe ? s->exe : "/usr/bin/tool"),
		.op = s->op,
		.effect = AW_EFFECT_ALLOWED,
		.count = 1,
		.first_ns = ns,
		.last_ns = ns + 1000,
	};
	uint8_t buffer[AW_ADDRESS_BYTES];
	struct peer_name peer;

	/* A resolver is an address that was asked; a question goes the way of other names. */
	if (is_net_op(s->op) || s->kind == AW_OBJECT_ADDRESS) {
		peer = read_peer(s->name);
		o.kind = AW_OBJECT_ADDRESS;
		o.anchor = peer.host[0] ? peer.host : NULL;
		o.object = aw_observation_address(
			buffer, peer.address, peer.port,
			s->op == AW_OP_UDP || s->op == AW_OP_RESOLVE ? IPPROTO_UDP : IPPROTO_TCP);
	} else {
		o.kind = kind_of(s);
		o.anchor = s->anchor;
		o.object = (struct aw_bytes){s->name, s->length ? s->length : strlen(s->name)};
	}
	assert_int_equal(aw_baseline_observe(run, &o), 0);
}

/* 2026-11-20, and an hour more for each run. */
static inline uint64_t run_time(int run)
{
	return (1795132800ull + 3600ull * (uint64_t)run) * 1000000000ull;
}

static inline void record_runs(struct aw_baseline_store *store, const struct sample *samples,
			       size_t n, int n_runs)
{
	for (int i = 0; i < n_runs; i++) {
		struct aw_baseline_run *run = NULL;
		const struct aw_baseline_outcome outcome = {.end_ns = run_time(i) + 1000};
		const struct aw_baseline_run_meta meta = {.start_ns = run_time(i),
							  .host = "builder"};

		assert_int_equal(aw_baseline_run_begin(&run, store, "ci", &meta, NULL), 0);
		for (size_t k = 0; k < n; k++)
			if (samples[k].runs >> i & 1)
				observe_sample(run, &samples[k], run_time(i));
		assert_int_equal(aw_baseline_run_end(run, &outcome), 0);
	}
}

static inline void lesson_forget(struct lesson *lesson)
{
	aw_policy_free(lesson->policy);
	free(lesson->text);
	aw_learned_free(lesson->learned);
	aw_evidence_free(lesson->evidence);
	aw_baseline_close(lesson->store);
	*lesson = (struct lesson){0};
}

static inline void generalize(struct lesson *lesson)
{
	assert_int_equal(aw_evidence_read(&lesson->evidence, lesson->store, "ci", NULL), 0);
	assert_int_equal(aw_generalize(&lesson->learned, lesson->evidence), 0);
}

/* Everything from rows to the text of a policy. */
static inline void write_lesson(struct lesson *lesson, const char *path,
				const struct sample *samples, size_t n, int n_runs)
{
	lesson->store = open_store(path);
	record_runs(lesson->store, samples, n, n_runs);
	generalize(lesson);
	assert_int_equal(aw_policy_from_baseline(&lesson->text, lesson->learned, NULL, NULL), 0);
}

/* And to a parsed policy. */
static inline void learn(struct lesson *lesson, const char *path, const struct sample *samples,
			 size_t n, int n_runs)
{
	struct aw_diag diag = {0};
	int r;

	write_lesson(lesson, path, samples, n, n_runs);
	r = aw_policy_parse_text(&lesson->policy, "learned.yaml", lesson->text,
				 strlen(lesson->text), NULL, &diag);
	if (r < 0)
		fail_msg("%d: line %d: %s (%s)\n%s", r, diag.line, diag.message, diag.hint,
			 lesson->text);
}

static inline int anchor_index(const struct aw_policy *policy, const char *name)
{
	for (size_t i = 0; name && i < policy->n_anchors; i++)
		if (!strcmp(policy->anchors[i].name, name))
			return (int)i;
	return -1;
}

static inline enum aw_verdict ask(const struct lesson *lesson, const struct sample *s)
{
	struct aw_query query = {.op = s->op, .anchor = -1};
	struct aw_explanation explanation;
	struct peer_name peer;

	if (is_net_op(s->op)) {
		peer = read_peer(s->name);
		memcpy(query.address, peer.address, sizeof(query.address));
		query.port = peer.port;
		query.host = peer.host[0] ? peer.host : NULL;
		query.host_length = strlen(peer.host);
	} else {
		query.name = s->name;
		query.name_length = s->length ? s->length : strlen(s->name);
		query.anchor = anchor_index(lesson->policy, s->anchor);
	}
	aw_policy_explain(lesson->policy, &query, &explanation);
	return explanation.verdict;
}

static inline bool permits(const struct lesson *lesson, const struct sample *s)
{
	return s->anchor && anchor_index(lesson->policy, s->anchor) < 0
		       ? false
		       : aw_verdict_permits(ask(lesson, s));
}

static inline bool allows(const struct lesson *lesson, enum aw_op op, const char *anchor,
			  const char *name)
{
	const struct sample s = {.op = op, .anchor = anchor, .name = name};

	return permits(lesson, &s);
}

static inline void assert_all_permitted(const struct lesson *lesson, const struct sample *samples,
					size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (samples[i].runs && !permits(lesson, &samples[i]))
			fail_msg("%s %s%s is not allowed by\n%s", aw_op_name(samples[i].op),
				 samples[i].anchor ? samples[i].anchor : "", samples[i].name,
				 lesson->text);
}
