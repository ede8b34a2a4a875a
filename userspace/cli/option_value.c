/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, as options take them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_value.h"
#include "cli/options.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit byte_units[] = {
	{"", 1}, {"K", 1ull << 10}, {"M", 1ull << 20}, {"G", 1ull << 30}, {},
};

static const struct unit duration_units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {},
};

/* Digits alone, then the name of a unit alone. */
static int number_with_unit(const char *text, const struct unit *units, uint64_t *ret)
{
	uint64_t number;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0)
		return -ERANGE;
	for (; units->name; units++) {
		if (strcmp(units->name, end) != 0)
			continue;
		if (__builtin_mul_overflow(number, units->factor, &number))
			return -ERANGE;
		*ret = number;
		return 0;
	}
	return -EINVAL;
}

int aw_option_number(const char *text, uint64_t *ret)
{
	static const struct unit none[] = {{"", 1}, {}};

	return number_with_unit(text, none, ret);
}

int aw_option_bytes(const char *text, uint64_t *ret)
{
	return number_with_unit(text, byte_units, ret);
}

int aw_option_duration(const char *text, uint64_t *ret_ms)
{
	return number_with_unit(text, duration_units, ret_ms);
}

bool aw_option_is_pair(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals && equals > text;
}
