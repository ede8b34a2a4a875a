/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers the agent's questions for host names, and for how long an answer holds. Both are the
 * main file's to say: an include that named a resolver could answer for any host that is allowed.
 */
#include "policy/parse_state.h"

#include <arpa/inet.h>
#include <string.h>

#define RESOLVER_TEXT_MAX 256

/* "10.0.0.2:5353" taken apart. */
struct endpoint {
	char text[RESOLVER_TEXT_MAX];
	const char *address;
	const char *port; /* NULL: none is written */
};

static int check_main(struct aw_parse *p, const struct aw_yaml_node *node, const char *what)
{
	if (p->file == 0)
		return 0;
	return aw_parse_error(p, node - 1, "say it in the policy's main file",
			      "%s: in an included file: an include adds, it never weakens", what);
}

/* Where the address ends and the port begins; false where a bracket is not closed. */
static bool split(struct endpoint *e)
{
	char *end;

	e->address = e->text;
	e->port = NULL;
	if (*e->text == '[') {
		end = strchr(e->text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		e->address = e->text + 1;
		e->port = end[1] ? end + 2 : NULL;
		*end = '\0';
		return strchr(e->address, ':');
	}
	end = strchr(e->text, ':');
	if (end && !strchr(end + 1, ':')) {
		e->port = end + 1;
		*end = '\0';
	}
	return true;
}

static bool read_address(const char *text, uint8_t ret[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t address[16];

	if (inet_pton(AF_INET, text, address + sizeof(mapped)) == 1)
		memcpy(address, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, text, address) != 1)
		return false;
	memcpy(ret, address, sizeof(address));
	return true;
}

/* 1 to 65535; 0 for anything else. */
static uint16_t read_port(const char *text)
{
	unsigned long port;

	if (strlen(text) > 5 || text[strspn(text, "0123456789")])
		return 0;
	port = strtoul(text, NULL, 10);
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int read_resolver(struct aw_parse *p, const struct aw_yaml_node *at, struct aw_resolver *ret)
{
	struct endpoint e;
	char shown[RESOLVER_TEXT_MAX];
	int err = aw_parse_expand(p, at, e.text, sizeof(e.text));

	if (err)
		return err;
	memcpy(shown, e.text, sizeof(shown));
	*ret = (struct aw_resolver){.port = AW_RESOLVER_PORT};
	if (!split(&e) || !read_address(e.address, ret->address))
		return aw_parse_error(p, at,
				      "as in 10.0.0.2, \"10.0.0.2:5353\", \"fd00::1\" or "
				      "\"[fd00::1]:5353\"; a name would have to be asked for",
				      "resolvers: \"%.80s\" is no address", shown);
	if (e.port)
		ret->port = read_port(e.port);
	if (ret->port == 0)
		return aw_parse_error(p, at, "1 to 65535; without a port it is 53",
				      "resolvers: \"%.80s\" has no such port", shown);
	return 0;
}

static int add_resolver(struct aw_parse *p, const struct aw_yaml_node *at)
{
	struct aw_policy *policy = p->policy;
	struct aw_resolver resolver;
	int err = read_resolver(p, at, &resolver);

	if (err)
		return err;
	for (size_t i = 0; i < policy->n_resolvers; i++)
		if (memcmp(&policy->resolvers[i], &resolver, sizeof(resolver)) == 0)
			return aw_parse_error(p, at, "name it once",
					      "resolvers: \"%.80s\" is there twice", at->text);
	if (policy->n_resolvers == AW_RESOLVERS_MAX)
		return aw_parse_fail(p, at, -E2BIG, NULL,
				     "resolvers: more than AW_RESOLVERS_MAX (%d)",
				     AW_RESOLVERS_MAX);
	policy->resolvers[policy->n_resolvers++] = resolver;
	return 0;
}

int aw_parse_resolvers(struct aw_parse *p, const struct aw_yaml_node *node)
{
	const struct aw_yaml_node *items;
	size_t n;
	int err;

	err = check_main(p, node, "resolvers");
	if (!err)
		err = aw_parse_items(p, node, "resolvers", &items, &n);
	for (size_t i = 0; !err && i < n; i++)
		err = add_resolver(p, &items[i]);
	return err;
}

static int read_lease(struct aw_parse *p, const struct aw_yaml_node *map, const char *key,
		      uint32_t *ret)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, key);
	uint64_t ms;
	int err;

	if (!node)
		return 0;
	err = aw_parse_duration(p, node, "leases", "AW_LEASE_MOST_S", &ms);
	if (err)
		return err;
	if (ms % 1000 || ms < AW_LEASE_LEAST_S * 1000)
		return aw_parse_error(p, node, "as in 60s, 15m or 1d",
				      "leases: %s: is a number of seconds, at least "
				      "AW_LEASE_LEAST_S (%d)",
				      key, AW_LEASE_LEAST_S);
	*ret = (uint32_t)(ms / 1000);
	return 0;
}

int aw_parse_leases(struct aw_parse *p, const struct aw_yaml_node *node)
{
	static const char *const keys[] = {"min", "max"};
	struct aw_policy *policy = p->policy;
	int err;

	err = check_main(p, node, "leases");
	if (!err)
		err = aw_parse_keys(p, node, "leases", keys, sizeof(keys) / sizeof(*keys));
	if (!err)
		err = read_lease(p, node, "min", &policy->lease_min_s);
	if (!err)
		err = read_lease(p, node, "max", &policy->lease_max_s);
	if (!err && policy->lease_min_s > policy->lease_max_s)
		return aw_parse_error(p, node, "without min: it is 60s, without max: 1d",
				      "leases: min (%us) is more than max (%us)",
				      policy->lease_min_s, policy->lease_max_s);
	return err;
}
