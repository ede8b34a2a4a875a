/* SPDX-License-Identifier: Apache-2.0 */
/* The list of verbs, and finding one by the words of a command line. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "policy/parse_state.h"
#include "version.h"

#define VERBS_MAX    32
#define VERB_MAX     64 /* bytes of a verb's words */
#define SUGGEST_SIZE 512

static const struct aw_verb *const verbs[] = {
	&aw_verb_learn,		&aw_verb_audit,	     &aw_verb_enforce,	    &aw_verb_baseline_list,
	&aw_verb_baseline_show, &aw_verb_policy_new, &aw_verb_policy_check, &aw_verb_policy_explain,
	&aw_verb_apply,		&aw_verb_events,     &aw_verb_why,	    &aw_verb_status,
	&aw_verb_doctor,
};

const struct aw_verb *aw_verb_at(size_t i)
{
	return i < sizeof(verbs) / sizeof(*verbs) ? verbs[i] : NULL;
}

static const struct aw_verb *find(const char *words)
{
	const struct aw_verb *verb;

	for (size_t i = 0; (verb = aw_verb_at(i)); i++)
		if (strcmp(verb->name, words) == 0)
			return verb;
	return NULL;
}

const struct aw_verb *aw_verb_find(int argc, char **argv, int *retwords)
{
	char two[VERB_MAX];
	const struct aw_verb *verb = argc > 0 ? find(argv[0]) : NULL;

	if (verb) {
		*retwords = 1;
		return verb;
	}
	if (argc < 2 || snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]) >= (int)sizeof(two))
		return NULL;
	*retwords = 2;
	return find(two);
}

/* Whether a word begins a verb of two words. */
static bool is_group(const char *word)
{
	size_t length = strlen(word);
	const struct aw_verb *verb;

	for (size_t i = 0; (verb = aw_verb_at(i)); i++)
		if (strncmp(verb->name, word, length) == 0 && verb->name[length] == ' ')
			return true;
	return false;
}

static int unknown_verb(int argc, char **argv)
{
	char hint[SUGGEST_SIZE], words[VERB_MAX];
	const char *names[VERBS_MAX];
	const struct aw_verb *verb;
	struct aw_log log;
	size_t n = 0;
	bool is_two = argc > 1 && is_group(argv[0]);

	for (size_t i = 0; (verb = aw_verb_at(i)) && n < VERBS_MAX; i++)
		if (!is_group(argv[0]) || strncmp(verb->name, argv[0], strlen(argv[0])) == 0)
			names[n++] = verb->name;
	snprintf(words, sizeof(words), "%s%s%s", argv[0], is_two ? " " : "", is_two ? argv[1] : "");
	aw_parse_suggest(hint, sizeof(hint), words, "verbs", names, n);
	aw_log_init(&log, stderr, AW_LOG_INFO);
	aw_log_error(&log, "there is no verb \"%s\"", words);
	aw_log_info(&log, "hint: %s", hint);
	aw_log_info(&log, "see 'agentwatch --help'");
	return AW_EXIT_USAGE;
}

int aw_cli_main(int argc, char **argv)
{
	const struct aw_verb *verb;
	int words;

	if (argc < 2) {
		aw_help_print_overview(stderr);
		return AW_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		verb = aw_verb_find(argc - 2, argv + 2, &words);
		if (verb)
			aw_help_print(verb, stdout);
		else
			aw_help_print_overview(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("agentwatch %s\n", AW_VERSION);
		return 0;
	}
	verb = aw_verb_find(argc - 1, argv + 1, &words);
	if (!verb)
		return unknown_verb(argc - 1, argv + 1);
	return verb->run(argc - words, argv + words);
}
