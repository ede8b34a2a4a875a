/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls as the architecture passes them: number, arguments, and whether the call was made
 * through another architecture's table.
 */
#pragma once

#include "maps.bpf.h"

#include <asm/unistd.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)

struct pt_regs___syscall {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long r10;
	unsigned long r8;
	unsigned long r9;
	unsigned long orig_ax;
	unsigned long ip;
};

struct thread_info___syscall {
	__u32 status;
};

struct task_struct___syscall {
	struct thread_info___syscall thread_info;
};

#elif defined(__TARGET_ARCH_arm64)

struct pt_regs___syscall {
	unsigned long regs[31];
	unsigned long pc;
	unsigned long pstate;
	unsigned long orig_x0;
	int syscallno;
};

#else
#error "no system calls of this architecture"
#endif

#pragma clang attribute pop

#if defined(__TARGET_ARCH_x86)

#define AW_X32_BIT   0x40000000
#define AW_TS_COMPAT 0x0002

static __always_inline __u32 aw_syscall_number(struct pt_regs___syscall *regs)
{
	return regs->orig_ax;
}

static __always_inline __u64 aw_syscall_ip(struct pt_regs___syscall *regs)
{
	return regs->ip;
}

/* The number is then of another table. Returning from a signal has the number −1. */
static __always_inline bool aw_syscall_is_foreign(struct task_struct *task,
						  struct pt_regs___syscall *regs)
{
	return ((struct task_struct___syscall *)task)->thread_info.status & AW_TS_COMPAT ||
	       (regs->orig_ax & ~(AW_X32_BIT - 1ul)) == AW_X32_BIT;
}

static __noinline __u64 aw_syscall_argument(struct pt_regs___syscall *regs, __u32 index)
{
	switch (index) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

#else

#define AW_PSTATE_32BIT 0x10

static __always_inline __u32 aw_syscall_number(struct pt_regs___syscall *regs)
{
	return regs->syscallno;
}

static __always_inline __u64 aw_syscall_ip(struct pt_regs___syscall *regs)
{
	return regs->pc;
}

static __always_inline bool aw_syscall_is_foreign(struct task_struct *task,
						  struct pt_regs___syscall *regs)
{
	return regs->pstate & AW_PSTATE_32BIT;
}

/* The result stands where the first argument was. */
static __noinline __u64 aw_syscall_argument(struct pt_regs___syscall *regs, __u32 index)
{
	switch (index) {
	case 0:
		return regs->orig_x0;
	case 1:
		return regs->regs[1];
	case 2:
		return regs->regs[2];
	case 3:
		return regs->regs[3];
	case 4:
		return regs->regs[4];
	default:
		return regs->regs[5];
	}
}

#endif
