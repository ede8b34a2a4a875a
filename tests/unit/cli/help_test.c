/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read: --help of every verb is compared with tests/golden/help/, the manual pages with
 * docs/man/, so that a verb without its page fails here. UPDATE_GOLDEN=1 writes them anew.
 */
#include <dirent.h>

#include "cli/cli_fixture.h"
#include "cli/help.h"

#define HELP_FOLDER "tests/golden/help/"
#define MAN_FOLDER  "docs/man/"

/* "policy check" → "policy-check" */
static const char *dashed(const char *name, char buffer[64])
{
	snprintf(buffer, 64, "%s", name);
	for (char *at = buffer; *at; at++)
		if (*at == ' ')
			*at = '-';
	return buffer;
}

static void compare(const char *path, struct aw_buffer *text)
{
	const char *made = aw_buffer_string(text);
	char *golden;

	assert_non_null(made);
	if (getenv("UPDATE_GOLDEN"))
		folder_write(path, made);
	golden = folder_read(path);
	if (!golden)
		fail_msg("%s is missing; UPDATE_GOLDEN=1 writes it", path);
	if (strcmp(golden, made) != 0)
		fail_msg("%s is not what the tables say; UPDATE_GOLDEN=1 writes it anew:\n%s", path,
			 made);
	free(golden);
	aw_buffer_done(text);
}

static void every_verb_has_its_help(void **state)
{
	const struct aw_verb *verb;
	struct aw_buffer text = {};
	char path[128], name[64];

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		snprintf(path, sizeof(path), HELP_FOLDER "%s.txt", dashed(verb->name, name));
		aw_help_format(verb, &text);
		compare(path, &text);
	}
	aw_help_format_overview(&text);
	compare(HELP_FOLDER "agentwatch.txt", &text);
}

static void every_verb_has_its_manual_page(void **state)
{
	const struct aw_verb *verb;
	struct aw_buffer text = {};
	char path[128], name[64];

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		snprintf(path, sizeof(path), MAN_FOLDER "agentwatch-%s.1",
			 dashed(verb->name, name));
		aw_man_format(verb, &text);
		compare(path, &text);
	}
	aw_man_format_overview(&text);
	compare(MAN_FOLDER "agentwatch.1", &text);
}

static bool is_page_of_a_verb(const char *file)
{
	const struct aw_verb *verb;
	char page[128], name[64];

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		snprintf(page, sizeof(page), "agentwatch-%s.1", dashed(verb->name, name));
		if (strcmp(page, file) == 0)
			return true;
	}
	return strcmp(file, "agentwatch.1") == 0;
}

static void no_page_is_left_of_a_verb_that_is_gone(void **state)
{
	DIR *folder = opendir(MAN_FOLDER);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (strstr(entry->d_name, ".1") && !is_page_of_a_verb(entry->d_name))
			fail_msg("%s is of no verb", entry->d_name);
	closedir(folder);
}

static void every_line_fits(void **state)
{
	const struct aw_verb *verb;

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		struct aw_buffer text = {};
		char *at, *line;

		aw_help_format(verb, &text);
		at = aw_buffer_take_string(&text);
		for (char *rest = at; (line = strsep(&rest, "\n"));) {
			size_t width = 0;

			for (const char *c = line; *c; c++)
				width += ((unsigned char)*c & 0xc0) != 0x80;
			/* Usage and examples are one word to copy each. */
			if (width > AW_HELP_WIDTH && !strstr(line, "agentwatch "))
				fail_msg("%s: %zu columns: %s", verb->name, width, line);
		}
		free(at);
	}
}

static void every_verb_says_what_its_statuses_mean_and_has_examples(void **state)
{
	const struct aw_verb *verb;

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		assert_non_null(verb->run);
		assert_non_null(verb->exits[0].status);
		assert_non_null(verb->examples[0].command);
		assert_int_equal(strncmp(verb->examples[0].command, verb->name, strlen(verb->name)),
				 0);
		for (const struct aw_option *o = verb->options; o->name; o++) {
			assert_true((o->type == AW_OPTION_FLAG) == (o->argument == NULL));
			assert_non_null(o->help);
			for (const struct aw_option *other = verb->options; other < o; other++) {
				assert_string_not_equal(o->name, other->name);
				assert_true(!o->letter || o->letter != other->letter);
			}
		}
	}
}

static void text_is_wrapped_between_words_and_paragraphs_are_kept(void **state)
{
	struct aw_buffer text = {};
	char long_text[200];

	memset(long_text, 'x', sizeof(long_text));
	long_text[75] = long_text[90] = ' ';
	long_text[100] = '\0';
	aw_help_wrap(&text, long_text, 0, 4);
	assert_int_equal(strcspn(aw_buffer_string(&text), "\n"), 75);
	assert_memory_equal(aw_buffer_string(&text) + 76, "    x", 5);
	aw_buffer_done(&text);
	aw_help_wrap(&text, "one\n\ntwo", 0, 0);
	assert_string_equal(aw_buffer_string(&text), "one\n\ntwo\n");
	aw_buffer_done(&text);
}

static void troff_takes_nothing_for_its_own(void **state)
{
	static const struct aw_option options[] = {{}};
	static const struct aw_example examples[] = {{"x \\ y", ".dot"}, {}};
	static const struct aw_exit_row exits[] = {{"0", "'quote"}, {}};
	const struct aw_verb verb = {
		.name = "x",
		.operands = "",
		.summary = "s",
		.text = ".first\n'second -- \\n",
		.options = options,
		.examples = examples,
		.exits = exits,
	};
	struct aw_buffer page = {};

	aw_man_format(&verb, &page);
	cli_expect(aw_buffer_string(&page), "\n\\&.first\n\\&'second \\-\\- \\en\n");
	cli_expect(aw_buffer_string(&page), "\n\\&.dot\n");
	cli_expect(aw_buffer_string(&page), "x \\e y\n");
	cli_expect(aw_buffer_string(&page), "\n\\&'quote\n");
	aw_buffer_done(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_has_its_help),
		cmocka_unit_test(every_verb_has_its_manual_page),
		cmocka_unit_test(no_page_is_left_of_a_verb_that_is_gone),
		cmocka_unit_test(every_line_fits),
		cmocka_unit_test(every_verb_says_what_its_statuses_mean_and_has_examples),
		cmocka_unit_test(text_is_wrapped_between_words_and_paragraphs_are_kept),
		cmocka_unit_test(troff_takes_nothing_for_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
