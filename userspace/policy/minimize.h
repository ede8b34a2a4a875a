/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an automaton smallest: one state per distinct future, one class per distinct column. States
 * are numbered in breadth-first order from the starts, so that two automata that accept the same
 * names with the same colours come out byte for byte equal.
 */
#pragma once

#include "policy/automaton.h"

/* 0 or −ENOMEM; the automaton is unchanged on failure. */
int aw_automaton_minimize(struct aw_automaton *automaton);

/* Merges byte classes that no state tells apart. Keeps the numbering rule (lowest byte). */
void aw_automaton_merge_classes(struct aw_automaton *automaton);
