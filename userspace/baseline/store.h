/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The baseline store: one SQLite file (WAL) with what the runs of every baseline were observed to
 * do. Owns opening and closing it; runs are written through run.h and read through read.h. The
 * calls are not for several threads at once; several processes may share one file.
 */
#pragma once

#include "base/cleanup.h"
#include "base/diag.h"

#define AW_BASELINE_NAME_MAX	128	    /* bytes of a baseline's name */
#define AW_BASELINE_BUSY_MS	10000	    /* how long to wait for another writer */
#define AW_BASELINE_CHECK_BYTES (32u << 20) /* files up to this size are checked when opened */

struct aw_baseline_store;

/*
 * $AGENTWATCH_STATE_DIR/baseline.db; else /var/lib/agentwatch/baseline.db for root and
 * ${XDG_STATE_HOME:-~/.local/state}/agentwatch/baseline.db for others. Newly allocated. −ENOENT
 * where there is no home folder.
 */
int aw_baseline_default_path(char **ret);

/*
 * Opens a store for writing; the file (mode 0600) and its folder (0700) are created where they are
 * missing. path NULL: the default one. Errors, with detail in reterr: −EPROTO from a newer
 * agentwatch, −EMEDIUMTYPE another program's database, −EUCLEAN damaged or no database at all (the
 * file is left alone in all three), −ENOSPC, −EBUSY, −EACCES …
 */
int aw_baseline_open(struct aw_baseline_store **ret, const char *path, struct aw_diag *reterr);

/* The same for reading only; −ENOENT where there is no store yet. */
int aw_baseline_open_reader(struct aw_baseline_store **ret, const char *path,
			    struct aw_diag *reterr);

struct aw_baseline_store *aw_baseline_close(struct aw_baseline_store *store);
AW_DEFINE_CLEANUP(struct aw_baseline_store *, aw_baseline_close);

const char *aw_baseline_path(const struct aw_baseline_store *store);

/* What SQLite said about the last failure on this store, for the one who reports it. */
const char *aw_baseline_error(const struct aw_baseline_store *store);
