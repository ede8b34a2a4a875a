/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names as tokens of the network automaton, behind a start of their own (abi/policy.h): a name
 * and a port for its addresses, a name alone for the question. Who may connect to a name may ask
 * for it, so a rule about peers says something about both.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_net.h"

/* What the rule says of a name's addresses, and of the question for them. */
struct host_claims {
	uint32_t peer;
	uint32_t asked;
};

bool aw_compile_has_hosts(const struct aw_policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].n_hosts > 0 &&
		    policy->rules[i].ops & (AW_PEER_OPS | AW_ASKED_OPS))
			return true;
	return false;
}

/* Classes that may be given something: of the others it is not proved who they are. */
static uint32_t proved_classes(const struct aw_policy *policy, uint32_t subjects)
{
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (policy->subjects[i].kind != AW_SUBJECT_EXE)
			subjects &= ~(1u << i);
	return subjects;
}

bool aw_compile_implies_asking(const struct aw_policy *policy, const struct aw_rule *rule,
			       struct aw_rule *ret)
{
	uint32_t subjects = proved_classes(policy, rule->subjects);

	if (rule->n_hosts == 0 || !(rule->ops & AW_PEER_OPS) || rule->ops & AW_ASKED_OPS ||
	    rule->action > AW_ACTION_ASK || (rule->subjects && !subjects))
		return false;
	*ret = *rule;
	ret->action = AW_ACTION_ALLOW;
	ret->ops = AW_ASKED_OPS;
	ret->subjects = subjects;
	ret->lifts = NULL;
	return true;
}

static int find_claims(struct aw_compilation *c, const struct aw_rule *rule,
		       struct host_claims *ret)
{
	struct aw_rule asking;
	int r = 0;

	*ret = (struct host_claims){AW_CLAIM_NONE, AW_CLAIM_NONE};
	if (rule->ops & AW_PEER_OPS)
		r = aw_compile_claim(c, AW_DFA_NET, rule, AW_PEER_OPS, &ret->peer);
	if (r == 0 && rule->ops & AW_ASKED_OPS)
		r = aw_compile_claim(c, AW_DFA_NET, rule, AW_ASKED_OPS, &ret->asked);
	else if (r == 0 && aw_compile_implies_asking(c->policy, rule, &asking))
		r = aw_claims_add_rule(&c->sides[AW_DFA_NET].claims, &asking, AW_ASKED_OPS,
				       AW_NO_ID, &ret->asked);
	return r;
}

/*
 * `*` at the start: any bytes, at least one. Those that end a name are among them: what follows one
 * is two bytes at most, which is too short for the end of another host, and no state needs cells
 * that lead out of the star.
 */
static size_t put_labels(struct aw_glob_token *tokens)
{
	struct aw_byteset any = aw_byteset_range(0, 255);

	tokens[0] = (struct aw_glob_token){.kind = AW_GLOB_SET, .set = any};
	tokens[1] = (struct aw_glob_token){.kind = AW_GLOB_STAR, .set = any};
	return 2;
}

static size_t put_name(struct aw_glob_token *tokens, const char *host)
{
	size_t n = *host == '*' ? put_labels(tokens) : 0;

	for (host += n > 0; *host; host++)
		tokens[n++] = aw_net_byte((uint8_t)*host, (uint8_t)*host);
	return n;
}

static int add_host(struct aw_net_pattern *p, const struct aw_rule *rule, const char *host,
		    const struct host_claims *claims)
{
	size_t n;
	int r = 0;

	if (strlen(host) > AW_HOST_MAX)
		return 0; /* no name is that long */
	n = put_name(p->tokens, host);
	if (claims->peer != AW_CLAIM_NONE) {
		p->tokens[n] = aw_net_byte(AW_HOST_PEER, AW_HOST_PEER);
		p->n_object = n + 1;
		p->claim = claims->peer;
		r = aw_compile_net_ports(p, rule);
	}
	if (r == 0 && claims->asked != AW_CLAIM_NONE) {
		p->tokens[n] = aw_net_byte(AW_HOST_ASKED, AW_HOST_ASKED);
		p->claim = claims->asked;
		r = aw_compile_net_add(p, n + 1);
	}
	return r;
}

int aw_compile_host_rule(struct aw_compilation *c, const struct aw_rule *rule, uint32_t owner)
{
	struct aw_net_pattern p = {
		.c = c, .root = c->sides[AW_DFA_NET].host_root, .owner = owner, .is_exact = true};
	struct host_claims claims;
	int r = 0;

	if (rule->n_hosts == 0)
		return 0;
	r = find_claims(c, rule, &claims);
	for (size_t i = 0; r == 0 && i < rule->n_hosts; i++)
		r = add_host(&p, rule, rule->hosts[i], &claims);
	return r == -E2BIG ? aw_compile_net_too_large(c, rule) : r;
}
