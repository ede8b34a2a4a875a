/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs by attach type. Each hook is written once, as `lsm/NAME`; where LSM programs are never
 * called it is loaded as `fmod_ret/security_NAME` instead, which is the function around the hook.
 */
#include "kernel/programs.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LSM_PREFIX "lsm/"

/* Hooks that some supported kernels do not have. What they stop is stopped elsewhere there. */
static const char *const optional_hooks[] = {
	"file_truncate", /* before 6.2 path_truncate sees ftruncate too */
	"inode_set_acl", /* before 6.2 ACLs are set through inode_setxattr */
	"inode_remove_acl",
};

static bool is_optional(const char *hook)
{
	for (size_t i = 0; i < sizeof(optional_hooks) / sizeof(*optional_hooks); i++)
		if (!strcmp(hook, optional_hooks[i]))
			return true;
	return false;
}

/* Where the function around a hook has another name than the hook. */
static void function_of(const char *hook, char *ret, size_t size)
{
	static const struct {
		const char *hook, *function;
	} renamed[] = {
		{"bprm_check_security", "bprm_check"},
		{"userns_create", "create_user_ns"},
	};
	const char *function = hook;

	for (size_t i = 0; i < sizeof(renamed) / sizeof(*renamed); i++)
		if (!strcmp(hook, renamed[i].hook))
			function = renamed[i].function;
	snprintf(ret, size, "security_%s", function);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Programs for a hook that gained an argument, by the number that each expects. */
static const struct {
	const char *program;
	int arguments;
} shapes[] = {
	{"aw_inode_setattr", 3}, {"aw_inode_setattr_2", 2}, /* before 6.3 */
};

static bool fits(const struct bpf_program *program, const struct btf *kernel, int function_id)
{
	const struct btf_type *function = btf__type_by_id(kernel, (__u32)function_id);
	const struct btf_type *prototype = btf__type_by_id(kernel, function->type);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (!strcmp(bpf_program__name(program), shapes[i].program))
			return btf_vlen(prototype) == shapes[i].arguments;
	return true;
}

static int select_hook(struct bpf_program *program, const char *hook, enum aw_attach attach,
		       const struct btf *kernel, struct aw_diag *reterr)
{
	char function[128];
	int err, id;

	if (attach == AW_ATTACH_LSM)
		snprintf(function, sizeof(function), "bpf_lsm_%s", hook);
	else
		function_of(hook, function, sizeof(function));
	id = btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC);
	if (id < 0) {
		if (is_optional(hook))
			return bpf_program__set_autoload(program, false);
		return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0, NULL,
				   "this kernel has no %s: the hook %s cannot be attached",
				   function, hook);
	}
	if (!fits(program, kernel, id))
		return bpf_program__set_autoload(program, false);
	if (attach == AW_ATTACH_LSM)
		return 0;
	/* The two have different arguments: a program of its own, below. */
	if (!strcmp(hook, "mmap_file"))
		return bpf_program__set_autoload(program, false);
	err = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
	if (!err)
		err = bpf_program__set_expected_attach_type(program, BPF_MODIFY_RETURN);
	if (!err)
		err = bpf_program__set_attach_target(program, 0, function);
	if (err)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot attach %s to %s: %s",
				   bpf_program__name(program), function, strerror(-err));
	return 0;
}

/* What is only for hosts that refuse LSM programs: it observes, or decides addresses. */
static bool is_for_observing(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	return has_prefix(name, "aw_observe_") ||
	       (has_prefix(name, "aw_cgroup_") &&
		bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
}

/* What every agent has, on any host: it sees its packets, and its sockets as they are closed. */
static bool is_for_every_agent(const struct bpf_program *program)
{
	enum bpf_prog_type type = bpf_program__type(program);

	return type == BPF_PROG_TYPE_CGROUP_SKB || type == BPF_PROG_TYPE_CGROUP_SOCK;
}

/* With them all tracepoints and iterators but exec's: the observer tells of new programs. */
static bool is_loaded_to_observe(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	if (is_for_observing(program) || is_for_every_agent(program))
		return true;
	return (has_prefix(section, "tp_btf/") || has_prefix(section, "iter/")) &&
	       strcmp(bpf_program__name(program), "aw_sched_process_exec");
}

int aw_programs_select(struct bpf_object *object, enum aw_attach attach, struct aw_running *running,
		       struct aw_diag *reterr)
{
	struct bpf_program *program;
	const struct btf *kernel;
	int err;

	if (attach == AW_ATTACH_OBSERVE) {
		bpf_object__for_each_program(program, object)
			bpf_program__set_autoload(program, is_loaded_to_observe(program));
		return 0;
	}
	kernel = aw_running_btf(running);
	if (!kernel)
		return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0,
				   "boot a kernel built with CONFIG_DEBUG_INFO_BTF",
				   "this kernel has no BTF in /sys/kernel/btf/vmlinux");
	bpf_object__for_each_program(program, object)
	{
		const char *section = bpf_program__section_name(program);

		if (is_for_observing(program)) {
			bpf_program__set_autoload(program, false);
		} else if (is_for_every_agent(program)) {
			bpf_program__set_autoload(program, true);
		} else if (has_prefix(section, LSM_PREFIX)) {
			err = select_hook(program, section + strlen(LSM_PREFIX), attach, kernel,
					  reterr);
			if (err < 0)
				return err;
		} else if (has_prefix(section, "fmod_ret/")) {
			bpf_program__set_autoload(program, attach == AW_ATTACH_FMOD_RET);
		}
	}
	return 0;
}

/* Hooks that the host runs all the time. */
bool aw_program_is_on_demand(const char *name)
{
	return !strcmp(name, "aw_file_permission");
}

int aw_program_attach(struct bpf_program *program, enum aw_attach attach, struct bpf_link **ret)
{
	const char *section = bpf_program__section_name(program);
	struct bpf_link *link;

	*ret = NULL;
	/* Attached by whoever needs them: per agent, or per question. */
	if (has_prefix(section, "iter/") || aw_program_is_on_demand(bpf_program__name(program)) ||
	    bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SOCK_ADDR ||
	    is_for_every_agent(program))
		return 0;
	/* A retargeted program has lost its section's way of attaching. */
	if (has_prefix(section, LSM_PREFIX) && attach == AW_ATTACH_FMOD_RET)
		link = bpf_program__attach_trace(program);
	else
		link = bpf_program__attach(program);
	if (!link)
		return -errno;
	*ret = link;
	return 0;
}
