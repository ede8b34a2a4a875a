/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines as typed tables: a verb lists its options, each with the place in a struct that its
 * value goes to. Owns parsing and its error messages; help.h prints the same tables.
 *
 *	struct args { bool as_json; uint64_t ttl_ms; const char *policy; };
 *
 *	static const struct aw_option options[] = {
 *		{"policy", 'p', "FILE", AW_OPTION_TEXT, offsetof(struct args, policy), "…"},
 *		{"ttl", 0, "DURATION", AW_OPTION_DURATION, offsetof(struct args, ttl_ms), "…"},
 *		{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json), "…"},
 *		{},
 *	};
 *
 *	status = aw_options_parse(&aw_verb_x, argc, argv, &args, &operands);
 *	if (status >= 0)
 *		return status;
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AW_OPTION_LIST_MAX 64 /* times that one option can be given */

enum aw_option_type {
	AW_OPTION_FLAG,	    /* bool */
	AW_OPTION_TEXT,	    /* const char *; not empty; given twice: an error */
	AW_OPTION_LIST,	    /* struct aw_option_list: may be given several times */
	AW_OPTION_PAIRS,    /* the same, each NAME=VALUE */
	AW_OPTION_NUMBER,   /* uint64_t */
	AW_OPTION_BYTES,    /* uint64_t: 65536, 64K, 16M, 1G */
	AW_OPTION_DURATION, /* uint64_t, in milliseconds: 500ms, 90s, 15m, 2h, 1d */
	AW_OPTION_TYPES,
};

struct aw_option_list {
	const char *items[AW_OPTION_LIST_MAX + 1]; /* NULL-terminated; borrowed from argv */
	size_t n;
};

/* A table of these ends with an empty one. */
struct aw_option {
	const char *name;     /* without dashes */
	char letter;	      /* short form, or 0 */
	const char *argument; /* "FILE"; NULL for a flag */
	enum aw_option_type type;
	size_t offset; /* of the value in the verb's own struct */
	const char *help;
};

struct aw_example {
	const char *command; /* without "agentwatch" */
	const char *what;
};

struct aw_exit_row {
	const char *status; /* "0", "128+N" */
	const char *what;
};

struct aw_verb {
	const char *name;     /* "learn", "policy check" */
	const char *operands; /* "FILE…"; "" for none */
	const char *summary;  /* one line, no full stop */
	const char *text;     /* paragraphs, separated by empty lines; not wrapped */
	const struct aw_option *options;
	const struct aw_example *examples; /* end with an empty one */
	const struct aw_exit_row *exits;   /* end with an empty one; --help's 0 is not listed */
	bool takes_command; /* options end at the first operand; what follows is one */
	int usage_status;   /* for wrong usage; 0: AW_EXIT_USAGE */
	int (*run)(int argc, char **argv);
};

/* What is left after the options, in order. Borrowed from argv, NULL-terminated. */
struct aw_operands {
	char **items;
	int n;
};

/*
 * Parses argv[1] and on; argv is rearranged. Returns −1 to go on, or an exit status: --help was
 * printed (0), or a mistake was (the verb's usage_status). values starts zeroed, or with defaults.
 * "--name=value", "--name value", "-x value", "--" and "--help"/"-h" are understood.
 */
int aw_options_parse(const struct aw_verb *verb, int argc, char **argv, void *values,
		     struct aw_operands *ret);

/* Says on stderr what is wrong and how to get help; returns the status for wrong usage. */
int aw_usage_error(const struct aw_verb *verb, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
