/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: the agents of this host. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent/cgroup.h"
#include "agent/registry.h"
#include "base/clock.h"
#include "base/table.h"
#include "cli/commands.h"
#include "cli/common.h"

#define TEXT_COLUMNS 8 /* people see the first ones */

struct args {
	const char *registry;
	bool as_json;
};

static const struct aw_option options[] = {
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{"registry", 0, "DIR", AW_OPTION_TEXT, offsetof(struct args, registry),
	 "read this folder instead of " AW_REGISTRY_DIR},
	{},
};

static const struct aw_example examples[] = {
	{"status", "who is watched or confined now"},
	{"status --json", "with all that is known, for programs"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "shown; there may be none"},
	{"2", "wrong usage, or the registry cannot be read"},
	{},
};

static const struct aw_table_column columns[] = {
	{"SLOT", "slot", AW_TABLE_NUMBER},     {"AGENT", "agent", AW_TABLE_TEXT},
	{"VERB", "verb", AW_TABLE_TEXT},       {"STATE", "state", AW_TABLE_TEXT},
	{"POLICY", "policy", AW_TABLE_TEXT},   {"OWNER", "owner_pid", AW_TABLE_NUMBER},
	{"STARTED", "started", AW_TABLE_TEXT}, {"CGROUP", "cgroup", AW_TABLE_TEXT},
	{"", "generation", AW_TABLE_NUMBER},   {"", "run", AW_TABLE_TEXT},
	{"", "attach", AW_TABLE_TEXT},	       {"", "policy_hash", AW_TABLE_TEXT},
	{"", "policy_file", AW_TABLE_TEXT},    {"", "mode_file", AW_TABLE_TEXT},
	{"", "mode_exec", AW_TABLE_TEXT},      {"", "mode_net", AW_TABLE_TEXT},
	{"", "mode_unix", AW_TABLE_TEXT},      {"", "mode_guard", AW_TABLE_TEXT},
	{"", "labels", AW_TABLE_TEXT},	       {"", "events", AW_TABLE_TEXT},
	{"", "uid", AW_TABLE_NUMBER},
};
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

/*
 * owned: the command that started it lives; orphan: it is gone and the agent goes on, as it was;
 * left over: nothing of it lives, the next command takes it away.
 */
static const char *state_of(const struct aw_registry_entry *entry)
{
	if (aw_process_id_lives(&entry->owner))
		return "owned";
	return aw_cgroup_is_populated(entry->cgroup) > 0 ? "orphan" : "left over";
}

static int add_row(struct aw_table *table, const struct aw_registry_entry *e)
{
	_cleanup_buffer_ struct aw_buffer labels = {};
	char slot[16], owner[16], generation[16], uid[16], started[AW_CLOCK_RFC3339_SIZE];

	for (size_t i = 0; e->labels[i]; i++)
		aw_buffer_append_format(&labels, "%s%s", i ? " " : "", e->labels[i]);
	aw_clock_format(e->started_ns, started);
	snprintf(slot, sizeof(slot), "%u", e->slot);
	snprintf(owner, sizeof(owner), "%d", (int)e->owner.pid);
	snprintf(generation, sizeof(generation), "%u", e->generation);
	snprintf(uid, sizeof(uid), "%u", e->uid);
	return aw_table_add(table, (const char *const[N_COLUMNS]){
					   slot,
					   e->name,
					   e->verb,
					   state_of(e),
					   e->policy_name,
					   owner,
					   started,
					   e->cgroup,
					   generation,
					   e->run,
					   e->attach,
					   e->policy_hash,
					   e->policy_file,
					   e->modes[AW_CLASS_FILE],
					   e->modes[AW_CLASS_EXEC],
					   e->modes[AW_CLASS_NET],
					   e->modes[AW_CLASS_UNIX],
					   e->modes[AW_CLASS_GUARD],
					   labels.length ? aw_buffer_string(&labels) : NULL,
					   e->events,
					   uid});
}

/* Rows hold all columns; people's table takes the first ones of each. */
static int print(const struct aw_registry_list *list, bool as_json)
{
	_cleanup_(aw_table_freep) struct aw_table *table = NULL;
	int r = aw_table_new(&table, columns, as_json ? N_COLUMNS : TEXT_COLUMNS);

	for (size_t i = 0; r == 0 && i < list->n_items; i++)
		r = add_row(table, &list->items[i]);
	return r < 0 ? r : aw_table_print(table, stdout, as_json);
}

int aw_cmd_status(int argc, char **argv)
{
	struct aw_registry_list list;
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	size_t damaged = 0;
	int r, status = aw_options_parse(&aw_verb_status, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n > 0)
		return aw_usage_error(&aw_verb_status, NULL, "it takes no \"%s\"",
				      operands.items[0]);
	r = aw_registry_read(args.registry ?: AW_REGISTRY_DIR, &list, &damaged);
	if (r < 0) {
		aw_diag_set(&diag, r, args.registry ?: AW_REGISTRY_DIR, 0, 0, NULL,
			    "cannot be read: %s", strerror(-r));
		return aw_cli_fail(AW_EXIT_USAGE, r, &diag);
	}
	r = print(&list, args.as_json);
	aw_registry_clear(&list);
	if (damaged > 0)
		aw_cli_note("warning: %zu damaged files were passed over", damaged);
	return r < 0 ? aw_cli_fail(AW_EXIT_USAGE, r, &diag) : 0;
}

const struct aw_verb aw_verb_status = {
	.name = "status",
	.operands = "",
	.summary = "list the agents of this host",
	.text = "Lists the agents of this host. An agent is owned while the command that started "
		"it "
		"lives; an orphan goes on without it, as confined as it was.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_status,
};
