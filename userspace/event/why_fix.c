/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of YAML that would allow an operation: exactly that operation on exactly that object.
 * Bytes that a policy file cannot hold (no UTF-8, control characters) become `?`, which is said.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "event/host_name.h"
#include "event/text.h"
#include "event/why.h"
#include "event/why_event.h"

#define GLOB_CHARACTERS "\\*?[]{},"
#define HTTPS_PORT	443

static const char note_wildcards[] =
	"a ? stands for each byte that a policy file cannot hold, so the rule is a little wider";
static const char note_narrow[] = "add `by: CLASS` to allow it to one program only";
static const char note_likely[] =
	"the likely rule: who asks for a name connects to it, and tcp to it allows the question "
	"too; for the question alone write allow: [resolve], without port";

/* What a failed resolution or a missing policy asks for, instead of a rule. */
static const char *advice_of(enum aw_reason reason)
{
	switch (reason) {
	case AW_REASON_NO_POLICY:
		return "no rule would help: give the agent a policy, or observe it";
	case AW_REASON_NO_AGENT:
		return "no rule would help: the agent has ended, and its left-over processes are "
		       "denied everything";
	case AW_REASON_RACED:
	case AW_REASON_NO_SCRATCH:
		return "no rule would help: it may succeed when tried again";
	case AW_REASON_PROVENANCE:
		return "no rule would help but one without when:; what agents wrote is remembered "
		       "anew once no agent runs and the programs are loaded again";
	case AW_REASON_MOVED:
		return "no rule would help but one that lifts the denial: copy what may be read, "
		       "or "
		       "rename what is within one of the two";
	case AW_REASON_ADDRESS_FAMILY:
		return "no rule would help: only IPv4, IPv6 and unix sockets can be allowed";
	case AW_REASON_LIMIT:
		return "wait until the budget has one again, or give the rule a larger limit:";
	case AW_REASON_NO_BUDGET:
		return "no rule would help but one without limit:; agents that end make room";
	case AW_REASON_QUESTION:
		return "no rule would help: ask for one name in one datagram";
	default:
		return "no rule would help: rules match names, and this has none that can be "
		       "trusted";
	}
}

/* What a proposed rule says. */
struct plan {
	const struct aw_why_event *event;
	const char *lifts; /* id of a denial; NULL: nothing says anything of it */
	enum aw_op op;	   /* of the rule: for a question it is what the question is for */
	uint16_t port;
	bool by_host; /* not by address */
};

/* A name as a glob that matches it alone, within single quotes of YAML. */
static bool append_literal(struct aw_buffer *out, const struct aw_buffer *name)
{
	bool is_exact = true;

	for (size_t i = 0; i < name->length;) {
		uint32_t character;
		size_t n = aw_utf8_next(name->data + i, name->length - i, &character);
		char c = name->data[i];

		if (n == 0 || aw_utf8_is_control(character) || (character & ~1u) == 0xfffe) {
			for (size_t k = 0; k < (n ?: 1); k++)
				aw_buffer_append_char(out, '?');
			is_exact = false;
		} else if (c == '\'') {
			aw_buffer_append_string(out, "''");
		} else {
			if (strchr(GLOB_CHARACTERS, c))
				aw_buffer_append_char(out, '\\');
			aw_buffer_append(out, name->data + i, n);
		}
		i += n ?: 1;
	}
	return is_exact;
}

/* "host: ['…']" for a question, "host: […], port: […]" or "cidr: […], port: […]" for a peer. */
static void append_peer(struct aw_buffer *out, const struct plan *plan)
{
	const struct aw_why_event *event = plan->event;
	char address[AW_ADDRESS_TEXT_SIZE];

	if (plan->by_host) {
		aw_buffer_append_string(out, "host: ['");
		aw_buffer_append(out, event->host.data, event->host.length);
		aw_buffer_append_string(out, "']");
	} else {
		aw_address_text(event->address, address);
		aw_buffer_append_format(out, "cidr: ['%s/%d']", address,
					strchr(address, ':') ? 128 : 32);
	}
	if (plan->op != AW_OP_RESOLVE)
		aw_buffer_append_format(out, ", port: [%u]", plan->port);
}

/* "path: ['…']", "socket: ['…']" or a peer. Returns whether it is exact. */
static bool append_object(struct aw_buffer *out, const struct plan *plan)
{
	const struct aw_why_event *event = plan->event;
	bool is_exact;

	if (event->object == AW_OBJECT_ADDRESS || event->object == AW_OBJECT_HOST) {
		append_peer(out, plan);
		return true;
	}
	aw_buffer_append_string(out, event->op == AW_OP_UNIX ? "socket: ['" : "path: ['");
	if (event->anchor)
		aw_buffer_append_format(out, "${%s}", event->anchor);
	is_exact = append_literal(out, &event->name);
	aw_buffer_append_string(out, "']");
	return is_exact;
}

/* Ids and anchors of a policy; what an events file says could be anything. */
static bool is_name(const char *text)
{
	return *text && strlen(text) <= AW_ID_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
		       strlen(text);
}

/* FNV-1a: the same operation on the same object always gets the same id. */
static uint32_t hash_of(const struct aw_buffer *text)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < text->length; i++)
		hash = (hash ^ (unsigned char)text->data[i]) * 16777619u;
	return hash;
}

static const char *note_of(const struct plan *plan, bool is_exact)
{
	if (!is_exact)
		return note_wildcards;
	if (plan->lifts)
		return note_narrow;
	return plan->op != plan->event->op ? note_likely : NULL;
}

static int write_rule(const struct plan *plan, struct aw_fix *ret)
{
	_cleanup_buffer_ struct aw_buffer body = {}, line = {};
	const struct aw_why_event *event = plan->event;
	const char *lifts = plan->lifts;
	bool is_exact;

	if ((lifts && !is_name(lifts)) || (event->anchor && !is_name(event->anchor)))
		return -EBADMSG;
	if (lifts)
		aw_buffer_append_format(&body, "lift: %s, ", lifts);
	/* What is done with a guard act goes without saying. */
	if (event->op != AW_OP_GUARD)
		aw_buffer_append_format(&body, "allow: [%s], ", aw_op_name(plan->op));
	is_exact = append_object(&body, plan);
	if (lifts)
		aw_conditions_append(&body, ", when: [", event->conditions, "]");
	aw_buffer_append_format(&line, "- {id: %s-%s-%08" PRIx32 ", ", lifts ? "lift" : "allow",
				aw_op_name(plan->op), hash_of(&body));
	aw_buffer_append(&line, body.data, body.length);
	aw_buffer_append_char(&line, '}');
	if (body.error)
		return body.error;
	ret->yaml = aw_buffer_take_string(&line);
	if (!ret->yaml)
		return -ENOMEM;
	ret->kind = lifts ? AW_FIX_LIFT : AW_FIX_ALLOW;
	ret->note = note_of(plan, is_exact);
	return 0;
}

static int refuse(struct aw_fix *ret, const char *note)
{
	*ret = (struct aw_fix){.note = note};
	return 0;
}

/* `host:` goes with tcp, udp and resolve alone. */
static bool has_plain_host(const struct aw_why_event *event)
{
	return event->host.length > 0 && event->op != AW_OP_BIND && event->op != AW_OP_LISTEN &&
	       aw_host_name_is_plain(event->host.data, event->host.length);
}

/* A rule where none says anything: by name where the peer has one that a policy can hold. */
static int allow(const struct aw_why_event *event, struct aw_fix *ret)
{
	struct plan plan = {.event = event, .op = event->op, .port = event->port};

	plan.by_host = has_plain_host(event);
	if (event->object == AW_OBJECT_HOST && !plan.by_host)
		return refuse(ret, "no rule would help: a policy cannot hold this name");
	if (event->object == AW_OBJECT_HOST) {
		plan.op = AW_OP_TCP;
		plan.port = HTTPS_PORT;
	}
	return write_rule(&plan, ret);
}

/*
 * A peer's denial is lifted for its one address, unless it is known to be one of names: a name can
 * lead anywhere tomorrow, also to what a denial of addresses is there for.
 */
static int lift(const struct aw_why_event *event, const struct aw_rule *rule, struct aw_fix *ret)
{
	struct plan plan = {.event = event,
			    .lifts = event->rule_id ?: rule->id,
			    .op = event->op,
			    .port = event->port};
	const bool is_question = event->object == AW_OBJECT_HOST;

	plan.by_host = has_plain_host(event) && (is_question || (rule && rule->n_hosts > 0));
	if (is_question && !plan.by_host)
		return refuse(ret, "no rule would help: a policy cannot hold this name");
	return write_rule(&plan, ret);
}

static int fix_verdict(const struct aw_why_event *event, const struct aw_policy *policy,
		       struct aw_fix *ret)
{
	const struct aw_rule *rule = aw_why_rule(event, policy);

	switch (event->verdict) {
	case AW_VERDICT_NONE:
		return allow(event, ret);
	case AW_VERDICT_DENY:
		/* What is denied to execute may still be mapped where a rule of `map` says so. */
		if (event->op == AW_OP_MAP && rule && !(rule->ops & 1u << AW_OP_MAP))
			return allow(event, ret);
		if (event->rule_id || rule)
			return lift(event, rule, ret);
		return refuse(ret, "a deny rule decided: look it up in the policy's source to lift "
				   "it");
	case AW_VERDICT_FORBID:
		return refuse(ret, "a forbid rule decided: only the administrator who wrote it can "
				   "change that");
	case AW_VERDICT_ASK:
		return refuse(ret, "an ask rule decided, and questions cannot be put yet: make it "
				   "an allow rule to permit this");
	default:
		return refuse(ret, "the policy allows it already");
	}
}

int aw_why_fix(const json_t *event, const struct aw_why_options *options, struct aw_fix *ret)
{
	_cleanup_why_event_ struct aw_why_event operation = {};
	const struct aw_policy *policy = NULL;
	struct aw_fix fix = {};
	int r = aw_why_event_read(event, &operation);

	if (r < 0)
		return r;
	if (operation.policy_hash && options && options->policy)
		policy = options->policy(options->userdata, operation.policy_hash);
	if (operation.effect == AW_EFFECT_ALLOWED)
		r = refuse(&fix, "nothing to allow: it was not denied");
	else if (operation.reason != AW_REASON_POLICY || operation.object == AW_OBJECT_UNNAMED)
		r = refuse(&fix, advice_of(operation.reason));
	else if (operation.anchor && !operation.is_bound)
		r = refuse(&fix, "the event does not name the anchor that the object is below");
	else
		r = fix_verdict(&operation, policy, &fix);
	if (r < 0)
		return r;
	*ret = fix;
	return 0;
}
