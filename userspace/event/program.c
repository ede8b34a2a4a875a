/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: one allocation each, counted references. */
#include "event/program.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define PROGRAM_BYTES_MAX (64u << 10)

/* Moves a string's bytes to `at`; returns where the next one goes. */
static char *move_bytes(struct aw_bytes *bytes, char *at)
{
	if (!bytes->data)
		return at;
	memcpy(at, bytes->data, bytes->length);
	bytes->data = at;
	return at + bytes->length;
}

int aw_program_new(struct aw_program **ret, const struct aw_program *from)
{
	size_t bytes = sizeof(*from) + from->exe.length + from->path.length + from->script.length +
		       from->cwd.length + from->argv.length;
	struct aw_program *program;
	char *at;

	if (bytes > PROGRAM_BYTES_MAX)
		return -E2BIG;
	program = malloc(bytes);
	if (!program)
		return -ENOMEM;
	*program = *from;
	program->references = 1;
	program->bytes = bytes;
	at = (char *)(program + 1);
	at = move_bytes(&program->exe, at);
	at = move_bytes(&program->path, at);
	at = move_bytes(&program->script, at);
	at = move_bytes(&program->cwd, at);
	move_bytes(&program->argv, at);
	*ret = program;
	return 0;
}

struct aw_program *aw_program_ref(struct aw_program *program)
{
	if (program)
		program->references++;
	return program;
}

struct aw_program *aw_program_unref(struct aw_program *program)
{
	if (!program)
		return NULL;
	assert(program->references > 0);
	if (--program->references == 0)
		free(program);
	return NULL;
}
