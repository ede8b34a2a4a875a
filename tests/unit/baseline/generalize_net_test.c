/* SPDX-License-Identifier: Apache-2.0 */
/* Peers: one act by name wherever the name leads, and what needs no rule of its own. */
#include "policy/learned_fixture.h"

#define PEER(runs_, op_, name_)                                   \
	{                                                         \
		.runs = (runs_), .op = AW_OP_##op_, .name = name_ \
	}
#define ASKED(runs_, name_)                                                                 \
	{                                                                                   \
		.runs = (runs_), .op = AW_OP_RESOLVE, .name = name_, .kind = AW_OBJECT_HOST \
	}
#define RESOLVER(runs_, name_)                                                                 \
	{                                                                                      \
		.runs = (runs_), .op = AW_OP_RESOLVE, .name = name_, .kind = AW_OBJECT_ADDRESS \
	}

static void learn_nets(struct lesson *lesson, const char *path, const struct sample *samples,
		       size_t n, int n_runs)
{
	lesson->store = open_store(path);
	record_runs(lesson->store, samples, n, n_runs);
	generalize(lesson);
}

#define LEARN(lesson, f, samples, n_runs) \
	learn_nets(lesson, (f)->path, samples, sizeof(samples) / sizeof((samples)[0]), n_runs)

/* The one of this operation and name ("" for addresses), or NULL. */
static const struct aw_learned_net *net_of(const struct lesson *lesson, enum aw_op op,
					   const char *host)
{
	aw_vec_for_each (net, &lesson->learned->nets)
		if (net->op == op && !strcmp(net->host ?: "", host))
			return net;
	return NULL;
}

static uint32_t runs_of_net(const struct lesson *lesson, const struct aw_learned_net *net)
{
	return aw_run_sets_size(lesson->evidence->sets, net->set);
}

static void a_name_is_one_rule_for_each_operation_and_port(void **state)
{
	static const struct sample samples[] = {
		PEER(1, TCP, "a.example:443"),	  PEER(2, TCP, "a.example:443"),
		PEER(4, TCP, "a.example:443"),	  PEER(7, TCP, "a.example:80"),
		PEER(1, UDP, "a.example:443"),	  PEER(3, TCP, "b.example:443"),
		PEER(1, TCP, "198.51.100.7:443"),
	};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	LEARN(&lesson, f, samples, 3);
	assert_int_equal(lesson.learned->nets.n, 5);
	assert_int_equal(lesson.learned->incidence.n_rules, 5);
	assert_int_equal(runs_of_net(&lesson, net_of(&lesson, AW_OP_UDP, "a.example")), 1);
	assert_int_equal(runs_of_net(&lesson, net_of(&lesson, AW_OP_TCP, "b.example")), 2);
	assert_int_equal(runs_of_net(&lesson, net_of(&lesson, AW_OP_TCP, "")), 1);
	aw_vec_for_each (net, &lesson.learned->nets)
		if (net->op == AW_OP_TCP && net->host && !strcmp(net->host, "a.example"))
			assert_int_equal(runs_of_net(&lesson, net), 3);
	lesson_forget(&lesson);
}

static void what_a_rule_on_a_name_allows_needs_none(void **state)
{
	static const struct sample samples[] = {
		PEER(1, TCP, "a.example:443"), ASKED(7, "a.example"),
		ASKED(2, "only.example"),      RESOLVER(7, "10.0.0.2:53"),
		PEER(7, UDP, "10.0.0.2:53"),   PEER(7, TCP, "10.0.0.2:53"),
	};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	LEARN(&lesson, f, samples, 3);
	assert_int_equal(lesson.learned->nets.n, 3);
	assert_non_null(net_of(&lesson, AW_OP_TCP, "a.example"));
	assert_null(net_of(&lesson, AW_OP_RESOLVE, "a.example"));
	assert_non_null(net_of(&lesson, AW_OP_RESOLVE, "only.example"));
	assert_null(net_of(&lesson, AW_OP_RESOLVE, ""));
	assert_null(net_of(&lesson, AW_OP_UDP, ""));
	assert_non_null(net_of(&lesson, AW_OP_TCP, ""));
	lesson_forget(&lesson);
}

/* Ports that look like the kernel's choice are the peer's, behind a name. */
static void ports_of_names_stay(void **state)
{
	static const struct sample samples[] = {PEER(1, TCP, "a.example:40001"),
						PEER(2, TCP, "a.example:40002"),
						PEER(4, TCP, "a.example:40003")};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	LEARN(&lesson, f, samples, 3);
	assert_int_equal(lesson.learned->nets.n, 3);
	lesson_forget(&lesson);
}

static void observe_peer(struct aw_baseline_run *run, enum aw_op op, enum aw_effect effect,
			 const char *host)
{
	struct aw_observation o = observation(op, NULL, host);
	uint8_t buffer[AW_ADDRESS_BYTES];

	o.effect = effect;
	o.kind = AW_OBJECT_HOST;
	if (op != AW_OP_RESOLVE) {
		o.kind = AW_OBJECT_ADDRESS;
		o.anchor = host;
		o.object = aw_observation_peer(buffer, 443, IPPROTO_TCP);
	}
	assert_int_equal(aw_baseline_observe(run, &o), 0);
}

static void denied_and_partial_names_teach_nothing_and_are_counted_once(void **state)
{
	struct fixture *f = *state;
	struct lesson lesson = {.store = open_store(f->path)};
	const struct aw_baseline_outcome failed = {.exit_status = 1};
	struct aw_baseline_run *run = begin_run(lesson.store, "ci");

	observe_peer(run, AW_OP_TCP, AW_EFFECT_ALLOWED, "a.example");
	observe_peer(run, AW_OP_RESOLVE, AW_EFFECT_ALLOWED, "asked.example");
	observe_peer(run, AW_OP_TCP, AW_EFFECT_DENIED, "denied.example");
	observe_peer(run, AW_OP_RESOLVE, AW_EFFECT_DENIED, "denied.example");
	end_run(run);
	run = begin_run(lesson.store, "ci");
	observe_peer(run, AW_OP_TCP, AW_EFFECT_ALLOWED, "a.example");
	observe_peer(run, AW_OP_TCP, AW_EFFECT_ALLOWED, "partial.example");
	assert_int_equal(aw_baseline_run_end(run, &failed), 0);
	generalize(&lesson);
	assert_int_equal(lesson.learned->nets.n, 2);
	assert_int_equal(lesson.evidence->n_acts, 2);
	assert_int_equal(lesson.evidence->n_denied, 2);
	assert_int_equal(lesson.evidence->n_partial_only, 1);
	assert_int_equal(runs_of_net(&lesson, net_of(&lesson, AW_OP_TCP, "a.example")), 1);
	lesson_forget(&lesson);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_name_is_one_rule_for_each_operation_and_port),
		T(what_a_rule_on_a_name_allows_needs_none),
		T(ports_of_names_stay),
		T(denied_and_partial_names_teach_nothing_and_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
