/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times. The kernel programs stamp records with CLOCK_BOOTTIME, people read wall-clock time; this
 * converts, prints, and names the boot that a boot time belongs to.
 */
#pragma once

#include <stdint.h>

#define AW_NS_PER_SECOND      1000000000ull
#define AW_CLOCK_RFC3339_SIZE 36
#define AW_CLOCK_BOOT_ID_SIZE 37

/* Wall-clock time = boot time + offset. Sampled once; sample again after the clock was set. */
struct aw_clock {
	int64_t offset_ns;
};

/* -errno. */
int aw_clock_sample(struct aw_clock *ret);
/* Nanoseconds since 1970; 0 where that would be before 1970. */
uint64_t aw_clock_wall(const struct aw_clock *clock, uint64_t boot_ns);

/* Nanoseconds of CLOCK_BOOTTIME and CLOCK_REALTIME now. */
uint64_t aw_clock_boot_now(void);
uint64_t aw_clock_wall_now(void);

/* "2026-11-21T02:14:03.000000042Z" */
void aw_clock_format(uint64_t wall_ns, char ret[static AW_CLOCK_RFC3339_SIZE]);
/* The same backwards, 0 to 9 digits of fraction, "Z" only. -EINVAL. */
int aw_clock_parse(const char *text, uint64_t *ret);

/* The running kernel's boot id, 36 characters. -errno. */
int aw_clock_boot_id(char ret[static AW_CLOCK_BOOT_ID_SIZE]);
