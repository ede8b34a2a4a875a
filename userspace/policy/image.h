/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of an image. What is in it is abi/policy.h's, how to ask it compile.h's.
 */
#pragma once

#include "policy/compile.h"

/* Zeroed, with n_cells cells. 0 or −ENOMEM. */
int aw_image_new(struct aw_image **ret, uint32_t n_cells);
