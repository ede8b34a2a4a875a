/* SPDX-License-Identifier: Apache-2.0 */
/* events, why and status, as they are called, over files as they can be met. */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "agent/registry.h"
#include "cli/cli_fixture.h"
#include "cli/event_line.h"

#define GOLDEN "tests/golden/events/"
#define ID     "3f2a9c1e-104c537e68-3-d17"

static char *golden(const char *name)
{
	char path[128], *text;

	snprintf(path, sizeof(path), GOLDEN "%s.jsonl", name);
	text = folder_read(path);
	assert_non_null(text);
	return text;
}

static void every_type_of_line_has_words(void **state)
{
	static const char *const names[] = {"operation", "process", "run", "loss", "summary"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *text = golden(names[i]), *line;
		size_t n = 0;

		for (char *rest = text; (line = strsep(&rest, "\n")) && *line; n++) {
			json_t *event = json_loads(line, 0, NULL);
			struct aw_buffer words = {};

			assert_non_null(event);
			assert_int_equal(aw_event_line_format(event, false, &words), 0);
			assert_true(words.length > 20);
			assert_null(memchr(words.data, '\n', words.length));
			assert_null(memchr(words.data, '\033', words.length));
			aw_buffer_done(&words);
			json_decref(event);
		}
		assert_true(n > 0);
		free(text);
	}
}

static void a_denial_says_what_who_why_and_its_id(void **state)
{
	char path[] = GOLDEN "operation.jsonl";
	struct cli_result result = CLI("events", path, "--denied");

	assert_int_equal(result.status, 0);
	cli_expect(result.out,
		   "02:01:10.000 ci DENIED write /home/agent/.bashrc by "
		   "/home/agent/x.py pid 102; rule home.startup: runs at login [" ID "]\n");
	assert_string_equal(result.err, "");
	cli_done(&result);
}

static void peers_are_told_by_name_and_address(void **state)
{
	char path[] = GOLDEN "operation.jsonl";
	struct cli_result result = CLI("events", path, "--denied");

	cli_expect(result.out, " DENIED tcp mirror.example.org (10.0.0.7) port 443 by ");
	cli_expect(result.out, " DENIED tcp 2001:db8::1 port 443 by ");
	cli_expect(result.out, " DENIED resolve mirror.example.org, asked of 10.0.0.7 port 53 by ");
	cli_done(&result);
}

static void names_cannot_forge_a_line(void **state)
{
	json_t *event = json_loads("{\"type\":\"operation\",\"effect\":\"denied\",\"operation\":"
				   "\"read\",\"object\":{\"path\":\"/a\\n\\u001b[31mb\"}}",
				   0, NULL);
	struct aw_buffer words = {};

	assert_int_equal(aw_event_line_format(event, false, &words), 0);
	assert_null(strpbrk(aw_buffer_string(&words), "\n\033"));
	aw_buffer_done(&words);
	json_decref(event);
}

static void lines_are_chosen_by_agent_and_denial(void **state)
{
	struct folder *folder = *state;
	char path[128];
	struct cli_result result;

	snprintf(path, sizeof(path), "%s", folder_file(folder, "e.jsonl"));
	folder_write(path, "{\"type\":\"operation\",\"agent\":{\"name\":\"a\",\"slot\":1},"
			   "\"effect\":\"denied\"}\n"
			   "{\"type\":\"operation\",\"agent\":{\"name\":\"b\",\"slot\":2},"
			   "\"effect\":\"allowed\"}\n"
			   "{\"type\":\"exit\",\"agent\":{\"name\":\"a\",\"slot\":1}}\n");
	result = CLI("events", path, "--agent", "a", "--json");
	assert_string_equal(result.out,
			    "{\"type\":\"operation\",\"agent\":{\"name\":\"a\","
			    "\"slot\":1},\"effect\":\"denied\"}\n"
			    "{\"type\":\"exit\",\"agent\":{\"name\":\"a\",\"slot\":1}}\n");
	cli_done(&result);
	result = CLI("events", path, "--agent", "2", "--json");
	cli_expect(result.out, "\"b\"");
	cli_expect_not(result.out, "\"a\"");
	cli_done(&result);
	result = CLI("events", path, "--denied");
	cli_expect(result.out, " a DENIED");
	cli_expect_not(result.out, "allowed");
	cli_expect_not(result.out, "exit");
	cli_done(&result);
}

static void what_is_no_event_is_passed_over_and_counted(void **state)
{
	struct folder *folder = *state;
	char path[128];
	struct cli_result result;

	snprintf(path, sizeof(path), "%s", folder_file(folder, "e.jsonl"));
	folder_write(path, "not json\n[1]\n{\"type\":\"unheard of\"}\n\n"
			   "{\"type\":\"exit\",\"agent\":{\"name\":\"last\"}}");
	result = CLI("events", path);
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "last exit");
	cli_expect(result.err, "3 lines are no events");
	cli_done(&result);
	cli_check(CLI("events", "/nonexistent.jsonl"), 2, "/nonexistent.jsonl");
}

/* Waits until a file holds a part; a test that hangs is ended by its limit. */
static void await(const char *path, const char *part)
{
	for (;;) {
		char *text = folder_read(path);
		bool is_there = text && strstr(text, part);

		free(text);
		if (is_there)
			return;
		poll(NULL, 0, 20);
	}
}

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static void following_goes_on_with_what_comes_and_with_another_file(void **state)
{
	struct folder *folder = *state;
	char path[128], old[128], out[128];
	pid_t pid;

	snprintf(path, sizeof(path), "%s", folder_file(folder, "e.jsonl"));
	snprintf(old, sizeof(old), "%s", folder_file(folder, "e.jsonl.1"));
	snprintf(out, sizeof(out), "%s", folder_file(folder, "out"));
	folder_write(path, "{\"type\":\"exit\",\"agent\":{\"name\":\"first\"}}\n");
	pid = fork();
	if (pid == 0) {
		char *argv[] = {"agentwatch", "events", "-f", path, NULL};

		cli_catch(stdout, out);
		_exit(aw_cli_main(4, argv));
	}
	await(out, "first exit");
	append(path, "{\"type\":\"exit\",\"agent\":");
	append(path, "{\"name\":\"second\"}}\n");
	await(out, "second exit");
	assert_int_equal(rename(path, old), 0);
	folder_write(path, "{\"type\":\"exit\",\"agent\":{\"name\":\"third\"}}\n");
	await(out, "third exit");
	assert_int_equal(truncate(path, 0), 0);
	/* It is seen to be short before it grows again. */
	poll(NULL, 0, 500);
	append(path, "{\"type\":\"exit\",\"agent\":{\"name\":\"fourth\"}}\n");
	await(out, "fourth exit");
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void an_event_is_explained_by_its_id_or_its_start(void **state)
{
	char path[] = GOLDEN "operation.jsonl";
	struct folder *folder = *state;
	char one[128], *text = golden("operation");
	struct cli_result result;

	snprintf(one, sizeof(one), "%s", folder_file(folder, "e.jsonl"));
	text[strcspn(text, "\n") + 1] = '\0';
	folder_write(one, text);
	free(text);
	result = CLI("why", ID, "--events", one);
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "DENIED write /home/agent/.bashrc");
	cli_expect(result.out, "home.startup");
	cli_done(&result);
	result = CLI("why", "3f2a9c1e-104c", "--events", one, "--json");
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "{");
	cli_done(&result);
	cli_check(CLI("why", "3f2a9c1e-9999", "--events", path), 1, "no event has the id");
	cli_check(CLI("why", "garbage!", "--events", path), 2, "is no id of an event");
	cli_check(CLI("why", ID, "--events", "/nonexistent"), 2, "/nonexistent");
}

static void who_is_no_agent_is_told_so(void **state)
{
	cli_check(CLI("why", "--self"), 1, "agentwatch: error: ");
}

static void agents_are_listed_with_their_state(void **state)
{
	struct folder *folder = *state;
	static const char *const labels[] = {"task=42", NULL}, *const none[] = {NULL};
	struct aw_registry_entry entry = {.slot = 3,
					  .name = "ci",
					  .cgroup = "/nonexistent",
					  .verb = "enforce",
					  .labels = labels,
					  .command = none,
					  .modes = {"enforce", "enforce", "audit"}};
	struct cli_result result = CLI("status", "--registry", folder->path);

	cli_expect(result.out, "SLOT");
	cli_done(&result);
	assert_int_equal(aw_process_id_of(getpid(), &entry.owner), 0);
	assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	entry.slot = 4;
	entry.name = "gone";
	entry.owner.start--;
	assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	result = CLI("status", "--registry", folder->path);
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "ci");
	cli_expect(result.out, "owned");
	cli_expect(result.out, "left over");
	cli_done(&result);
	result = CLI("status", "--registry", folder->path, "--json");
	cli_expect(result.out, "\"labels\":\"task=42\"");
	cli_expect(result.out, "\"mode_net\":\"audit\"");
	cli_done(&result);
	folder_write(folder_file(folder, "9.json"), "{");
	cli_check(CLI("status", "--registry", folder->path), 0, "1 damaged files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_line_has_words),
		cmocka_unit_test(a_denial_says_what_who_why_and_its_id),
		cmocka_unit_test(peers_are_told_by_name_and_address),
		cmocka_unit_test(names_cannot_forge_a_line),
		FOLDER_TEST(lines_are_chosen_by_agent_and_denial),
		FOLDER_TEST(what_is_no_event_is_passed_over_and_counted),
		FOLDER_TEST(following_goes_on_with_what_comes_and_with_another_file),
		FOLDER_TEST(an_event_is_explained_by_its_id_or_its_start),
		cmocka_unit_test(who_is_no_agent_is_told_so),
		FOLDER_TEST(agents_are_listed_with_their_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
