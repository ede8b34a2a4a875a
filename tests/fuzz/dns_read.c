/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of DNS messages that the kernel programs run (abi/dns.h), with the C library's own as
 * the oracle: what it takes for a whole message, that one must be able to read, with the same
 * question, the same name at the end of the aliases and the same addresses.
 */
#include <arpa/nameser.h>
#include <assert.h>
#include <ctype.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "abi/dns.h"

static struct aw_dns dns;

/* All of it, as the programs do. */
static void read_all(const uint8_t *data, size_t size)
{
	memset(&dns, 0, sizeof(dns));
	memcpy(dns.message, data, size);
	aw_dns_begin(&dns, (__u32)size, 0x9e3779b97f4a7c15ull);
	for (unsigned int round = 0; round <= AW_DNS_ALIASES_MAX; round++) {
		for (unsigned int step = 0; dns.status == AW_DNS_READING && step < AW_DNS_STEPS_MAX;
		     step++)
			aw_dns_step(&dns);
		if (dns.status != AW_DNS_ALIASED)
			break;
		aw_dns_resume(&dns);
	}
	if (dns.status != AW_DNS_DONE)
		dns.status = AW_DNS_BROKEN;
}

static void check_name(const struct aw_host_name *name)
{
	assert(name->length <= AW_HOST_MAX);
	for (__u32 i = 0; i < name->length; i++)
		assert(name->name[i] > ' ' && name->name[i] <= '~' && name->name[i] != '/' &&
		       !isupper((unsigned char)name->name[i]));
}

/* As the C library writes names: escaped, which our names never need but for these. */
static bool is_same_name(const char *theirs, const char *ours, size_t length)
{
	size_t n = 0;

	for (; *theirs; theirs++) {
		if (*theirs == '\\')
			theirs++;
		if (n >= length || tolower((unsigned char)*theirs) != ours[n])
			return false;
		n++;
	}
	return n == length || (n == 0 && length == 1 && ours[0] == '.');
}

static bool is_found(const uint8_t *address, size_t length)
{
	for (__u32 i = 0; i < dns.n_addresses; i++)
		if (memcmp(dns.addresses[i] + 16 - length, address, length) == 0)
			return true;
	return false;
}

static void compare(const uint8_t *data, size_t size)
{
	char wanted[NS_MAXDNAME];
	__u32 found = 0;
	ns_msg message;
	ns_rr record;

	if (ns_initparse(data, (int)size, &message) < 0)
		return; /* what is behind the answers is none of ours */
	assert(ns_parserr(&message, ns_s_qd, 0, &record) == 0);
	assert(is_same_name(ns_rr_name(record), dns.names[0].name, dns.names[0].length));
	assert(ns_rr_type(record) == dns.type);
	strcpy(wanted, ns_rr_name(record));
	for (int i = 0; dns.is_answer && !dns.is_failure && i < ns_msg_count(message, ns_s_an);
	     i++) {
		assert(ns_parserr(&message, ns_s_an, i, &record) == 0);
		if (ns_rr_class(record) != ns_c_in || strcasecmp(ns_rr_name(record), wanted) != 0)
			continue;
		if (ns_rr_type(record) == ns_t_cname) {
			assert(ns_name_uncompress(data, data + size, ns_rr_rdata(record), wanted,
						  sizeof(wanted)) >= 0);
		} else if (ns_rr_type(record) == dns.type &&
			   ((dns.type == ns_t_a && ns_rr_rdlen(record) == 4) ||
			    (dns.type == ns_t_aaaa && ns_rr_rdlen(record) == 16))) {
			assert(is_found(ns_rr_rdata(record), ns_rr_rdlen(record)));
			found++;
		}
	}
	assert(found == dns.n_addresses);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > AW_DNS_MAX)
		return 0;
	read_all(data, size);
	assert(dns.n_addresses <= AW_DNS_ADDRESSES_MAX);
	check_name(&dns.names[0]);
	check_name(&dns.names[1]);
	if (dns.status == AW_DNS_DONE)
		compare(data, size);
	return 0;
}
