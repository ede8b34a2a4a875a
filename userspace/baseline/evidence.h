/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a baseline knows, in memory: its runs, the tree of names with who did what in which complete
 * runs, and the addresses. Read once from the store; generalize.h makes rules of it.
 */
#pragma once

#include "abi/event.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"
#include "baseline/name_tree.h"
#include "baseline/read.h"
#include "baseline/run_sets.h"
#include "baseline/store.h"

/*
 * A peer, or a local address, that complete runs used. AW_OP_RESOLVE: a name that they asked for,
 * without an address and port, or a resolver that they asked, without a name.
 */
struct aw_endpoint {
	enum aw_op op;
	const char *host;    /* that it was reached by, wherever that led; NULL: by address */
	uint8_t address[16]; /* network order, IPv4 as ::ffff:a.b.c.d */
	uint16_t port;
	uint8_t protocol;
	uint32_t set;
	uint32_t subjects[AW_FACT_SUBJECTS];
	uint64_t count, first_ns, last_ns;
};

/* A folder with a name in policies, and its tree. */
struct aw_evidence_anchor {
	char *name; /* "WORKSPACE" */
	uint32_t root;
};

struct aw_evidence {
	char *baseline;
	struct aw_run_list runs; /* all, oldest first */
	size_t n_complete;
	uint32_t
		*complete; /* indexes in runs.items: run i of the sets is runs.items[complete[i]] */
	struct aw_run_sets *sets;
	struct aw_name_tree tree;
	uint32_t absolute; /* roots of the tree: "/…" */
	uint32_t nested;   /* "nested:/…" */
	uint32_t special;  /* whole names: "memfd:…", "pipe:", "@…" */
	uint32_t guards;   /* "guard:mount" …: never generalised, and no rule is made of them */
	struct aw_evidence_anchor anchors[AW_ANCHORS_MAX]; /* in order of their names */
	size_t n_anchors;
	AW_VEC(struct aw_endpoint) endpoints;
	AW_VEC(char *) subjects; /* paths of executables, for comments */
	struct aw_map *subjects_by_name, *endpoints_by_key;
	uint64_t n_acts;	 /* distinct acts of complete runs that rules can stand for */
	uint64_t n_partial_only; /* acts that only partial runs did */
	uint64_t n_denied;	 /* acts that were denied: nothing is learned from them */
	uint64_t n_unnamed;	 /* acts on objects that had no name: no rule can allow them */
};

/* −ENOENT: there is no such baseline (reterr names those there are); −E2BIG, −EUCLEAN, … */
int aw_evidence_read(struct aw_evidence **ret, struct aw_baseline_store *store, const char *name,
		     struct aw_diag *reterr);
struct aw_evidence *aw_evidence_free(struct aw_evidence *evidence);
AW_DEFINE_CLEANUP(struct aw_evidence *, aw_evidence_free);

/*
 * Notes who did something, for comments: those first by name are kept, so that the order of reading
 * does not show.
 */
void aw_evidence_note_subject(const struct aw_evidence *evidence,
			      uint32_t subjects[AW_FACT_SUBJECTS], uint32_t subject);

/* Whether questions for host names were sent to this address. */
bool aw_evidence_is_resolver(const struct aw_evidence *evidence,
			     const struct aw_endpoint *endpoint);

/* The anchor of this name, NULL where no run has one. */
const struct aw_evidence_anchor *aw_evidence_anchor(const struct aw_evidence *evidence,
						    const char *name);
