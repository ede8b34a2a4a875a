/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of hosts and addresses. They stay as they were seen: a range of addresses belongs to
 * whoever rents it next, and no name is made of parts of others. Only ports that the kernel picks
 * become a range, and only on this host. What a rule on a name allows anyway needs none: the
 * question for the name, and asking the resolver.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "baseline/generalize_state.h"

static bool is_loopback(const uint8_t address[16])
{
	static const uint8_t v4[13] = {[10] = 0xff, 0xff, 127}, v6[16] = {[15] = 1};

	return !memcmp(address, v4, sizeof(v4)) || !memcmp(address, v6, sizeof(v6));
}

/* Whether the port was the kernel's choice, so that the next run gets another one. */
static bool is_ephemeral(const struct aw_endpoint *endpoint)
{
	if (endpoint->host || endpoint->port < AW_EPHEMERAL_FIRST ||
	    endpoint->port > AW_EPHEMERAL_LAST)
		return false;
	return endpoint->op == AW_OP_BIND || endpoint->op == AW_OP_LISTEN ||
	       is_loopback(endpoint->address);
}

static bool is_same(const struct aw_endpoint *a, const struct aw_endpoint *b)
{
	return a->op == b->op && a->protocol == b->protocol &&
	       !memcmp(a->address, b->address, sizeof(a->address));
}

/* Those without a name first. */
static int compare_hosts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : !!a - !!b;
}

static int compare(const void *a, const void *b)
{
	const struct aw_endpoint *x = a, *y = b;
	const int address = compare_hosts(x->host, y->host)
				    ?: memcmp(x->address, y->address, sizeof(x->address));

	if (x->op != y->op)
		return (x->op > y->op) - (x->op < y->op);
	if (x->protocol != y->protocol)
		return (x->protocol > y->protocol) - (x->protocol < y->protocol);
	if (address)
		return address;
	return (x->port > y->port) - (x->port < y->port);
}

static int add(struct aw_walk *walk, const struct aw_endpoint *endpoint, struct aw_learned_net *net)
{
	net->n_ports++;
	if (endpoint->first_ns < net->first_ns)
		net->first_ns = endpoint->first_ns;
	if (endpoint->last_ns > net->last_ns)
		net->last_ns = endpoint->last_ns;
	return aw_run_sets_union(walk->evidence->sets, net->set, endpoint->set, &net->set);
}

static int add_rule(struct aw_walk *walk, const struct aw_endpoint *first, size_t n, bool is_range)
{
	struct aw_learned_net net = {
		.op = first->op,
		.host = first->host,
		.protocol = first->protocol,
		.first_port = is_range ? AW_EPHEMERAL_FIRST : first->port,
		.last_port = is_range ? AW_EPHEMERAL_LAST : first->port,
		.sensitive = first->host ? NULL : aw_sensitive_address(first->address),
		.first_ns = UINT64_MAX,
	};

	memcpy(net.address, first->address, sizeof(net.address));
	memcpy(net.subjects, first->subjects, sizeof(net.subjects));
	for (size_t i = 0; i < n; i++) {
		const int r = add(walk, &first[i], &net);

		if (r < 0)
			return r;
	}
	return aw_vec_push(&walk->learned->nets, net);
}

/* Whether the ports of these endpoints of one address differ from run to run. */
static bool is_open(const struct aw_walk *walk, const struct aw_endpoint *first, size_t n)
{
	const struct aw_run_sets *sets = walk->evidence->sets;
	uint64_t n_once = 0, n_all = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t size = aw_run_sets_size(sets, first[i].set);

		n_once += size == 1;
		n_all += size;
	}
	return walk->evidence->n_complete == 1 ||
	       aw_statistics_openness(n_once, n_all) > AW_OPENNESS_MIN;
}

/* Notes the names that were connected to. */
static int note_hosts(struct aw_map *hosts, const struct aw_endpoint *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r;

		if (!items[i].host || items[i].op == AW_OP_RESOLVE)
			continue;
		r = aw_map_put(hosts, items[i].host, strlen(items[i].host), (void *)items[i].host);
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

/* Whether it needs no rule of its own: see above. */
static bool is_implied(const struct aw_walk *walk, const struct aw_map *hosts,
		       const struct aw_endpoint *endpoint)
{
	if (endpoint->op == AW_OP_RESOLVE)
		return !endpoint->host || aw_map_get(hosts, endpoint->host, strlen(endpoint->host));
	return endpoint->op == AW_OP_UDP && aw_evidence_is_resolver(walk->evidence, endpoint);
}

int aw_walk_endpoints(struct aw_walk *walk)
{
	_cleanup_(aw_map_freep) struct aw_map *hosts = NULL;
	struct aw_endpoint *items = walk->evidence->endpoints.items;
	const size_t n = walk->evidence->endpoints.n;
	int r = aw_map_new(&hosts);

	if (r == 0)
		r = note_hosts(hosts, items, n);
	if (n > 0)
		qsort(items, n, sizeof(*items), compare);
	for (size_t i = 0, used; i < n && r == 0; i += used) {
		used = 1;
		if (is_implied(walk, hosts, &items[i]))
			continue;
		while (is_ephemeral(&items[i]) && i + used < n &&
		       is_same(&items[i], &items[i + used]) && is_ephemeral(&items[i + used]))
			used++;
		if (is_ephemeral(&items[i]) && is_open(walk, &items[i], used)) {
			r = add_rule(walk, &items[i], used, true);
			continue;
		}
		used = 1;
		r = add_rule(walk, &items[i], 1, false);
	}
	return r;
}
