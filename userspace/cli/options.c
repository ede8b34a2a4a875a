/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing against a table. Every value has one place in the verb's struct, so an option given twice
 * is told from one given once by what stands there.
 */
#include "cli/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/option_value.h"
#include "policy/parse_state.h"

#define OPTIONS_MAX 64
#define GO_ON	    (-1)
#define MESSAGE_MAX 512
#define HINT_MAX    512
#define USED_UP(p)  (!(p)->argv[(p)->next])

struct parser {
	const struct aw_verb *verb;
	char **argv;
	int next; /* word of argv to read */
	char *values;
	struct aw_operands operands;
};

int aw_usage_error(const struct aw_verb *verb, const char *hint, const char *format, ...)
{
	char message[MESSAGE_MAX];
	struct aw_log log;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	aw_log_init(&log, stderr, AW_LOG_INFO);
	aw_log_error(&log, "%s: %s", verb->name, message);
	if (hint && *hint)
		aw_log_info(&log, "hint: %s", hint);
	aw_log_info(&log, "see 'agentwatch %s --help'", verb->name);
	return verb->usage_status ?: AW_EXIT_USAGE;
}

static const struct aw_option *find_name(const struct aw_verb *verb, const char *name,
					 size_t length)
{
	for (const struct aw_option *o = verb->options; o->name; o++)
		if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
			return o;
	return NULL;
}

static const struct aw_option *find_letter(const struct aw_verb *verb, char letter)
{
	for (const struct aw_option *o = verb->options; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int unknown_option(const struct aw_verb *verb, const char *name, size_t length)
{
	const char *names[OPTIONS_MAX];
	char word[64], hint[HINT_MAX];
	size_t n = 0;

	for (const struct aw_option *o = verb->options; o->name && n < OPTIONS_MAX; o++)
		names[n++] = o->name;
	snprintf(word, sizeof(word), "%.*s", (int)length, name);
	aw_parse_suggest(hint, sizeof(hint), word, "options", names, n);
	return aw_usage_error(verb, hint, "there is no option --%s", word);
}

static int bad_value(const struct aw_verb *verb, const struct aw_option *o, const char *text, int r)
{
	static const char *const hints[AW_OPTION_TYPES] = {
		[AW_OPTION_PAIRS] = "it is NAME=VALUE",
		[AW_OPTION_NUMBER] = "a number",
		[AW_OPTION_BYTES] = "a number of bytes: 65536, 64K, 16M, 1G",
		[AW_OPTION_DURATION] = "one number and one unit: 500ms, 90s, 15m, 2h, 1d",
	};

	return aw_usage_error(verb, hints[o->type], "--%s: \"%s\" is %s", o->name, text,
			      r == -ERANGE ? "too much" : "not understood");
}

static int add_to_list(const struct aw_verb *verb, const struct aw_option *o,
		       struct aw_option_list *list, const char *text)
{
	if (list->n == AW_OPTION_LIST_MAX)
		return aw_usage_error(verb, NULL, "--%s is given more than %d times", o->name,
				      AW_OPTION_LIST_MAX);
	list->items[list->n++] = text;
	return GO_ON;
}

static int set_text(const struct aw_verb *verb, const struct aw_option *o, const char **place,
		    const char *text)
{
	if (*place)
		return aw_usage_error(verb, NULL, "--%s is given twice", o->name);
	*place = text;
	return GO_ON;
}

static int set_value(struct parser *p, const struct aw_option *o, const char *text)
{
	void *place = p->values + o->offset;
	int r = 0;

	if (o->type != AW_OPTION_FLAG && !*text)
		return aw_usage_error(p->verb, NULL, "--%s: the %s is empty", o->name, o->argument);
	switch (o->type) {
	case AW_OPTION_FLAG:
		*(bool *)place = true;
		break;
	case AW_OPTION_TEXT:
		return set_text(p->verb, o, place, text);
	case AW_OPTION_PAIRS:
		if (!aw_option_is_pair(text))
			return bad_value(p->verb, o, text, -EINVAL);
		return add_to_list(p->verb, o, place, text);
	case AW_OPTION_LIST:
		return add_to_list(p->verb, o, place, text);
	case AW_OPTION_NUMBER:
		r = aw_option_number(text, place);
		break;
	case AW_OPTION_BYTES:
		r = aw_option_bytes(text, place);
		break;
	case AW_OPTION_DURATION:
		r = aw_option_duration(text, place);
		break;
	case AW_OPTION_TYPES:
		break;
	}
	return r < 0 ? bad_value(p->verb, o, text, r) : GO_ON;
}

/* An option that was found; value is what stood behind "=", or NULL. */
static int take_option(struct parser *p, const struct aw_option *o, const char *value)
{
	if (o->type == AW_OPTION_FLAG) {
		if (value)
			return aw_usage_error(p->verb, NULL, "--%s takes no value", o->name);
		return set_value(p, o, "");
	}
	if (!value && USED_UP(p))
		return aw_usage_error(p->verb, NULL, "--%s needs a %s", o->name, o->argument);
	return set_value(p, o, value ?: p->argv[p->next++]);
}

static int long_option(struct parser *p, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct aw_option *o = find_name(p->verb, word, length);

	if (!o)
		return unknown_option(p->verb, word, length);
	return take_option(p, o, word[length] == '=' ? word + length + 1 : NULL);
}

/* "-f", "-ofile", "-o file"; flags can stand together. */
static int short_options(struct parser *p, const char *letters)
{
	int status = GO_ON;

	while (*letters && status == GO_ON) {
		const struct aw_option *o = find_letter(p->verb, *letters);

		if (!o)
			return aw_usage_error(p->verb, NULL, "there is no option -%c", *letters);
		letters++;
		if (o->type == AW_OPTION_FLAG) {
			status = take_option(p, o, NULL);
			continue;
		}
		return take_option(p, o, *letters ? letters : NULL);
	}
	return status;
}

static int one_word(struct parser *p, char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		aw_help_print(p->verb, stdout);
		return 0;
	}
	if (strncmp(word, "--", 2) == 0)
		return long_option(p, word + 2);
	if (word[0] == '-' && word[1])
		return short_options(p, word + 1);
	p->operands.items[p->operands.n++] = word;
	return GO_ON;
}

int aw_options_parse(const struct aw_verb *verb, int argc, char **argv, void *values,
		     struct aw_operands *ret)
{
	struct parser p = {.verb = verb, .argv = argv, .next = 1, .values = values};
	int status = GO_ON;

	/* Operands move to the front; there are never more of them than words read. */
	p.operands.items = argv + (argc > 0);
	while (status == GO_ON && p.next < argc) {
		char *word = argv[p.next++];

		if (strcmp(word, "--") == 0)
			break;
		status = one_word(&p, word);
		if (verb->takes_command && p.operands.n > 0)
			break;
	}
	if (status != GO_ON)
		return status;
	while (p.next < argc)
		p.operands.items[p.operands.n++] = argv[p.next++];
	p.operands.items[p.operands.n] = NULL;
	*ret = p.operands;
	return GO_ON;
}
