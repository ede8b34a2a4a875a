/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The absorption of what later patterns could add. Private to automaton*.c.
 */
#pragma once

#include "policy/automaton_nfa.h"

/*
 * *held is what a state claims whatever follows, items (*n of them, sorted) what it waits for.
 * Simplifies both until nothing is left to forget. 0 or −ENOMEM.
 */
int aw_automaton_forget(const struct aw_nfa *nfa, uint32_t *held, uint32_t *items, size_t *n);
