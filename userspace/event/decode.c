/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of records, one function per type. The fixed part is copied first, so that neither the
 * record's alignment nor later changes to its memory matter.
 */
#include "event/decode.h"

#include <errno.h>
#include <string.h>

#include "event/host_name.h"
#include "policy/guard.h"

#define ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */

static_assert(sizeof(struct aw_rec_exec) == 144, "exec record");
static_assert(sizeof(struct aw_rec_fork) == 112, "fork record");
static_assert(sizeof(struct aw_rec_exit) == 104, "exit record");
static_assert(sizeof(struct aw_rec_cgroup) == 56, "cgroup record");

/* A record being read: what was said of its size is true. */
struct reader {
	const char *bytes;
	size_t size;
	size_t at; /* of the next byte string */
};

/* Copies the fixed part. */
static int take_fixed(struct reader *reader, void *ret, size_t size)
{
	if (reader->size < size)
		return -EBADMSG;
	memcpy(ret, reader->bytes, size);
	reader->at = size;
	return 0;
}

/* The next byte string of the variable part. */
static int take_bytes(struct reader *reader, uint32_t length, struct aw_bytes *ret)
{
	if (length > reader->size - reader->at)
		return -EBADMSG;
	*ret = (struct aw_bytes){.data = reader->bytes + reader->at, .length = length};
	reader->at += length;
	return 0;
}

static bool is_anchor(uint8_t anchor)
{
	return anchor < AW_ANCHORS_MAX || anchor == AW_ANCHOR_NONE;
}

static bool is_op_in_range(const struct aw_rec_op *op)
{
	return op->op < AW_OPS && op->verdict < AW_VERDICTS && op->effect < AW_EFFECTS &&
	       op->reason < AW_REASONS && op->mode < AW_MODES && op->object < AW_OBJECTS &&
	       op->role <= AW_ROLE_TARGET && op->hook < AW_HOOKS && is_anchor(op->anchor) &&
	       op->error <= 0 && op->error >= -ERRNO_MAX &&
	       (op->object != AW_OBJECT_ANCHORED || op->anchor != AW_ANCHOR_NONE);
}

/* The kernel gives guard acts by their numbers. */
static int name_guard(struct aw_event *event)
{
	const char *name = aw_guard_name(event->op.guard);

	if (!name)
		return -EBADMSG;
	event->object = (struct aw_bytes){.data = name, .length = strlen(name)};
	return 0;
}

/* An address may have no name; a question is one for a name. */
static bool is_host_right(const struct aw_event *event)
{
	const struct aw_bytes name = event->object;

	switch (event->op.object) {
	case AW_OBJECT_ADDRESS:
		return name.length == 0 || aw_host_name_is_valid(name.data, name.length);
	case AW_OBJECT_HOST:
		return aw_host_name_is_valid(name.data, name.length);
	default:
		return true;
	}
}

static int decode_op(struct reader *reader, struct aw_event *event)
{
	int r = take_fixed(reader, &event->op, sizeof(event->op));

	if (r < 0)
		return r;
	if (!is_op_in_range(&event->op))
		return -EBADMSG;
	event->proc = event->op.proc;
	r = take_bytes(reader, event->op.name_length, &event->object);
	if (r < 0)
		return r;
	if (!is_host_right(event))
		return -EBADMSG;
	return event->op.object == AW_OBJECT_GUARD ? name_guard(event) : 0;
}

/* What the kernel had no name for has length 0; a folder of that name can be the anchor itself. */
static void forget_unknown(struct aw_event *event)
{
	if (event->exe.length == 0)
		event->exe.data = NULL;
	if (event->script.length == 0)
		event->script.data = NULL;
	if (event->cwd.length == 0 && event->cwd_anchor == AW_ANCHOR_NONE)
		event->cwd.data = NULL;
	if (event->argv.length == 0 && event->argv_total > 0)
		event->argv.data = NULL;
}

static int decode_exec(struct reader *reader, struct aw_event *event)
{
	const struct aw_rec_exec *exec = &event->exec;
	int r = take_fixed(reader, &event->exec, sizeof(event->exec));

	if (r < 0)
		return r;
	if (!is_anchor(exec->exe_anchor) || !is_anchor(exec->script_anchor) ||
	    !is_anchor(exec->cwd_anchor) || exec->argv_total < exec->argv_length)
		return -EBADMSG;
	event->proc = exec->proc;
	event->exe_anchor = exec->exe_anchor;
	event->script_anchor = exec->script_anchor;
	event->cwd_anchor = exec->cwd_anchor;
	event->argv_total = exec->argv_total;
	if (take_bytes(reader, exec->exe_length, &event->exe) < 0 ||
	    take_bytes(reader, exec->script_length, &event->script) < 0 ||
	    take_bytes(reader, exec->cwd_length, &event->cwd) < 0 ||
	    take_bytes(reader, exec->argv_length, &event->argv) < 0)
		return -EBADMSG;
	forget_unknown(event);
	return 0;
}

static int decode_body(struct reader *reader, struct aw_event *event)
{
	int r;

	switch (event->type) {
	case AW_REC_OP:
		return decode_op(reader, event);
	case AW_REC_EXEC:
		return decode_exec(reader, event);
	case AW_REC_FORK:
		r = take_fixed(reader, &event->fork, sizeof(event->fork));
		event->proc = event->fork.parent;
		return r;
	case AW_REC_EXIT:
		r = take_fixed(reader, &event->exit, sizeof(event->exit));
		event->proc = event->exit.proc;
		return r;
	case AW_REC_CGROUP:
		return take_fixed(reader, &event->cgroup, sizeof(event->cgroup));
	default:
		return -ENOMSG;
	}
}

int aw_event_decode(const void *record, size_t size, enum aw_ring ring, struct aw_event *ret)
{
	struct reader reader = {.bytes = record, .size = size};
	struct aw_event event = {
		.ring = ring,
		.exe_anchor = AW_ANCHOR_NONE,
		.script_anchor = AW_ANCHOR_NONE,
		.cwd_anchor = AW_ANCHOR_NONE,
	};
	struct aw_rec_head head;
	int r = take_fixed(&reader, &head, sizeof(head));

	if (r < 0)
		return r;
	if (head.version != AW_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (head.size < sizeof(head) || head.size > size || head.agent >= AW_AGENTS_MAX)
		return -EBADMSG;
	reader.size = head.size;
	event.type = head.type;
	event.seq = head.seq;
	event.cpu = head.cpu;
	event.time_ns = head.time_ns;
	event.agent = head.agent;
	event.agent_generation = head.agent_generation;
	r = decode_body(&reader, &event);
	if (r < 0)
		return r;
	*ret = event;
	return 0;
}
