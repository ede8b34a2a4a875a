/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learned policies as a whole: on random baselines, everything that complete runs did is permitted
 * and nothing sensitive that they did not do; and what the text says of itself.
 */
#include "policy/learned_fixture.h"

#include "policy/compile.h"

#define SAMPLES	  120
#define NAME_MAX_ 96
#define ROUNDS	  60

static const char *const canary_names[][2] = {
	/* anchor, name: all of them for reading */
	{"HOME", "/.ssh/id_ed25519"},
	{"HOME", "/.aws/credentials"},
	{"HOME", "/.config/gcloud/token"},
	{"HOME", "/.bash_history"},
	{"HOME", "/.netrc"},
	{"WORKSPACE", "/.env"},
	{"WORKSPACE", "/a/b/.env.production"},
	{"WORKSPACE", "/a/gha-creds-1a2b.json"},
	{NULL, "/etc/shadow"},
	{NULL, "/etc/ssl/private/key.pem"},
	{NULL, "/home/other/.ssh/id_rsa"},
	{NULL, "/home/other/notes"},
	{NULL, "/root/.netrc"},
	{NULL, "/proc/77/environ"},
	{NULL, "/proc/77/mem"},
	{NULL, "/tmp/ssh-abcdef/agent.7"},
	{NULL, "/tmp/x/.env"},
	{NULL, "/data/.env"},
	{NULL, "/run/secrets/token"},
};

static const char *const planted_names[][2] = {
	/* for writing and creating */
	{"HOME", "/.bashrc"},
	{"HOME", "/.config/systemd/user/x.service"},
	{"HOME", "/.local/bin/ls"},
	{"WORKSPACE", "/r/.git/hooks/pre-commit"},
	{"WORKSPACE", "/r/.git/config"},
	{"WORKSPACE", "/.vscode/tasks.json"},
	{"WORKSPACE", "/r/.claude/settings.local.json"},
	{NULL, "/etc/cron.d/x"},
	{NULL, "/usr/bin/ls"},
	{NULL, "/tmp/x/.git/hooks/post-checkout"},
	{NULL, "/data/.mcp.json"},
	{NULL, "/proc/sys/kernel/core_pattern"},
};

struct universe {
	struct sample samples[SAMPLES];
	char names[SAMPLES][NAME_MAX_];
	size_t n;
};

static const char *pick(const char *const *from, size_t n)
{
	return from[(size_t)rand() % n];
}

#define PICK(array) pick(array, sizeof(array) / sizeof((array)[0]))

static void append(char *name, const char *format, ...)
{
	const size_t length = strlen(name);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(name + length, NAME_MAX_ - length, format, arguments);
	va_end(arguments);
}

static void random_segment(char *name)
{
	static const char *const words[] = {"a",	"b",
					    "src",	"x y",
					    "**",	"[a]",
					    "{b,c}",	"\\",
					    "$x",	"${HOME}",
					    "~",	"#c",
					    "\"q\"",	"\xff",
					    "\xc3\xa9", "\xe2\x80\xae",
					    "n\nl",	".hidden",
					    ".env",	".git",
					    "hooks",	"pre.sample",
					    ".ssh",	"config",
					    "*.c",	"tmp_obj_a1B2c3",
					    "'",	"-",
					    "x:",	"\t"};

	switch (rand() % 6) {
	case 0:
		append(name, "/job%d", rand() % 50);
		break;
	case 1:
		append(name, "/cc%c%c%d%cZ9.s", 'A' + rand() % 26, 'a' + rand() % 26, rand() % 10,
		       'a' + rand() % 26);
		break;
	case 2:
		append(name, "/%08x", (unsigned int)rand());
		break;
	default:
		append(name, "/%s", PICK(words));
	}
}

static void random_file(struct sample *s, char *name)
{
	static const char *const heads[] = {"/tmp",	  "/tmp/x",	"/data",      "/etc",
					    "/usr/lib",	  "/usr/share", "/proc/self", "/proc/77",
					    "/var/cache", "/home/other"};
	static const char *const anchors[] = {"HOME", "WORKSPACE", NULL, NULL};
	static const enum aw_op ops[] = {AW_OP_READ,   AW_OP_READ,   AW_OP_READ,   AW_OP_WRITE,
					 AW_OP_CREATE, AW_OP_CREATE, AW_OP_DELETE, AW_OP_RENAME,
					 AW_OP_LINK,   AW_OP_ATTR,   AW_OP_EXEC,   AW_OP_MAP};
	const int depth = rand() % 4;

	s->anchor = PICK(anchors);
	s->op = ops[(size_t)rand() % (sizeof(ops) / sizeof(ops[0]))];
	strcpy(name, s->anchor ? "" : PICK(heads));
	for (int i = 0; i < depth; i++)
		random_segment(name);
	if (s->anchor)
		s->kind = AW_OBJECT_ANCHORED;
}

static void random_sample(struct sample *s, char *name, int n_runs)
{
	static const char *const specials[] = {
		"memfd:x", "pipe:", "socket:", "nested:/a", "memfd:a*b", "anon_inode:[eventfd]"};
	static const char *const sockets[] = {"@abstract", "@a*b/c", "/run/nscd/socket",
					      "/run/docker.sock", "/tmp/x/s.sock"};

	*s = (struct sample){.runs = (uint64_t)rand() & ((1ull << n_runs) - 1), .name = name};
	if (rand() % 3 == 0)
		s->runs = 1ull << rand() % n_runs;
	switch (rand() % 12) {
	case 0:
		s->op = AW_OP_TCP + (enum aw_op)(rand() % 4);
		sprintf(name, "%s:%d", rand() % 2 ? "127.0.0.1" : "2001:db8::7",
			rand() % 2 ? 443 : 32768 + rand() % 20000);
		break;
	case 1:
		s->op = AW_OP_UNIX;
		strcpy(name, PICK(sockets));
		break;
	case 2:
		s->op = rand() % 2 ? AW_OP_READ : AW_OP_WRITE;
		strcpy(name, PICK(specials));
		break;
	default:
		random_file(s, name);
	}
}

static bool is_same_object(const struct sample *s, const char *anchor, const char *name)
{
	return !s->anchor == !anchor && (!anchor || !strcmp(anchor, s->anchor)) &&
	       !strcmp(s->name, name);
}

static bool was_done(const struct universe *u, enum aw_op op, const char *anchor, const char *name)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->samples[i].runs && u->samples[i].op == op &&
		    is_same_object(&u->samples[i], anchor, name))
			return true;
	return false;
}

static void assert_not_covered(const struct lesson *lesson, const struct universe *u, enum aw_op op,
			       const char *const *canary)
{
	if (!was_done(u, op, canary[0], canary[1]) && allows(lesson, op, canary[0], canary[1]))
		fail_msg("%s %s%s is covered by\n%s", aw_op_name(op), canary[0] ? canary[0] : "",
			 canary[1], lesson->text);
}

static void assert_no_canary_is_covered(const struct lesson *lesson, const struct universe *u)
{
	for (size_t i = 0; i < sizeof(canary_names) / sizeof(canary_names[0]); i++)
		assert_not_covered(lesson, u, AW_OP_READ, canary_names[i]);
	for (size_t i = 0; i < sizeof(planted_names) / sizeof(planted_names[0]); i++) {
		assert_not_covered(lesson, u, AW_OP_WRITE, planted_names[i]);
		assert_not_covered(lesson, u, AW_OP_CREATE, planted_names[i]);
		assert_not_covered(lesson, u, AW_OP_RENAME, planted_names[i]);
	}
}

static void make_universe(struct universe *u, int n_runs)
{
	u->n = 1 + (size_t)rand() % SAMPLES;
	for (size_t i = 0; i < u->n; i++) {
		random_sample(&u->samples[i], u->names[i], n_runs);
		/* Names that are no names: a folder of its own path, an empty special. */
		if (u->samples[i].anchor == NULL && u->names[i][0] == '\0')
			strcpy(u->names[i], "/x");
	}
}

static void everything_done_is_permitted_and_nothing_sensitive_is_covered(void **state)
{
	struct fixture *f = *state;

	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		struct universe u = {0};
		struct lesson lesson = {0};
		char path[160];
		int n_runs;

		srand(seed);
		n_runs = 1 + rand() % 8;
		make_universe(&u, n_runs);
		snprintf(path, sizeof(path), "%s.%u", f->path, seed);
		learn(&lesson, path, u.samples, u.n, n_runs);
		assert_all_permitted(&lesson, u.samples, u.n);
		assert_no_canary_is_covered(&lesson, &u);
		lesson_forget(&lesson);
	}
}

static void learn_in_order(struct lesson *lesson, const char *path, const struct universe *u,
			   bool is_reversed)
{
	struct sample samples[SAMPLES];

	for (size_t i = 0; i < u->n; i++)
		samples[i] = u->samples[is_reversed ? u->n - 1 - i : i];
	learn(lesson, path, samples, u->n, 6);
}

static void the_text_does_not_depend_on_the_order_of_observing(void **state)
{
	struct fixture *f = *state;

	for (unsigned int seed = 100; seed < 115; seed++) {
		struct universe u = {0};
		struct lesson one = {0}, other = {0};
		char path[160];

		srand(seed);
		make_universe(&u, 6);
		for (size_t i = 0; i < u.n; i++)
			u.samples[i].exe = i % 5 == 0 ? "/usr/bin/a" : i % 3 ? "/usr/bin/b" : NULL;
		snprintf(path, sizeof(path), "%s.%u", f->path, seed);
		learn_in_order(&one, path, &u, false);
		strcat(path, ".reversed");
		learn_in_order(&other, path, &u, true);
		assert_string_equal(one.text, other.text);
		lesson_forget(&one);
		lesson_forget(&other);
	}
}

/* The kernel's decision, from the compiled image, on everything that was done. */
static void assert_image_permits(const struct lesson *lesson, const struct aw_image *image,
				 const struct sample *s)
{
	const int anchor = anchor_index(lesson->policy, s->anchor);
	uint8_t address[16];
	uint16_t port;
	uint32_t vid;

	if (is_net_op(s->op)) {
		read_address(s->name, address, &port);
		vid = aw_image_walk_net(image, address, port);
	} else {
		vid = aw_image_walk_path(image, anchor, s->name, strlen(s->name));
	}
	if (!aw_verdict_permits(aw_image_verdict(image, vid, 0, s->op)) &&
	    !(s->op == AW_OP_MAP &&
	      aw_verdict_permits(aw_image_verdict(image, vid, 0, AW_OP_EXEC))))
		fail_msg("%s %s is denied by the image", aw_op_name(s->op), s->name);
}

static void the_compiled_policy_permits_the_same(void **state)
{
	struct fixture *f = *state;

	for (unsigned int seed = 200; seed < 210; seed++) {
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		struct universe u = {0};
		struct lesson lesson = {0};
		struct aw_diag diag = {0};
		char path[160];

		srand(seed);
		make_universe(&u, 5);
		snprintf(path, sizeof(path), "%s.%u", f->path, seed);
		learn(&lesson, path, u.samples, u.n, 5);
		if (aw_policy_compile(&image, lesson.policy, &diag) < 0)
			fail_msg("%s (%s)", diag.message, diag.hint);
		for (size_t i = 0; i < u.n; i++)
			if (u.samples[i].runs)
				assert_image_permits(&lesson, image, &u.samples[i]);
		lesson_forget(&lesson);
	}
}

static void the_head_is_honest_about_small_numbers(void **state)
{
	struct fixture *f = *state;
	const struct sample same = {.runs = 0x1f, .op = AW_OP_READ, .name = "/data/a"};
	struct lesson lesson = {0};

	learn(&lesson, f->path, &same, 1, 5);
	assert_non_null(strstr(lesson.text, "what 5 complete runs did, 2026-11-20"));
	assert_non_null(strstr(lesson.text, "At most 45 % of later runs would break"));
	assert_non_null(strstr(lesson.text, "5 runs prove little"));
	lesson_forget(&lesson);
}

static void guard_acts_are_named_and_not_lifted(void **state)
{
	struct fixture *f = *state;
	const struct sample samples[] = {
		{.runs = 7, .op = AW_OP_READ, .name = "/data/a"},
		{.runs = 4,
		 .op = AW_OP_GUARD,
		 .name = "guard:ptrace/read",
		 .exe = "/usr/bin/ps",
		 .kind = AW_OBJECT_GUARD},
		{.runs = 7, .op = AW_OP_GUARD, .name = "guard:mount", .kind = AW_OBJECT_GUARD},
	};
	struct lesson lesson = {0};
	const char *mount, *read;

	learn(&lesson, f->path, samples, 3, 3);
	mount = strstr(lesson.text, "  # - {id: lifted.mount, lift: guard.mount, path: "
				    "[\"guard:mount\"]} # in 3 runs, by tool\n");
	read = strstr(lesson.text, "  # - {id: lifted.ptrace/read, lift: guard.ptrace, path: "
				   "[\"guard:ptrace/read\"]} # in 1 run, by ps\n");
	assert_true(mount && read && mount < read);
	for (size_t i = 0; i < lesson.policy->n_rules; i++)
		assert_true(!(lesson.policy->rules[i].ops & 1u << AW_OP_GUARD) ||
			    lesson.policy->rules[i].action >= AW_ACTION_DENY);
	lesson_forget(&lesson);
}

static void one_run_is_said_to_prove_nothing(void **state)
{
	struct fixture *f = *state;
	const struct sample same = {.runs = 1, .op = AW_OP_READ, .name = "/data/a"};
	struct lesson lesson = {0};

	learn(&lesson, f->path, &same, 1, 1);
	assert_non_null(strstr(lesson.text, "One run proves nothing"));
	assert_null(strstr(lesson.text, "% of later runs"));
	lesson_forget(&lesson);
}

static void a_baseline_without_a_complete_run_makes_no_policy(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct lesson lesson = {.store = store};
	struct aw_diag diag = {0};

	aw_baseline_run_abandon(begin_run(store, "ci"));
	generalize(&lesson);
	assert_int_equal(aw_policy_from_baseline(&lesson.text, lesson.learned, NULL, &diag),
			 -ENODATA);
	assert_null(lesson.text);
	assert_non_null(strstr(diag.message, "none of them complete"));
	lesson_forget(&lesson);
}

static void a_baseline_that_is_not_there_is_said_with_those_that_are(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_evidence *evidence = NULL;
	struct aw_diag diag = {0};

	end_run(begin_run(store, "nightly"));
	assert_int_equal(aw_evidence_read(&evidence, store, "ci", &diag), -ENOENT);
	assert_null(evidence);
	assert_non_null(strstr(diag.hint, "nightly"));
	aw_baseline_close(store);
}

static void a_policy_can_have_a_name_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct sample same = {.runs = 1, .op = AW_OP_READ, .name = "/data/a"};
	const struct aw_from_baseline_options options = {.name = "ci-node", .version = "1.2"};
	struct lesson lesson = {0};
	char *text = NULL;

	learn(&lesson, f->path, &same, 1, 1);
	assert_string_equal(lesson.policy->name, "ci");
	assert_int_equal(aw_policy_from_baseline(&text, lesson.learned, &options, NULL), 0);
	assert_non_null(strstr(text, "\nname: ci-node\n"));
	assert_non_null(strstr(text, "agentwatch 1.2 "));
	free(text);
	lesson_forget(&lesson);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(everything_done_is_permitted_and_nothing_sensitive_is_covered),
		T(the_text_does_not_depend_on_the_order_of_observing),
		T(the_compiled_policy_permits_the_same),
		T(the_head_is_honest_about_small_numbers),
		T(guard_acts_are_named_and_not_lifted),
		T(one_run_is_said_to_prove_nothing),
		T(a_baseline_without_a_complete_run_makes_no_policy),
		T(a_baseline_that_is_not_there_is_said_with_those_that_are),
		T(a_policy_can_have_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
