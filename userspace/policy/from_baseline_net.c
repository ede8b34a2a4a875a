/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on addresses as YAML: one for each operation and port, with the addresses that were used.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"
#include "policy/policy.h"

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
	return memcmp(x->address, y->address, sizeof(x->address))
		       ?: (x->protocol > y->protocol) - (x->protocol < y->protocol);
}

static bool is_same_rule(const struct aw_learned_net *a, const struct aw_learned_net *b)
{
	return a->op == b->op && a->first_port == b->first_port && a->last_port == b->last_port;
}

static void append_address(struct aw_buffer *out, const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const bool is_v4 = !memcmp(address, mapped, sizeof(mapped));
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? address + 12 : address, text, sizeof(text));
	aw_buffer_append_format(out, "\"%s/%d\"", text, is_v4 ? 32 : 128);
}

static void append_ports(struct aw_buffer *out, const struct aw_learned_net *net)
{
	aw_buffer_append_format(out, "%u", net->first_port);
	if (net->last_port != net->first_port)
		aw_buffer_append_format(out, "-%u", net->last_port);
}

/* Whether the addresses of one rule differ from run to run. */
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
	if (nets[0]->sensitive)
		aw_buffer_append_format(&text, " Sensitive: %s.", nets[0]->sensitive);
	else if (is_open(learned, nets, n))
		aw_buffer_append_string(
			&text, " The addresses differ from run to run: the next run will use "
			       "others. Names under host: hold longer.");
	if (text.error)
		return text.error;
	return aw_policy_text_comment(out, "  ", aw_buffer_string(&text));
}

static int write_rule(struct aw_buffer *out, const struct aw_learned *learned,
		      const struct aw_learned_net *const *nets, size_t n)
{
	const uint32_t n_runs = (uint32_t)learned->evidence->n_complete;
	const struct aw_learned_net *first = nets[0];
	const char *verb = first->sensitive ? "flag" : "allow",
		   *separator = n == 1 ? ", " : "\n    ";
	int r = write_comment(out, learned, nets, n);

	if (r < 0)
		return r;
	aw_buffer_append_format(out, "  - %sid: %s.%s.", n == 1 ? "{" : "",
				first->sensitive ? "review.net" : "net", aw_op_name(first->op));
	append_ports(out, first);
	aw_buffer_append_format(out, "%s%s: [%s]%sport: [\"", separator, verb,
				aw_op_name(first->op), separator);
	append_ports(out, first);
	aw_buffer_append_format(out, "\"]%scidr:", separator);
	if (n == 1) {
		aw_buffer_append_string(out, " [");
		append_address(out, first->address);
		return aw_buffer_append_string(out, "]}\n");
	}
	aw_buffer_append_char(out, '\n');
	for (size_t i = 0; i < n; i++) {
		const uint32_t size = aw_run_sets_size(learned->evidence->sets, nets[i]->set);

		if (i > 0 && !memcmp(nets[i]->address, nets[i - 1]->address, 16))
			continue; /* the same over another protocol */
		aw_buffer_append_string(out, "      - ");
		append_address(out, nets[i]->address);
		if (size < n_runs)
			aw_buffer_append_format(out, " # %u of %u runs", size, n_runs);
		aw_buffer_append_char(out, '\n');
	}
	return out->error;
}

int aw_policy_write_nets(struct aw_buffer *out, const struct aw_learned *learned, bool is_sensitive)
{
	_cleanup_free_ const struct aw_learned_net **nets =
		calloc(learned->nets.n + 1, sizeof(*nets));
	size_t n_nets = 0;
	int r = 0;

	if (!nets)
		return -ENOMEM;
	for (size_t i = 0; i < learned->nets.n; i++)
		if (!!learned->nets.items[i].sensitive == is_sensitive)
			nets[n_nets++] = &learned->nets.items[i];
	if (n_nets == 0)
		return 0;
	qsort(nets, n_nets, sizeof(*nets), compare);
	aw_buffer_append_char(out, '\n');
	r = aw_policy_text_comment(
		out, "  ", is_sensitive ? "NEEDS REVIEW: addresses." : "The network, by address.");
	for (size_t i = 0, n; i < n_nets && r == 0; i += n) {
		n = 1;
		while (i + n < n_nets && is_same_rule(nets[i], nets[i + n]))
			n++;
		r = write_rule(out, learned, &nets[i], n);
	}
	return r;
}
