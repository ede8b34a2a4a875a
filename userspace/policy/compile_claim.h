/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: what the rules that match a name say together, with the rules' own numbers gone as far as
 * they can be. Two sets of rules that can never lead to different verdicts are one claim, which is
 * what keeps the automaton small. The only rules that a claim still names are denials that some
 * lift lifts, and lifts.
 */
#pragma once

#include "policy/automaton_intern.h"
#include "policy/compile_limit.h"
#include "policy/policy.h"

#define AW_CLAIM_GUISES_MAX   8 /* different pairs of `by:` and `when:` */
#define AW_CLAIM_COLUMNS      (1 + AW_SUBJECTS_MAX + AW_CLAIM_GUISES_MAX)
#define AW_CLAIM_SPECIALS_MAX 64 /* lifted denials and lifts that match one name */
#define AW_CLAIM_NONE	      0	 /* the claim of no rule */

/* Whose acts a column is about, and on what: any of the classes, any of the conditions. */
struct aw_guise {
	uint32_t subjects;   /* 0: any process */
	uint32_t conditions; /* 0: any file */
};

/* Who acts on what: what verdicts are asked for. */
struct aw_seen {
	uint32_t classes;
	bool is_unearned; /* the process has lost what its classes give */
	uint32_t conditions;
};

struct aw_claim {
	/*
	 * Verdicts by operation, laid out as a row of the image: [0] for any process, [1 + i] what
	 * is said more strongly to processes in class i, then what is said in the guises.
	 */
	uint64_t row[AW_CLAIM_COLUMNS];
	uint64_t limits;	 /* budgets that hold: a mask of aw_claims.limits */
	uint32_t subjects;	 /* classes that the name makes a member of: exe, script << 16 */
	uint16_t has_overflowed; /* more specials than fit: never enough to judge by */
	uint16_t n_specials;
	uint32_t specials[AW_CLAIM_SPECIALS_MAX]; /* sorted */
};

/* A denial that is lifted somewhere, or a lift. */
struct aw_special {
	const struct aw_rule *rule; /* the first one, for messages */
	bool is_lift;
	uint32_t ops;
	struct aw_guise guise;		/* lift: whom and what it is for */
	uint32_t denial;		/* lift: the special that it lifts */
	uint32_t lifted_ops;		/* denial: operations that any lift lifts */
	uint64_t row[AW_CLAIM_COLUMNS]; /* the denial's; of a lift what it can take away */
};

struct aw_claims {
	struct aw_intern keys;
	struct aw_claim *claims; /* by id */
	size_t n_claims_reserved;
	struct aw_special *specials; /* by id in special_keys */
	size_t n_specials_reserved;
	struct aw_intern special_keys;
	struct aw_guise guises[AW_CLAIM_GUISES_MAX];
	size_t n_guises;
	const struct aw_limits *limits; /* borrowed */
	struct aw_pairs unions;
	struct aw_pairs settled;
	uint32_t base_of, base_live; /* what `base` was computed for */
	uint64_t base[AW_CLAIM_COLUMNS];
};

int aw_claims_init(struct aw_claims *claims, const struct aw_limits *limits);
void aw_claims_clear(struct aw_claims *claims);
size_t aw_claims_bytes(const struct aw_claims *claims);

/*
 * Before what a rule with `when:` claims is added: gives it a column. −E2BIG: there are more than
 * AW_CLAIM_GUISES_MAX.
 */
int aw_claims_add_guise(struct aw_claims *claims, const struct aw_rule *rule);
/* A denial that lifts name: its special, for the two functions below. */
int aw_claims_add_denial(struct aw_claims *claims, const struct aw_rule *denial, uint32_t ops,
			 uint32_t *ret_special);
/* What a matching rule claims. special: of the denial that it is, or AW_NO_ID. */
int aw_claims_add_rule(struct aw_claims *claims, const struct aw_rule *rule, uint32_t ops,
		       uint32_t special, uint32_t *ret_claim);
/* The same for a lift of that denial. */
int aw_claims_add_lift(struct aw_claims *claims, const struct aw_rule *lift, uint32_t ops,
		       uint32_t denial, uint32_t *ret_claim);
/* A name that makes processes members of classes. */
int aw_claims_add_subject(struct aw_claims *claims, uint32_t subjects, uint32_t *ret_claim);

/* Takes a claim and returns its number; normalises it. */
int aw_claims_intern(struct aw_claims *claims, struct aw_claim *claim, uint32_t *ret);
int aw_claims_union(struct aw_claims *claims, uint32_t a, uint32_t b, uint32_t *ret);

/*
 * held is claimed whatever follows, live (a union) is what may yet be claimed. Simplest claim that
 * says the same: denials that nothing can lift any more become plain, what is dominated goes.
 */
int aw_claims_settle(struct aw_claims *claims, uint32_t held, uint32_t live, uint32_t *ret);
/* Whether claim (a union of what may yet match) can change no verdict where held is claimed. */
bool aw_claims_is_useless(struct aw_claims *claims, uint32_t held, uint32_t live, uint32_t claim);

/* The verdict row for a process and a file. */
uint64_t aw_claims_verdicts(const struct aw_claims *claims, uint32_t claim,
			    const struct aw_seen *seen);
