/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, ids and the one line for people. The names of numbers are in names.c. */
#include "event/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/term.h"
#include "policy/policy.h"

#define HOME_ANCHOR "HOME" /* written "~" for people */

int aw_event_append_path(struct aw_buffer *buffer, const struct aw_event_context *context,
			 uint8_t anchor, struct aw_bytes name)
{
	const char *folder = NULL;

	if (anchor == AW_ANCHOR_NONE)
		return aw_buffer_append(buffer, name.data, name.length);
	if (context && anchor < context->n_anchors)
		folder = context->anchors[anchor].path;
	if (folder)
		aw_buffer_append_string(buffer, folder);
	else
		aw_buffer_append_format(buffer, "${ANCHOR_%u}", anchor);
	return aw_buffer_append(buffer, name.data, name.length);
}

void aw_event_id(const struct aw_event *event, const char *boot_id,
		 char ret[static AW_EVENT_ID_SIZE])
{
	snprintf(ret, AW_EVENT_ID_SIZE, "%.8s-%" PRIx64 "-%" PRIu32 "-%c%" PRIu64, boot_id,
		 event->time_ns, event->cpu, event->ring == AW_RING_DECISIONS ? 'd' : 'o',
		 event->seq);
}

static void append_harmless(struct aw_buffer *buffer, struct aw_bytes bytes)
{
	aw_term_append_text(buffer, bytes.data, bytes.length);
}

/* Below the home anchor "~/…"; else where it really is. */
static void append_short_path(struct aw_buffer *buffer, const struct aw_event_context *context,
			      uint8_t anchor, struct aw_bytes name)
{
	_cleanup_buffer_ struct aw_buffer path = {};

	if (context && anchor < context->n_anchors && context->anchors[anchor].name &&
	    strcmp(context->anchors[anchor].name, HOME_ANCHOR) == 0) {
		aw_buffer_append_char(buffer, '~');
		append_harmless(buffer, name);
		return;
	}
	aw_event_append_path(&path, context, anchor, name);
	append_harmless(buffer, (struct aw_bytes){path.data, path.length});
}

/* "a.example (10.0.0.7) port 443 (tcp)", or the address alone where it has no name. */
static void append_address(struct aw_buffer *buffer, const struct aw_rec_op *op,
			   struct aw_bytes host)
{
	char address[AW_ADDRESS_TEXT_SIZE];
	const char *protocol = aw_protocol_name(op->protocol);

	append_harmless(buffer, host);
	aw_buffer_append_format(buffer, "%s%s%s port %u", host.length > 0 ? " (" : "",
				aw_address_text(op->address, address), host.length > 0 ? ")" : "",
				op->port);
	if (protocol)
		aw_buffer_append_format(buffer, " (%s)", protocol);
	else
		aw_buffer_append_format(buffer, " (protocol %u)", op->protocol);
}

int aw_event_append_object(struct aw_buffer *buffer, const struct aw_event *event)
{
	switch ((enum aw_object)event->op.object) {
	case AW_OBJECT_ADDRESS:
		append_address(buffer, &event->op, event->object);
		break;
	case AW_OBJECT_HOST:
		append_harmless(buffer, event->object);
		aw_buffer_append_string(buffer, ", asked of ");
		append_address(buffer, &event->op, (struct aw_bytes){});
		break;
	case AW_OBJECT_ANCHORED:
		append_short_path(buffer, event->context, event->op.anchor, event->object);
		break;
	case AW_OBJECT_UNNAMED:
		aw_buffer_append_string(buffer, "an object without a name");
		break;
	default:
		append_harmless(buffer, event->object);
		break;
	}
	return buffer->error;
}

/* "bash" of "/usr/bin/bash". */
static struct aw_bytes last_part(struct aw_bytes path)
{
	const char *slash = path.data ? memrchr(path.data, '/', path.length) : NULL;

	if (!slash || slash + 1 == path.data + path.length)
		return path;
	path.length -= (size_t)(slash + 1 - path.data);
	path.data = slash + 1;
	return path;
}

/* " by /usr/bin/python3 (pid 12 ← bash ← claude)" */
static void append_process(struct aw_buffer *buffer, const struct aw_event *event)
{
	if (event->exe.data)
		append_short_path(buffer, event->context, event->exe_anchor, event->exe);
	else
		aw_term_append_text(buffer, event->proc.comm,
				    strnlen(event->proc.comm, sizeof(event->proc.comm)));
	aw_buffer_append_format(buffer, " (pid %" PRIu32, event->proc.pid);
	for (size_t i = 0; i < event->n_ancestry; i++) {
		const struct aw_event_process *ancestor = &event->ancestry[i];

		aw_buffer_append_string(buffer, " \xe2\x86\x90 ");
		if (ancestor->exe.data)
			append_harmless(buffer, last_part(ancestor->exe));
		else
			aw_buffer_append_format(buffer, "pid %" PRIu32, ancestor->pid);
	}
	aw_buffer_append_char(buffer, ')');
}

static const char *word_of(const struct aw_rec_op *op)
{
	if (op->effect == AW_EFFECT_DENIED)
		return "DENIED";
	if (op->effect == AW_EFFECT_WOULD_DENY)
		return "WOULD DENY";
	return op->verdict == AW_VERDICT_FLAG ? "FLAGGED" : "allowed";
}

static void append_why(struct aw_buffer *buffer, const struct aw_event *event)
{
	if (event->op.reason != AW_REASON_POLICY) {
		aw_buffer_append_format(buffer, ": %s", aw_reason_text(event->op.reason));
	} else if (event->rule_id) {
		aw_buffer_append_string(buffer, " rule ");
		aw_term_append_text(buffer, event->rule_id, strlen(event->rule_id));
		if (event->rule_reason) {
			aw_buffer_append_string(buffer, ": ");
			aw_term_append_text(buffer, event->rule_reason, strlen(event->rule_reason));
		}
	} else if (event->op.effect != AW_EFFECT_ALLOWED && event->op.verdict == AW_VERDICT_NONE) {
		aw_buffer_append_string(buffer, ": no rule allows it");
	}
}

static void append_exec(struct aw_buffer *buffer, const struct aw_event *event)
{
	_cleanup_buffer_ struct aw_buffer argv = {};

	aw_buffer_append_string(buffer, "exec ");
	append_process(buffer, event);
	aw_buffer_append_string(buffer, ": ");
	aw_buffer_append(&argv, event->argv.data, event->argv.length);
	for (size_t i = 0; i < argv.length; i++)
		if (argv.data[i] == '\0')
			argv.data[i] = ' ';
	while (argv.length > 0 && argv.data[argv.length - 1] == ' ')
		argv.length--;
	append_harmless(buffer, (struct aw_bytes){argv.data, argv.length});
	if (event->argv_total > event->argv.length)
		aw_buffer_append_string(buffer, " \xe2\x80\xa6");
}

int aw_event_append_text(struct aw_buffer *buffer, const struct aw_event *event)
{
	switch (event->type) {
	case AW_REC_OP:
		aw_buffer_append_format(buffer, "%s %s ", word_of(&event->op),
					aw_op_name(event->op.op));
		aw_event_append_object(buffer, event);
		aw_buffer_append_string(buffer, " by ");
		append_process(buffer, event);
		append_why(buffer, event);
		break;
	case AW_REC_EXEC:
		append_exec(buffer, event);
		break;
	case AW_REC_FORK:
		aw_buffer_append_format(buffer, "fork of pid %" PRIu32 " by ", event->fork.pid);
		append_process(buffer, event);
		break;
	case AW_REC_EXIT:
		aw_buffer_append_format(buffer, "exit with status %#x of ", event->exit.status);
		append_process(buffer, event);
		break;
	default:
		aw_buffer_append_format(buffer, "%s", aw_rec_type_name(event->type));
		if (event->type == AW_REC_CGROUP)
			aw_buffer_append_format(buffer, " %" PRIu64 " %s",
						(uint64_t)event->cgroup.cgroup_id,
						event->cgroup.removed ? "removed" : "made");
		break;
	}
	return buffer->error;
}
