/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents of this host for people: one JSON file each, readable by everybody, written as a whole
 * when an agent begins and removed at its end. What the kernel programs know is kernel/agents.h's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/policy.h"
#include "agent/process_id.h"
#include "base/cleanup.h"
#include "base/diag.h"

#define AW_REGISTRY_DIR	     "/run/agentwatch/agents"
#define AW_REGISTRY_FILE_MAX (1u << 20) /* bytes of one file */

/* Borrowed when writing; owned by the list when read. Texts may be NULL where none is said. */
struct aw_registry_entry {
	uint32_t slot;
	uint32_t generation;
	const char *name;
	const char *run; /* id of this run */
	const char *cgroup;
	struct aw_process_id owner;
	uid_t uid;	    /* that the command runs as */
	const char *verb;   /* "learn", "audit", "enforce" */
	const char *attach; /* how the programs are attached */
	const char *policy_name;
	const char *policy_hash;
	const char *policy_file;
	const char *home;		  /* what `~/` stands for in its policies */
	const char *modes[AW_OP_CLASSES]; /* names */
	const char *const *labels;	  /* "KEY=VALUE", NULL-terminated */
	const char *const *anchors;	  /* "NAME=FOLDER" by number, NULL-terminated */
	const char *const *command;	  /* NULL-terminated */
	const char *events;		  /* file */
	const char *denials;		  /* file that the agent's user can read */
	uint64_t started_ns;		  /* CLOCK_REALTIME */
};

/* Makes a folder and those above it, 0755; one that is there stays as it is. */
int aw_registry_make_folder(const char *path);

/* dir: AW_REGISTRY_DIR; another one in tests. -errno. */
int aw_registry_write(const char *dir, const struct aw_registry_entry *entry);
int aw_registry_remove(const char *dir, uint32_t slot);

/* "DIR/SLOT.SUFFIX", newly allocated; NULL without memory. */
char *aw_registry_path(const char *dir, uint32_t slot, const char *suffix);

struct aw_registry_list {
	struct aw_registry_entry *items; /* by slot */
	size_t n_items;
	void *documents; /* what the texts belong to */
};

/* All that can be read; damaged files are passed over and counted. No folder: an empty list. */
int aw_registry_read(const char *dir, struct aw_registry_list *ret, size_t *retdamaged);
void aw_registry_clear(struct aw_registry_list *list);

/* The agent whose cgroup this one (absolute path) is or lies in; NULL where there is none. */
const struct aw_registry_entry *aw_registry_find_cgroup(const struct aw_registry_list *list,
							const char *cgroup);

/*
 * Removes the files, and the cgroups that were made for them, of agents whose owner is gone and of
 * which nothing lives any more; the latter is asked of is_alive, which knows the kernel's side.
 * Returns how many, or -errno.
 */
typedef bool (*aw_registry_alive_fn)(const struct aw_registry_entry *entry, void *userdata);
int aw_registry_reap(const char *dir, aw_registry_alive_fn is_alive, void *userdata);
