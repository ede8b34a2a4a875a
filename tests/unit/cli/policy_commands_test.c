/* SPDX-License-Identifier: Apache-2.0 */
/* policy check, explain and new, as they are called. */
#include <jansson.h>
#include <sys/stat.h>

#include "baseline/run.h"
#include "cli/cli_fixture.h"

#define POLICY                                                                               \
	"version: 1\n"                                                                       \
	"name: demo\n"                                                                       \
	"anchors: {DATA: {}}\n"                                                              \
	"subjects: {shell: {exe: /usr/bin/dash}}\n"                                          \
	"rules:\n"                                                                           \
	"  - {id: sys, allow: [read], path: [\"/usr/**\", /etc/passwd]}\n"                   \
	"  - {id: data, allow: [read, write], path: [\"${DATA}/**\"]}\n"                     \
	"  - {id: shadow, deny: [read], path: [/etc/shadow], reason: passwords}\n"           \
	"  - {id: shadow.sh, lift: shadow, allow: [read], path: [/etc/shadow], by: shell}\n" \
	"  - {id: watch, flag: [read], path: [/etc/hosts]}\n"                                \
	"  - {id: api, allow: [tcp], cidr: [10.0.0.0/8], port: [443]}\n"                     \
	"  - {id: meta, deny: [tcp], cidr: [10.9.0.0/16], port: [443]}\n"                    \
	"  - {id: pkg, allow: [tcp], host: [\"*.pkg.example\"], port: [443]}\n"              \
	"  - {id: time, allow: [udp], cidr: [0.0.0.0/0], port: [123]}\n"                     \
	"  - {id: hub, allow: [tcp], cidr: [10.0.0.0/8], port: [22, 443],\n"                 \
	"     limit: {connects: 600/h, rate: 20/s, burst: 40}}\n"

struct files {
	struct folder folder;
	char policy[128];
	char anchor[128];
};

static int make(void **state)
{
	struct files *files = calloc(1, sizeof(*files));

	assert_non_null(files);
	strcpy(files->folder.path, "/tmp/aw_test.XXXXXX");
	assert_non_null(mkdtemp(files->folder.path));
	snprintf(files->policy, sizeof(files->policy), "%s/p.yaml", files->folder.path);
	snprintf(files->anchor, sizeof(files->anchor), "DATA=%s", files->folder.path);
	folder_write(files->policy, POLICY);
	*state = files;
	return 0;
}

static int unmake(void **state)
{
	struct files *files = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", files->folder.path);
	assert_int_equal(system(command), 0);
	free(files);
	return 0;
}

#define FILES_TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
#define EXPLAIN(files, ...) \
	CLI("policy", "explain", (files)->policy, "--anchor", (files)->anchor, __VA_ARGS__)

static void answer(struct cli_result result, int status, const char *first, const char *part)
{
	if (result.status != status)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	cli_expect(result.out, first);
	if (part)
		cli_expect(result.out, part);
	cli_done(&result);
}

static void the_deciding_rule_is_named_with_its_place(void **state)
{
	struct files *files = *state;
	char rule[256];

	snprintf(rule, sizeof(rule), "rule     data (allow), %s:7:5", files->policy);
	answer(EXPLAIN(files, "--op", "write", "--path", "${DATA}/x"), 0,
	       "ALLOWED write ${DATA}/x\n", rule);
	answer(EXPLAIN(files, "--op", "read", "--path", "/etc/shadow"), 1,
	       "DENIED read /etc/shadow\n", "reason   passwords");
	answer(EXPLAIN(files, "--op", "write", "--path", "/etc/passwd"), 1,
	       "DENIED write /etc/passwd\n", "no rule allows it");
	answer(EXPLAIN(files, "--op", "read", "--path", "/etc/hosts"), 0,
	       "ALLOWED read /etc/hosts\n", "it is reported");
}

static void a_path_in_an_anchors_folder_is_a_name_below_it(void **state)
{
	struct files *files = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/new", files->folder.path);
	answer(EXPLAIN(files, "--op", "write", "--path", path), 0, "ALLOWED write ${DATA}/new\n",
	       "there is no such file");
}

static void a_lift_is_told_with_the_denial_that_it_took_away(void **state)
{
	struct files *files = *state;

	answer(EXPLAIN(files, "--op", "read", "--path", "/etc/shadow", "--by", "/usr/bin/dash"), 0,
	       "rule     shadow.sh (allow, a lift)", "lifted   shadow (deny)");
	answer(EXPLAIN(files, "--op", "read", "--path", "/etc/shadow", "--by", "/usr/bin/dash"), 0,
	       "ALLOWED", "class shell");
	answer(EXPLAIN(files, "--op", "read", "--path", "/etc/shadow", "--by", "/usr/bin/env"), 1,
	       "DENIED", "in no class");
}

static void addresses_are_explained(void **state)
{
	struct files *files = *state;

	answer(EXPLAIN(files, "--op", "tcp", "--address", "10.1.2.3", "--port", "443"), 0,
	       "ALLOWED tcp 10.1.2.3 port 443\n", "rule     api");
	answer(EXPLAIN(files, "--op", "tcp", "--address", "::ffff:10.1.2.3", "--port", "443"), 0,
	       "ALLOWED", NULL);
	answer(EXPLAIN(files, "--op", "tcp", "--address", "10.1.2.3", "--port", "80"), 1, "DENIED",
	       NULL);
	answer(EXPLAIN(files, "--op", "udp", "--address", "2001:db8::1", "--port", "443"), 1,
	       "DENIED udp 2001:db8::1 port 443", NULL);
	answer(EXPLAIN(files, "--op", "udp", "--address", "192.0.2.1", "--port", "123"), 0,
	       "ALLOWED udp", "rule     time");
	answer(EXPLAIN(files, "--op", "udp", "--address", "169.254.169.123", "--port", "123"), 1,
	       "DENIED udp 169.254.169.123 port 123\n  reason   no rule allows it\n",
	       "note     special (link-local: cloud metadata lives there): rules name it");
}

static void hosts_are_explained_with_and_without_an_address(void **state)
{
	struct files *files = *state;

	answer(EXPLAIN(files, "--op", "tcp", "--host", "A.pkg.Example.", "--port", "443"), 0,
	       "ALLOWED tcp a.pkg.example port 443\n", "rules about addresses count too");
	answer(EXPLAIN(files, "--op", "tcp", "--host", "a.pkg.example", "--address", "10.9.0.1",
		       "--port", "443"),
	       1, "DENIED tcp a.pkg.example (10.9.0.1) port 443\n", "rule     meta");
	answer(EXPLAIN(files, "--op", "tcp", "--host", "a.pkg.example", "--address", "10.1.0.1",
		       "--port", "443"),
	       0, "ALLOWED", "rule     pkg");
	answer(EXPLAIN(files, "--op", "tcp", "--host", "other.example", "--address", "10.1.0.1",
		       "--port", "443"),
	       0, "ALLOWED", "rule     api");
	answer(EXPLAIN(files, "--op", "udp", "--host", "a.pkg.example", "--port", "443"), 1,
	       "DENIED udp a.pkg.example port 443\n", "no rule allows it");
	answer(EXPLAIN(files, "--op", "resolve", "--host", "a.pkg.example"), 0,
	       "ALLOWED resolve a.pkg.example\n", "who may connect to a host may ask for it");
	answer(EXPLAIN(files, "--op", "resolve", "--host", "pkg.example"), 1,
	       "DENIED resolve pkg.example\n", NULL);
}

static void explanations_are_json_where_asked(void **state)
{
	struct files *files = *state;
	struct cli_result result = EXPLAIN(files, "--json", "--op", "read", "--path", "/etc/shadow",
					   "--by", "/usr/bin/dash");
	json_t *root = json_loads(result.out, 0, NULL);
	json_t *rule = json_object_get(root, "rule");

	assert_int_equal(result.status, 0);
	assert_true(json_is_true(json_object_get(root, "allowed")));
	assert_string_equal(json_string_value(json_object_get(rule, "id")), "shadow.sh");
	assert_string_equal(json_string_value(json_object_get(rule, "lifts")), "shadow");
	assert_int_equal(json_integer_value(json_object_get(rule, "line")), 9);
	assert_int_equal(json_array_size(json_object_get(root, "classes")), 1);
	json_decref(root);
	cli_done(&result);
}

static void budgets_are_told_where_they_are_asked(void **state)
{
	struct files *files = *state;
	char lines[400];
	struct cli_result result;
	json_t *root, *budget;

	snprintf(lines, sizeof(lines),
		 "  budget   connects 600/h of rule hub (%s:15)\n"
		 "  budget   rate 20/s, burst 40 of rule hub (%s:15)\n",
		 files->policy, files->policy);
	answer(EXPLAIN(files, "--op", "tcp", "--address", "10.1.2.3", "--port", "443"), 0,
	       "rule     api", lines);
	result = EXPLAIN(files, "--json", "--op", "tcp", "--address", "10.1.2.3", "--port", "22");
	root = json_loads(result.out, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "budgets")), 2);
	budget = json_array_get(json_object_get(root, "budgets"), 1);
	assert_string_equal(json_string_value(json_object_get(budget, "counts")), "rate");
	assert_string_equal(json_string_value(json_object_get(budget, "limit")), "20/s");
	assert_int_equal(json_integer_value(json_object_get(budget, "burst")), 40);
	budget = json_object_get(budget, "rule");
	assert_string_equal(json_string_value(json_object_get(budget, "id")), "hub");
	assert_int_equal(json_integer_value(json_object_get(budget, "line")), 15);
	json_decref(root);
	cli_done(&result);
}

/* It costs nothing, so to name a budget would mislead. */
static void what_is_denied_has_no_budgets(void **state)
{
	struct files *files = *state;
	struct cli_result result =
		EXPLAIN(files, "--json", "--op", "tcp", "--address", "10.9.0.1", "--port", "443");
	json_t *root = json_loads(result.out, 0, NULL);

	assert_int_equal(result.status, 1);
	assert_true(json_is_array(json_object_get(root, "budgets")));
	assert_int_equal(json_array_size(json_object_get(root, "budgets")), 0);
	json_decref(root);
	cli_done(&result);
}

static void questions_that_make_no_sense_are_wrong_usage(void **state)
{
	struct files *files = *state;

	cli_check(EXPLAIN(files, "--op", "raed", "--path", "/x"), 2, "no operation \"raed\"");
	cli_check(EXPLAIN(files, "--op", "read"), 2, "--op read goes with --path");
	cli_check(EXPLAIN(files, "--op", "tcp", "--path", "/x"), 2, "--op tcp goes with --address");
	cli_check(EXPLAIN(files, "--op", "tcp", "--address", "1.2.3.4", "--port", "65536"), 2,
		  "65535");
	cli_check(EXPLAIN(files, "--op", "tcp", "--address", "1.2.3", "--port", "1"), 2,
		  "is no address");
	cli_check(EXPLAIN(files, "--op", "tcp", "--port", "443"), 2,
		  "--op tcp goes with --address or --host and a --port");
	cli_check(EXPLAIN(files, "--op", "listen", "--host", "a.b", "--port", "1"), 2,
		  "--op listen goes with --address and a --port");
	cli_check(EXPLAIN(files, "--op", "read", "--path", "/x", "--host", "a.b"), 2,
		  "--op read goes with --path");
	cli_check(EXPLAIN(files, "--op", "resolve", "--address", "10.0.0.1"), 2,
		  "--op resolve goes with --host alone");
	cli_check(EXPLAIN(files, "--op", "resolve", "--host", "a.b", "--port", "53"), 2,
		  "--op resolve goes with --host alone");
	cli_check(EXPLAIN(files, "--op", "resolve", "--host", "a b"), 2, "is no host name");
	cli_check(EXPLAIN(files, "--op", "resolve", "--host", "."), 2, "is no host name");
	cli_check(EXPLAIN(files, "--op", "read", "--path", "/x", "--script", "/y"), 2, "--by");
	cli_check(CLI("policy", "explain", files->policy, "--op", "read", "--path", "/x"), 2,
		  "anchor DATA is bound to nothing");
	cli_check(CLI("policy", "explain", "/nonexistent", "--op", "read", "--path", "/x"), 2,
		  "/nonexistent");
}

static void checking_prints_what_a_file_compiles_to(void **state)
{
	struct files *files = *state;
	struct cli_result result = CLI("policy", "check", files->policy, "--json");
	json_t *root = json_loads(result.out, 0, NULL);
	json_t *row = json_array_get(root, 0);

	assert_int_equal(result.status, 0);
	assert_string_equal(json_string_value(json_object_get(row, "name")), "demo");
	assert_int_equal(strlen(json_string_value(json_object_get(row, "hash"))), 64);
	assert_int_equal(json_integer_value(json_object_get(row, "rules")), 10);
	assert_true(json_integer_value(json_object_get(row, "states")) > 10);
	assert_string_equal(json_string_value(json_object_get(row, "anchors")), "DATA");
	json_decref(root);
	cli_done(&result);
}

static void one_bad_file_of_several_is_told_and_the_others_are_shown(void **state)
{
	struct files *files = *state;
	char bad[128];
	struct cli_result result;

	snprintf(bad, sizeof(bad), "%s/bad.yaml", files->folder.path);
	folder_write(bad, "version: 1\nrules: [{id: a, allow: [raed], path: [/x]}]\n");
	result = CLI("policy", "check", bad, files->policy);
	assert_int_equal(result.status, 1);
	cli_expect(result.err, "did you mean \"read\"?");
	cli_expect(result.err, bad);
	cli_expect(result.out, "demo");
	cli_done(&result);
	cli_check(CLI("policy", "check", bad), 1, "unknown operation");
	cli_check(CLI("policy", "check", "/nonexistent.yaml"), 1, "/nonexistent.yaml");
}

/* A store with one complete run that read /etc/hosts. */
static void learn(struct files *files, const char *store_path)
{
	struct aw_observation observation = {
		.exe = {"/usr/bin/cat", 12},
		.op = AW_OP_READ,
		.effect = AW_EFFECT_ALLOWED,
		.kind = AW_OBJECT_PATH,
		.object = {"/etc/hosts", 10},
		.count = 1,
		.first_ns = 1795226400000000000ull,
		.last_ns = 1795226400000000000ull,
	};
	struct aw_baseline_outcome outcome = {};
	struct aw_baseline_store *store;
	struct aw_baseline_run *run;

	assert_int_equal(aw_baseline_open(&store, store_path, NULL), 0);
	assert_int_equal(aw_baseline_run_begin(&run, store, "ci", NULL, NULL), 0);
	assert_int_equal(aw_baseline_observe(run, &observation), 0);
	assert_int_equal(aw_baseline_run_end(run, &outcome), 0);
	aw_baseline_close(store);
}

static void a_baseline_becomes_a_policy_that_checks(void **state)
{
	struct files *files = *state;
	char store[128], out[128];
	struct cli_result result;

	snprintf(store, sizeof(store), "%s/b.db", files->folder.path);
	snprintf(out, sizeof(out), "%s/new.yaml", files->folder.path);
	learn(files, store);
	result = CLI("policy", "new", "ci", "--store", store);
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "/etc/hosts");
	cli_done(&result);
	cli_check(CLI("policy", "new", "--from", "ci", "--store", store, "-o", out), 0,
		  "agentwatch audit --policy");
	result = CLI("policy", "check", out);
	assert_int_equal(result.status, 0);
	cli_done(&result);
	cli_check(CLI("policy", "new", "ci", "--store", store, "-o", out), 2, "--force");
	cli_check(CLI("policy", "new", "ci", "--store", store, "-o", out, "--force"), 0, "audit");
}

static void a_policy_that_cannot_be_written_leaves_nothing(void **state)
{
	struct files *files = *state;
	char store[128], out[128];

	snprintf(store, sizeof(store), "%s/b.db", files->folder.path);
	snprintf(out, sizeof(out), "%s/none/new.yaml", files->folder.path);
	learn(files, store);
	cli_check(CLI("policy", "new", "ci", "--store", store, "-o", out), 2, "cannot be written");
	cli_check(CLI("policy", "new", "other", "--store", store), 1, "other");
	cli_check(CLI("policy", "new", "ci", "--store", "/nonexistent/b.db"), 1, "baseline");
	assert_int_equal(access(out, F_OK), -1);
}

static void baselines_are_listed_and_shown(void **state)
{
	struct files *files = *state;
	struct cli_result result;
	char store[128];

	snprintf(store, sizeof(store), "%s/b.db", files->folder.path);
	cli_check(CLI("baseline", "list", "--store", store), 1, "there is no baseline yet");
	learn(files, store);
	result = CLI("baseline", "list", "--store", store);
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "ci");
	cli_done(&result);
	result = CLI("baseline", "show", "ci", "--store", store, "--json");
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "{");
	cli_done(&result);
	cli_check(CLI("baseline", "show", "no", "--store", store), 1, "no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES_TEST(the_deciding_rule_is_named_with_its_place),
		FILES_TEST(a_path_in_an_anchors_folder_is_a_name_below_it),
		FILES_TEST(a_lift_is_told_with_the_denial_that_it_took_away),
		FILES_TEST(addresses_are_explained),
		FILES_TEST(hosts_are_explained_with_and_without_an_address),
		FILES_TEST(explanations_are_json_where_asked),
		FILES_TEST(budgets_are_told_where_they_are_asked),
		FILES_TEST(what_is_denied_has_no_budgets),
		FILES_TEST(questions_that_make_no_sense_are_wrong_usage),
		FILES_TEST(checking_prints_what_a_file_compiles_to),
		FILES_TEST(one_bad_file_of_several_is_told_and_the_others_are_shown),
		FILES_TEST(a_baseline_becomes_a_policy_that_checks),
		FILES_TEST(a_policy_that_cannot_be_written_leaves_nothing),
		FILES_TEST(baselines_are_listed_and_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
