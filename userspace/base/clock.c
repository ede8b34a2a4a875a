/* SPDX-License-Identifier: Apache-2.0 */
/* Clock readings and RFC 3339 in UTC with nanoseconds. */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define CLOCK_SAMPLES 5

static int64_t to_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * (int64_t)AW_NS_PER_SECOND + t->tv_nsec;
}

/* The pair of readings with the least time between them wins. */
int aw_clock_sample(struct aw_clock *ret)
{
	int64_t best_gap = INT64_MAX, offset = 0;

	for (int i = 0; i < CLOCK_SAMPLES; i++) {
		struct timespec before, wall, after;
		int64_t gap;

		if (clock_gettime(CLOCK_BOOTTIME, &before) < 0 ||
		    clock_gettime(CLOCK_REALTIME, &wall) < 0 ||
		    clock_gettime(CLOCK_BOOTTIME, &after) < 0)
			return -errno;
		gap = to_ns(&after) - to_ns(&before);
		if (gap >= best_gap)
			continue;
		best_gap = gap;
		offset = to_ns(&wall) - to_ns(&before) - gap / 2;
	}
	ret->offset_ns = offset;
	return 0;
}

uint64_t aw_clock_wall(const struct aw_clock *clock, uint64_t boot_ns)
{
	if (clock->offset_ns < 0 && boot_ns < (uint64_t)-clock->offset_ns)
		return 0;
	return boot_ns + (uint64_t)clock->offset_ns;
}

static uint64_t now(clockid_t id)
{
	struct timespec t = {};

	clock_gettime(id, &t);
	return (uint64_t)to_ns(&t);
}

uint64_t aw_clock_boot_now(void)
{
	return now(CLOCK_BOOTTIME);
}

uint64_t aw_clock_wall_now(void)
{
	return now(CLOCK_REALTIME);
}

void aw_clock_format(uint64_t wall_ns, char ret[static AW_CLOCK_RFC3339_SIZE])
{
	time_t seconds = (time_t)(wall_ns / AW_NS_PER_SECOND);
	struct tm tm = {};
	size_t length;

	gmtime_r(&seconds, &tm);
	length = strftime(ret, AW_CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret + length, AW_CLOCK_RFC3339_SIZE - length, ".%09uZ",
		 (unsigned int)(wall_ns % AW_NS_PER_SECOND));
}

/* ".5Z" is half a second; *text stands behind the seconds. -EINVAL. */
static int parse_fraction(const char *text, uint64_t *ret)
{
	uint64_t value = 0, unit = AW_NS_PER_SECOND;

	if (*text == '.') {
		text++;
		if (*text < '0' || *text > '9')
			return -EINVAL;
		for (; *text >= '0' && *text <= '9'; text++) {
			if (unit == 1)
				return -EINVAL;
			unit /= 10;
			value += (uint64_t)(*text - '0') * unit;
		}
	}
	if (strcmp(text, "Z") != 0)
		return -EINVAL;
	*ret = value;
	return 0;
}

int aw_clock_parse(const char *text, uint64_t *ret)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
	struct tm tm = {}, asked;
	uint64_t fraction;
	time_t seconds;

	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
			return -EINVAL;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return -EINVAL;
	if (parse_fraction(text + sizeof(pattern) - 1, &fraction) < 0)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	asked = tm;
	seconds = timegm(&tm); /* normalises: 30 February becomes March */
	if (seconds < 0 || tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon ||
	    tm.tm_hour != asked.tm_hour || tm.tm_min != asked.tm_min || tm.tm_sec != asked.tm_sec ||
	    (uint64_t)seconds > UINT64_MAX / AW_NS_PER_SECOND - 1)
		return -EINVAL;
	*ret = (uint64_t)seconds * AW_NS_PER_SECOND + fraction;
	return 0;
}

int aw_clock_boot_id(char ret[static AW_CLOCK_BOOT_ID_SIZE])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[AW_CLOCK_BOOT_ID_SIZE] = {};
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	if (n != sizeof(text) - 1)
		return -EIO;
	memcpy(ret, text, sizeof(text));
	return 0;
}
