/* SPDX-License-Identifier: Apache-2.0 */
/* The list of sinks, and what is the same for all of them. */
#include "sink/sink.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "sink/jsonl.h"

static const struct aw_sink_ops *const sinks[] = {
	&aw_sink_jsonl,
};

const struct aw_sink_ops *aw_sink_at(size_t i)
{
	return i < sizeof(sinks) / sizeof(*sinks) ? sinks[i] : NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* A name alone ("jsonl"), or one of the short forms of jsonl. */
static bool is_short_for_jsonl(const char *spec)
{
	size_t name = strcspn(spec, ":/");

	return strcmp(spec, "-") == 0 || spec[name] == '/' ||
	       (spec[name] == '\0' && ends_with(spec, ".jsonl"));
}

static int unknown_sink(const char *spec, struct aw_diag *reterr)
{
	_cleanup_buffer_ struct aw_buffer hint = {};
	const struct aw_sink_ops *ops;

	aw_buffer_append_string(&hint, "use one of: -");
	for (size_t i = 0; (ops = aw_sink_at(i)); i++)
		aw_buffer_append_format(&hint, ", %s:%s", ops->name, ops->target);
	return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, aw_buffer_string(&hint),
			   "'%s' names no place for events", spec);
}

int aw_sink_open(struct aw_sink **ret, const char *spec, struct aw_diag *reterr)
{
	const char *colon = strchr(spec, ':');
	const struct aw_sink_ops *ops;

	if (is_short_for_jsonl(spec))
		return aw_sink_jsonl.open(ret, spec, reterr);
	for (size_t i = 0; colon && (ops = aw_sink_at(i)); i++)
		if (strlen(ops->name) == (size_t)(colon - spec) &&
		    strncmp(ops->name, spec, (size_t)(colon - spec)) == 0)
			return ops->open(ret, colon + 1, reterr);
	return unknown_sink(spec, reterr);
}

struct aw_sink *aw_sink_close(struct aw_sink *sink)
{
	if (sink)
		sink->ops->close(sink);
	return NULL;
}

int aw_sink_write(struct aw_sink *sink, const struct aw_event *event, const char *line,
		  size_t length)
{
	return sink->ops->write(sink, event, line, length);
}

int aw_sink_flush(struct aw_sink *sink)
{
	return sink->ops->flush(sink);
}

const struct aw_sink_stats *aw_sink_stats(const struct aw_sink *sink)
{
	return &sink->stats;
}

bool aw_sink_take_report(struct aw_sink *sink, int *reterror)
{
	if (sink->reported == sink->stats.error)
		return false;
	sink->reported = sink->stats.error;
	*reterror = sink->stats.error;
	return true;
}
