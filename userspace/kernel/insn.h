/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few instructions that our smallest programs are made of, and the part that asks whether the
 * current thread is the one that probes: by its id in its own pid namespace, so that it also holds
 * in a container.
 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define AW_INSN(code_, dst, src, off_, imm_) \
	((struct bpf_insn){.code = (code_),  \
			   .dst_reg = (dst), \
			   .src_reg = (src), \
			   .off = (off_),    \
			   .imm = (__s32)(imm_)})

#define AW_INSN_SET(dst, imm)	      AW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define AW_INSN_COPY(dst, src)	      AW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define AW_INSN_ADD(dst, imm)	      AW_INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define AW_INSN_CALL(helper)	      AW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define AW_INSN_EXIT()		      AW_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define AW_INSN_RETURN(value)	      AW_INSN_SET(0, value), AW_INSN_EXIT()
#define AW_INSN_LOAD32(dst, src, off) AW_INSN(BPF_LDX | BPF_MEM | BPF_W, dst, src, off, 0)
#define AW_INSN_LOAD64(dst, src, off) AW_INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define AW_INSN_SAVE(dst, off, src)   AW_INSN(BPF_STX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define AW_INSN_STORE(dst, off, imm)  AW_INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, off, imm)
/* Skips `n` instructions if the register differs from the number. */
#define AW_INSN_UNLESS(dst, imm, n)   AW_INSN(BPF_JMP | BPF_JNE | BPF_K, dst, 0, n, imm)
#define AW_INSN_UNLESS32(dst, imm, n) AW_INSN(BPF_JMP32 | BPF_JNE | BPF_K, dst, 0, n, imm)
#define AW_INSN_IF(dst, imm, n)	      AW_INSN(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, n, imm)
/* Two instructions. */
#define AW_INSN_SET64(dst, imm)                                                   \
	AW_INSN(BPF_LD | BPF_DW | BPF_IMM, dst, 0, 0, (uint32_t)(uint64_t)(imm)), \
		AW_INSN(0, 0, 0, 0, (uint64_t)(imm) >> 32)
#define AW_INSN_MAP(dst, fd) \
	AW_INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd), AW_INSN(0, 0, 0, 0, 0)

#define AW_INSN_COUNT(insns) (sizeof(insns) / sizeof(struct bpf_insn))

/* This thread, as bpf_get_ns_current_pid_tgid() knows it. */
struct aw_me {
	uint64_t dev;
	uint64_t ino;
	int tid;
};

/* Eleven instructions; goes on after them in this thread, and skips `n` more in all others. */
#define AW_INSN_ONLY_ME(me, n)                                                                 \
	AW_INSN_SET64(1, (me).dev), AW_INSN_SET64(2, (me).ino), AW_INSN_COPY(3, 10),           \
		AW_INSN_ADD(3, -8), AW_INSN_SET(4, 8),                                         \
		AW_INSN_CALL(BPF_FUNC_get_ns_current_pid_tgid), AW_INSN_UNLESS(0, 0, (n) + 2), \
		AW_INSN_LOAD32(1, 10, -8), AW_INSN_UNLESS32(1, (me).tid, n)
