/* SPDX-License-Identifier: Apache-2.0 */
/* Finding events in a file of lines: by id, and the last denials of a run. */
#include <errno.h>
#include <string.h>

#include "event/text.h"
#include "event/why.h"
#include "event/why_event.h"
#include "event/why_lines.h"

#define CHUNK_BYTES (64u << 10)

int aw_why_next_line(FILE *events, struct aw_buffer *ret)
{
	bool is_too_long = false;
	char chunk[CHUNK_BYTES];

	aw_buffer_clear(ret);
	while (fgets(chunk, sizeof(chunk), events)) {
		size_t length = strlen(chunk); /* a NUL in a line cuts it; it is no JSON then */
		bool is_end = length > 0 && chunk[length - 1] == '\n';

		is_too_long = is_too_long || ret->length + length > AW_WHY_LINE_MAX;
		if (!is_too_long && aw_buffer_append(ret, chunk, length - is_end) < 0)
			return ret->error;
		if (is_end && !is_too_long)
			return 1;
		if (is_end) {
			aw_buffer_clear(ret);
			is_too_long = false;
		}
	}
	return ferror(events) ? -EIO : 0;
}

json_t *aw_why_parse(const struct aw_buffer *line)
{
	json_t *root = json_loadb(line->data ?: "", line->length, 0, NULL);

	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

/* Ids are hexadecimal digits, dashes and the ring's letter; a prefix holds the boot at least. */
static bool is_id(const char *id)
{
	return strspn(id, "0123456789abcdefo-") == strlen(id) && strlen(id) >= 8 &&
	       strlen(id) < AW_EVENT_ID_SIZE;
}

/* 2: this very id; 1: an id that starts so; 0: another. */
static int compare_id(const json_t *line, const char *id)
{
	const char *own = aw_why_text(line, "id");

	if (!own || strncmp(own, id, strlen(id)) != 0)
		return 0;
	return own[strlen(id)] == '\0' ? 2 : 1;
}

/* Reads on until this very id, keeping the only one that starts so. */
static int scan(FILE *events, const char *id, json_t **retfound, size_t *retn)
{
	_cleanup_buffer_ struct aw_buffer line = {};
	int r;

	while ((r = aw_why_next_line(events, &line)) > 0) {
		_cleanup_json_ json_t *root = NULL;
		int match;

		if (!memmem(line.data, line.length, id, strlen(id)))
			continue;
		root = aw_why_parse(&line);
		match = root ? compare_id(root, id) : 0;
		if (match == 0)
			continue;
		*retn = match == 2 ? 1 : *retn + 1;
		if (match == 2 || *retn == 1) {
			json_decref(*retfound);
			*retfound = TAKE_PTR(root);
		}
		if (match == 2)
			return 0;
	}
	return r;
}

int aw_why_find(FILE *events, const char *id, json_t **ret, struct aw_diag *reterr)
{
	_cleanup_json_ json_t *found = NULL;
	size_t n = 0;
	int r;

	if (!is_id(id))
		return aw_diag_set(
			reterr, -EINVAL, NULL, 0, 0,
			"an id looks like 3f2a9c1e-104c537e68-3-d17, and stands in every "
			"event as \"id\"; its start is enough",
			"'%s' is no id of an event", id);
	r = scan(events, id, &found, &n);
	if (r < 0)
		return aw_diag_set(reterr, r, NULL, 0, 0, NULL, "cannot read the events");
	if (n > 1)
		return aw_diag_set(reterr, -ENOTUNIQ, NULL, 0, 0, "give more of the id",
				   "%zu events have an id that starts with %s", n, id);
	if (n == 0)
		return aw_diag_set(reterr, -ENOENT, NULL, 0, 0,
				   "look into the file that the events of that run went to",
				   "no event has the id %s", id);
	*ret = TAKE_PTR(found);
	return 0;
}

static bool is_denial_of(const json_t *line, const char *run_id)
{
	const char *run = aw_why_text(json_object_get(line, "agent"), "run");
	const char *type = aw_why_text(line, "type");
	const char *effect = aw_why_text(line, "effect");

	return run && type && effect && strcmp(run, run_id) == 0 &&
	       strcmp(type, "operation") == 0 &&
	       strcmp(effect, aw_effect_name(AW_EFFECT_DENIED)) == 0;
}

int aw_why_last_denials(FILE *events, const char *run_id, size_t n, json_t **ret)
{
	_cleanup_json_ json_t *found = json_array();
	_cleanup_buffer_ struct aw_buffer line = {};
	int r;

	if (!run_id || !*run_id || n == 0 || n > AW_WHY_SELF_MAX)
		return -EINVAL;
	if (!found)
		return -ENOMEM;
	while ((r = aw_why_next_line(events, &line)) > 0) {
		json_t *root = NULL;

		if (!memmem(line.data, line.length, run_id, strlen(run_id)) &&
		    !memchr(line.data, '\\', line.length))
			continue;
		root = aw_why_parse(&line);
		if (!root || !is_denial_of(root, run_id)) {
			json_decref(root);
			continue;
		}
		if (json_array_append_new(found, root) < 0)
			return -ENOMEM;
		if (json_array_size(found) > n)
			json_array_remove(found, 0);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(found);
	return 0;
}
