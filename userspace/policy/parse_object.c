/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule is about: paths for file operations, sockets for unix, addresses or hosts with ports
 * for the network. Each kind of operation takes its own keys and needs them.
 */
#include "policy/parse_state.h"

#include <string.h>

#include "policy/guard.h"

#define LOCAL_OPS (1u << AW_OP_BIND | 1u << AW_OP_LISTEN)
#define ASKED_OPS (1u << AW_OP_RESOLVE)
#define NET_OPS	  (1u << AW_OP_TCP | 1u << AW_OP_UDP | LOCAL_OPS | ASKED_OPS)
#define UNIX_OPS  (1u << AW_OP_UNIX)

enum object {
	OBJECT_GUARD,
	OBJECT_PATH,
	OBJECT_SOCKET,
	OBJECT_NET,
	OBJECTS,
};

static const struct {
	uint32_t ops;
	enum aw_pattern_use use; /* of the first key, where that is globs */
	const char *keys[4];	 /* that go with these operations */
	const char *mend;
} objects[] = {
	[OBJECT_GUARD] = {AW_GUARD_OPS,
			  AW_USE_GUARD,
			  {"path"},
			  "guard acts are named by path: guard:…"},
	[OBJECT_PATH] = {~(NET_OPS | UNIX_OPS | AW_GUARD_OPS),
			 AW_USE_PATH,
			 {"path"},
			 "files are named by path:"},
	[OBJECT_SOCKET] = {UNIX_OPS,
			   AW_USE_SOCKET,
			   {"socket"},
			   "unix sockets are named by socket:"},
	[OBJECT_NET] = {.ops = NET_OPS,
			.keys = {"cidr", "host", "port"},
			.mend = "network peers are named by cidr: or host:, with port:; questions "
				"by host:"},
};
static_assert(sizeof(objects) / sizeof(*objects) == OBJECTS, "every object has a row");

static const char *first_op(uint32_t ops)
{
	return aw_op_name((enum aw_op)__builtin_ctz(ops));
}

static int object_of(struct aw_parse *p, const struct aw_yaml_node *map, const struct aw_rule *rule,
		     enum object *ret)
{
	enum object object = 0;

	while (!(rule->ops & objects[object].ops))
		object++;
	if (rule->ops & ~objects[object].ops)
		return aw_parse_error(p, map, "write one rule for each",
				      "rule %s: %s and %s have different objects", rule->id,
				      first_op(rule->ops & objects[object].ops),
				      first_op(rule->ops & ~objects[object].ops));
	*ret = object;
	return 0;
}

static int check_keys(struct aw_parse *p, const struct aw_yaml_node *map,
		      const struct aw_rule *rule, enum object object)
{
	for (enum object other = 0; other < OBJECTS; other++) {
		for (size_t i = 0; other != object && i < 4 && objects[other].keys[i]; i++) {
			const struct aw_yaml_node *key = aw_yaml_key(map, objects[other].keys[i]);

			if (key && strcmp(key->text, objects[object].keys[0]) != 0)
				return aw_parse_error(p, key, objects[object].mend,
						      "rule %s: %s: does not go with %s", rule->id,
						      key->text, first_op(rule->ops));
		}
	}
	return 0;
}

static int read_cidrs(struct aw_parse *p, const struct aw_yaml_node *node, struct aw_rule *rule)
{
	const struct aw_yaml_node *items;
	size_t n;
	int err;

	err = aw_parse_items(p, node, "cidr", &items, &n);
	if (err)
		return err;
	rule->cidrs = calloc(n, sizeof(*rule->cidrs));
	if (!rule->cidrs)
		return -ENOMEM;
	for (; rule->n_cidrs < n && !err; rule->n_cidrs++)
		err = aw_parse_cidr(p, &items[rule->n_cidrs], &rule->cidrs[rule->n_cidrs]);
	return err;
}

static int read_hosts(struct aw_parse *p, const struct aw_yaml_node *node, struct aw_rule *rule)
{
	const struct aw_yaml_node *items;
	size_t n;
	int err;

	if (rule->ops & LOCAL_OPS)
		return aw_parse_error(p, node - 1, "name the local address under cidr:",
				      "rule %s: host: does not go with bind and listen", rule->id);
	err = aw_parse_items(p, node, "host", &items, &n);
	if (err)
		return err;
	rule->hosts = calloc(n, sizeof(*rule->hosts));
	if (!rule->hosts)
		return -ENOMEM;
	for (; rule->n_hosts < n && !err; rule->n_hosts++)
		err = aw_parse_host(p, &items[rule->n_hosts], &rule->hosts[rule->n_hosts]);
	return err;
}

static int read_ports(struct aw_parse *p, const struct aw_yaml_node *node, struct aw_rule *rule)
{
	const struct aw_yaml_node *items;
	size_t n;
	int err;

	err = aw_parse_items(p, node, "port", &items, &n);
	if (err)
		return err;
	rule->ports = calloc(n, sizeof(*rule->ports));
	if (!rule->ports)
		return -ENOMEM;
	for (; rule->n_ports < n && !err; rule->n_ports++)
		err = aw_parse_ports(p, &items[rule->n_ports], &rule->ports[rule->n_ports]);
	return err;
}

/* A question is for a name: it has no address, and alone it has no port. */
static int check_asked(struct aw_parse *p, const struct aw_yaml_node *map,
		       const struct aw_rule *rule)
{
	const struct aw_yaml_node *cidr = aw_yaml_key(map, "cidr");
	const struct aw_yaml_node *port = aw_yaml_key(map, "port");

	if (!(rule->ops & ASKED_OPS))
		return 0;
	if (cidr)
		return aw_parse_error(p, cidr, "name the hosts that are asked for under host:",
				      "rule %s: cidr: does not go with resolve", rule->id);
	if (port && rule->ops == ASKED_OPS)
		return aw_parse_error(p, port, "take it out: who asks for a name names no port",
				      "rule %s: port: does not go with resolve", rule->id);
	if (!aw_yaml_get(map, "host"))
		return aw_parse_error(p, map, "as in host: [api.example.com, \"*.example.org\"]",
				      "rule %s: resolve without host:", rule->id);
	return 0;
}

static int read_net(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *cidr = aw_yaml_get(map, "cidr");
	const struct aw_yaml_node *host = aw_yaml_get(map, "host");
	const struct aw_yaml_node *port = aw_yaml_get(map, "port");
	int err = check_asked(p, map, rule);

	if (err)
		return err;
	if (rule->ops == ASKED_OPS)
		return read_hosts(p, host, rule);
	if (cidr && host)
		return aw_parse_error(p, cidr > host ? cidr - 1 : host - 1, "write two rules",
				      "rule %s: host: together with cidr:", rule->id);
	if (!cidr && !host)
		return aw_parse_error(p, port ? port - 1 : map,
				      "every address is cidr: [\"0.0.0.0/0\", \"::/0\"]",
				      "rule %s: %s without cidr: or host:", rule->id,
				      port ? "port:" : first_op(rule->ops));
	if (!port)
		return aw_parse_error(p, cidr ? cidr - 1 : host - 1,
				      "name the ports; every port is port: [\"0-65535\"]",
				      "rule %s: %s without port:", rule->id, first_op(rule->ops));
	err = cidr ? read_cidrs(p, cidr, rule) : read_hosts(p, host, rule);
	return err ?: read_ports(p, port, rule);
}

/*
 * In a rule that restricts by `when:`, `**` is every file: one that has no path, and one in a mount
 * namespace that the agent made, too. It would be of little use against memfds otherwise.
 */
static int every_file(struct aw_rule *rule)
{
	static const char *const others[] = {"memfd:*",	     "pipe:*",	 "socket:*",
					     "anon_inode:*", "kernel:*", "nested:/**"};
	size_t n_others = sizeof(others) / sizeof(*others), all = 0;
	struct aw_pattern *paths;

	if (!rule->conditions || rule->action < AW_ACTION_ASK)
		return 0;
	while (all < rule->n_paths && strcmp(rule->paths[all].text, "**") != 0)
		all++;
	if (all == rule->n_paths)
		return 0;
	paths = reallocarray(rule->paths, rule->n_paths + n_others, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	rule->paths = paths;
	for (size_t i = 0; i < n_others; i++) {
		struct aw_pattern other = {
			.text = strdup(others[i]), .anchor = -1, .source = paths[all].source};

		if (!other.text)
			return -ENOMEM;
		paths[rule->n_paths++] = other;
	}
	return 0;
}

int aw_parse_objects(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	enum object object = OBJECT_PATH;
	const struct aw_yaml_node *node;
	int err;

	err = object_of(p, map, rule, &object);
	if (!err)
		err = check_keys(p, map, rule, object);
	if (err)
		return err;
	if (object == OBJECT_NET)
		return read_net(p, map, rule);
	node = aw_yaml_get(map, objects[object].keys[0]);
	if (!node && object == OBJECT_GUARD && aw_yaml_get(map, "lift"))
		return 0; /* all that it lifts is about */
	if (!node)
		return aw_parse_error(p, map, objects[object].mend,
				      "rule %s: %s without %s:", rule->id, first_op(rule->ops),
				      objects[object].keys[0]);
	err = aw_parse_patterns(p, node, objects[object].keys[0], objects[object].use, &rule->paths,
				&rule->n_paths);
	return err ?: every_file(rule);
}
