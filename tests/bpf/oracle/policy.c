/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies of some hundred rules about the tree of the oracle, written as people write them,
 * so that the parser and the compiler are part of what is compared.
 */
#include "oracle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "policy/compile.h"
#include "policy/parse.h"

#define GLOB_MAX  1024
#define TRIES_MAX 50

static const char *const words[] = {"a", "b", "ab", "c.d"};
static const char *const leaf_globs[] = {"*",	      "*.c",
					 "f*",	      "{f,g}*",
					 "?[0-4]*",   "*[05]",
					 "f*.c",      "ab?*.y",
					 "[!fx]*",    "x*{,.c}",
					 "*{1,2}?.*", "g*[!y]",
					 "?1*",	      "{f,x}[1-3]*[.c]*",
					 "f?",	      "{ab,g}*{.c,.y}",
					 "*7*",	      "[a-f]*"};
static const char *const base_rules =
	"  - {id: base, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/ld.so.*', "
	"'" ORACLE_BIN "/*']}\n"
	"  - {id: most, allow: [read, write, create, delete, attr, map], path: ['" ORACLE_TREE
	"/**']}\n"
	"  - {id: work, allow: [read, create, rename, link, exec], path: ['${W}/**']}\n";

/* One segment of a folder's path, blurred now and then. */
static void blur(struct oracle_random *random, const char *segment, char *ret, size_t size)
{
	static const char *const blurs[] = {"*",  "?",	      "{a,b}", "[a-b]", "a*",
					    "**", "{ab,c.d}", "?*",    "*b"};

	snprintf(ret, size, "%s",
		 oracle_pick(random, 10) < 8 ? segment : ORACLE_PICK(random, blurs));
}

static void random_glob(struct oracle_random *random, char *ret, size_t size)
{
	bool workspace = oracle_pick(random, 2), floating = oracle_pick(random, 24) == 0;
	const char *root = workspace ? ORACLE_WORKSPACE : ORACLE_TREE;
	char folder[GLOB_MAX], segment[64], *save = NULL;
	size_t n = 0;

	oracle_random_folder(random, workspace, folder, sizeof(folder));
	if (floating)
		n += (size_t)snprintf(ret + n, size - n, "**");
	else
		n += (size_t)snprintf(ret + n, size - n, "%s", workspace ? "${W}" : ORACLE_TREE);
	for (char *part = strtok_r(folder + strlen(root), "/", &save); part && n < size / 2;
	     part = strtok_r(NULL, "/", &save)) {
		blur(random, part, segment, sizeof(segment));
		n += (size_t)snprintf(ret + n, size - n, "/%s", segment);
	}
	if (floating && n == 2)
		n += (size_t)snprintf(ret + n, size - n, "/%s", ORACLE_PICK(random, words));
	if (oracle_pick(random, 5) == 0)
		snprintf(ret + n, size - n, "/**");
	else
		snprintf(ret + n, size - n, "/%s", ORACLE_PICK(random, leaf_globs));
}

static const char *const file_ops[] = {"read",
				       "write",
				       "create",
				       "delete",
				       "rename",
				       "link",
				       "attr",
				       "exec",
				       "map",
				       "read, write",
				       "create, delete",
				       "rename, link",
				       "read, exec",
				       "write, attr",
				       "exec, map",
				       "read, write, create, delete, rename, link, attr"};

static void add_by(struct oracle_random *random, struct aw_buffer *out)
{
	uint32_t which = oracle_pick(random, 8);

	if (which == 0)
		aw_buffer_append_string(out, ", by: s0");
	else if (which == 1)
		aw_buffer_append_string(out, ", by: [s0, s1]");
}

static void add_file_rule(struct oracle_random *random, struct aw_buffer *out, size_t number)
{
	static const char *const actions[] = {"allow", "allow", "allow", "allow", "flag",
					      "flag",  "deny",	"deny",	 "ask",	  "forbid"};
	const char *action = ORACLE_PICK(random, actions), *ops = ORACLE_PICK(random, file_ops);
	char glob[GLOB_MAX], lifted[GLOB_MAX];

	random_glob(random, glob, sizeof(glob));
	aw_buffer_append_format(out, "  - {id: r%zu, %s: [%s], path: ['%s'", number, action, ops,
				glob);
	if (oracle_pick(random, 4) == 0) {
		random_glob(random, lifted, sizeof(lifted));
		aw_buffer_append_format(out, ", '%s'", lifted);
	}
	aw_buffer_append_string(out, "]");
	add_by(random, out);
	aw_buffer_append_string(out, "}\n");
	if (strcmp(action, "deny") || oracle_pick(random, 2))
		return;
	random_glob(random, lifted, sizeof(lifted));
	aw_buffer_append_format(out, "  - {id: l%zu, lift: r%zu, %s: [%s], path: ['%s']", number,
				number, oracle_pick(random, 4) ? "allow" : "flag", ops,
				oracle_pick(random, 2) ? glob : lifted);
	add_by(random, out);
	aw_buffer_append_string(out, "}\n");
}

static void add_net_rule(struct oracle_random *random, struct aw_buffer *out, size_t number)
{
	static const char *const actions[] = {"allow", "allow", "deny"};
	static const char *const ops[] = {"tcp", "udp", "tcp, udp"};
	uint32_t bits = 8 * (1 + oracle_pick(random, 4)), port = 9000 + oracle_pick(random, 16);
	uint32_t second = bits > 8 ? oracle_pick(random, 4) : 0;
	uint32_t third = bits > 16 ? oracle_pick(random, 4) : 0;
	uint32_t last = bits > 24 ? 1 + oracle_pick(random, 3) : 0;

	aw_buffer_append_format(out,
				"  - {id: n%zu, %s: [%s], cidr: [127.%u.%u.%u/%u], port: ['%u-%u']",
				number, ORACLE_PICK(random, actions), ORACLE_PICK(random, ops),
				second, third, last, bits, port, port + oracle_pick(random, 3));
	add_by(random, out);
	aw_buffer_append_string(out, "}\n");
}

static void add_unix_rule(struct oracle_random *random, struct aw_buffer *out, size_t number)
{
	static const char *const names[] = {"@oracle-f*", "@oracle-*", "@*-g*[0-4]*",
					    "@oracle-{ab,x}*"};
	char glob[GLOB_MAX];

	random_glob(random, glob, sizeof(glob));
	aw_buffer_append_format(out, "  - {id: u%zu, %s: [unix], socket: ['%s']", number,
				oracle_pick(random, 3) ? "allow" : "deny",
				oracle_pick(random, 4) ? glob : ORACLE_PICK(random, names));
	add_by(random, out);
	aw_buffer_append_string(out, "}\n");
}

char *oracle_policy_text(struct oracle_random *random, size_t n_rules)
{
	_cleanup_buffer_ struct aw_buffer out = {};

	aw_buffer_append_string(&out, "version: 1\nname: oracle\nadministrator: true\n"
				      "anchors: {W: {}}\nsubjects:\n");
	for (int i = 0; i < ORACLE_PROGRAMS - 1; i++)
		aw_buffer_append_format(&out, "  s%d: {exe: %s/s%d}\n", i, ORACLE_BIN, i);
	aw_buffer_append_string(&out, "rules:\n");
	aw_buffer_append_string(&out, base_rules);
	aw_buffer_append_string(
		&out, "  - {id: net, allow: [tcp, udp], cidr: [127.0.0.0/9], port: ['9000-9015']}\n"
		      "  - {id: unix, allow: [unix], socket: ['${W}/**', '@oracle-*']}\n");
	for (size_t i = 0; i < n_rules; i++) {
		uint32_t kind = oracle_pick(random, 10);

		if (kind == 0)
			add_net_rule(random, &out, i);
		else if (kind == 1)
			add_unix_rule(random, &out, i);
		else
			add_file_rule(random, &out, i);
	}
	return strdup(aw_buffer_string(&out));
}

void oracle_policy_draw(struct oracle_random *random, size_t n_rules, struct aw_policy **ret,
			struct aw_image **retimage, size_t *rettoo_large)
{
	struct aw_parse_options options = {.trust_text = true};
	struct aw_diag diag = {};
	int err = -E2BIG;

	for (int i = 0; err == -E2BIG && i < TRIES_MAX; i++) {
		_cleanup_free_ char *text = oracle_policy_text(random, n_rules);

		err = aw_policy_parse_text(ret, "oracle", text, strlen(text), &options, &diag);
		if (err < 0)
			oracle_die("the random policy cannot be read: %d:%d: %s\n%s", diag.line,
				   diag.column, diag.message, text);
		err = aw_policy_compile(retimage, *ret, &diag);
		if (err == -E2BIG) {
			*ret = aw_policy_free(*ret);
			++*rettoo_large;
		}
	}
	if (err < 0)
		oracle_die("the random policy cannot be compiled: %s", diag.message);
}
