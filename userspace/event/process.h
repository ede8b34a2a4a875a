/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of processes, by (pid, start time): who started whom and what each runs. Bounded; when
 * it is full the exited ones go first, longest unused before others, and each is counted.
 */
#pragma once

#include <sys/queue.h>

#include "base/cleanup.h"
#include "event/event.h"
#include "event/program.h"

#define AW_PROCESSES_MAX       65536
#define AW_PROCESSES_BYTES_MAX (64u << 20) /* of their programs */

struct aw_process_key {
	uint64_t start_ns; /* boot time */
	uint32_t pid;
	uint32_t pad; /* always 0: keys are compared as bytes */
};

struct aw_process {
	struct aw_process_key key;
	struct aw_process_key
		parent;		    /* pid 0: unknown. The one that forked it, also when orphaned */
	struct aw_program *program; /* NULL: unknown */
	bool has_exited;
	bool was_probed; /* /proc has been asked */
	TAILQ_ENTRY(aw_process) link;
};

struct aw_processes_limits {
	size_t processes;
	size_t bytes;
};

struct aw_processes_stats {
	size_t processes;
	size_t bytes;
	uint64_t evicted_exited;
	uint64_t evicted_live; /* of these, later events lack names and ancestors */
};

struct aw_processes;

/* procfs: a descriptor of /proc, taken over; -1: /proc is never asked. -errno. */
int aw_processes_new(struct aw_processes **ret, const struct aw_processes_limits *limits,
		     int procfs);
struct aw_processes *aw_processes_free(struct aw_processes *processes);
AW_DEFINE_CLEANUP(struct aw_processes *, aw_processes_free);

/* Evicts down to the limits. Nothing else evicts, so what was borrowed before lasts until then. */
void aw_processes_trim(struct aw_processes *processes);

/*
 * The process of a record, added where it is new. -ENOMEM. Everything returned is borrowed until
 * the next trim.
 */
int aw_processes_get(struct aw_processes *processes, const struct aw_rec_proc *proc,
		     struct aw_process **ret);
/* Adds what /proc knows of a process and no record said; asks once only. */
void aw_processes_probe(struct aw_processes *processes, struct aw_process *process);
/* The parent, added from /proc where it is new; NULL where there is none or it is unknown. */
struct aw_process *aw_processes_parent(struct aw_processes *processes,
				       const struct aw_process *process);
/* A process that was forked: runs what its parent runs. -ENOMEM. */
int aw_processes_fork(struct aw_processes *processes, const struct aw_process *parent, uint32_t pid,
		      uint64_t start_ns);
/* Gives a process another program, of which it takes a copy. */
int aw_processes_exec(struct aw_processes *processes, struct aw_process *process,
		      const struct aw_program *program);
void aw_processes_exit(struct aw_processes *processes, struct aw_process *process);

/* A program with this subject hash that some process was seen to start; NULL where unknown. */
const struct aw_program *aw_processes_subject(const struct aw_processes *processes,
					      uint64_t subject);

void aw_processes_stats(const struct aw_processes *processes, struct aw_processes_stats *ret);
