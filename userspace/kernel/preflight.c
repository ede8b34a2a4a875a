/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of probes, their order, and what follows from their answers. The probes themselves are
 * in preflight_host.c, preflight_parts.c and preflight_attach.c.
 */
#include "kernel/preflight.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel/preflight_private.h"

#define LSM_LIST_FILE "/sys/kernel/security/lsm"
#define ENOTSUPP_     524 /* the kernel's own; leaks through bpf() */

#define BIT(probe)    (1u << (probe))

struct probe {
	const char *name;
	const char *purpose;
	uint32_t needs; /* probes that must be ok before this one can be tried */
	void (*run)(struct aw_preflight *p, struct aw_probe_row *row);
};

#define NEEDS_BPF BIT(AW_PROBE_PRIVILEGE)
#define NEEDS_BTF (BIT(AW_PROBE_PRIVILEGE) | BIT(AW_PROBE_BTF))

static const struct probe probes[AW_PROBES] = {
	[AW_PROBE_PRIVILEGE] = {"privilege", "load programs", 0, aw_probe_privilege},
	[AW_PROBE_BTF] = {"btf", "fit programs to this kernel", 0, aw_probe_btf},
	[AW_PROBE_READ] = {"kernel reads", "read names and addresses", NEEDS_BPF, aw_probe_read},
	[AW_PROBE_KALLSYMS] = {"kernel symbols", "notice renames during a walk", 0,
			       aw_probe_kallsyms},
	[AW_PROBE_BPFFS] = {"bpffs", "keep enforcing when the command ends", 0, aw_probe_bpffs},
	[AW_PROBE_CGROUP] = {"cgroup v2", "tell agents apart", 0, aw_probe_cgroup},
	[AW_PROBE_LOOP] = {"loops", "walk long names", NEEDS_BPF, aw_probe_loop},
	[AW_PROBE_STORAGE] = {"task storage", "label processes", NEEDS_BTF, aw_probe_storage},
	[AW_PROBE_RINGS] = {"rings", "tell what happened", NEEDS_BPF, aw_probe_rings},
	[AW_PROBE_TRACEPOINT] = {"tracepoints", "follow processes", NEEDS_BTF, aw_probe_tracepoint},
	[AW_PROBE_ITERATOR] = {"iterators", "label processes that run already", NEEDS_BTF,
			       aw_probe_iterator},
	[AW_PROBE_PATH_HOOKS] = {"path hooks", "decide creating, renaming, removing",
				 BIT(AW_PROBE_BTF), aw_probe_path_hooks},
	[AW_PROBE_LSM] = {"lsm programs", "deny", NEEDS_BTF, aw_probe_lsm},
	[AW_PROBE_FMOD_RET] = {"fmod_ret programs", "deny where `bpf` is not in lsm=", NEEDS_BTF,
			       aw_probe_fmod_ret},
	[AW_PROBE_PACKETS] = {"cgroup packets", "allow hosts by name",
			      NEEDS_BPF | BIT(AW_PROBE_CGROUP), aw_probe_packets},
	[AW_PROBE_ADDRESS] = {"cgroup addresses", "deny addresses where neither may load",
			      NEEDS_BPF | BIT(AW_PROBE_CGROUP), aw_probe_address},
	[AW_PROBE_SYSCALLS] = {"system calls", "observe where neither may load", NEEDS_BTF,
			       aw_probe_syscalls},
};

/* What every way of attaching needs. */
#define ALWAYS_NEEDED                                                                  \
	(NEEDS_BTF | BIT(AW_PROBE_READ) | BIT(AW_PROBE_BPFFS) | BIT(AW_PROBE_CGROUP) | \
	 BIT(AW_PROBE_LOOP) | BIT(AW_PROBE_STORAGE) | BIT(AW_PROBE_RINGS) |            \
	 BIT(AW_PROBE_TRACEPOINT) | BIT(AW_PROBE_ITERATOR) | BIT(AW_PROBE_PACKETS))

/* What each way needs beyond that; a name that a rename changes must not pass for another. */
static const uint32_t needed[AW_ATTACHES] = {
	[AW_ATTACH_LSM] = BIT(AW_PROBE_LSM) | BIT(AW_PROBE_PATH_HOOKS) | BIT(AW_PROBE_KALLSYMS),
	[AW_ATTACH_FMOD_RET] =
		BIT(AW_PROBE_FMOD_RET) | BIT(AW_PROBE_PATH_HOOKS) | BIT(AW_PROBE_KALLSYMS),
	[AW_ATTACH_OBSERVE] = BIT(AW_PROBE_ADDRESS) | BIT(AW_PROBE_SYSCALLS),
};

const char *aw_probe_name(enum aw_probe probe)
{
	return probes[probe].name;
}

const char *aw_probe_purpose(enum aw_probe probe)
{
	return probes[probe].purpose;
}

const char *aw_probe_result_name(enum aw_probe_result result)
{
	static const char *const names[] = {
		[AW_PROBE_OK] = "ok",
		[AW_PROBE_MISSING] = "missing",
		[AW_PROBE_REFUSED] = "refused",
		[AW_PROBE_UNKNOWN] = "unknown",
	};

	static_assert(sizeof(names) / sizeof(*names) == AW_PROBE_RESULTS, "a name for each");
	return names[result];
}

const char *aw_probe_error_text(int error)
{
	return error == -ENOTSUPP_ ? "not supported by this kernel" : strerror(-error);
}

void aw_probe_set(struct aw_probe_row *row, enum aw_probe_result result, int error,
		  const char *mend, const char *format, ...)
{
	va_list arguments;

	row->result = result;
	row->error = error;
	snprintf(row->mend, sizeof(row->mend), "%s", mend ? mend : "");
	va_start(arguments, format);
	vsnprintf(row->detail, sizeof(row->detail), format, arguments);
	va_end(arguments);
}

/* A small file's first line; "" where it cannot be read. */
static void read_line(const char *path, char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	ret[0] = '\0';
	if (file && fgets(ret, (int)size, file))
		ret[strcspn(ret, "\n")] = '\0';
	else
		ret[0] = '\0';
}

/* The first probe that `needs` names and that is not ok; AW_PROBES where all are. */
static enum aw_probe first_missing(const struct aw_preflight *p, uint32_t needs)
{
	for (enum aw_probe i = 0; i < AW_PROBES; i++)
		if (needs & BIT(i) && p->rows[i].result != AW_PROBE_OK)
			return i;
	return AW_PROBES;
}

void aw_preflight_run(struct aw_running *running, struct aw_preflight *ret)
{
	struct utsname name;

	*ret = (struct aw_preflight){.running = running};
	if (!uname(&name))
		snprintf(ret->release, sizeof(ret->release), "%s", name.release);
	read_line(LSM_LIST_FILE, ret->lsm_list, sizeof(ret->lsm_list));
	for (enum aw_probe i = 0; i < AW_PROBES; i++) {
		enum aw_probe missing = first_missing(ret, probes[i].needs);

		if (missing == AW_PROBES)
			probes[i].run(ret, &ret->rows[i]);
		else
			aw_probe_set(&ret->rows[i], AW_PROBE_UNKNOWN, 0, NULL,
				     "not tried without: %s", probes[missing].name);
	}
}

static int refuse(const struct aw_preflight *p, enum aw_probe probe, struct aw_diag *reterr)
{
	const struct aw_probe_row *row = &p->rows[probe];

	return aw_diag_set(reterr, probe == AW_PROBE_PRIVILEGE ? -EPERM : -EOPNOTSUPP, NULL, 0, 0,
			   row->mend[0] ? row->mend : NULL, "%s: %s", probes[probe].name,
			   row->detail);
}

enum aw_probe aw_preflight_obstacle(const struct aw_preflight *preflight, enum aw_attach attach)
{
	enum aw_probe missing = first_missing(preflight, ALWAYS_NEEDED);

	return missing == AW_PROBES ? first_missing(preflight, needed[attach]) : missing;
}

int aw_preflight_choose(const struct aw_preflight *preflight, enum aw_attach *ret,
			struct aw_diag *reterr)
{
	enum aw_probe missing = AW_PROBES;

	for (enum aw_attach attach = 0; attach < AW_ATTACHES; attach++) {
		missing = aw_preflight_obstacle(preflight, attach);
		if (missing == AW_PROBES) {
			*ret = attach;
			return 0;
		}
	}
	return refuse(preflight, missing, reterr);
}

int aw_preflight_best_attach(struct aw_running *running, enum aw_attach *ret,
			     struct aw_diag *reterr)
{
	struct aw_preflight preflight;

	aw_preflight_run(running, &preflight);
	return aw_preflight_choose(&preflight, ret, reterr);
}
