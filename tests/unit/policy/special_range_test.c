/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Special ranges are given only where a rule names them: the compiled automaton and the judge who
 * names rules are asked of the addresses at each border.
 */
#include <arpa/inet.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/parse_helper.h"
#include "policy/special_range.h"

#define NET(id, action, cidr) \
	"  - {id: " id ", " action ": [tcp, udp, bind, listen], cidr: [" cidr "], port: [80]}\n"
#define HEAD "version: 1\nrules:\n"

struct row {
	const char *address; /* IPv4 as ::ffff:… */
	enum aw_verdict verdict;
};

/* The first and the last address of each range, and their neighbours. */
static const struct row borders[] = {
	{"::ffff:169.253.255.255", AW_VERDICT_ALLOW}, {"::ffff:169.254.0.0", AW_VERDICT_NONE},
	{"::ffff:169.254.169.254", AW_VERDICT_NONE},  {"::ffff:169.254.255.255", AW_VERDICT_NONE},
	{"::ffff:169.255.0.0", AW_VERDICT_ALLOW},     {"::ffff:100.100.100.199", AW_VERDICT_ALLOW},
	{"::ffff:100.100.100.200", AW_VERDICT_NONE},  {"::ffff:100.100.100.201", AW_VERDICT_ALLOW},
	{"::ffff:168.63.129.15", AW_VERDICT_ALLOW},   {"::ffff:168.63.129.16", AW_VERDICT_NONE},
	{"::ffff:168.63.129.17", AW_VERDICT_ALLOW},   {"::ffff:192.0.0.191", AW_VERDICT_ALLOW},
	{"::ffff:192.0.0.192", AW_VERDICT_NONE},      {"::ffff:192.0.0.193", AW_VERDICT_ALLOW},
	{"::ffff:223.255.255.255", AW_VERDICT_ALLOW}, {"::ffff:224.0.0.0", AW_VERDICT_NONE},
	{"::ffff:239.255.255.255", AW_VERDICT_NONE},  {"::ffff:240.0.0.0", AW_VERDICT_ALLOW},
	{"::ffff:127.0.0.1", AW_VERDICT_ALLOW},	      {"::ffff:0.0.0.0", AW_VERDICT_ALLOW},
	{"::ffff:255.255.255.255", AW_VERDICT_ALLOW}, {"::ffff:10.0.0.1", AW_VERDICT_ALLOW},
};
static const struct row borders6[] = {
	{"fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", AW_VERDICT_ALLOW},
	{"fd00:ec2::", AW_VERDICT_NONE},
	{"fd00:ec2::254", AW_VERDICT_NONE},
	{"fd00:ec3::", AW_VERDICT_ALLOW},
	{"fd20:cd::", AW_VERDICT_ALLOW},
	{"fd20:ce::254", AW_VERDICT_NONE},
	{"fd20:cf::", AW_VERDICT_ALLOW},
	{"fd00:c0::", AW_VERDICT_ALLOW},
	{"fd00:c1::a9fe:a9fe", AW_VERDICT_NONE},
	{"fd00:c2::", AW_VERDICT_ALLOW},
	{"fd00:41::", AW_VERDICT_ALLOW},
	{"fd00:42::42", AW_VERDICT_NONE},
	{"fd00:43::", AW_VERDICT_ALLOW},
	{"fe7f:ffff::", AW_VERDICT_ALLOW},
	{"fe80::", AW_VERDICT_NONE},
	{"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AW_VERDICT_NONE},
	{"fec0::", AW_VERDICT_ALLOW},
	{"feff:ffff::", AW_VERDICT_ALLOW},
	{"ff00::", AW_VERDICT_NONE},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AW_VERDICT_NONE},
	{"64:ff9b::a9fd:ffff", AW_VERDICT_ALLOW},
	{"64:ff9b::169.254.169.254", AW_VERDICT_NONE},
	{"64:ff9b::a9ff:0", AW_VERDICT_ALLOW},
	{"64:ff9b::a9fe:0:a9fe:a9fe", AW_VERDICT_ALLOW},
	{"64:ff9b::100.100.100.200", AW_VERDICT_NONE},
	{"64:ff9b::239.1.2.3", AW_VERDICT_NONE},
	{"64:ff9b::8.8.8.8", AW_VERDICT_ALLOW},
	{"2002:a9fd:ffff::", AW_VERDICT_ALLOW},
	{"2002:a9fe:a9fe::1", AW_VERDICT_NONE},
	{"2002:a9ff::", AW_VERDICT_ALLOW},
	{"2002:6464:64c8:ffff::", AW_VERDICT_NONE},
	{"2002:e000::", AW_VERDICT_NONE},
	{"2002:808:808::", AW_VERDICT_ALLOW},
	{"::1", AW_VERDICT_ALLOW},
	{"2001:db8::1", AW_VERDICT_ALLOW},
	{"fd00::1", AW_VERDICT_ALLOW},
};

static void assert_judged(const struct aw_policy *policy, const struct row *rows, size_t n)
{
	static const enum aw_op ops[] = {AW_OP_TCP, AW_OP_UDP, AW_OP_BIND, AW_OP_LISTEN};
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
	for (size_t i = 0; i < n * 4; i++) {
		const struct row *row = &rows[i / 4];
		struct aw_query query = {.op = ops[i % 4], .anchor = -1, .port = 80};
		struct aw_explanation found;
		uint32_t vid;

		assert_int_equal(inet_pton(AF_INET6, row->address, query.address), 1);
		vid = aw_image_walk_net(image, query.address, query.port);
		aw_policy_explain(policy, &query, &found);
		if (aw_image_verdict(image, vid, 0, query.op) != row->verdict ||
		    found.verdict != row->verdict)
			fail_msg("%s %s: compiled %s, explained %s", aw_op_name(query.op),
				 row->address,
				 aw_verdict_name(aw_image_verdict(image, vid, 0, query.op)),
				 aw_verdict_name(found.verdict));
	}
}

#define ASSERT_JUDGED(policy, rows) assert_judged(policy, rows, sizeof(rows) / sizeof(*(rows)))

static void ranges_are_normal_and_apart(void **state)
{
	for (size_t i = 0; i < AW_SPECIAL_RANGES; i++) {
		const struct aw_cidr *cidr = &aw_special_ranges[i].cidr;

		assert_non_null(aw_special_ranges[i].what);
		assert_in_range(cidr->prefix, 1, 128);
		for (unsigned bit = cidr->prefix; bit < 128; bit++)
			assert_false(cidr->address[bit / 8] & 0x80 >> bit % 8);
		for (size_t k = 0; k < AW_SPECIAL_RANGES; k++)
			assert_int_equal(aw_cidr_has(cidr, aw_special_ranges[k].cidr.address),
					 i == k);
		assert_ptr_equal(aw_special_range_find(cidr->address), &aw_special_ranges[i]);
	}
}

static void every_address_is_not_the_special_ones(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *v4 =
		parse_ok(HEAD NET("a", "allow", "0.0.0.0/0"));
	_cleanup_(aw_policy_freep) struct aw_policy *v6 =
		parse_ok(HEAD NET("a", "allow", "'::/0'"));
	_cleanup_(aw_policy_freep) struct aw_policy *mapped =
		parse_ok(HEAD NET("a", "allow", "'::ffff:0:0/96'"));

	ASSERT_JUDGED(v4, borders);
	ASSERT_JUDGED(mapped, borders);
	ASSERT_JUDGED(v6, borders);
	ASSERT_JUDGED(v6, borders6);
}

static void a_range_of_half_of_a_special_one_names_that_half(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(HEAD NET("a", "allow", "169.254.0.0/17, 'fe80::/11', 'ff00::/9'"));
	static const struct row rows[] = {
		{"::ffff:169.254.127.255", AW_VERDICT_ALLOW},
		{"::ffff:169.254.128.0", AW_VERDICT_NONE},
		{"fe9f:ffff::", AW_VERDICT_ALLOW},
		{"fea0::", AW_VERDICT_NONE},
		{"ff7f::", AW_VERDICT_ALLOW},
		{"ff80::", AW_VERDICT_NONE},
	};

	ASSERT_JUDGED(policy, rows);
}

static void a_range_one_bit_wider_leaves_the_special_one_out(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		HEAD NET("a", "allow",
			 "169.254.0.0/15, 224.0.0.0/3, 100.100.100.200/31, 'fe80::/9', 'fe00::/7', "
			 "'fd00:ec2::/31'"));
	static const struct row rows[] = {
		{"::ffff:169.254.169.254", AW_VERDICT_NONE},
		{"::ffff:169.255.0.0", AW_VERDICT_ALLOW},
		{"::ffff:239.255.255.255", AW_VERDICT_NONE},
		{"::ffff:240.0.0.0", AW_VERDICT_ALLOW},
		{"::ffff:100.100.100.200", AW_VERDICT_NONE},
		{"::ffff:100.100.100.201", AW_VERDICT_ALLOW},
		{"fe80::1", AW_VERDICT_NONE},
		{"fe00::1", AW_VERDICT_ALLOW},
		{"fec0::1", AW_VERDICT_ALLOW},
		{"ff02::1", AW_VERDICT_NONE},
		{"fd00:ec2::254", AW_VERDICT_NONE},
		{"fd00:ec3::254", AW_VERDICT_ALLOW},
	};

	ASSERT_JUDGED(policy, rows);
}

static void a_rule_that_names_the_range_gives_it(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(HEAD NET("a", "allow", "'::/0', 169.254.169.254/32, 'fe80::/10'")
				 NET("b", "flag", "224.0.0.0/4, 'fd00:ec2::254/128'"));
	static const struct row rows[] = {
		{"::ffff:169.254.169.254", AW_VERDICT_ALLOW},
		{"::ffff:169.254.169.253", AW_VERDICT_NONE},
		{"fe80::1", AW_VERDICT_ALLOW},
		{"::ffff:224.0.0.251", AW_VERDICT_FLAG},
		{"fd00:ec2::254", AW_VERDICT_FLAG},
		{"fd00:ec2::253", AW_VERDICT_NONE},
		{"::ffff:8.8.8.8", AW_VERDICT_ALLOW},
	};

	ASSERT_JUDGED(policy, rows);
}

static void a_wide_flag_leaves_them_out_too(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(HEAD NET("a", "flag", "'::/0'"));
	static const struct row rows[] = {
		{"::ffff:169.254.169.254", AW_VERDICT_NONE},
		{"ff02::1", AW_VERDICT_NONE},
		{"::ffff:8.8.8.8", AW_VERDICT_FLAG},
	};

	ASSERT_JUDGED(policy, rows);
}

static void what_denies_or_asks_covers_all_that_it_says(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *deny =
		parse_ok(HEAD NET("d", "deny", "'::/0'") NET("a", "allow", "169.254.0.0/16"));
	_cleanup_(aw_policy_freep) struct aw_policy *ask =
		parse_ok(HEAD NET("q", "ask", "0.0.0.0/0") NET("a", "allow", "169.254.0.0/16"));
	_cleanup_(aw_policy_freep) struct aw_policy *forbid = parse_ok(
		"version: 1\nadministrator: true\nrules:\n" NET("f", "forbid", "0.0.0.0/0"));
	static const struct row denied[] = {
		{"::ffff:169.254.169.254", AW_VERDICT_DENY},
		{"fe80::1", AW_VERDICT_DENY},
		{"2001:db8::1", AW_VERDICT_DENY},
	};
	static const struct row asked[] = {
		{"::ffff:169.254.169.254", AW_VERDICT_ASK},
		{"::ffff:100.100.100.200", AW_VERDICT_ASK},
	};
	static const struct row forbidden[] = {{"::ffff:169.254.169.254", AW_VERDICT_FORBID}};

	ASSERT_JUDGED(deny, denied);
	ASSERT_JUDGED(ask, asked);
	ASSERT_JUDGED(forbid, forbidden);
}

static void a_lift_takes_a_denial_from_what_it_names(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(HEAD NET("d", "deny", "'::/0'") NET("l", "lift: d, allow", "'::/0'")
				 NET("m", "lift: d, allow", "169.254.169.254/32")
					 NET("a", "allow", "'fe80::/10'"));
	static const struct row rows[] = {
		{"::ffff:8.8.8.8", AW_VERDICT_ALLOW},
		{"::ffff:169.254.169.254", AW_VERDICT_ALLOW},
		{"::ffff:169.254.169.253", AW_VERDICT_DENY},
		{"fe80::1", AW_VERDICT_DENY},
		{"ff02::1", AW_VERDICT_DENY},
	};

	ASSERT_JUDGED(policy, rows);
}

/* Pieces have each the ports of the rule, and no others. */
static void ports_are_those_of_the_rule(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		HEAD "  - {id: a, allow: tcp, cidr: '::/0', port: [443, \"8000-9000\"]}\n");
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	static const struct {
		uint16_t port;
		enum aw_verdict verdict;
	} ports[] = {{443, AW_VERDICT_ALLOW},  {442, AW_VERDICT_NONE},	{8000, AW_VERDICT_ALLOW},
		     {9000, AW_VERDICT_ALLOW}, {9001, AW_VERDICT_NONE}, {80, AW_VERDICT_NONE}};

	assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
	for (size_t i = 0; i < sizeof(borders) / sizeof(*borders); i++)
		for (size_t k = 0; k < sizeof(ports) / sizeof(*ports); k++) {
			bool is_given = borders[i].verdict == AW_VERDICT_ALLOW;
			uint8_t address[16];
			uint32_t vid;

			inet_pton(AF_INET6, borders[i].address, address);
			vid = aw_image_walk_net(image, address, ports[k].port);
			assert_int_equal(aw_image_verdict(image, vid, 0, AW_OP_TCP),
					 is_given ? ports[k].verdict : AW_VERDICT_NONE);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_normal_and_apart),
		cmocka_unit_test(every_address_is_not_the_special_ones),
		cmocka_unit_test(a_range_of_half_of_a_special_one_names_that_half),
		cmocka_unit_test(a_range_one_bit_wider_leaves_the_special_one_out),
		cmocka_unit_test(a_rule_that_names_the_range_gives_it),
		cmocka_unit_test(a_wide_flag_leaves_them_out_too),
		cmocka_unit_test(what_denies_or_asks_covers_all_that_it_says),
		cmocka_unit_test(a_lift_takes_a_denial_from_what_it_names),
		cmocka_unit_test(ports_are_those_of_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
