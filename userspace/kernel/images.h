/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy images in the kernel: one slot per distinct image and size class, shared by all agents
 * under that policy. Called with the lock taken.
 */
#pragma once

#include "kernel/host.h"
#include "policy/compile.h"

/* The slot that holds this image, filled if it was not there. −ENOSPC: AW_POLICIES_MAX. */
int aw_image_put(struct aw_host *host, const struct aw_image *image, uint32_t *ret_slot,
		 struct aw_diag *reterr);

/*
 * Empties slots that no agent's control word names, after programs that were running have ended.
 * Returns 1 where these were waited for, 0 where there was nothing to empty, −errno where nothing
 * could be: the next one does it.
 */
int aw_images_collect(struct aw_host *host);
