/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `policy explain`: what a policy says about one operation, asked of the compiled image with the
 * kernel's own decision, and of the rules as written. The two must agree.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "abi/decide.h"
#include "base/json.h"
#include "base/term.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/explain_name.h"
#include "cli/explain_print.h"

#define HOST_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

struct args {
	const char *op;
	const char *path;
	const char *by;
	const char *script;
	const char *when;
	const char *address;
	const char *host;
	bool is_unearned;
	uint64_t port;
	struct aw_option_list anchors;
	struct aw_option_list variables;
	bool as_json;
};

static const struct aw_option options[] = {
	{"op", 0, "OPERATION", AW_OPTION_TEXT, offsetof(struct args, op),
	 "read write create delete rename link attr exec map unix tcp udp bind listen guard "
	 "resolve"},
	{"path", 0, "PATH", AW_OPTION_TEXT, offsetof(struct args, path),
	 "the file, executable or socket; also ${ANCHOR}/…, @abstract, memfd:…, guard:…"},
	{"address", 0, "ADDRESS", AW_OPTION_TEXT, offsetof(struct args, address),
	 "IPv4 or IPv6, for tcp, udp, bind and listen"},
	{"host", 0, "HOST", AW_OPTION_TEXT, offsetof(struct args, host),
	 "the name that is asked for (resolve), or whose address it is (tcp and udp, with or "
	 "without --address)"},
	{"port", 0, "PORT", AW_OPTION_NUMBER, offsetof(struct args, port), "0 to 65535"},
	{"by", 0, "EXE", AW_OPTION_TEXT, offsetof(struct args, by),
	 "the executable of the process that does it (default: one in no class)"},
	{"script", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, script),
	 "the script that EXE runs"},
	{"lost", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, is_unearned),
	 "the process has lost what its classes give, by code that an agent may write"},
	{"when", 0, "CONDITION,…", AW_OPTION_TEXT, offsetof(struct args, when),
	 "what is true of the file, for exec and map: anonymous, deleted, agent-written"},
	{"anchor", 0, "NAME=DIR", AW_OPTION_PAIRS, offsetof(struct args, anchors),
	 "the folder that ${NAME} stands for; may be repeated (default: WORKSPACE is the current "
	 "folder, HOME yours)"},
	{"var", 0, "NAME=VALUE", AW_OPTION_PAIRS, offsetof(struct args, variables),
	 "what ${NAME} stands for in the policy; may be repeated"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{},
};

static const struct aw_example examples[] = {
	{"policy explain ci.yaml --op write --path ~/.bashrc", "may the agent write this?"},
	{"policy explain ci.yaml --op read --path ~/.ssh/known_hosts --by /usr/bin/ssh",
	 "and if ssh does it?"},
	{"policy explain ci.yaml --op tcp --address 10.0.0.2 --port 443", "may it connect?"},
	{"policy explain ci.yaml --op tcp --host api.example.com --port 443",
	 "and to an address that this name has?"},
	{"policy explain ci.yaml --op resolve --host api.example.com", "may it ask for the name?"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "allowed"},
	{"1", "denied"},
	{"2", "wrong usage, or the policy or the path cannot be used"},
	{},
};

struct question {
	const struct aw_policy *policy;
	const struct aw_image *image;
	struct aw_anchor_set anchors;
	struct aw_explain_name object, exe, script;
	struct aw_query query;
	char host[AW_HOST_MAX + 1];
};

static void question_done(struct question *question)
{
	aw_anchor_set_done(&question->anchors);
	aw_explain_name_done(&question->object);
	aw_explain_name_done(&question->exe);
	aw_explain_name_done(&question->script);
}

static int check_net_usage(const struct args *args, enum aw_op op)
{
	const struct aw_verb *verb = &aw_verb_policy_explain;
	bool is_peer = op == AW_OP_TCP || op == AW_OP_UDP;

	if (op == AW_OP_RESOLVE) {
		if (args->host && !args->address && !args->path && !args->port)
			return -1;
		return aw_usage_error(verb, NULL, "--op %s goes with --host alone", args->op);
	}
	if ((args->address || (is_peer && args->host)) && (is_peer || !args->host) &&
	    args->port <= UINT16_MAX && !args->path)
		return -1;
	return aw_usage_error(verb, NULL, "--op %s goes with --address%s and a --port up to 65535",
			      args->op, is_peer ? " or --host" : "");
}

static int check_usage(const struct args *args, enum aw_op op)
{
	const struct aw_verb *verb = &aw_verb_policy_explain;

	if (aw_class_of(op) == AW_CLASS_NET) {
		int status = check_net_usage(args, op);

		if (status >= 0)
			return status;
	} else if (!args->path || args->address || args->host) {
		return aw_usage_error(verb, NULL, "--op %s goes with --path", args->op);
	}
	if (args->when && op != AW_OP_EXEC && op != AW_OP_MAP)
		return aw_usage_error(verb, NULL, "--when goes with --op exec and --op map");
	if (args->script && !args->by)
		return aw_usage_error(verb, "name the interpreter: --by",
				      "--script goes with --by");
	return -1;
}

static int parse_address(const char *text, uint8_t ret[16], struct aw_diag *reterr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET6, text, ret) == 1)
		return 0;
	if (inet_pton(AF_INET, text, ret + sizeof(mapped)) != 1)
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "10.0.0.2, 2001:db8::1",
				   "--address: \"%s\" is no address", text);
	memcpy(ret, mapped, sizeof(mapped));
	return 0;
}

/* In lower case and without a dot at its end, as the kernel will have it. */
static int put_host(struct question *q, const char *text, struct aw_diag *reterr)
{
	size_t n = strlen(text);

	if (n > 1 && text[n - 1] == '.')
		n--;
	if (*text == '.' || n == 0 || n > AW_HOST_MAX || strspn(text, HOST_CHARACTERS) < n)
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "api.example.com",
				   "--host: \"%.80s\" is no host name", text);
	for (size_t i = 0; i < n; i++)
		q->host[i] = (char)tolower((unsigned char)text[i]);
	q->query.host = q->host;
	q->query.host_length = n;
	return 0;
}

/* What acts on a name, and not on what a link there points to. */
static bool is_followed(enum aw_op op)
{
	return op != AW_OP_CREATE && op != AW_OP_DELETE && op != AW_OP_RENAME && op != AW_OP_LINK;
}

static int put_subject(struct question *q, const struct args *args, struct aw_diag *reterr)
{
	int r;

	if (!args->by)
		return 0;
	r = aw_explain_name_find(&q->exe, args->by, &q->anchors, true, reterr);
	if (r == 0 && args->script)
		r = aw_explain_name_find(&q->script, args->script, &q->anchors, true, reterr);
	if (r < 0)
		return r;
	q->query.subject_mask =
		aw_policy_subject_mask(q->policy, q->exe.name, q->exe.anchor, q->script.name,
				       q->script.name ? q->script.anchor : -1);
	return 0;
}

static int put_conditions(struct question *q, const char *list, struct aw_diag *reterr)
{
	_cleanup_free_ char *copy = strdup(list ?: "");
	char *at = copy, *name;

	if (!copy)
		return -ENOMEM;
	while ((name = strsep(&at, ",")) && list) {
		enum aw_condition condition;

		if (aw_condition_from_name(name, &condition) < 0)
			return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
					   "anonymous, deleted and agent-written, with commas "
					   "between",
					   "--when: there is no condition \"%.80s\"", name);
		q->query.conditions |= (uint8_t)(1u << condition);
	}
	return 0;
}

static int put_question(struct question *q, const struct args *args, enum aw_op op,
			const char *home, struct aw_diag *reterr)
{
	int r = aw_anchor_set_for_policy(&q->anchors, q->policy, &args->anchors, home, reterr);

	q->query.op = op;
	q->query.anchor = -1;
	q->query.port = (uint16_t)args->port;
	q->query.is_unearned = args->is_unearned;
	q->query.is_host_alone = args->host && !args->address;
	if (r == 0)
		r = put_conditions(q, args->when, reterr);
	if (r == 0 && args->address)
		r = parse_address(args->address, q->query.address, reterr);
	if (r == 0 && args->host)
		r = put_host(q, args->host, reterr);
	if (r == 0 && args->path)
		r = aw_explain_name_find(&q->object, args->path, &q->anchors, is_followed(op),
					 reterr);
	if (r < 0)
		return r;
	if (args->path) {
		q->query.name = q->object.name;
		q->query.name_length = strlen(q->object.name);
		q->query.anchor = q->object.anchor;
	}
	return put_subject(q, args, reterr);
}

static uint32_t image_mask(const struct aw_image *image, const struct aw_explain_name *name)
{
	uint32_t vid;

	if (!name->name)
		return 0;
	vid = aw_image_walk_path(image, name->anchor, name->name, strlen(name->name));
	return aw_image_subject_mask(image, vid);
}

/* What is said of an object: of a name, or of an address and the host that it is leased to. */
struct ids {
	uint32_t vids[2];
	size_t n;
};

static struct ids find_ids(const struct aw_image *image, const struct aw_query *query)
{
	const char *host = query->host;
	struct ids ids = {};

	if (query->name)
		ids.vids[ids.n++] =
			aw_image_walk_path(image, query->anchor, query->name, query->name_length);
	else if (query->op == AW_OP_RESOLVE)
		ids.vids[ids.n++] = aw_image_walk_question(image, host, query->host_length);
	else if (host)
		ids.vids[ids.n++] =
			aw_image_walk_host(image, host, query->host_length, query->port);
	if (!query->name && !query->is_host_alone)
		ids.vids[ids.n++] = aw_image_walk_net(image, query->address, query->port);
	return ids;
}

/* As the programs in the kernel decide it: the strongest verdict holds. */
static enum aw_verdict ask_image(const struct question *q)
{
	const struct aw_query *query = &q->query;
	struct ids ids = find_ids(q->image, query);
	enum aw_verdict strongest = AW_VERDICT_NONE;
	uint16_t mask = (uint16_t)((image_mask(q->image, &q->exe) & 0xffff) |
				   image_mask(q->image, &q->script) >> 16);
	uint32_t row = aw_image_row_set(q->image, mask, query->is_unearned, query->conditions);

	for (size_t i = 0; i < ids.n; i++) {
		enum aw_verdict verdict = aw_image_verdict(q->image, ids.vids[i], row, query->op);

		strongest = verdict > strongest ? verdict : strongest;
	}
	return strongest;
}

static int answer(struct question *q, bool as_json)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	enum aw_verdict verdict = ask_image(q);
	struct aw_explain_answer answer = {
		.policy = q->policy,
		.query = &q->query,
		.object = &q->object,
		.exe = &q->exe,
	};
	struct aw_diag diag = {};

	aw_policy_explain(q->policy, &q->query, &answer.explanation);
	if (aw_verdict_permits(answer.explanation.verdict))
		answer.n_budgets = aw_policy_held_budgets(q->policy, &q->query, answer.budgets);
	if (answer.explanation.verdict != verdict) {
		aw_diag_set(&diag, -EINVAL, NULL, 0, 0,
			    "this is a defect of agentwatch: please report it, with the policy",
			    "internal error: the compiled policy says \"%s\", its rules say \"%s\"",
			    aw_verdict_name(verdict), aw_verdict_name(answer.explanation.verdict));
		return aw_cli_fail(AW_EXIT_USAGE, -EINVAL, &diag);
	}
	if (as_json)
		aw_explain_print_json(&answer, &out);
	else
		aw_explain_print(&answer, aw_term_has_colour(stdout), &out);
	return aw_cli_print(&out) ?: aw_verdict_permits(verdict) ? 0 : AW_EXIT_NO;
}

static int explain(const char *file, const struct args *args, enum aw_op op)
{
	_cleanup_(question_done) struct question question = {};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	_cleanup_free_ char *home = aw_cli_home();
	struct aw_parse_options parse_options = {
		.home = home,
		.pack_dir = getenv("AGENTWATCH_PACK_DIR"),
		.variables = args->variables.items,
	};
	struct aw_diag diag = {};
	int r = aw_cli_policy(&policy, &image, file, &parse_options, &diag);

	question.policy = policy;
	question.image = image;
	if (r == 0)
		r = put_question(&question, args, op, home, &diag);
	return r < 0 ? aw_cli_fail(AW_EXIT_USAGE, r, &diag) : answer(&question, args->as_json);
}

int aw_cmd_policy_explain(int argc, char **argv)
{
	const struct aw_verb *verb = &aw_verb_policy_explain;
	struct aw_operands operands;
	struct args args = {};
	enum aw_op op;
	int status = aw_options_parse(verb, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n != 1 || !args.op)
		return aw_usage_error(verb, NULL, "it takes one FILE and --op");
	if (aw_op_from_name(args.op, &op) < 0)
		return aw_usage_error(verb, options[0].help, "--op: there is no operation \"%s\"",
				      args.op);
	status = check_usage(&args, op);
	return status >= 0 ? status : explain(operands.items[0], &args, op);
}

const struct aw_verb aw_verb_policy_explain = {
	.name = "policy explain",
	.operands = "FILE --op OPERATION --path PATH | --address ADDRESS --port PORT | "
		    "--host HOST [--port PORT]",
	.summary = "ask a policy about one operation",
	.text = "Says whether a policy allows one operation, which rule decides it, and which "
		"budgets it is counted in. The compiled policy is asked as the kernel asks it, and "
		"the rules are asked as they are "
		"written.\n\n"
		"Names are what the kernel sees: links are followed where the path exists, and a "
		"path in the folder of an anchor is a name below that anchor.\n\n"
		"An address is judged by the rules about addresses and, where it is leased to a "
		"host, by those about hosts too; the strongest decides. With --host and without "
		"--address only the rules about hosts are asked.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_policy_explain,
};
