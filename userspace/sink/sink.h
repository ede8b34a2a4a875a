/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where events go. A sink is a table of operations; sink.c lists all of them and opens one from a
 * text such as "jsonl:/var/log/agentwatch.jsonl". Sinks take finished lines (event/json.h) and, for
 * those that want fields instead, the event itself.
 *
 * No operation may hold up the event loop for long: what cannot be written at once is kept, up to
 * the sink's named limit, and tried again by flush; what does not fit is counted as lost, never
 * dropped in silence. A sink that fails says so once per outage (aw_sink_take_report); its caller
 * logs that and goes on.
 *
 * To add one: a file sink/x.c with a `const struct aw_sink_ops aw_sink_x`, whose `struct aw_sink`
 * is the first member of its own struct, and a row in sink.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "event/event.h"

struct aw_sink;

struct aw_sink_stats {
	uint64_t written; /* lines that are where they belong */
	uint64_t pending; /* lines that are kept to be tried again */
	uint64_t lost;	  /* lines that were given up */
	int error;	  /* why it cannot write now, -errno; 0 while it can */
};

struct aw_sink_ops {
	const char *name;   /* "jsonl" */
	const char *target; /* what stands after the colon, for help: "FILE" */
	/* Opens it. -errno with reterr filled. */
	int (*open)(struct aw_sink **ret, const char *target, struct aw_diag *reterr);
	/*
	 * Takes one line, which ends in "\n". event is NULL for lines that are no kernel record
	 * (run, loss, summary). 0: written or kept; -ENOBUFS: lost, and counted.
	 */
	int (*write)(struct aw_sink *sink, const struct aw_event *event, const char *line,
		     size_t length);
	/* Tries to write all that is kept, without waiting. 0: nothing is left; -errno. */
	int (*flush)(struct aw_sink *sink);
	/* Flushes, makes durable where that means something, and frees. What is left is lost. */
	void (*close)(struct aw_sink *sink);
};

/* The common part; the fields belong to the sink's own code and to sink.c. */
struct aw_sink {
	const struct aw_sink_ops *ops;
	struct aw_sink_stats stats;
	int reported; /* the error that was last reported */
};

/*
 * Opens "NAME:TARGET"; "-" and "FILE" (a path with a slash, or one that ends in .jsonl) are short
 * for "jsonl:". -EINVAL with a hint for a name that no sink has.
 */
int aw_sink_open(struct aw_sink **ret, const char *spec, struct aw_diag *reterr);
struct aw_sink *aw_sink_close(struct aw_sink *sink);
AW_DEFINE_CLEANUP(struct aw_sink *, aw_sink_close);

int aw_sink_write(struct aw_sink *sink, const struct aw_event *event, const char *line,
		  size_t length);
int aw_sink_flush(struct aw_sink *sink);
const struct aw_sink_stats *aw_sink_stats(const struct aw_sink *sink);

/*
 * True once when an outage begins (or its cause changes), with the error, and once when it ends,
 * with 0: what the caller logs.
 */
bool aw_sink_take_report(struct aw_sink *sink, int *reterror);

/* The i-th sink there is, for help; NULL at the end. */
const struct aw_sink_ops *aw_sink_at(size_t i);
