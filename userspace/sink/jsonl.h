/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of JSON to a file or to standard output. A file is appended to and always ends with a whole
 * line: what a full disk cut short is taken back and kept to be tried again.
 *
 * Standard output and pipes are never waited for: a reader that stops reading costs lines once
 * AW_JSONL_PENDING_MAX are kept. The process must ignore SIGPIPE.
 */
#pragma once

#include "sink/sink.h"

#define AW_JSONL_PENDING_MAX (16u << 20) /* bytes kept while they cannot be written */
#define AW_JSONL_BATCH_BYTES (64u << 10) /* written without waiting for a flush */

/* Target: a path (its folder exists; created with mode 0600, a symlink is refused), or "-". */
extern const struct aw_sink_ops aw_sink_jsonl;
