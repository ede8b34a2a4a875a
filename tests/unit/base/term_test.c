/* SPDX-License-Identifier: Apache-2.0 */
/* Logging, harmless text, tables and the progress line. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/table.h"
#include "base/term.h"

/* Both ends of a terminal of 20 columns. */
static FILE *open_terminal(int *retmaster)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	struct winsize size = {.ws_row = 5, .ws_col = 20};

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
	fcntl(master, F_SETFL, O_NONBLOCK);
	*retmaster = master;
	return fdopen(slave, "w");
}

static void assert_terminal_shows(int master, const char *expected)
{
	char text[256] = {};
	ssize_t n = read(master, text, sizeof(text) - 1);

	assert_int_equal(n, (ssize_t)strlen(expected));
	assert_string_equal(text, expected);
}

static void colour_needs_a_terminal_that_wants_it(void **state)
{
	_cleanup_fclose_ FILE *plain = tmpfile(), *terminal = NULL;
	_cleanup_close_ int master = -1;

	terminal = open_terminal(&master);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_true(aw_term_has_colour(terminal));
	assert_false(aw_term_has_colour(plain));
	setenv("NO_COLOR", "", 1);
	assert_true(aw_term_has_colour(terminal));
	setenv("NO_COLOR", "1", 1);
	assert_false(aw_term_has_colour(terminal));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(aw_term_has_colour(terminal));
	unsetenv("TERM");
	assert_false(aw_term_has_colour(terminal));
	assert_string_equal(aw_term_colour(false, AW_COLOUR_RED), "");
	assert_string_equal(aw_term_colour(true, AW_COLOUR_RED), "\033[31m");
}

static void text_is_harmless_and_unambiguous(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};

	aw_term_append_text(&out, "a\\n\n\t\x1b[2J\xff\0\xc2\x9b\xe2\x80\xae\xc3\xbc", 18);
	assert_string_equal(aw_buffer_string(&out),
			    "a\\\\n\\n\\t\\x1b[2J\\xff\\x00\\u{009b}\\u{202e}\xc3\xbc");
}

static char *logged(FILE *stream)
{
	static char text[8192];
	size_t n;

	rewind(stream);
	n = fread(text, 1, sizeof(text) - 1, stream);
	text[n] = '\0';
	return text;
}

static void messages_have_a_prefix_and_a_level(void **state)
{
	_cleanup_fclose_ FILE *stream = tmpfile();
	struct aw_log log;

	aw_log_init(&log, stream, AW_LOG_INFO);
	errno = ENOSPC;
	aw_log_error(&log, "cannot write %s: %m", "/x\ny");
	assert_int_equal(errno, ENOSPC);
	aw_log_warning(&log, "careful");
	aw_log_info(&log, "started");
	aw_log_debug(&log, "unseen");
	aw_log_error(NULL, "nobody listens");
	assert_string_equal(logged(stream),
			    "agentwatch: error: cannot write /x\\ny: No space left on device\n"
			    "agentwatch: warning: careful\n"
			    "agentwatch: started\n");
}

static void a_diagnosis_is_logged_with_its_hint(void **state)
{
	_cleanup_fclose_ FILE *stream = tmpfile();
	struct aw_diag diag = {.file = "p.yaml", .line = 3, .column = 5, .message = "no port"};
	struct aw_log log;

	aw_log_init(&log, stream, AW_LOG_ERROR);
	aw_log_diag(&log, AW_LOG_ERROR, &diag);
	strcpy(diag.hint, "add port: [443]");
	aw_log_diag(&log, AW_LOG_ERROR, &diag);
	aw_log_diag(&log, AW_LOG_WARNING, &diag);
	assert_string_equal(logged(stream), "agentwatch: error: p.yaml:3:5: no port\n"
					    "agentwatch: error: p.yaml:3:5: no port\n"
					    "agentwatch: hint: add port: [443]\n");
}

static void labels_have_colour_where_it_is_wanted(void **state)
{
	_cleanup_fclose_ FILE *stream = tmpfile();
	struct aw_log log = {.stream = stream, .level = AW_LOG_INFO, .has_colour = true};

	aw_log_error(&log, "x");
	aw_log_info(&log, "y");
	assert_string_equal(logged(stream), "agentwatch: \033[31merror: \033[0mx\nagentwatch: y\n");
}

static void a_long_message_is_cut_not_split(void **state)
{
	_cleanup_fclose_ FILE *stream = tmpfile();
	struct aw_log log;
	char *text;

	aw_log_init(&log, stream, AW_LOG_ERROR);
	aw_log_error(&log, "%05000d", 0);
	text = logged(stream);
	assert_true(strlen(text) < AW_LOG_LINE_MAX + 64);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static const struct aw_table_column columns[] = {
	{"NAME", "name", AW_TABLE_TEXT},
	{"N", "n", AW_TABLE_NUMBER},
	{"ON", "on", AW_TABLE_BOOL},
};

static struct aw_table *small_table(void)
{
	static const char *const rows[][3] = {
		{"gr\xc3\xbcn", "5", "yes"}, {"x\ny", "1234", "no"}, {NULL, "many", "yes"}};
	struct aw_table *table = NULL;

	assert_int_equal(aw_table_new(&table, columns, 3), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(aw_table_add(table, rows[i]), 0);
	assert_int_equal(aw_table_rows(table), 3);
	return table;
}

static void a_table_is_aligned_for_people(void **state)
{
	_cleanup_(aw_table_freep) struct aw_table *table = small_table();
	_cleanup_buffer_ struct aw_buffer out = {};

	assert_int_equal(aw_table_format(table, &out), 0);
	assert_string_equal(aw_buffer_string(&out), "NAME     N  ON\n"
						    "gr\xc3\xbcn     5  yes\n"
						    "x\\ny  1234  no\n"
						    "-     many  yes\n");
}

static void the_same_table_is_json_for_programs(void **state)
{
	_cleanup_(aw_table_freep) struct aw_table *table = small_table();
	_cleanup_fclose_ FILE *stream = tmpfile();

	assert_int_equal(aw_table_print(table, stream, 1), 0);
	assert_string_equal(logged(stream), "[{\"name\":\"gr\xc3\xbcn\",\"n\":5,\"on\":true},"
					    "{\"name\":\"x\\ny\",\"n\":1234,\"on\":false},"
					    "{\"name\":null,\"n\":\"many\",\"on\":true}]\n");
}

static void only_json_numbers_are_written_as_numbers(void **state)
{
	static const struct aw_table_column number[] = {{"N", "n", AW_TABLE_NUMBER}};
	static const char *const cells[] = {"0", "-1.50", "01", "1.", ".5", "-", "1e5", "0x1", ""};
	struct aw_table *table = NULL;
	_cleanup_buffer_ struct aw_buffer out = {};
	json_t *root;

	assert_int_equal(aw_table_new(&table, number, 1), 0);
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		assert_int_equal(aw_table_add(table, &cells[i]), 0);
	assert_int_equal(aw_table_format_json(table, &out), 0);
	root = json_loads(aw_buffer_string(&out), 0, NULL);
	assert_non_null(root);
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		assert_int_equal(json_is_number(json_object_get(json_array_get(root, i), "n")),
				 i < 2);
	json_decref(root);
	aw_table_free(table);
}

static void a_table_that_cannot_be_written_is_an_error(void **state)
{
	_cleanup_(aw_table_freep) struct aw_table *table = small_table();
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(aw_table_print(table, full, 0), -EIO);
}

static void progress_is_for_terminals_only(void **state)
{
	_cleanup_fclose_ FILE *plain = tmpfile(), *terminal = NULL;
	_cleanup_close_ int master = -1;
	struct aw_progress progress;

	aw_progress_init(&progress, plain);
	aw_progress_update(&progress, "%d", 1);
	aw_progress_clear(&progress);
	assert_string_equal(logged(plain), "");

	terminal = open_terminal(&master);
	aw_progress_init(&progress, terminal);
	aw_progress_clear(&progress);
	aw_progress_update(&progress, "run %d of %d of a long line", 1, 30);
	assert_terminal_shows(master, "\r\033[Krun 1 of 30 of a lo");
	aw_progress_clear(&progress);
	assert_terminal_shows(master, "\r\033[K");
	assert_false(progress.is_shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colour_needs_a_terminal_that_wants_it),
		cmocka_unit_test(text_is_harmless_and_unambiguous),
		cmocka_unit_test(messages_have_a_prefix_and_a_level),
		cmocka_unit_test(a_diagnosis_is_logged_with_its_hint),
		cmocka_unit_test(labels_have_colour_where_it_is_wanted),
		cmocka_unit_test(a_long_message_is_cut_not_split),
		cmocka_unit_test(a_table_is_aligned_for_people),
		cmocka_unit_test(the_same_table_is_json_for_programs),
		cmocka_unit_test(only_json_numbers_are_written_as_numbers),
		cmocka_unit_test(a_table_that_cannot_be_written_is_an_error),
		cmocka_unit_test(progress_is_for_terminals_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
