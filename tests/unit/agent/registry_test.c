/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of agents: what is written is read, and what is dead is reaped. */
#include <sys/stat.h>

#include "agent/folder_fixture.h"
#include "agent/registry.h"

static const char *const labels[] = {"task=42", "odd=\"quote\"", NULL};
static const char *const anchors[] = {"W=/srv/a=b", "H=/home/ci", NULL};
static const char *const command[] = {"make", "a b", "", NULL};

static struct aw_registry_entry entry_of(uint32_t slot, const char *cgroup)
{
	struct aw_registry_entry entry = {
		.slot = slot,
		.generation = 3,
		.name = "ci",
		.run = "run-1",
		.cgroup = cgroup,
		.uid = 1000,
		.verb = "enforce",
		.attach = "lsm",
		.policy_name = "ci-node",
		.policy_hash = "0123",
		.modes = {"enforce", "audit", "enforce", "enforce", "observe"},
		.labels = labels,
		.anchors = anchors,
		.home = "/home/ci",
		.command = command,
		.denials = "/run/x.denials",
		.started_ns = 1795226400000000042ull,
	};

	assert_int_equal(aw_process_id_of(getpid(), &entry.owner), 0);
	return entry;
}

static void everything_that_is_written_is_read(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_entry written = entry_of(7, "/sys/fs/cgroup/agentwatch/ci-1");
	struct aw_registry_list list;
	size_t damaged = 9;

	assert_int_equal(aw_registry_write(folder->path, &written), 0);
	assert_int_equal(aw_registry_read(folder->path, &list, &damaged), 0);
	assert_int_equal(damaged, 0);
	assert_int_equal(list.n_items, 1);
	assert_int_equal(list.items[0].slot, 7);
	assert_int_equal(list.items[0].generation, 3);
	assert_string_equal(list.items[0].name, "ci");
	assert_string_equal(list.items[0].policy_name, "ci-node");
	assert_string_equal(list.items[0].modes[1], "audit");
	assert_string_equal(list.items[0].modes[4], "observe");
	assert_string_equal(list.items[0].labels[1], "odd=\"quote\"");
	assert_null(list.items[0].labels[2]);
	assert_string_equal(list.items[0].anchors[0], "W=/srv/a=b");
	assert_string_equal(list.items[0].anchors[1], "H=/home/ci");
	assert_null(list.items[0].anchors[2]);
	assert_string_equal(list.items[0].home, "/home/ci");
	assert_string_equal(list.items[0].command[1], "a b");
	assert_string_equal(list.items[0].command[2], "");
	assert_null(list.items[0].events);
	assert_true(list.items[0].started_ns == written.started_ns);
	assert_true(list.items[0].owner.start == written.owner.start);
	assert_int_equal(list.items[0].uid, 1000);
	aw_registry_clear(&list);
}

static void everybody_can_read_it_and_only_the_owner_write(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_entry entry = entry_of(7, "/x");
	struct stat st;

	assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	assert_int_equal(stat(folder_file(folder, "7.json"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void no_folder_is_no_agents(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_list list;
	size_t damaged;

	assert_int_equal(aw_registry_read(folder_file(folder, "none"), &list, &damaged), 0);
	assert_int_equal(list.n_items, 0);
	aw_registry_clear(&list);
}

static void agents_come_in_the_order_of_their_slots(void **state)
{
	static const uint32_t slots[] = {10, 2, 33, 1};
	struct folder *folder = *state;
	struct aw_registry_list list;
	size_t damaged;

	for (size_t i = 0; i < 4; i++) {
		struct aw_registry_entry entry = entry_of(slots[i], "/x");

		assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	}
	assert_int_equal(aw_registry_read(folder->path, &list, &damaged), 0);
	assert_int_equal(list.n_items, 4);
	assert_int_equal(list.items[0].slot, 1);
	assert_int_equal(list.items[1].slot, 2);
	assert_int_equal(list.items[2].slot, 10);
	assert_int_equal(list.items[3].slot, 33);
	aw_registry_clear(&list);
}

static void damaged_files_are_counted_and_harm_no_other(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_entry entry = entry_of(7, "/x");
	struct aw_registry_list list;
	size_t damaged = 0;

	assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	folder_write(folder_file(folder, "8.json"), "{\"slot\":8,");
	folder_write(folder_file(folder, "9.json"), "[]");
	folder_write(folder_file(folder, "10.json"), "{\"slot\":\"x\",\"name\":3,\"cgroup\":{}}");
	folder_write(folder_file(folder, "11.json"), "{\"slot\":11,\"name\":\"n\"}");
	folder_write(folder_file(folder, "7.denials"), "not json, and no matter");
	folder_write(folder_file(folder, ".agentwatch-1.json"), "a temporary file");
	assert_int_equal(aw_registry_read(folder->path, &list, &damaged), 0);
	assert_int_equal(list.n_items, 1);
	assert_int_equal(damaged, 4);
	aw_registry_clear(&list);
}

static void removing_takes_the_denials_too(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_entry entry = entry_of(7, "/x");

	assert_int_equal(aw_registry_write(folder->path, &entry), 0);
	folder_write(folder_file(folder, "7.denials"), "x\n");
	assert_int_equal(aw_registry_remove(folder->path, 7), 0);
	assert_int_equal(access(folder_file(folder, "7.json"), F_OK), -1);
	assert_int_equal(access(folder_file(folder, "7.denials"), F_OK), -1);
	assert_int_equal(aw_registry_remove(folder->path, 7), 0);
}

static bool lives(const struct aw_registry_entry *entry, void *userdata)
{
	return entry->slot == *(uint32_t *)userdata;
}

static void reaping_removes_only_what_nobody_owns_and_nothing_lives_of(void **state)
{
	struct folder *folder = *state;
	struct aw_registry_entry owned = entry_of(1, "/nonexistent/a");
	struct aw_registry_entry dead = entry_of(2, "/nonexistent/b");
	struct aw_registry_entry orphan = entry_of(3, "/nonexistent/c");
	uint32_t alive = 3;

	dead.owner.start--;
	orphan.owner.start--;
	assert_int_equal(aw_registry_write(folder->path, &owned), 0);
	assert_int_equal(aw_registry_write(folder->path, &dead), 0);
	assert_int_equal(aw_registry_write(folder->path, &orphan), 0);
	assert_int_equal(aw_registry_reap(folder->path, lives, &alive), 1);
	assert_int_equal(access(folder_file(folder, "1.json"), F_OK), 0);
	assert_int_equal(access(folder_file(folder, "2.json"), F_OK), -1);
	assert_int_equal(access(folder_file(folder, "3.json"), F_OK), 0);
}

static void an_agent_is_found_by_its_cgroup_or_one_below_it(void **state)
{
	struct aw_registry_entry entries[] = {entry_of(1, "/cg/agentwatch/ci-1"),
					      entry_of(2, "/cg/agentwatch/ci-12")};
	struct aw_registry_list list = {.items = entries, .n_items = 2};

	assert_ptr_equal(aw_registry_find_cgroup(&list, "/cg/agentwatch/ci-1"), &entries[0]);
	assert_ptr_equal(aw_registry_find_cgroup(&list, "/cg/agentwatch/ci-12"), &entries[1]);
	assert_ptr_equal(aw_registry_find_cgroup(&list, "/cg/agentwatch/ci-12/sub/x"), &entries[1]);
	assert_null(aw_registry_find_cgroup(&list, "/cg/agentwatch/ci-123"));
	assert_null(aw_registry_find_cgroup(&list, "/cg/agentwatch"));
}

static void folders_are_made_with_those_above(void **state)
{
	struct folder *folder = *state;
	struct stat st;

	assert_int_equal(aw_registry_make_folder(folder_file(folder, "a/b/c")), 0);
	assert_int_equal(stat(folder->name, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(aw_registry_make_folder(folder->name), 0);
	folder_write(folder_file(folder, "file"), "x");
	assert_int_equal(aw_registry_make_folder(folder_file(folder, "file/x")), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(everything_that_is_written_is_read),
		FOLDER_TEST(everybody_can_read_it_and_only_the_owner_write),
		FOLDER_TEST(no_folder_is_no_agents),
		FOLDER_TEST(agents_come_in_the_order_of_their_slots),
		FOLDER_TEST(damaged_files_are_counted_and_harm_no_other),
		FOLDER_TEST(removing_takes_the_denials_too),
		FOLDER_TEST(reaping_removes_only_what_nobody_owns_and_nothing_lives_of),
		cmocka_unit_test(an_agent_is_found_by_its_cgroup_or_one_below_it),
		FOLDER_TEST(folders_are_made_with_those_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
