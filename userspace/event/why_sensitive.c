/* SPDX-License-Identifier: Apache-2.0 */
/* One name, segment by segment, through the list of what is sensitive. */
#include "event/why_sensitive.h"

#include <string.h>

#include "baseline/sensitive.h"

static enum aw_path_root root_of(const char *anchor)
{
	if (!anchor)
		return AW_PATH_ABSOLUTE;
	return strcmp(anchor, "HOME") == 0 ? AW_PATH_HOME : AW_PATH_ANCHOR;
}

const char *aw_why_sensitive(void *userdata, enum aw_op op, const char *anchor,
			     struct aw_bytes name, const uint8_t address[16])
{
	_cleanup_(aw_sensitive_freep) struct aw_sensitive_set *set = NULL;
	const struct aw_sensitive *hit;
	struct aw_sensitive_state state;
	const char *at = name.data, *end;

	if (!name.data)
		return aw_sensitive_address(address);
	if (name.length == 0 || *at != '/' || aw_sensitive_new(&set, true) < 0)
		return NULL;
	state = aw_sensitive_start(set, root_of(anchor));
	for (end = at + name.length; at < end;) {
		const char *slash = memchr(at + 1, '/', (size_t)(end - at - 1)) ?: end;
		struct aw_segment segment = {.text = at + 1, .length = (size_t)(slash - at - 1)};

		state = aw_sensitive_step(set, &state, segment);
		at = slash;
	}
	hit = aw_sensitive_hit(set, &state, 1u << op, true);
	return hit ? hit->what : NULL;
}
