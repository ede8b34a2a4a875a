/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules on the network as YAML: one for each operation and port, with the names that were reached,
 * or the addresses where no name was seen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/host_name.h"
#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"
#include "policy/policy.h"

static const char *const titles[] = {
	[AW_NETS_BY_HOST] =
		"The network, by host name. Who may connect to a name may ask for it; questions "
		"to the resolver need no rule of their own.",
	[AW_NETS_BY_ADDRESS] = "The network, by address: no name was seen for these addresses.",
	[AW_NETS_FOR_REVIEW] = "NEEDS REVIEW: addresses.",
};
static_assert(sizeof(titles) / sizeof(titles[0]) == AW_NETS_KINDS, "a title for each");

static const char *const id_heads[] = {
	[AW_NETS_BY_HOST] = "host",
	[AW_NETS_BY_ADDRESS] = "net",
	[AW_NETS_FOR_REVIEW] = "review.net",
};
static_assert(sizeof(id_heads) / sizeof(id_heads[0]) == AW_NETS_KINDS, "a head for each");

static enum aw_policy_nets kind_of(const struct aw_learned_net *net)
{
	if (net->sensitive)
		return AW_NETS_FOR_REVIEW;
	return net->host ? AW_NETS_BY_HOST : AW_NETS_BY_ADDRESS;
}

bool aw_policy_net_is_writable(const struct aw_learned_net *net)
{
	return !net->host || aw_host_name_is_plain(net->host, strlen(net->host));
}

static int compare_peers(const struct aw_learned_net *a, const struct aw_learned_net *b)
{
	if (a->host && b->host)
		return strcmp(a->host, b->host);
	return memcmp(a->address, b->address, sizeof(a->address));
}

/* Of nets of one kind. */
static int compare(const void *a, const void *b)
{
	const struct aw_learned_net *x = *(const struct aw_learned_net *const *)a;
	const struct aw_learned_net *y = *(const struct aw_learned_net *const *)b;

	if (x->op != y->op)
		return (x->op > y->op) - (x->op < y->op);
	if (x->first_port != y->first_port)
		return (x->first_port > y->first_port) - (x->first_port < y->first_port);
	if (x->last_port != y->last_port)
		return (x->last_port > y->last_port) - (x->last_port < y->last_port);
	return compare_peers(x, y) ?: (x->protocol > y->protocol) - (x->protocol < y->protocol);
}

static bool is_same_rule(const struct aw_learned_net *a, const struct aw_learned_net *b)
{
	return a->op == b->op && a->first_port == b->first_port && a->last_port == b->last_port;
}

/* A host name, or an address as a range. */
static void append_peer(struct aw_buffer *out, const struct aw_learned_net *net)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *address = net->address;
	const bool is_v4 = !memcmp(address, mapped, sizeof(mapped));
	char text[INET6_ADDRSTRLEN] = "";

	if (net->host) {
		aw_policy_text_quote(out, net->host);
		return;
	}
	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? address + 12 : address, text, sizeof(text));
	aw_buffer_append_format(out, "\"%s/%d\"", text, is_v4 ? 32 : 128);
}

static void append_ports(struct aw_buffer *out, const struct aw_learned_net *net)
{
	aw_buffer_append_format(out, "%u", net->first_port);
	if (net->last_port != net->first_port)
		aw_buffer_append_format(out, "-%u", net->last_port);
}

/* Whether the names or addresses of one rule differ from run to run. */
static bool is_open(const struct aw_learned *learned, const struct aw_learned_net *const *nets,
		    size_t n)
{
	uint64_t n_once = 0, n_all = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t size = aw_run_sets_size(learned->evidence->sets, nets[i]->set);

		n_once += size == 1;
		n_all += size;
	}
	return n > 1 && learned->evidence->n_complete > 1 &&
	       aw_statistics_openness(n_once, n_all) > 0.5;
}

static int write_comment(struct aw_buffer *out, const struct aw_learned *learned,
			 const struct aw_learned_net *const *nets, size_t n)
{
	_cleanup_buffer_ struct aw_buffer text = {0};
	uint64_t first_ns = UINT64_MAX, last_ns = 0;

	for (size_t i = 0; i < n; i++) {
		first_ns = nets[i]->first_ns < first_ns ? nets[i]->first_ns : first_ns;
		last_ns = nets[i]->last_ns > last_ns ? nets[i]->last_ns : last_ns;
	}
	aw_buffer_append_string(&text, "Seen");
	if (n == 1)
		aw_buffer_append_format(&text, " in %u of %zu runs,",
					aw_run_sets_size(learned->evidence->sets, nets[0]->set),
					learned->evidence->n_complete);
	aw_buffer_append_char(&text, ' ');
	aw_policy_text_dates(&text, first_ns, last_ns);
	aw_policy_text_subjects(&text, learned, nets[0]->subjects);
	aw_buffer_append_char(&text, '.');
	if (nets[0]->last_port != nets[0]->first_port)
		aw_buffer_append_string(&text, " Ports that the kernel picked.");
	if (nets[0]->op == AW_OP_RESOLVE)
		aw_buffer_append_string(&text, " Asked for, and not connected to.");
	if (nets[0]->sensitive)
		aw_buffer_append_format(&text, " Sensitive: %s.", nets[0]->sensitive);
	else if (is_open(learned, nets, n))
		aw_buffer_append_string(
			&text, nets[0]->host
				       ? " The names differ from run to run: the next run may use "
					 "others."
				       : " The addresses differ from run to run: the next run will "
					 "use others. Names under host: hold longer.");
	if (text.error)
		return text.error;
	return aw_policy_text_comment(out, "  ", aw_buffer_string(&text));
}

/* The keys before the peers, with `separator` between them. A question has no port. */
static void write_keys(struct aw_buffer *out, const struct aw_learned_net *net,
		       const char *separator)
{
	const bool has_port = net->op != AW_OP_RESOLVE;

	aw_buffer_append_format(out, "id: %s.%s", id_heads[kind_of(net)], aw_op_name(net->op));
	if (has_port) {
		aw_buffer_append_char(out, '.');
		append_ports(out, net);
	}
	aw_buffer_append_format(out, "%s%s: [%s]", separator, net->sensitive ? "flag" : "allow",
				aw_op_name(net->op));
	if (has_port) {
		aw_buffer_append_format(out, "%sport: [\"", separator);
		append_ports(out, net);
		aw_buffer_append_string(out, "\"]");
	}
	aw_buffer_append_format(out, "%s%s:", separator, net->host ? "host" : "cidr");
}

static int write_rule(struct aw_buffer *out, const struct aw_learned *learned,
		      const struct aw_learned_net *const *nets, size_t n)
{
	const uint32_t n_runs = (uint32_t)learned->evidence->n_complete;
	int r = write_comment(out, learned, nets, n);

	if (r < 0)
		return r;
	aw_buffer_append_string(out, n == 1 ? "  - {" : "  - ");
	write_keys(out, nets[0], n == 1 ? ", " : "\n    ");
	if (n == 1) {
		aw_buffer_append_string(out, " [");
		append_peer(out, nets[0]);
		return aw_buffer_append_string(out, "]}\n");
	}
	aw_buffer_append_char(out, '\n');
	for (size_t i = 0; i < n; i++) {
		const uint32_t size = aw_run_sets_size(learned->evidence->sets, nets[i]->set);

		if (i > 0 && compare_peers(nets[i], nets[i - 1]) == 0)
			continue; /* the same over another protocol */
		aw_buffer_append_string(out, "      - ");
		append_peer(out, nets[i]);
		if (size < n_runs)
			aw_buffer_append_format(out, " # %u of %u runs", size, n_runs);
		aw_buffer_append_char(out, '\n');
	}
	return out->error;
}

int aw_policy_write_nets(struct aw_buffer *out, const struct aw_learned *learned,
			 enum aw_policy_nets kind)
{
	_cleanup_free_ const struct aw_learned_net **nets =
		calloc(learned->nets.n + 1, sizeof(*nets));
	size_t n_nets = 0;
	int r = 0;

	if (!nets)
		return -ENOMEM;
	aw_vec_for_each (net, &learned->nets)
		if (kind_of(net) == kind && aw_policy_net_is_writable(net))
			nets[n_nets++] = net;
	if (n_nets == 0)
		return 0;
	qsort(nets, n_nets, sizeof(*nets), compare);
	aw_buffer_append_char(out, '\n');
	r = aw_policy_text_comment(out, "  ", titles[kind]);
	for (size_t i = 0, n; i < n_nets && r == 0; i += n) {
		n = 1;
		while (i + n < n_nets && is_same_rule(nets[i], nets[i + n]))
			n++;
		r = write_rule(out, learned, &nets[i], n);
	}
	return r;
}
