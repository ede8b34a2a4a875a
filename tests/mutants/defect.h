/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switch of the defects in BPF programs: one build has them all, and a number says which one
 * the loaded programs have at a time. tests/mutants/run writes defects.h, the numbers by name, and
 * defect.bpf.c, and has this file read before every BPF source; tests/mutants/guest turns the
 * switch.
 */
#pragma once

#include "defects.h"

/* 0: none. Alone in its map, so that the map's value is this. */
extern volatile unsigned int aw_defect;

#define AW_DEFECT(name) (aw_defect == AW_DEFECT_##name)
