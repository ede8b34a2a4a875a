/* SPDX-License-Identifier: Apache-2.0 */
/* `policy new`: a baseline as a policy file, for a person to review. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "baseline/generalize.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "policy/from_baseline.h"
#include "version.h"

struct args {
	const char *from;
	const char *name;
	const char *output;
	const char *store;
	bool force;
};

static const struct aw_option options[] = {
	{"from", 0, "BASELINE", AW_OPTION_TEXT, offsetof(struct args, from),
	 "the baseline to learn from"},
	{"output", 'o', "FILE", AW_OPTION_TEXT, offsetof(struct args, output),
	 "write it here (default: standard output)"},
	{"force", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, force),
	 "replace FILE where it exists"},
	{"name", 0, "NAME", AW_OPTION_TEXT, offsetof(struct args, name),
	 "of the policy (default: the baseline's)"},
	{"store", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, store),
	 "read this store instead of the default one"},
	{},
};

static const struct aw_example examples[] = {
	{"policy new --from ci -o ci.yaml", "from the runs of learn --name ci"},
	{"policy new ci | diff ci.yaml -", "what later runs would change"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "written"},
	{"1", "there is no such baseline, or it has no complete run"},
	{"2", "wrong usage, or the store or the file cannot be used"},
	{},
};

static int generate(const struct args *args, char **ret, struct aw_diag *reterr)
{
	struct aw_from_baseline_options options = {.name = args->name, .version = AW_VERSION};
	_cleanup_(aw_baseline_closep) struct aw_baseline_store *store = NULL;
	_cleanup_(aw_evidence_freep) struct aw_evidence *evidence = NULL;
	_cleanup_(aw_learned_freep) struct aw_learned *learned = NULL;
	int r = aw_baseline_open_reader(&store, args->store, reterr);

	if (r == 0)
		r = aw_evidence_read(&evidence, store, args->from, reterr);
	if (r == 0)
		r = aw_generalize(&learned, evidence);
	return r < 0 ? r : aw_policy_from_baseline(ret, learned, &options, reterr);
}

/* What is written must be a policy: nobody is left with a file that the next command refuses. */
static int prove(const char *text, struct aw_diag *reterr)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	int r = aw_policy_parse_text(&policy, "the learned policy", text, strlen(text), NULL,
				     reterr);

	return r < 0 ? r : aw_policy_compile(&image, policy, reterr);
}

static int write_file(const struct args *args, const char *text, struct aw_diag *reterr)
{
	struct stat st;
	int r;

	if (!args->force && lstat(args->output, &st) == 0)
		return aw_diag_set(reterr, -EEXIST, args->output, 0, 0,
				   "--force replaces it; it may have been edited by hand",
				   "the file exists");
	r = aw_atomic_file_write(args->output, text, strlen(text), 0644);
	if (r < 0)
		return aw_diag_set(reterr, r, args->output, 0, 0, NULL, "cannot be written: %s",
				   strerror(-r));
	return 0;
}

int aw_cmd_policy_new(int argc, char **argv)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r, status = aw_options_parse(&aw_verb_policy_new, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n == 1 && !args.from)
		args.from = operands.items[0];
	else if (operands.n > 0)
		args.from = NULL;
	if (!args.from)
		return aw_usage_error(&aw_verb_policy_new, "agentwatch baseline list names them",
				      "it takes the name of one BASELINE");
	r = generate(&args, &text, &diag);
	if (r < 0)
		return aw_cli_fail(r == -ENOENT || r == -ENODATA ? AW_EXIT_NO : AW_EXIT_USAGE, r,
				   &diag);
	r = prove(text, &diag);
	if (r == 0 && args.output)
		r = write_file(&args, text, &diag);
	if (r < 0)
		return aw_cli_fail(AW_EXIT_USAGE, r, &diag);
	if (args.output) {
		aw_cli_note("%s: read it, then try it: agentwatch audit --policy %s -- COMMAND",
			    args.output, args.output);
		return 0;
	}
	aw_buffer_append_string(&out, text);
	return aw_cli_print(&out);
}

const struct aw_verb aw_verb_policy_new = {
	.name = "policy new",
	.operands = "[--from] BASELINE",
	.summary = "turn a baseline into a policy file",
	.text = "Turns what the complete runs of a baseline did into a policy that people can "
		"read: "
		"every rule says in a comment on how many runs it stands. What is sensitive is "
		"never part of a pattern, but a rule of its own for review.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_policy_new,
};
