/* SPDX-License-Identifier: Apache-2.0 */
/* Which names can be sent, and which of them a policy can hold: what its parser says is the oracle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/host_name.h"
#include "policy/parse.h"
#include "policy/policy.h"

/* Whether a policy takes the name, and as the same name. */
static bool is_taken(const char *name)
{
	struct aw_policy *policy = NULL;
	struct aw_diag diag = {};
	char text[512];
	bool is_same;

	snprintf(text, sizeof(text),
		 "version: 1\nname: n\nrules:\n"
		 "  - {id: x, allow: [tcp], host: ['%s'], port: [443]}\n",
		 name);
	if (aw_policy_parse_text(&policy, "p.yaml", text, strlen(text), NULL, &diag) < 0)
		return false;
	is_same = strcmp(policy->rules[0].hosts[0], name) == 0;
	aw_policy_free(policy);
	return is_same;
}

static void plain_names_are_those_that_a_policy_holds(void **state)
{
	static const char *const names[] = {
		"a",
		"a.example",
		"x-1.a_b.example",
		"_srv._tcp.a.example",
		"1.2.3",
		"1.2.3.4",
		"1.2.3.4.example",
		"-a.example",
		"a-.example",
		"a..example",
		".a",
		"a.",
		"A.example",
		"a.exam+ple",
		"a!",
		"::1",
		"xn--nxasmq",
		"a.ex~mple",
		"0x7f.1",
	};
	char label[70] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(aw_host_name_is_plain(names[i], strlen(names[i])),
				 is_taken(names[i]));
	memset(label, 'a', 64);
	assert_false(aw_host_name_is_plain(label, 64));
	assert_true(aw_host_name_is_plain(label, 63));
	/* It would be taken, as more than itself. */
	assert_true(is_taken("*.example"));
	assert_false(aw_host_name_is_plain("*.example", 9));
}

static void random_names_are_plain_only_if_a_policy_holds_them(void **state)
{
	static const char bytes[] = "aab1..--__AZ*!";
	uint64_t x = 88172645463325252u;
	size_t n_plain = 0;

	for (int i = 0; i < 4000; i++) {
		char name[8] = "";

		for (size_t k = 0; k < sizeof(name) - 1; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			name[k] = bytes[x % (sizeof(bytes) - 1)];
		}
		name[1 + x % 7] = '\0';
		if (!aw_host_name_is_plain(name, strlen(name)))
			continue;
		n_plain++;
		assert_true(is_taken(name));
	}
	assert_true(n_plain > 100);
}

static void names_are_bounded(void **state)
{
	char name[AW_HOST_MAX + 1];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 10 == 9 ? '.' : 'a';
	assert_true(aw_host_name_is_valid(name, AW_HOST_MAX));
	assert_true(aw_host_name_is_plain(name, AW_HOST_MAX));
	assert_false(aw_host_name_is_valid(name, AW_HOST_MAX + 1));
	assert_false(aw_host_name_is_plain(name, AW_HOST_MAX + 1));
	assert_false(aw_host_name_is_valid("", 0));
	assert_false(aw_host_name_is_plain("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_are_those_that_a_policy_holds),
		cmocka_unit_test(random_names_are_plain_only_if_a_policy_holds_them),
		cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
