/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one compilation carries from step to step. Private to compile*.c.
 */
#pragma once

#include "base/diag.h"
#include "policy/automaton.h"
#include "policy/compile.h"

#define AW_PEER_OPS  (1u << AW_OP_TCP | 1u << AW_OP_UDP)
#define AW_ASKED_OPS (1u << AW_OP_RESOLVE)
#define AW_NET_OPS   (AW_PEER_OPS | 1u << AW_OP_BIND | 1u << AW_OP_LISTEN | AW_ASKED_OPS)
#define AW_PATH_OPS  (((1u << AW_OPS) - 1) & ~AW_NET_OPS)

/* Of a name, behind its rows: the mask of its budgets, low half first, and its classes. */
#define AW_NAME_WORDS 3

/* One of the two automata on its way. */
struct aw_compile_side {
	uint32_t ops; /* that it decides */
	struct aw_claims claims;
	struct aw_nfa nfa;
	uint32_t root; /* absolute names; addresses */
	uint32_t floating_root;
	uint32_t host_root; /* host names; AW_NO_ID where no rule names one */
	uint32_t anchor_root[AW_ANCHORS_MAX];
	uint32_t *denials;	 /* by rule: its special where some lift lifts it, or AW_NO_ID */
	uint32_t *asked_denials; /* the same of questions for host names */
	struct aw_automaton_census census;
	struct aw_automaton automaton;
};

struct aw_compilation {
	const struct aw_policy *policy;
	struct aw_diag *reterr;
	struct aw_limits limits;
	struct aw_compile_side sides[AW_DFAS];
	uint32_t classes;    /* that some rule depends on */
	uint32_t widening;   /* of them those that some rule gives something to */
	uint32_t conditions; /* that some rule depends on */
	uint16_t sets[AW_SUBJECT_SETS_MAX];
	size_t n_sets;
	/*
	 * Verdict rows by verdict id: a 64-bit row for each of aw_compile_row_sets(), then the
	 * name's AW_NAME_WORDS; once they are numbered, its block too.
	 */
	struct aw_intern rows;
};

/* Each of these returns 0 or −errno with reterr filled. */

/* compile_rules.c: refuses what cannot be enforced, and adds all patterns to the two sides. */
int aw_compile_rules(struct aw_compilation *c);
/* What the rule claims by the operations of the side that are in ops: all AW_ASKED_OPS, or none. */
int aw_compile_claim(struct aw_compilation *c, enum aw_dfa_kind kind, const struct aw_rule *rule,
		     uint32_t ops, uint32_t *ret);
/* compile_net.c: adds a rule's ranges and ports. */
int aw_compile_net_rule(struct aw_compilation *c, const struct aw_rule *rule, uint32_t claim,
			uint32_t owner);
/* compile_host.c: adds a rule's host names, with their ports and the questions for them. */
int aw_compile_host_rule(struct aw_compilation *c, const struct aw_rule *rule, uint32_t owner);
/* Whether some rule names a host. */
bool aw_compile_has_hosts(const struct aw_policy *policy);
/* Whether a rule about peers lets its processes ask for their names; ret is the rule for that. */
bool aw_compile_implies_asking(const struct aw_policy *policy, const struct aw_rule *rule,
			       struct aw_rule *ret);
/* compile_subjects.c: the classes worth compiling; the sets that a process can be in. */
uint32_t aw_compile_used_classes(const struct aw_policy *policy);
int aw_compile_subject_sets(struct aw_compilation *c);
/*
 * compile_verdicts.c: how many row sets there are: subject sets, twice where classes can be lost,
 * and that for every mask of the conditions.
 */
size_t aw_compile_row_sets(const struct aw_compilation *c);
/* turns the automata's colours from claims into verdict ids. */
int aw_compile_colour(struct aw_compilation *c);
/* The same ids, one for each row and block, in the order in which minimised automata first use
 * them. */
int aw_compile_number_verdicts(struct aw_compilation *c);
/* compile_blocks.c: the block of each state of the minimised path automaton: abi/policy.h has them.
 */
int aw_compile_blocks(struct aw_compilation *c, const struct aw_automaton *automaton,
		      uint32_t *ret_block);
/* compile_limit.c: of numbered verdicts, that no name has more than AW_LIMITS_MATCH_MAX. */
int aw_compile_check_limits(struct aw_compilation *c);
/* compile_image.c */
int aw_compile_image(struct aw_compilation *c, struct aw_image **ret);

/*
 * compile_blame.c: fills reterr with `what`, the rules that most states of the side come from and
 * the hint; at the first of them. Returns −E2BIG.
 */
int aw_compile_blame(struct aw_compilation *c, enum aw_dfa_kind kind, const char *what,
		     const char *hint);
