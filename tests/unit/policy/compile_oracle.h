/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy means, told in the plainest way: globs by recursion over all choices, rules one by
 * one. Exponential, independent of the compiler and of explain.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

#define ORACLE_TEXT 512

/* Bytes of a segment (or name, with is_free) against an alternative without braces. */
static inline bool oracle_bytes(const char *p, const char *p_end, const char *n, const char *n_end,
				bool is_free)
{
	const char *q;
	bool negated, found = false;

	if (p == p_end)
		return n == n_end;
	if (*p == '*') {
		for (q = n; q <= n_end; q++) {
			if (oracle_bytes(p + 1, p_end, q, n_end, is_free))
				return true;
			if (q < n_end && *q == '/' && !is_free)
				return false;
		}
		return false;
	}
	if (n == n_end)
		return false;
	if (*p == '?')
		return (is_free || *n != '/') && oracle_bytes(p + 1, p_end, n + 1, n_end, is_free);
	if (*p == '\\')
		return *n == p[1] && oracle_bytes(p + 2, p_end, n + 1, n_end, is_free);
	if (*p != '[')
		return *n == *p && oracle_bytes(p + 1, p_end, n + 1, n_end, is_free);
	q = p + 1;
	negated = *q == '!';
	q += negated;
	do {
		unsigned char low, high;

		q += *q == '\\';
		low = high = (unsigned char)*q++;
		if (*q == '-' && q[1] != ']') {
			q++;
			q += *q == '\\';
			high = (unsigned char)*q++;
		}
		found = found || (low <= (unsigned char)*n && (unsigned char)*n <= high);
	} while (*q != ']');
	return found != negated && (is_free || *n != '/') &&
	       oracle_bytes(q + 1, p_end, n + 1, n_end, is_free);
}

static inline const char *oracle_segment_end(const char *at)
{
	return at + strcspn(at, "/");
}

/* Both are "" or "/segment/segment…". */
static inline bool oracle_segments(const char *p, const char *n)
{
	const char *p_end, *n_end;

	if (*p == '\0')
		return *n == '\0';
	p_end = oracle_segment_end(p + 1);
	n_end = *n ? oracle_segment_end(n + 1) : n;
	if (p_end - p == 3 && p[1] == '*' && p[2] == '*')
		return oracle_segments(p_end, n) || (*n && oracle_segments(p, n_end));
	return *n && oracle_bytes(p + 1, p_end, n + 1, n_end, false) &&
	       oracle_segments(p_end, n_end);
}

static inline bool oracle_path(const char *p, const char *n)
{
	return oracle_segments(strcmp(p, "/") == 0 ? "" : p, strcmp(n, "/") == 0 ? "" : n);
}

/* One alternative. n: the name, anchor: what it is below. */
static inline bool oracle_plain(const char *p, int p_anchor, const char *n, int anchor)
{
	char rooted[ORACLE_TEXT];
	size_t mark = strcspn(p, ":/@*?[\\");

	if (p_anchor >= 0)
		return anchor == p_anchor && oracle_segments(p, n);
	if (strncmp(p, "**", 2) == 0) {
		snprintf(rooted, sizeof(rooted), "/%s", p);
		return (anchor >= 0 || n[0] == '/') && oracle_path(rooted, n);
	}
	if (anchor >= 0)
		return false;
	if (p[0] == '/')
		return n[0] == '/' && oracle_path(p, n);
	if (p[0] != '@' && p[mark] == ':' && p[mark + 1] == '/')
		return strncmp(p, n, mark + 2) == 0 && oracle_path(p + mark + 1, n + mark + 1);
	return oracle_bytes(p, p + strlen(p), n, n + strlen(n), true);
}

/* Index of the first brace outside sets and escapes, or the length. */
static inline size_t oracle_find(const char *p, size_t i, const char *stops)
{
	for (; p[i] && !strchr(stops, p[i]); i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '[') {
			i += 1 + (p[i + 1] == '!');
			for (i += p[i] == ']'; p[i] != ']'; i++)
				i += p[i] == '\\';
		}
	}
	return i;
}

static inline bool oracle_glob(const char *p, int p_anchor, const char *n, int anchor)
{
	size_t open = oracle_find(p, 0, "{"), depth = 0, begin = open + 1, i = open, close;
	char choice[ORACLE_TEXT];

	if (p[open] == '\0')
		return oracle_plain(p, p_anchor, n, anchor);
	for (close = open; p[close] != '}' || depth > 1; close = oracle_find(p, close + 1, "{}"))
		depth += p[close] == '{' ? 1 : -1;
	for (depth = 0; i < close;) {
		i = oracle_find(p, i + 1, "{},");
		if (p[i] == '{')
			depth++;
		else if (p[i] == '}' && i < close)
			depth--;
		else if (depth == 0) {
			snprintf(choice, sizeof(choice), "%.*s%.*s%s", (int)open, p,
				 (int)(i - begin), p + begin, p + close + 1);
			if (oracle_glob(choice, p_anchor, n, anchor))
				return true;
			begin = i + 1;
		}
	}
	return false;
}

static inline bool oracle_pattern(const struct aw_pattern *pattern, const char *n, int anchor)
{
	const char *text = pattern->text;

	if (pattern->anchor >= 0)
		text = strchr(text, '}') + 1;
	return oracle_glob(text, pattern->anchor, n, anchor);
}

/* "*.x" and "a.b.x": some first labels go. */
static inline bool oracle_host(const char *pattern, const char *host)
{
	if (pattern[0] != '*')
		return strcmp(pattern, host) == 0;
	for (host = strchr(host, '.'); host; host = strchr(host + 1, '.'))
		if (strcmp(pattern + 1, host) == 0)
			return true;
	return false;
}

/* What an operation is on: a name, a host, or an address where both are NULL. */
struct oracle_object {
	const char *name;
	int anchor;
	const char *host;
	uint8_t address[16];
	uint16_t port;
};

/* Who does it, and what is true of the file. */
struct oracle_seen {
	uint32_t classes;
	bool is_unearned;
	uint32_t conditions;
};

static inline bool oracle_has_host(const struct aw_rule *rule, const struct oracle_object *object)
{
	for (size_t i = 0; object->host && i < rule->n_hosts; i++)
		if (oracle_host(rule->hosts[i], object->host))
			return true;
	return false;
}

/* Whether a rule about peers lets the process ask for the host. */
static inline bool oracle_implies(const struct aw_policy *policy, const struct aw_rule *rule,
				  const struct oracle_object *object,
				  const struct oracle_seen *seen)
{
	const uint32_t peers = 1u << AW_OP_TCP | 1u << AW_OP_UDP, asked = 1u << AW_OP_RESOLVE;

	if (!(rule->ops & peers) || rule->ops & asked || rule->action == AW_ACTION_DENY ||
	    rule->action == AW_ACTION_FORBID || !oracle_has_host(rule, object))
		return false;
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (rule->subjects >> i & 1 && seen->classes >> i & 1 && !seen->is_unearned &&
		    policy->subjects[i].kind == AW_SUBJECT_EXE)
			return true;
	return rule->subjects == 0;
}

/* The bits of a range, from the first; -1: the address is in no range that must be named. */
static inline int oracle_special_bits(const uint8_t a[16])
{
	static const uint8_t before[3][12] = {
		{[10] = 0xff, 0xff}, {0x00, 0x64, 0xff, 0x9b}, {0x20, 0x02}};
	static const int lengths[3] = {12, 12, 2};

	for (int form = 0; form < 3; form++) {
		const uint8_t *v4 = a + lengths[form];
		uint32_t value = (uint32_t)v4[0] << 24 | (uint32_t)v4[1] << 16 | v4[2] << 8 | v4[3];

		if (memcmp(a, before[form], (size_t)lengths[form]) != 0)
			continue;
		if (value >> 16 == 0xa9fe)
			return 8 * lengths[form] + 16;
		if (value >> 28 == 0xe)
			return 8 * lengths[form] + 4;
		if (value == 0x646464c8 || value == 0xa83f8110 || value == 0xc00000c0)
			return 8 * lengths[form] + 32;
	}
	if (memcmp(a, "\xfd\0\x0e\xc2", 4) == 0 || memcmp(a, "\xfd\x20\0\xce", 4) == 0 ||
	    memcmp(a, "\xfd\0\0\xc1", 4) == 0 || memcmp(a, "\xfd\0\0\x42", 4) == 0)
		return 32;
	if (a[0] == 0xfe && a[1] >= 0x80 && a[1] <= 0xbf)
		return 10;
	return a[0] == 0xff ? 8 : -1;
}

static inline bool oracle_matches(const struct aw_rule *rule, const struct oracle_object *object,
				  enum aw_op op, const struct oracle_seen *seen)
{
	bool has_address = oracle_has_host(rule, object);
	bool has_port = rule->n_ports == 0 || op == AW_OP_RESOLVE;

	if (!(rule->ops & 1u << op) || (rule->subjects && !(rule->subjects & seen->classes)))
		return false;
	if (rule->conditions && !(rule->conditions & seen->conditions))
		return false;
	for (size_t i = 0; object->name && i < rule->n_paths; i++)
		if (oracle_pattern(&rule->paths[i], object->name, object->anchor))
			return true;
	for (size_t i = 0; !object->name && !object->host && i < rule->n_cidrs; i++) {
		bool is_in = true;

		for (unsigned bit = 0; bit < rule->cidrs[i].prefix; bit++)
			if ((rule->cidrs[i].address[bit / 8] ^ object->address[bit / 8]) &
			    0x80 >> bit % 8)
				is_in = false;
		if (rule->action < AW_ACTION_ASK &&
		    rule->cidrs[i].prefix < oracle_special_bits(object->address))
			is_in = false;
		has_address = has_address || is_in;
	}
	for (size_t i = 0; i < rule->n_ports; i++)
		has_port = has_port || (object->port >= rule->ports[i].first &&
					object->port <= rule->ports[i].last);
	return has_address && has_port;
}

/* Whether the rule gives something for a class, which this process has lost. */
static inline bool oracle_is_lost(const struct aw_rule *rule, const struct oracle_seen *seen)
{
	return seen->is_unearned && rule->subjects &&
	       (rule->action == AW_ACTION_ALLOW || rule->action == AW_ACTION_FLAG);
}

static inline bool oracle_is_lifted(const struct aw_policy *policy,
				    const struct oracle_object *object, enum aw_op op,
				    const struct oracle_seen *seen, const struct aw_rule *rule)
{
	for (size_t j = 0; j < policy->n_rules; j++) {
		const struct aw_rule *lift = &policy->rules[j];

		if (lift->lifts && strcmp(lift->lifts, rule->id) == 0 &&
		    !oracle_is_lost(lift, seen) && oracle_matches(lift, object, op, seen))
			return true;
	}
	return false;
}

static inline enum aw_verdict oracle_rules(const struct aw_policy *policy,
					   const struct oracle_object *object, enum aw_op op,
					   const struct oracle_seen *seen)
{
	enum aw_verdict verdict = AW_VERDICT_NONE;
	bool is_reported = false;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct aw_rule *rule = &policy->rules[i];

		if (op == AW_OP_RESOLVE && verdict < AW_VERDICT_ALLOW &&
		    oracle_implies(policy, rule, object, seen))
			verdict = AW_VERDICT_ALLOW;
		if (!oracle_matches(rule, object, op, seen))
			continue;
		if (oracle_is_lost(rule, seen)) {
			is_reported = is_reported || rule->action == AW_ACTION_FLAG;
			continue;
		}
		if (!oracle_is_lifted(policy, object, op, seen, rule) &&
		    (enum aw_verdict)(rule->action + 1) > verdict)
			verdict = (enum aw_verdict)(rule->action + 1);
	}
	if (verdict == AW_VERDICT_ALLOW && is_reported)
		return AW_VERDICT_FLAG;
	return verdict;
}

/* What may be executed may be mapped, where nothing is said of mapping. */
static inline enum aw_verdict oracle_verdict(const struct aw_policy *policy,
					     const struct oracle_object *object, enum aw_op op,
					     const struct oracle_seen *seen)
{
	enum aw_verdict verdict = oracle_rules(policy, object, op, seen);

	if (op == AW_OP_MAP && verdict == AW_VERDICT_NONE)
		verdict = oracle_rules(policy, object, AW_OP_EXEC, seen);
	return verdict;
}
