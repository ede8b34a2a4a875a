/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes in policy files, each with the place, the message and the mend that people must get. The
 * table is the test: a row whose text parses, or whose place moves, fails.
 */
#include "policy/parse_helper.h"

struct mistake {
	const char *text;
	int line, column;
	const char *message; /* a part of it */
	const char *hint;    /* a part of it, or NULL */
};

#define CLASSES "version: 1\nsubjects:\n"
#define BOTH                                                                                     \
	"version: 1\nanchors: {W: {}}\nsubjects: {ssh: {exe: /usr/bin/ssh}, npm: {script: /n}, " \
	"sub: {under: npm}}\nrules:\n  - "

static const struct mistake yaml_mistakes[] = {
	{"", 1, 1, "the file is empty", "version: 1"},
	{"# nothing\n", 2, 1, "the file is empty", "version: 1"},
	{"version: 1\nrules: [\n", 3, 1, "flow", NULL},
	{"version: 1\nname: \"x\n", 3, 1, "quoted scalar", "a quote is not closed"},
	{"version: 1\n\trules: []\n", 2, 1, "tab character", "spaces, not with tabs"},
	{"version: 1\nname: a: b\n", 2, 8, "mapping values are not allowed", "quote text"},
	{RULES "{id: a, allow: [read], path: [**/x, /y]}", 3, 35, "unquoted * starts a YAML alias",
	 "quote the glob: \"**/x\""},
	{RULES "{id: a, allow: [read], path: [*.so]}", 3, 35, "unquoted * starts a YAML alias",
	 "quote the glob: \"*.so\""},
	{RULES "{id: a, allow: [read], path: [*x]}", 3, 35, "unquoted * starts a YAML alias",
	 "quote the glob: \"*x\""},
	{RULES "{id: a, allow: [unix], socket: [@bus]}", 3, 37, "cannot start any token",
	 "quote the glob: \"@bus\""},
	{RULES "{id: a, allow: [read], path: [/usr/{a,b}]}", 3, 40, "flow sequence",
	 "quote globs that hold"},
	{RULES "{id: a, allow: [read], path: [/usr/[ab]]}", 3, 40, "flow sequence",
	 "quote globs that hold"},
	{RULES "{id: a, allow: [read], path: [\"/a\\.b\"]}", 3, 38, "unknown escape",
	 "single quotes keep a backslash"},
	{RULES "&r {id: a, allow: [read], path: [/x]}", 3, 5, "YAML anchors", "quote"},
	{RULES "{id: a, allow: [read], path: [!x /y]}", 3, 35, "YAML tags", "quote text"},
	{"version: 1\n---\nversion: 1\n", 2, 1, "a second YAML document", "include:"},
	{"version: 1\nname: a\xff\n", 2, 8, "not valid UTF-8", NULL},
	{"version: 1\nname: \xed\xa0\x80\n", 2, 7, "not valid UTF-8", NULL},
	{"version: 1\nname: \"a\\0b\"\n", 2, 7, "a NUL byte", NULL},
	{"version: 1\nname: a\x01\n", 2, 8, "control characters", NULL},
	{"version: 1\nname: a\nname: b\n", 3, 1, "duplicate key name, first on line 2", NULL},
	{"version: 1\n? [a]\n: b\n", 2, 3, "a key must be text", NULL},
	{"version: 1\nrules: [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]\n", 2, 19, "AW_YAML_DEPTH_MAX", NULL},
};

static const struct mistake top_mistakes[] = {
	{"- a\n", 1, 1, "policy: expected a mapping, found a list", NULL},
	{"rules: []\n", 1, 1, "version: is missing", "version: 1"},
	{"version: \"1\"\n", 1, 10, "version: expected a number", "version: 1"},
	{"version: 2\n", 1, 10, "newer than what this agentwatch reads", "newer agentwatch"},
	{"version: 99999999999999999999\n", 1, 10, "newer than", NULL},
	{"version: 0\n", 1, 10, "unknown version 0", NULL},
	{"version: 1\nrule: []\n", 2, 1, "unknown key \"rule\"", "did you mean \"rules\"?"},
	{"version: 1\nzzzzzzz: []\n", 2, 1, "unknown key", "keys: version name"},
	{"version: 1\nname: 12\n", 2, 7, "name: expected text, found a number", "quote it"},
	{"version: 1\nname: [a]\n", 2, 7, "name: expected text, found a list", NULL},
	{"version: 1\nname: a b\n", 2, 7, "\"a b\" is not a name", "letters"},
	{"version: 1\nadministrator: yes\n", 2, 16, "expected true or false", NULL},
	{"version: 1\nrules: {}\n", 2, 8, "rules: expected a list", NULL},
	{"version: 1\nrules:\n  - read\n", 3, 5, "rule: expected a mapping, found text", NULL},
	{"version: 1\ninclude: ./a.yaml\n", 2, 10, "relative, and this text is no file", "pack:"},
	{"version: 1\ninclude: [\"pack:../x\"]\n", 2, 11, "is not the name of a pack", NULL},
	{"version: 1\ninclude: [\"pack:no/such\"]\n", 2, 11, "No such file", NULL},
	{"version: 1\ninclude: [/dev/null]\n", 2, 11, "not a regular file", NULL},
	{"version: 1\ninclude: []\n", 2, 10, "include: an empty list", NULL},
	{"version: 1\nanchors: [W]\n", 2, 10, "anchors: expected a mapping", NULL},
	{"version: 1\nanchors: {W: /srv}\n", 2, 14, "anchor W: takes no value", "{}"},
	{"version: 1\nanchors: {1W: {}}\n", 2, 11, "\"1W\" is not a name", NULL},
	{"version: 1\nanchors: {A: {}, B: {}, C: {}, D: {}, E: {}, F: {}, G: {}, H: {}, I: {}}\n",
	 2, 67, "AW_ANCHORS_MAX (8)", NULL},
	{CLASSES "  a: {}\n", 3, 6, "needs one of exe, script and under", NULL},
	{CLASSES "  a: {exe: /a, under: b}\n", 3, 6, "needs one of exe", NULL},
	{CLASSES "  a: {exec: /a}\n", 3, 7, "unknown key \"exec\"", "did you mean \"exe\"?"},
	{CLASSES "  a: {exe: []}\n", 3, 12, "exe: an empty list", NULL},
	{CLASSES "  a: {exe: memfd:x}\n", 3, 12, "is relative", NULL},
	{CLASSES "  a: {under: b}\n", 3, 14, "unknown class \"b\"", NULL},
	{CLASSES "  a: {under: a}\n", 3, 6, "runs in a circle", "exe: or script:"},
	{CLASSES "  npm: {exe: /n}\n  a: {under: b}\n  b: {under: a}\n", 4, 6, "circle", NULL},
	{CLASSES "  npm: {exe: /n}\n  a: {under: npn}\n", 4, 14, "unknown class \"npn\"",
	 "did you mean \"npm\"?"},
	{CLASSES "  {a: {exe: /x}, b: {exe: /x}, c: {exe: /x}, d: {exe: /x}, e: {exe: /x},\n"
		 "   f: {exe: /x}, g: {exe: /x}, h: {exe: /x}, i: {exe: /x}, j: {exe: /x},\n"
		 "   k: {exe: /x}, l: {exe: /x}, m: {exe: /x}, n: {exe: /x}, o: {exe: /x},\n"
		 "   p: {exe: /x},\n   q: {exe: /x}}\n",
	 7, 4, "AW_SUBJECTS_MAX (16)", NULL},
};

static const struct mistake rule_mistakes[] = {
	{RULES "{allow: [read], path: [/x]}", 3, 5, "a rule without id", "id:"},
	{RULES "{id: \"a b\", allow: [read], path: [/x]}", 3, 10, "is not a name", NULL},
	{RULES "{id: a, path: [/x]}", 3, 5, "rule a: no action", "one of allow"},
	{RULES "{id: a, allow: [read], deny: [write], path: [/x]}", 3, 28,
	 "two actions, allow and deny", "two rules"},
	{RULES "{id: a, allow: [], path: [/x]}", 3, 20, "allow: an empty list", NULL},
	{RULES "{id: a, allow: [raed], path: [/x]}", 3, 21, "unknown operation \"raed\"",
	 "did you mean \"read\"?"},
	{RULES "{id: a, allow: [connect], path: [/x]}", 3, 21, "unknown operation \"connect\"",
	 "operations: read write"},
	{RULES "{id: a, allow: [1], path: [/x]}", 3, 21, "expected text, found a number", NULL},
	{RULES "{id: a, alow: [read], path: [/x]}", 3, 13, "unknown key \"alow\"",
	 "did you mean \"allow\"?"},
	{RULES "{id: a, deny: [read], path: [/x]}\n  - {id: a, deny: [read], path: [/y]}", 4, 5,
	 "duplicate rule id \"a\", first at t.yaml:3", NULL},
	{RULES "{id: a, allow: [read, tcp], path: [/x]}", 3, 5, "read and tcp have different",
	 "one rule for each"},
	{RULES "{id: a, allow: [read, unix], path: [/x]}", 3, 5, "read and unix have different",
	 NULL},
	{RULES "{id: a, allow: [read]}", 3, 5, "read without path:", NULL},
	{RULES "{id: a, allow: [unix]}", 3, 5, "unix without socket:", NULL},
	{RULES "{id: a, allow: [unix], path: [/x]}", 3, 28, "path: does not go with unix",
	 "socket:"},
	{RULES "{id: a, allow: [read], socket: [/x]}", 3, 28, "socket: does not go with read",
	 "path:"},
	{RULES "{id: a, allow: [tcp], socket: [/x], port: [1]}", 3, 27,
	 "socket: does not go with tcp", "cidr: or host:"},
	{RULES "{id: a, allow: [tcp], path: [/x], port: [1]}", 3, 27, "path: does not go with tcp",
	 "cidr: or host:"},
	{RULES "{id: a, allow: [read], path: [/x], port: [1]}", 3, 40,
	 "port: does not go with read", NULL},
	{RULES "{id: a, allow: [read], path: []}", 3, 34, "path: an empty list", NULL},
	{RULES "{id: a, allow: [read], path: [~]}", 3, 35, "found nothing", "~ alone"},
	{RULES "{id: a, allow: [read], path: [\"\"]}", 3, 35, "the text is empty", NULL},
	{RULES "{id: a, allow: [read], path: {a: b}}", 3, 34, "expected a list, found a mapping",
	 "quote"},
	{RULES "{id: a, deny: [read], path: [/x], reason: \"a\\nb\"}", 3, 47, "control character",
	 "one line"},
	{RULES "{id: a, deny: [read], path: [/x], timeout: 5m}", 3, 39,
	 "timeout: goes with ask alone", NULL},
	{RULES "{id: a, deny: [read], path: [/x], else: deny}", 3, 39, "else: goes with ask alone",
	 NULL},
	{RULES "{id: a, ask: [read], path: [/x], else: allow}", 3, 44, "can only be denied", NULL},
	{RULES "{id: a, ask: [read], path: [/x], timeout: 15}", 3, 47, "\"15\" is not a time",
	 "a unit"},
	{RULES "{id: a, ask: [read], path: [/x], timeout: 8d}", 3, 47, "AW_ASK_TIMEOUT_MAX_MS",
	 NULL},
	{RULES "{id: a, ask: [read], path: [/x], timeout: 0s}", 3, 47, "more than 0", NULL},
	{RULES "{id: a, deny: [exec, read], path: [/x], when: [deleted]}", 3, 45,
	 "when: goes with exec and map alone", "rule of its own"},
	{RULES "{id: a, deny: [exec], path: [/x], when: [agent_written]}", 3, 46,
	 "unknown condition \"agent_written\"", "did you mean \"agent-written\"?"},
	{RULES "{id: a, deny: [exec], path: [/x], when: []}", 3, 45, "when: an empty list", NULL},
	{RULES "{id: a, deny: [read], path: [/x], by: ssh}", 3, 43, "unknown class \"ssh\"",
	 "declare it"},
	{BOTH "{id: a, deny: [read], path: [/x], by: [ssg]}", 5, 44, "unknown class \"ssg\"",
	 "did you mean \"ssh\"?"},
	{BOTH "{id: a, allow: [read], path: [/x], by: npm}", 5, 44,
	 "class npm is a script, which may narrow but not allow", "exe: class"},
	{BOTH "{id: d, deny: [read], path: [/x]}\n  - {id: l, lift: d, flag: [read], path: [/x], "
	      "by: [ssh, sub]}",
	 6, 58, "class sub is under another, which may narrow but not lift", NULL},
	{RULES "{id: l, lift: guard.mont}", 3, 19, "unknown rule \"guard.mont\"",
	 "did you mean \"guard.mount\"?"},
	{RULES "{id: l, lift: [guard.mount, guard.ptrac]}", 3, 33, "unknown rule \"guard.ptrac\"",
	 "did you mean \"guard.ptrace\"?"},
	{RULES "{id: l, lift: guard.mount-first}", 3, 19, "forbids, which nothing lifts", NULL},
	{RULES "{id: l, lift: guard.agentwatch}", 3, 19, "denies none of these operations", NULL},
	{RULES "{id: l, lift: guard.resolver, allow: [unix], socket: [/run/nscd/socket]}", 3, 19,
	 "is there where some rule has host:", "nothing is to be lifted"},
	{RULES "{id: guard.x, deny: [read], path: [/x]}", 3, 10, "are built in", "another id"},
	{RULES "{id: a, allow: [guard], path: \"guard:mount\"}", 3, 5,
	 "are allowed by lifting a rule", "lift: guard.mount"},
	{RULES "{id: a, deny: [guard], path: \"guard:ptrce\"}", 3, 34, "is no guard act",
	 "did you mean \"guard:ptrace\"?"},
	{RULES "{id: a, deny: [guard], path: /x}", 3, 34, "\"/x\" is no guard act", NULL},
	{RULES "{id: a, deny: [read], path: \"guard:mount\"}", 3, 33, "is relative", NULL},
	{RULES "{id: a, deny: [guard]}", 3, 5, "guard without path:", "guard acts are named by"},
	{RULES "{id: a, deny: [guard, read], path: \"guard:mount\"}", 3, 5,
	 "have different objects", NULL},
	{RULES "{id: l, lift: d, allow: [read], path: [/x]}", 3, 19, "unknown rule \"d\"",
	 "deny nothing"},
	{RULES
	 "{id: ssh.keys, deny: [read], path: [/x]}\n  - {id: l, lift: ssh.key, allow: [read], "
	 "path: [/x]}",
	 4, 19, "unknown rule \"ssh.key\"", "did you mean \"ssh.keys\"?"},
	{RULES
	 "{id: d, allow: [read], path: [/x]}\n  - {id: l, lift: d, allow: [read], path: [/x]}",
	 4, 19, "\"d\" is an allow rule, only deny rules are lifted", NULL},
	{RULES "{id: d, ask: [read], path: [/x]}\n  - {id: l, lift: d, allow: [read], path: [/x]}",
	 4, 19, "\"d\" is an ask rule", NULL},
	{"version: 1\nadministrator: true\nrules:\n  - {id: d, forbid: [read], path: [/x]}\n"
	 "  - {id: l, lift: d, allow: [read], path: [/x]}",
	 5, 19, "\"d\" forbids, which nothing lifts", NULL},
	{RULES "{id: d, deny: [read], path: [/x]}\n  - {id: l, lift: d, deny: [read], path: [/x]}",
	 4, 19, "a lift cannot deny", "allow or flag"},
	{RULES "{id: d, deny: [read], path: [/x]}\n  - {id: l, lift: d, path: [/x]}", 4, 5,
	 "rule l: no action", NULL},
	{RULES
	 "{id: d, deny: [read], path: [/x]}\n  - {id: l, lift: d, allow: [write], path: [/x]}",
	 4, 19, "denies none of these operations", NULL},
	{RULES "{id: d, deny: [read], path: [/x]}\n  - {id: l, lift: l, allow: [read], path: [/x]}",
	 4, 19, "is an allow rule", NULL},
	{RULES "{id: a, forbid: [read], path: [/x]}", 3, 13, "forbid is for the administrator's",
	 "administrator: true"},
};

#define NET(rest)  RULES "{id: a, allow: [tcp, bind], cidr: [10.0.0.0/8], port: [1], " rest "}"
#define EXEC(rest) RULES "{id: a, allow: [exec, map], path: [/x], " rest "}"

static const struct mistake limit_mistakes[] = {
	{NET("limit: 600/h"), 3, 71, "limit: expected a mapping, found text", NULL},
	{NET("limit: [bytes, 1/h]"), 3, 71, "limit: expected a mapping, found a list", NULL},
	{RULES "{id: a, allow: [exec], path: [/x], when: [deleted], limit: {execs: 1/h}}", 3, 57,
	 "rule a: limit: does not go with when:", "without when:"},
	{NET("limit: {}"), 3, 71, "limit: an empty mapping", "{connects: 600/h}"},
	{NET("limit: ~"), 3, 71, "limit: expected a mapping, found nothing", NULL},
	{NET("limit: {conects: 1/h}"), 3, 72, "limit: unknown key \"conects\"",
	 "did you mean \"connects\"?"},
	{NET("limit: {opens: 1/h}"), 3, 72, "unknown key \"opens\"",
	 "keys: connects rate burst bytes exchanges execs questions question-bytes creates"},
	{NET("limit: {connects: 6KiB/h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {questions: 6/h}"), 3, 72, "limit: questions counts none of its operations",
	 "questions those for hosts"},
	{NET("limit: {connects: 600}"), 3, 82, "limit: connects: expected a number per time",
	 "600/h or 20/10m"},
	{NET("limit: {connects: /h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600/}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600/w}"), 3, 82, "a number per time", "s, m, h or d"},
	{NET("limit: {connects: 600/ms}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600/10}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600/h2}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600-h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 600 / h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: -6/h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 6/-1h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: 0.5/h}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: [6/h]}"), 3, 82, "a number per time", NULL},
	{NET("limit: {connects: \"\"}"), 3, 82, "a number per time", NULL},
	{NET("limit: {rate: h}"), 3, 78, "limit: rate: expected a number per time", NULL},
	{NET("limit: {connects: 0/h}"), 3, 82,
	 "connects: more than 0 and at most AW_LIMIT_COUNT_MAX (1000000000) is allowed",
	 "take the rule out"},
	{NET("limit: {connects: 1000000001/h}"), 3, 82, "AW_LIMIT_COUNT_MAX", "fewer"},
	{NET("limit: {connects: 18446744073709551617/h}"), 3, 82, "AW_LIMIT_COUNT_MAX", NULL},
	{NET("limit: {connects: 6/0h}"), 3, 82,
	 "connects: a time of more than 0 and at most AW_LIMIT_PERIOD_MAX_MS (7d) is allowed",
	 NULL},
	{NET("limit: {connects: 6/8d}"), 3, 82, "AW_LIMIT_PERIOD_MAX_MS (7d)", "as in 600/7d"},
	{NET("limit: {connects: 6/169h}"), 3, 82, "AW_LIMIT_PERIOD_MAX_MS (7d)", NULL},
	{NET("limit: {connects: 6/604801s}"), 3, 82, "AW_LIMIT_PERIOD_MAX_MS (7d)", NULL},
	{NET("limit: {connects: 6/18446744073709551617s}"), 3, 82, "AW_LIMIT_PERIOD_MAX_MS (7d)",
	 NULL},
	{NET("limit: {connects: 6/h, burst: 4}"), 3, 87, "burst: goes with rate alone",
	 "rate: 20/s"},
	{NET("limit: {burst: 4}"), 3, 72, "burst: goes with rate alone", NULL},
	{NET("limit: {rate: 6/h, burst: 0}"), 3, 90,
	 "burst: more than 0 and at most AW_LIMIT_COUNT_MAX (1000000000)", NULL},
	{NET("limit: {rate: 6/h, burst: 1000000001}"), 3, 90, "AW_LIMIT_COUNT_MAX", "fewer"},
	{NET("limit: {rate: 6/h, burst: 18446744073709551617}"), 3, 90, "AW_LIMIT_COUNT_MAX", NULL},
	{NET("limit: {rate: 6/h, burst: 4/h}"), 3, 90, "burst: expected a number", "burst: 40"},
	{NET("limit: {rate: 6/h, burst: -4}"), 3, 90, "burst: expected a number", NULL},
	{NET("limit: {rate: 6/h, burst: [4]}"), 3, 90, "burst: expected a number", NULL},
	{NET("limit: {rate: 6/h, burst: \"\"}"), 3, 90, "burst: expected a number", NULL},
	{NET("limit: {rate: 1/d, burst: 53376}"), 3, 90,
	 "burst: takes longer than 53375 days to fill", "smaller"},
	{NET("limit: {rate: 1/7d, burst: 30501}"), 3, 91, "takes longer than 53375 days", NULL},
	{NET("limit: {execs: 1/h}"), 3, 72, "rule a: limit: execs counts none of its operations",
	 "execs exec"},
	{EXEC("limit: {connects: 1/h}"), 3, 53,
	 "rule a: limit: connects counts none of its operations",
	 "connects, rate and bytes count tcp and udp"},
	{EXEC("limit: {rate: 1/h}"), 3, 53, "limit: rate counts none of its operations", NULL},
	{EXEC("limit: {execs: 1/h, connects: 1/h}"), 3, 65, "connects counts none", NULL},
	{RULES "{id: a, allow: [bind, listen], cidr: [10.0.0.0/8], port: [1], "
	       "limit: {connects: 1/h}}",
	 3, 75, "connects counts none", NULL},
	{RULES "{id: a, allow: [map], path: [/x], limit: {execs: 1/h}}", 3, 47, "execs counts none",
	 NULL},
	{RULES "{id: a, lift: guard.mount, limit: {execs: 1/h}}", 3, 40, "execs counts none", NULL},
	{RULES "{id: a, deny: [exec], path: [/x], limit: {execs: 1/h}}", 3, 39,
	 "rule a: limit: goes with allow and flag, not with deny", "take it out"},
	{RULES "{id: a, ask: [exec], path: [/x], limit: {execs: 1/h}}", 3, 38, "not with ask",
	 NULL},
	{"version: 1\nadministrator: true\nrules:\n  - {id: a, forbid: [exec], path: [/x], "
	 "limit: {execs: 1/h}}",
	 4, 41, "not with forbid", NULL},
	{RULES "{id: a, allow: [udp], cidr: [10.0.0.0/8], port: [1], limit: {exchanges: 1/h}}", 3,
	 66, "exchanges counts none", "exchanges tcp"},
	{EXEC("limit: {creates: 1/h}"), 3, 53, "creates counts none", "creates create"},
	{EXEC("limit: {bytes: 1/h}"), 3, 53, "bytes counts none", NULL},
	{NET("limit: {bytes: 0/h}"), 3, 79,
	 "bytes: more than 0 and at most AW_LIMIT_BYTES_MAX (1024GiB) is allowed", "take the rule"},
	{NET("limit: {bytes: 1025GiB/d}"), 3, 79, "AW_LIMIT_BYTES_MAX (1024GiB)", "fewer"},
	{NET("limit: {bytes: 18446744073709551617GiB/d}"), 3, 79, "AW_LIMIT_BYTES_MAX", NULL},
	{NET("limit: {bytes: 1GiB/s}"), 3, 79, "bytes: more than a byte a nanosecond", "longer"},
	{NET("limit: {bytes: 1TiB/d}"), 3, 79, "bytes: expected a number per time", NULL},
	{EXEC("limit: {execs: 1/h, scope: host}"), 3, 65,
	 "rule a: limit: scope is not enforced yet", "wider than it says"},
	{EXEC("on-exhaust: deny"), 3, 45, "rule a: on-exhaust: goes with limit alone",
	 "take it out"},
	{EXEC("limit: {execs: 1/h}, on-exhaust: retyr"), 3, 78,
	 "on-exhaust: unknown word \"retyr\"", "did you mean \"retry\"?"},
	{EXEC("limit: {execs: 1/h}, on-exhaust: allow"), 3, 78, "unknown word \"allow\"",
	 "one of: deny retry"},
	{EXEC("limit: {execs: 1/h}, on-exhaust: [deny]"), 3, 78,
	 "on-exhaust: expected text, found a list", NULL},
	{EXEC("limit: {execs: 1/h}, on-exhaust: tighten"), 3, 78,
	 "rule a: on-exhaust: tighten is not enforced yet", "deny or retry"},
	{EXEC("limit: {execs: 1/h}, on-exhaust: tighten to strict"), 3, 78,
	 "tighten is not enforced yet", NULL},
	{EXEC("limit: {execs: 1/h}, on_exhaust: deny"), 3, 66, "unknown key \"on_exhaust\"",
	 "did you mean \"on-exhaust\"?"},
};

#define PATH(glob) RULES "{id: a, allow: [read], path: ['" glob "']}"

static const struct mistake glob_mistakes[] = {
	{PATH("usr/lib"), 3, 35, "\"usr/lib\" is relative", "absolute path"},
	{PATH("./x"), 3, 35, "is relative", NULL},
	{PATH("*/x"), 3, 35, "is relative", NULL},
	{PATH("@x"), 3, 35, "is no path", "socket:"},
	{PATH("~root/x"), 3, 35, "only ~/ stands for a home folder", NULL},
	{PATH("/a/[b"), 3, 35, "without ']'", NULL},
	{PATH("/a/[^b]"), 3, 35, "[^", NULL},
	{PATH("/a/[z-a]"), 3, 35, "range", NULL},
	{PATH("/a/{b,c"), 3, 35, "without '}'", NULL},
	{PATH("/a/b}"), 3, 35, "without '{'", NULL},
	{PATH("/a/**b"), 3, 35, "'**' inside a segment", NULL},
	{PATH("/a//b"), 3, 35, "empty segment", NULL},
	{PATH("/a/"), 3, 35, "empty segment", NULL},
	{PATH("/a/../b"), 3, 35, "'..'", NULL},
	{PATH("/a/\\"), 3, 35, "\\", NULL},
	{PATH("${HOME}/x"), 3, 35,
	 "unbound anchor ${HOME}: declare it under anchors:", "anchors: {HOME: {}}"},
	{PATH("/x/${NAME}"), 3, 35, "unknown variable ${NAME}", "--var NAME=VALUE"},
	{PATH("/x/${NAME"), 3, 35, "malformed ${NAME}", NULL},
	{PATH("/x/${}"), 3, 35, "malformed ${NAME}", NULL},
	{BOTH "{id: a, allow: [read], path: [\"${W}x\"]}", 5, 35, "a / must follow the anchor",
	 NULL},
	{BOTH "{id: a, allow: [read], path: [\"${W}/\"]}", 5, 35, "empty segment", NULL},
	{BOTH "{id: a, allow: [read], path: [\"/x/${W}\"]}", 5, 35,
	 "anchor ${W} can only stand at the start", NULL},
	{RULES "{id: a, allow: [unix], socket: [\"@\"]}", 3, 37, "is no path", NULL},
	{RULES "{id: a, allow: [unix], socket: [bus]}", 3, 37, "is relative", NULL},
};

#define LABEL_50  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw."
#define LABEL_64  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"
#define TCP(rest) RULES "{id: a, allow: [tcp], " rest "}"

static const struct mistake net_mistakes[] = {
	{TCP("cidr: [10.0.0.0/8]"), 3, 27, "tcp without port:", "0-65535"},
	{TCP("host: [a.example.com]"), 3, 27, "tcp without port:", NULL},
	{TCP("port: [443]"), 3, 27, "port: without cidr: or host:", "0.0.0.0/0"},
	{TCP("reason: x"), 3, 5, "tcp without cidr: or host:", NULL},
	{TCP("cidr: [10.0.0.0/8], host: [a.b], port: [1]"), 3, 47,
	 "host: together with cidr:", "two rules"},
	{TCP("cidr: [10.0.0.5/24], port: [1]"), 3, 34, "10.0.0.5/24: address bits",
	 "write 10.0.0.0/24 for the network, or /32"},
	{TCP("cidr: [\"2001:db8::1/32\"], port: [1]"), 3, 34, "address bits", "2001:db8::/32"},
	{TCP("cidr: [10.0.0.2], port: [1]"), 3, 34, "the prefix length is missing",
	 "write 10.0.0.2/32"},
	{TCP("cidr: [10.0.0.0/33], port: [1]"), 3, 34, "must be 0 to 32", NULL},
	{TCP("cidr: [\"::/129\"], port: [1]"), 3, 34, "must be 0 to 128", NULL},
	{TCP("cidr: [10.0.0.0/], port: [1]"), 3, 34, "must be 0 to 32", NULL},
	{TCP("cidr: [10.0.0/8], port: [1]"), 3, 34, "is no range of addresses", "host:"},
	{TCP("cidr: [010.0.0.0/8], port: [1]"), 3, 34, "is no range of addresses", NULL},
	{TCP("cidr: [\"fe80::1%eth0/64\"], port: [1]"), 3, 34, "is no range", NULL},
	{TCP("cidr: [\"${NONE}\"], port: [1]"), 3, 34, "unknown variable ${NONE}", NULL},
	{TCP("cidr: [10.0.0.0/8], port: [65536]"), 3, 54, "is not a port", "0 to 65535"},
	{TCP("cidr: [10.0.0.0/8], port: [-1]"), 3, 54, "is not a port", NULL},
	{TCP("cidr: [10.0.0.0/8], port: [0x50]"), 3, 54, "is not a port", NULL},
	{TCP("cidr: [10.0.0.0/8], port: [https]"), 3, 54, "is not a port", NULL},
	{TCP("cidr: [10.0.0.0/8], port: [8010-8000]"), 3, 54, "runs backwards",
	 "write \"8000-8010\""},
	{TCP("cidr: [10.0.0.0/8], port: [1-2-3]"), 3, 54, "is not a port", NULL},
	{TCP("cidr: [10.0.0.0/8], port: [[1]]"), 3, 54, "expected a port", NULL},
	{TCP("host: [10.0.0.1], port: [1]"), 3, 34, "is not a host name", "cidr:"},
	{TCP("host: [\"a.*.org\"], port: [1]"), 3, 34, "is not a host name", "* stands only"},
	{TCP("host: [\"-a.org\"], port: [1]"), 3, 34, "is not a host name", "labels"},
	{TCP("host: [\"a..org\"], port: [1]"), 3, 34, "is not a host name", NULL},
	{TCP("host: [\"b\xc3\xbc.example\"], port: [1]"), 3, 34, "is not a host name",
	 "in ASCII: xn--"},
	{TCP("host: [\"fd00::1\"], port: [1]"), 3, 34, "is not a host name", "cidr:"},
	{TCP("host: [\"10.0.0.1.\"], port: [1]"), 3, 34, "is not a host name", "cidr:"},
	{TCP("host: [\"*\"], port: [1]"), 3, 34, "is not a host name", "* stands only"},
	{TCP("host: [\"*.\"], port: [1]"), 3, 34, "is not a host name", NULL},
	{TCP("host: [\"*x.org\"], port: [1]"), 3, 34, "is not a host name", "* stands only"},
	{TCP("host: [\"*.*.org\"], port: [1]"), 3, 34, "is not a host name", "* stands only"},
	{TCP("host: [\".\"], port: [1]"), 3, 34, "is not a host name", "labels"},
	{TCP("host: [a.org..], port: [1]"), 3, 34, "is not a host name", "labels"},
	{TCP("host: [\"a.org:443\"], port: [1]"), 3, 34, "is not a host name", "labels"},
	{TCP("host: [\"\"], port: [1]"), 3, 34, "the text is empty", NULL},
	{TCP("host: [], port: [1]"), 3, 33, "host: an empty list", NULL},
	{TCP("host: [" LABEL_64 ".org], port: [1]"), 3, 34, "is not a host name", "labels"},
	{TCP("host: [" LABEL_50 LABEL_50 LABEL_50 LABEL_50 LABEL_50 "abcd], port: [1]"), 3, 34,
	 "longer than AW_HOST_MAX (253) bytes", NULL},
	{RULES "{id: a, allow: [resolve]}", 3, 5, "resolve without host:", "host: ["},
	{RULES "{id: a, deny: [resolve], host: [a.org], port: [1]}", 3, 45,
	 "port: does not go with resolve", "names no port"},
	{RULES "{id: a, deny: [resolve], cidr: [\"::/0\"]}", 3, 30,
	 "cidr: does not go with resolve", "host:"},
	{RULES "{id: a, deny: [tcp, resolve], cidr: [\"::/0\"], port: [1]}", 3, 35,
	 "cidr: does not go with resolve", "host:"},
	{RULES "{id: a, deny: [tcp, resolve], host: [a.org]}", 3, 35, "tcp without port:", NULL},
	{RULES "{id: a, deny: [resolve], path: [/x]}", 3, 30, "path: does not go with resolve",
	 "questions by host:"},
	{RULES "{id: a, deny: [resolve, read], host: [a.org]}", 3, 5, "have different objects",
	 NULL},
	{RULES "{id: a, deny: [resolve, bind], host: [a.org], port: [1]}", 3, 36,
	 "does not go with bind and listen", NULL},
	{RULES "{id: a, deny: [resolve], host: [a.org], when: [deleted]}", 3, 45,
	 "when: goes with exec and map alone", NULL},
	{RULES "{id: d, deny: [tcp], host: [a.org], port: [1]}\n"
	       "  - {id: l, lift: d, allow: [tcp], cidr: [\"::/0\"], port: [1]}",
	 4, 19, "\"d\" is about hosts, this rule about addresses", "the strictest rule decides"},
	{RULES "{id: d, deny: [tcp], cidr: [\"::/0\"], port: [1]}\n"
	       "  - {id: l, lift: d, allow: [tcp], host: [a.org], port: [1]}",
	 4, 19, "\"d\" is about addresses, this rule about hosts", "hosts by hosts"},
	{RULES "{id: d, deny: [resolve], host: [a.org]}\n"
	       "  - {id: l, lift: d, allow: [tcp], host: [a.org], port: [1]}",
	 4, 19, "denies none of these operations", NULL},
	{RULES "{id: a, allow: [listen], host: [a.org], port: [1]}", 3, 30,
	 "does not go with bind and listen", "cidr:"},
};

#define TOP(rest) "version: 1\n" rest "\n"

static const struct mistake resolver_mistakes[] = {
	{TOP("resolvers: []"), 2, 12, "resolvers: an empty list", NULL},
	{TOP("resolvers: {a: b}"), 2, 12, "expected a list, found a mapping", NULL},
	{TOP("resolvers: [dns.example.org]"), 2, 13, "\"dns.example.org\" is no address",
	 "a name would have to be asked for"},
	{TOP("resolvers: [10.0.0.0/24]"), 2, 13, "is no address", "as in 10.0.0.2"},
	{TOP("resolvers: [10.0.0]"), 2, 13, "is no address", NULL},
	{TOP("resolvers: [53]"), 2, 13, "expected text, found a number", NULL},
	{TOP("resolvers: [[10.0.0.2]]"), 2, 13, "expected text, found a list", NULL},
	{TOP("resolvers: [\"[fd00::1\"]"), 2, 13, "is no address", NULL},
	{TOP("resolvers: [\"[fd00::1]53\"]"), 2, 13, "is no address", NULL},
	{TOP("resolvers: [\"[10.0.0.2]:53\"]"), 2, 13, "is no address", NULL},
	{TOP("resolvers: [\"fe80::1%eth0\"]"), 2, 13, "is no address", NULL},
	{TOP("resolvers: [\"10.0.0.2:0\"]"), 2, 13, "\"10.0.0.2:0\" has no such port",
	 "1 to 65535"},
	{TOP("resolvers: [\"10.0.0.2:65536\"]"), 2, 13, "has no such port", NULL},
	{TOP("resolvers: [\"10.0.0.2:\"]"), 2, 13, "has no such port", NULL},
	{TOP("resolvers: [\"10.0.0.2:-1\"]"), 2, 13, "has no such port", NULL},
	{TOP("resolvers: [\"[fd00::1]:dns\"]"), 2, 13, "has no such port", NULL},
	{TOP("resolvers: [\"${NONE}\"]"), 2, 13, "unknown variable ${NONE}", NULL},
	{TOP("resolvers: [10.0.0.2, 10.0.0.3, \"10.0.0.2:53\"]"), 2, 33,
	 "\"10.0.0.2:53\" is there twice", "once"},
	{TOP("resolvers: [10.0.0.2, \"::ffff:10.0.0.2\"]"), 2, 23, "is there twice", NULL},
	{TOP("resolvers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7,\n"
	     "  10.0.0.8, 10.0.0.9]"),
	 3, 13, "more than AW_RESOLVERS_MAX (8)", NULL},
	{TOP("leases: 60s"), 2, 9, "leases: expected a mapping", NULL},
	{TOP("leases: {least: 60s}"), 2, 10, "unknown key \"least\"", "min max"},
	{TOP("leases: {min: 60}"), 2, 15, "\"60\" is not a time", "a unit"},
	{TOP("leases: {min: 0s}"), 2, 15, "more than 0", NULL},
	{TOP("leases: {min: 500ms}"), 2, 15, "AW_LEASE_LEAST_S (1)", "60s"},
	{TOP("leases: {max: 1500ms}"), 2, 15, "a number of seconds", NULL},
	{TOP("leases: {max: 8d}"), 2, 15, "AW_LEASE_MOST_S (7d)", NULL},
	{TOP("leases: {min: 2h, max: 1h}"), 2, 9, "min (7200s) is more than max (3600s)", NULL},
	{TOP("leases: {max: 30s}"), 2, 9, "min (60s) is more than max (30s)", "without min:"},
};

static void check_all(const struct mistake *mistakes, size_t n)
{
	unsigned int n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const struct mistake *m = &mistakes[i];
		struct aw_policy *policy = NULL;
		struct aw_diag d = {0};
		int err = aw_policy_parse_text(&policy, "t.yaml", m->text, strlen(m->text),
					       &test_options, &d);

		if (err && !policy && d.line == m->line && d.column == m->column &&
		    strstr(d.message, m->message) && (!m->hint || strstr(d.hint, m->hint)))
			continue;
		n_wrong++;
		print_error("%s\n-> %d %s:%d:%d: %s\n   hint: %s\n   expected %d:%d: %s / %s\n",
			    m->text, err, d.file, d.line, d.column, d.message, d.hint, m->line,
			    m->column, m->message, m->hint ?: "-");
		aw_policy_free(policy);
	}
	assert_int_equal(n_wrong, 0);
}

#define CHECK_ALL(table) check_all(table, sizeof(table) / sizeof(*(table)))

static void malformed_yaml_is_refused_with_its_place_and_mend(void **state)
{
	CHECK_ALL(yaml_mistakes);
}

static void mistakes_at_the_top_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(top_mistakes);
}

static void mistakes_in_rules_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(rule_mistakes);
}

static void mistakes_about_limits_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(limit_mistakes);
}

static void mistakes_in_globs_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(glob_mistakes);
}

static void mistakes_in_net_rules_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(net_mistakes);
}

static void mistakes_about_resolvers_are_refused_with_their_place_and_mend(void **state)
{
	CHECK_ALL(resolver_mistakes);
}

static void a_nul_byte_in_the_file_is_refused(void **state)
{
	static const char text[] = "version: 1\nna\0me: x\n";
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	assert_int_equal(aw_policy_parse_text(&policy, "t", text, sizeof(text) - 1, NULL, &d),
			 -EINVAL);
	assert_int_equal(d.line, 2);
	assert_int_equal(d.column, 3);
	assert_string_equal(d.message, "a NUL byte");
}

static void a_home_folder_is_needed_for_a_tilde(void **state)
{
	static const char text[] = PATH("~/.ssh");
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d), -EINVAL);
	assert_string_equal(d.message, "\"~/\" needs a home folder, and none is known here");
}

static void text_is_not_the_administrators_unless_the_caller_says_so(void **state)
{
	static const char text[] = "version: 1\nadministrator: true\n";
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d), -EINVAL);
	assert_int_equal(d.line, 2);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), &test_options, &d),
			 0);
	aw_policy_free(policy);
}

static void errors_are_returned_without_a_diagnosis_to_fill(void **state)
{
	struct aw_policy *policy = NULL;

	assert_int_equal(aw_policy_parse_text(&policy, "t", "version: 3", 10, NULL, NULL), -EINVAL);
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_yaml_is_refused_with_its_place_and_mend),
		cmocka_unit_test(mistakes_at_the_top_are_refused_with_their_place_and_mend),
		cmocka_unit_test(mistakes_in_rules_are_refused_with_their_place_and_mend),
		cmocka_unit_test(mistakes_about_limits_are_refused_with_their_place_and_mend),
		cmocka_unit_test(mistakes_in_globs_are_refused_with_their_place_and_mend),
		cmocka_unit_test(mistakes_in_net_rules_are_refused_with_their_place_and_mend),
		cmocka_unit_test(mistakes_about_resolvers_are_refused_with_their_place_and_mend),
		cmocka_unit_test(a_nul_byte_in_the_file_is_refused),
		cmocka_unit_test(a_home_folder_is_needed_for_a_tilde),
		cmocka_unit_test(text_is_not_the_administrators_unless_the_caller_says_so),
		cmocka_unit_test(errors_are_returned_without_a_diagnosis_to_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
