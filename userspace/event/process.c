/* SPDX-License-Identifier: Apache-2.0 */
/* The process table: a map of owned entries in two lists, the living and the exited. */
#include "event/process.h"

#include <errno.h>
#include <string.h>

#include "abi/counters.h"
#include "base/map.h"
#include "event/procfs.h"

TAILQ_HEAD(process_list, aw_process);

struct aw_processes {
	struct aw_map *by_key;
	struct aw_map *by_subject;  /* subject hash → program, one reference each */
	struct process_list live;   /* longest unused first */
	struct process_list exited; /* the same */
	struct aw_processes_limits limits;
	struct aw_processes_stats stats;
	int procfs;
};

static void set_program(struct aw_processes *processes, struct aw_process *process,
			struct aw_program *program)
{
	if (process->program && process->program->references == 1)
		processes->stats.bytes -= process->program->bytes;
	process->program = aw_program_unref(process->program);
	process->program = program;
}

static struct process_list *list_of(struct aw_processes *processes,
				    const struct aw_process *process)
{
	return process->has_exited ? &processes->exited : &processes->live;
}

static void drop(struct aw_processes *processes, struct aw_process *process)
{
	TAILQ_REMOVE(list_of(processes, process), process, link);
	aw_map_remove(processes->by_key, &process->key, sizeof(process->key));
	set_program(processes, process, NULL);
	free(process);
}

int aw_processes_new(struct aw_processes **ret, const struct aw_processes_limits *limits,
		     int procfs)
{
	_cleanup_(aw_processes_freep) struct aw_processes *processes =
		calloc(1, sizeof(*processes));
	int r;

	if (!processes)
		return -ENOMEM;
	processes->procfs = -1;
	TAILQ_INIT(&processes->live);
	TAILQ_INIT(&processes->exited);
	processes->limits = *limits;
	r = aw_map_new(&processes->by_key);
	if (r < 0)
		return r;
	r = aw_map_new(&processes->by_subject);
	if (r < 0)
		return r;
	processes->procfs = procfs;
	*ret = TAKE_PTR(processes);
	return 0;
}

static void forget_subjects(struct aw_processes *processes)
{
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	while ((entry = aw_map_next(processes->by_subject, &cursor))) {
		struct aw_program *program = entry->value;

		if (program->references == 1)
			processes->stats.bytes -= program->bytes;
		aw_program_unref(program);
	}
	aw_map_clear(processes->by_subject);
}

struct aw_processes *aw_processes_free(struct aw_processes *processes)
{
	if (!processes)
		return NULL;
	while (!TAILQ_EMPTY(&processes->live))
		drop(processes, TAILQ_FIRST(&processes->live));
	while (!TAILQ_EMPTY(&processes->exited))
		drop(processes, TAILQ_FIRST(&processes->exited));
	if (processes->by_subject)
		forget_subjects(processes);
	aw_map_free(processes->by_subject);
	aw_map_free(processes->by_key);
	if (processes->procfs >= 0)
		close(processes->procfs);
	free(processes);
	return NULL;
}

static bool is_over(const struct aw_processes *processes)
{
	return aw_map_size(processes->by_key) > processes->limits.processes ||
	       processes->stats.bytes > processes->limits.bytes;
}

void aw_processes_trim(struct aw_processes *processes)
{
	if (!is_over(processes))
		return;
	/* Names by subject are a convenience and hold memory: they go first. */
	forget_subjects(processes);
	while (is_over(processes)) {
		if (!TAILQ_EMPTY(&processes->exited)) {
			drop(processes, TAILQ_FIRST(&processes->exited));
			processes->stats.evicted_exited++;
		} else if (!TAILQ_EMPTY(&processes->live)) {
			drop(processes, TAILQ_FIRST(&processes->live));
			processes->stats.evicted_live++;
		} else {
			break;
		}
	}
}

static struct aw_process_key key_of(uint32_t pid, uint64_t start_ns)
{
	return (struct aw_process_key){.pid = pid, .start_ns = start_ns};
}

static void touch(struct aw_processes *processes, struct aw_process *process)
{
	struct process_list *list = list_of(processes, process);

	TAILQ_REMOVE(list, process, link);
	TAILQ_INSERT_TAIL(list, process, link);
}

static struct aw_process *find(struct aw_processes *processes, struct aw_process_key key)
{
	struct aw_process *process = aw_map_get(processes->by_key, &key, sizeof(key));

	if (process)
		touch(processes, process);
	return process;
}

static int add(struct aw_processes *processes, struct aw_process_key key,
	       struct aw_process_key parent, struct aw_process **ret)
{
	_cleanup_free_ struct aw_process *process = calloc(1, sizeof(*process));
	int r;

	if (!process)
		return -ENOMEM;
	process->key = key;
	process->parent = parent;
	r = aw_map_put(processes->by_key, &process->key, sizeof(process->key), process);
	if (r < 0)
		return r;
	TAILQ_INSERT_TAIL(&processes->live, process, link);
	*ret = TAKE_PTR(process);
	return 0;
}

static struct aw_bytes bytes_of(const struct aw_buffer *buffer)
{
	return (struct aw_bytes){buffer->length ? buffer->data : NULL, buffer->length};
}

void aw_processes_probe(struct aw_processes *processes, struct aw_process *process)
{
	_cleanup_(aw_procfs_done) struct aw_procfs_process found = {};
	struct aw_program program = {
		.exe_anchor = AW_ANCHOR_NONE,
		.script_anchor = AW_ANCHOR_NONE,
		.cwd_anchor = AW_ANCHOR_NONE,
	};
	int r;

	if (process->was_probed || process->has_exited || processes->procfs < 0)
		return;
	process->was_probed = true;
	r = aw_procfs_read(processes->procfs, process->key.pid, process->key.start_ns, &found);
	if (r == -ENOENT || r == -ESRCH)
		aw_processes_exit(processes, process);
	if (r < 0)
		return;
	if (process->parent.pid == 0 && found.ppid != 0) {
		uint64_t start_ns;

		if (aw_procfs_start(processes->procfs, found.ppid, &start_ns) == 0)
			process->parent = key_of(found.ppid, start_ns);
	}
	if (process->program)
		return;
	program.exe = program.path = bytes_of(&found.exe);
	program.cwd = bytes_of(&found.cwd);
	program.argv = bytes_of(&found.argv);
	program.argv_total = (uint32_t)found.argv_total;
	aw_processes_exec(processes, process, &program);
}

int aw_processes_get(struct aw_processes *processes, const struct aw_rec_proc *proc,
		     struct aw_process **ret)
{
	struct aw_process *process = find(processes, key_of(proc->pid, proc->start_ns));
	int r;

	if (!process) {
		r = add(processes, key_of(proc->pid, proc->start_ns),
			key_of(proc->ppid, proc->parent_start_ns), &process);
		if (r < 0)
			return r;
	}
	*ret = process;
	return 0;
}

struct aw_process *aw_processes_parent(struct aw_processes *processes,
				       const struct aw_process *process)
{
	struct aw_process *parent;

	if (process->parent.pid == 0)
		return NULL;
	parent = find(processes, process->parent);
	if (!parent && add(processes, process->parent, key_of(0, 0), &parent) < 0)
		return NULL;
	if (!parent->program || parent->parent.pid == 0)
		aw_processes_probe(processes, parent);
	return parent;
}

int aw_processes_fork(struct aw_processes *processes, const struct aw_process *parent, uint32_t pid,
		      uint64_t start_ns)
{
	struct aw_process *child = find(processes, key_of(pid, start_ns));
	int r;

	/* Events of the child can come first, through the other ring; the record knows better. */
	if (!child) {
		r = add(processes, key_of(pid, start_ns), parent->key, &child);
		if (r < 0)
			return r;
	}
	child->parent = parent->key;
	if (!child->program)
		child->program = aw_program_ref(parent->program);
	return 0;
}

static void remember_subject(struct aw_processes *processes, struct aw_program *program)
{
	struct aw_program *old;

	if (program->subject == 0 || aw_map_size(processes->by_subject) >= AW_SUBJECT_NAMES_MAX)
		return;
	old = aw_map_remove_u64(processes->by_subject, program->subject);
	if (old && old->references == 1)
		processes->stats.bytes -= old->bytes;
	aw_program_unref(old);
	if (aw_map_put_u64(processes->by_subject, program->subject, program) == 0)
		aw_program_ref(program);
}

int aw_processes_exec(struct aw_processes *processes, struct aw_process *process,
		      const struct aw_program *program)
{
	struct aw_program *copy;
	int r = aw_program_new(&copy, program);

	if (r < 0)
		return r;
	processes->stats.bytes += copy->bytes;
	set_program(processes, process, copy);
	remember_subject(processes, copy);
	return 0;
}

void aw_processes_exit(struct aw_processes *processes, struct aw_process *process)
{
	if (process->has_exited)
		return;
	TAILQ_REMOVE(&processes->live, process, link);
	process->has_exited = true;
	TAILQ_INSERT_TAIL(&processes->exited, process, link);
}

const struct aw_program *aw_processes_subject(const struct aw_processes *processes,
					      uint64_t subject)
{
	return aw_map_get_u64(processes->by_subject, subject);
}

void aw_processes_stats(const struct aw_processes *processes, struct aw_processes_stats *ret)
{
	*ret = processes->stats;
	ret->processes = aw_map_size(processes->by_key);
}
