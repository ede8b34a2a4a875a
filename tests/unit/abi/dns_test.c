/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/dns.h"

/* A message under construction. */
struct message {
	uint8_t bytes[AW_DNS_MAX];
	size_t length;
};

static struct aw_dns dns;

static void put(struct message *m, const void *bytes, size_t length)
{
	assert_true(m->length + length <= sizeof(m->bytes));
	memcpy(m->bytes + m->length, bytes, length);
	m->length += length;
}

static void put_u16(struct message *m, unsigned int value)
{
	put(m, (const uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

/* "www.example.org", or "" for the root. */
static void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t length = strcspn(name, ".");

		put(m, (const uint8_t[]){(uint8_t)length}, 1);
		put(m, name, length);
		name += length + (name[length] == '.');
	}
	put(m, "", 1);
}

#define QUERY	0x0100
#define ANSWER	0x8180
#define NAME_AT 0xc00c /* a pointer to the question's name */

static void begin(struct message *m, unsigned int flags, unsigned int n_answers, const char *name,
		  unsigned int type)
{
	const unsigned int counts[] = {1, n_answers, 0, 0};

	*m = (struct message){};
	put_u16(m, 0x1234);
	put_u16(m, flags);
	for (size_t i = 0; i < 4; i++)
		put_u16(m, counts[i]);
	put_name(m, name);
	put_u16(m, type);
	put_u16(m, 1);
}

/* What stands between a record's name and its data. */
static void put_fixed(struct message *m, unsigned int type, unsigned int ttl, size_t length)
{
	put_u16(m, type);
	put_u16(m, 1);
	put_u16(m, ttl >> 16);
	put_u16(m, ttl & 0xffff);
	put_u16(m, (unsigned int)length);
}

static void put_a(struct message *m, unsigned int name, unsigned int ttl, const char address[4])
{
	put_u16(m, name);
	put_fixed(m, AW_DNS_A, ttl, 4);
	put(m, address, 4);
}

/* To the end, with what stands there; returns the status, and counts aliases. */
static unsigned int read_message(const struct message *m, unsigned int *aliases)
{
	memset(&dns, 0, sizeof(dns));
	memcpy(dns.message, m->bytes, m->length);
	aw_dns_begin(&dns, (__u32)m->length, 77);
	*aliases = 0;
	for (unsigned int step = 0; step < AW_DNS_STEPS_MAX; step++) {
		if (dns.status == AW_DNS_ALIASED) {
			++*aliases;
			aw_dns_resume(&dns);
		}
		if (dns.status != AW_DNS_READING)
			break;
		aw_dns_step(&dns);
	}
	return dns.status;
}

static unsigned int status_of(const struct message *m)
{
	unsigned int aliases;

	return read_message(m, &aliases);
}

static void assert_question(const char *name, unsigned int type)
{
	assert_int_equal(dns.names[0].length, strlen(name));
	assert_memory_equal(dns.names[0].name, name, strlen(name));
	assert_int_equal(dns.type, type);
}

static void test_question(void **state)
{
	struct message m;

	begin(&m, QUERY, 0, "WWW.Example.org", AW_DNS_AAAA);
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_false(dns.is_answer);
	assert_int_equal(dns.id, 0x1234);
	assert_question("www.example.org", AW_DNS_AAAA);
	begin(&m, QUERY, 0, "", 2);
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_question(".", 2);
}

/* Each byte short of it is no question. */
static void test_question_cut(void **state)
{
	struct message m;
	size_t whole;

	begin(&m, QUERY, 0, "www.example.org", AW_DNS_A);
	whole = m.length;
	for (m.length = 0; m.length < whole; m.length++)
		assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	assert_int_equal(status_of(&m), AW_DNS_DONE);
}

static void test_question_broken(void **state)
{
	static const uint8_t bad_bytes[] = {0, ' ', '.', '/', 0x7f, 0x80, 0xff};
	struct message m;

	for (size_t i = 0; i < sizeof(bad_bytes); i++) {
		begin(&m, QUERY, 0, "www.example.org", AW_DNS_A);
		m.bytes[13] = bad_bytes[i];
		assert_int_equal(status_of(&m), AW_DNS_BROKEN);
		assert_int_equal(dns.names[0].length, 0);
	}
	begin(&m, 0x2900, 0, "www.example.org", AW_DNS_A); /* an update */
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	begin(&m, QUERY, 1, "www.example.org", AW_DNS_A); /* it brings answers of its own */
	put_a(&m, NAME_AT, 60, "\x7f\0\0\1");
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	begin(&m, QUERY, 0, "www.example.org", AW_DNS_A);
	m.bytes[5] = 2; /* two questions */
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	begin(&m, QUERY, 0, "www.example.org", AW_DNS_A);
	m.bytes[m.length - 1] = 3; /* of class CH */
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	begin(&m, QUERY, 0, "www.example.org", AW_DNS_A);
	m.bytes[16] = 0xc0; /* a pointer in a question */
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
}

/* The longest name there is, and one byte more. */
static void test_name_length(void **state)
{
	char name[300] = "";
	struct message m;

	for (int i = 0; i < 127; i++)
		strcat(name, i ? ".a" : "a");
	assert_int_equal(strlen(name), AW_HOST_MAX);
	begin(&m, QUERY, 0, name, AW_DNS_A);
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_question(name, AW_DNS_A);
	name[0] = 'b';
	memmove(name + 1, name, strlen(name) + 1);
	begin(&m, QUERY, 0, name, AW_DNS_A);
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
}

static void test_addresses(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 7};
	struct message m;

	begin(&m, ANSWER, 3, "www.example.org", AW_DNS_A);
	put_a(&m, NAME_AT, 300, "\xc0\0\2\6");
	put_a(&m, NAME_AT, 60, "\xc0\0\2\7");
	put_a(&m, 0xc010, 1, "\xc0\0\2\x8"); /* of example.org, which nobody asked for */
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_true(dns.is_answer);
	assert_int_equal(dns.n_addresses, 2);
	assert_memory_equal(dns.addresses[1], mapped, 16);
	assert_int_equal(dns.ttl, 60);
}

/* Only what was asked for: not the other family's addresses, nor hints in records of services. */
static void test_other_types(void **state)
{
	struct message m;

	begin(&m, ANSWER, 1, "www.example.org", AW_DNS_AAAA);
	put_a(&m, NAME_AT, 300, "\xc0\0\2\6");
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_int_equal(dns.n_addresses, 0);
	begin(&m, ANSWER, 1, "www.example.org", 65);
	put_u16(&m, NAME_AT);
	put_fixed(&m, 65, 300, 11);
	put(&m, "\0\1\0\0\4\0\4\xc0\0\2\1", 11);
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_int_equal(dns.n_addresses, 0);
}

static void test_aliases(void **state)
{
	unsigned int aliases, at;
	struct message m;

	begin(&m, ANSWER, 3, "www.example.org", AW_DNS_A);
	put_a(&m, 0xc010, 5, "\xc0\0\2\1"); /* before the alias: of another name */
	put_u16(&m, NAME_AT);
	put_fixed(&m, AW_DNS_CNAME, 30, 6);
	at = (unsigned int)m.length;
	put(&m, "\3CDN\xc0\x10", 6);
	put_a(&m, 0xc000 | at, 90, "\xc0\0\2\6");
	assert_int_equal(read_message(&m, &aliases), AW_DNS_DONE);
	assert_int_equal(aliases, 1);
	assert_int_equal(dns.n_addresses, 1);
	assert_int_equal(dns.ttl, 30);
	assert_memory_equal(dns.names[1].name, "cdn.example.org", 15);
	assert_question("www.example.org", AW_DNS_A);
}

/* An alias of itself, again and again, and one whose name goes beyond its record. */
static void test_aliases_bounded(void **state)
{
	struct message m;
	unsigned int aliases;

	begin(&m, ANSWER, AW_DNS_ALIASES_MAX + 1, "www.example.org", AW_DNS_A);
	for (int i = 0; i <= AW_DNS_ALIASES_MAX; i++) {
		put_u16(&m, NAME_AT);
		put_fixed(&m, AW_DNS_CNAME, 30, 2);
		put_u16(&m, NAME_AT);
	}
	assert_int_equal(read_message(&m, &aliases), AW_DNS_BROKEN);
	assert_int_equal(aliases, AW_DNS_ALIASES_MAX);
	begin(&m, ANSWER, 1, "www.example.org", AW_DNS_A);
	put_u16(&m, NAME_AT);
	put_fixed(&m, AW_DNS_CNAME, 30, 3);
	put(&m, "\3CDN\xc0\x10", 6);
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
}

/* Pointers lead backwards only, and not into the header. */
static void test_pointers(void **state)
{
	static const unsigned int bad[] = {0xc000, 0xc00b, 0xc021, 0xc022, 0xffff};
	struct message m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin(&m, ANSWER, 1, "www.example.org", AW_DNS_A);
		assert_int_equal(m.length, 0x21);
		put_a(&m, bad[i], 60, "\xc0\0\2\6");
		assert_int_equal(status_of(&m), AW_DNS_BROKEN);
	}
}

/* An answer is read whole, or it says nothing. */
static void test_answer_cut(void **state)
{
	struct message m;
	size_t whole;

	begin(&m, ANSWER, 2, "www.example.org", AW_DNS_A);
	put_a(&m, NAME_AT, 300, "\xc0\0\2\6");
	put_a(&m, NAME_AT, 60, "\xc0\0\2\7");
	whole = m.length;
	for (m.length = 0; m.length < whole; m.length++)
		assert_int_equal(status_of(&m), AW_DNS_BROKEN);
}

static void test_too_many_addresses(void **state)
{
	struct message m;

	begin(&m, ANSWER, AW_DNS_ADDRESSES_MAX, "www.example.org", AW_DNS_A);
	for (int i = 0; i < AW_DNS_ADDRESSES_MAX; i++)
		put_a(&m, NAME_AT, 300, (const char[]){10, 0, 0, (char)i});
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_int_equal(dns.n_addresses, AW_DNS_ADDRESSES_MAX);
	m.bytes[7]++;
	put_a(&m, NAME_AT, 300, "\xc0\0\2\7");
	assert_int_equal(status_of(&m), AW_DNS_BROKEN);
}

/* One with an error, or cut off by the resolver, is an answer without addresses. */
static void test_failures(void **state)
{
	static const unsigned int flags[] = {0x8183, 0x8182, 0x8380};
	struct message m;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		begin(&m, flags[i], 1, "www.example.org", AW_DNS_A);
		put_a(&m, NAME_AT, 300, "\xc0\0\2\6");
		assert_int_equal(status_of(&m), AW_DNS_DONE);
		assert_true(dns.is_failure);
		assert_int_equal(dns.n_addresses, 0);
	}
}

/* RFC 2181, 8: the highest bit set is 0. */
static void test_ttl(void **state)
{
	struct message m;

	begin(&m, ANSWER, 1, "www.example.org", AW_DNS_A);
	put_a(&m, NAME_AT, 0x80000001, "\xc0\0\2\6");
	assert_int_equal(status_of(&m), AW_DNS_DONE);
	assert_int_equal(dns.ttl, 0);
}

static void test_special_addresses(void **state)
{
	static const struct {
		const char *address;
		int is_special;
	} rows[] = {
		{"::ffff:10.0.0.1", 0},
		{"::ffff:127.0.0.1", 1},
		{"::ffff:169.254.169.254", 1},
		{"::ffff:169.253.0.1", 0},
		{"::ffff:224.0.0.1", 1},
		{"::ffff:255.255.255.255", 1},
		{"::ffff:0.0.0.0", 1},
		{"::", 1},
		{"::1", 1},
		{"::2", 0},
		{"fe80::1", 1},
		{"febf::1", 1},
		{"fec0::1", 0},
		{"ff02::1", 1},
		{"2001:db8::1", 0},
		{"64:ff9b::a9fe:a9fe", 1},
		{"64:ff9b::808:808", 0},
		{"fd00::7f00:1", 0},
		{"::ffff:100.100.100.200", 1},
		{"::ffff:100.100.100.201", 0},
		{"::ffff:168.63.129.16", 1},
		{"::ffff:192.0.0.192", 1},
		{"fd00:ec2::254", 1},
		{"fd00:ec3::254", 0},
		{"fd20:ce::254", 1},
		{"fd00:c1::a9fe:a9fe", 1},
		{"fd00:42::42", 1},
		{"2002:a9fe:a9fe::1", 1},
		{"2002:808:808::1", 0},
	};
	uint8_t address[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(inet_pton(AF_INET6, rows[i].address, address), 1);
		assert_int_equal(aw_is_special(address), rows[i].is_special);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_question_cut),
		cmocka_unit_test(test_question_broken),
		cmocka_unit_test(test_name_length),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_aliases_bounded),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_answer_cut),
		cmocka_unit_test(test_too_many_addresses),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_special_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
