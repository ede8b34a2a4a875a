/* SPDX-License-Identifier: Apache-2.0 */
/* What several commands do alike. */
#include "cli/common.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/user.h"
#include "base/hex.h"
#include "base/log.h"
#include "cli/commands.h"

#define NOTE_MAX 1024

int aw_cli_fail(int status, int r, const struct aw_diag *diag)
{
	struct aw_log log;

	aw_log_init(&log, stderr, AW_LOG_INFO);
	if (*diag->message)
		aw_log_diag(&log, AW_LOG_ERROR, diag);
	else
		aw_log_error(&log, "%s", strerror(-r));
	return status;
}

void aw_cli_note(const char *format, ...)
{
	char message[NOTE_MAX];
	struct aw_log log;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	aw_log_init(&log, stderr, AW_LOG_INFO);
	aw_log_info(&log, "%s", message);
}

int aw_cli_print(struct aw_buffer *text)
{
	if (text->error == 0 && fwrite(text->data ?: "", 1, text->length, stdout) == text->length &&
	    fflush(stdout) == 0)
		return 0;
	aw_cli_note("error: standard output: %s",
		    text->error ? strerror(-text->error) : strerror(errno));
	return AW_EXIT_USAGE;
}

char *aw_cli_home(void)
{
	_cleanup_(aw_user_freep) struct aw_user *user = NULL;
	struct aw_user_request request = {
		.real_uid = getuid(),
		.sudo_uid = getenv("SUDO_UID"),
		.sudo_gid = getenv("SUDO_GID"),
	};

	request.as_root = request.real_uid == 0 && !request.sudo_uid;
	if (aw_user_resolve(&user, &request, NULL) < 0)
		return strdup(getenv("HOME") ?: "/");
	return strdup(user->home);
}

int aw_cli_policy(struct aw_policy **ret, struct aw_image **retimage, const char *path,
		  const struct aw_parse_options *options, struct aw_diag *reterr)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	int r = aw_policy_parse_file(&policy, path, options, reterr);

	if (r == 0)
		r = aw_policy_compile(retimage, policy, reterr);
	if (r == 0)
		*ret = TAKE_PTR(policy);
	return r;
}

void aw_cli_hash(const struct aw_image *image, char ret[static 65])
{
	aw_hex_encode(image->head->hash, sizeof(image->head->hash), ret);
}
