/* SPDX-License-Identifier: Apache-2.0 */
/* Running a command of the command line inside the test, with what it prints caught. */
#pragma once

#include <fcntl.h>

#include "agent/folder_fixture.h"
#include "cli/commands.h"

#define CLI_WORDS_MAX 32

struct cli_result {
	int status;
	char *out;
	char *err;
};

static inline int cli_catch(FILE *stream, const char *path)
{
	int saved, fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	fflush(stream);
	saved = dup(fileno(stream));
	assert_true(saved >= 0);
	assert_true(dup2(fd, fileno(stream)) >= 0);
	close(fd);
	return saved;
}

static inline char *cli_release(FILE *stream, int saved, const char *path)
{
	char *text;

	fflush(stream);
	assert_true(dup2(saved, fileno(stream)) >= 0);
	close(saved);
	text = folder_read(path);
	unlink(path);
	return text;
}

/* The words of a command line without "agentwatch", NULL at the end. */
static inline struct cli_result cli_run(char *const *words)
{
	char out_path[] = "/tmp/aw_cli_out.XXXXXX", err_path[] = "/tmp/aw_cli_err.XXXXXX";
	char *argv[CLI_WORDS_MAX + 2] = {"agentwatch"};
	struct cli_result result;
	int argc = 1, out, err;

	for (; words[argc - 1]; argc++) {
		assert_true(argc < CLI_WORDS_MAX);
		argv[argc] = words[argc - 1];
	}
	close(mkstemp(out_path));
	close(mkstemp(err_path));
	out = cli_catch(stdout, out_path);
	err = cli_catch(stderr, err_path);
	result.status = aw_cli_main(argc, argv);
	result.out = cli_release(stdout, out, out_path);
	result.err = cli_release(stderr, err, err_path);
	return result;
}

#define CLI(...) cli_run((char *const[]){__VA_ARGS__, NULL})

static inline void cli_done(struct cli_result *result)
{
	free(result->out);
	free(result->err);
}

static inline void cli_expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void cli_expect_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

/* The status, and a part of what was said on stderr (NULL: nothing was). Frees. */
static inline void cli_check(struct cli_result result, int status, const char *part)
{
	if (result.status != status)
		fail_msg("status %d, not %d:\n%s%s", result.status, status, result.out, result.err);
	if (part)
		cli_expect(result.err, part);
	else
		assert_string_equal(result.err, "");
	cli_done(&result);
}
