/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables, of acts and of rules, and the rules as a policy has them. */
#include "policy/guard.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define CAPABILITY(number, name) [AW_GUARD_CAPABILITY + (number)] = ("guard:capability/" name)

static const char *const acts[AW_GUARDS_MAX] = {
	[AW_GUARD_MOUNT] = "guard:mount",
	[AW_GUARD_MOUNT_FIRST] = "guard:mount-first",
	[AW_GUARD_NAMESPACE] = "guard:namespace",
	[AW_GUARD_PTRACE] = "guard:ptrace",
	[AW_GUARD_PTRACE_READ] = "guard:ptrace/read",
	[AW_GUARD_SIGNAL] = "guard:signal",
	[AW_GUARD_SIGNAL_OWNER] = "guard:signal/owner",
	[AW_GUARD_PRIORITY] = "guard:priority",
	[AW_GUARD_BPF] = "guard:bpf",
	[AW_GUARD_PERF] = "guard:perf",
	[AW_GUARD_MODULE] = "guard:module",
	[AW_GUARD_MODULE_REQUEST] = "guard:module/request",
	[AW_GUARD_KEXEC] = "guard:kexec",
	[AW_GUARD_FIRMWARE] = "guard:firmware",
	[AW_GUARD_KEYS] = "guard:keys",
	[AW_GUARD_KERNEL_LOG] = "guard:kernel-log",
	[AW_GUARD_PERSONALITY] = "guard:personality",
	[AW_GUARD_TERMINAL] = "guard:terminal",
	[AW_GUARD_FILE_FLAGS] = "guard:file-flags",
	[AW_GUARD_LOOP] = "guard:loop",
	[AW_GUARD_SNAPSHOT] = "guard:snapshot",
	[AW_GUARD_CGROUP] = "guard:cgroup",
	[AW_GUARD_BPFFS] = "guard:bpffs",
	[AW_GUARD_PROC] = "guard:proc",
	[AW_GUARD_SYSFS] = "guard:sysfs",
	[AW_GUARD_KERNEL_FILES] = "guard:kernel-files",
	[AW_GUARD_SOCKET_RAW] = "guard:socket/raw",
	[AW_GUARD_SOCKET_ICMP] = "guard:socket/icmp",
	[AW_GUARD_SOCKET_MPTCP] = "guard:socket/mptcp",
	[AW_GUARD_SOCKET_SCTP] = "guard:socket/sctp",
	[AW_GUARD_SOCKET_DCCP] = "guard:socket/dccp",
	[AW_GUARD_SOCKET_UDP_LITE] = "guard:socket/udp-lite",
	[AW_GUARD_SOCKET_NETLINK] = "guard:socket/netlink",
	[AW_GUARD_SOCKET_PACKET] = "guard:socket/packet",
	[AW_GUARD_SOCKET_VSOCK] = "guard:socket/vsock",
	[AW_GUARD_SOCKET_ALG] = "guard:socket/alg",
	[AW_GUARD_SOCKET_XDP] = "guard:socket/xdp",
	[AW_GUARD_SOCKET_RXRPC] = "guard:socket/rxrpc",
	[AW_GUARD_SOCKET_BLUETOOTH] = "guard:socket/bluetooth",
	[AW_GUARD_SOCKET_CAN] = "guard:socket/can",
	[AW_GUARD_SOCKET_TIPC] = "guard:socket/tipc",
	[AW_GUARD_SOCKET_SMC] = "guard:socket/smc",
	[AW_GUARD_SOCKET_OTHER] = "guard:socket/other",
	[AW_GUARD_SOCKET_ROUTE] = "guard:socket/route",
	/* capabilities(7) */
	CAPABILITY(9, "linux_immutable"),
	CAPABILITY(12, "net_admin"),
	CAPABILITY(13, "net_raw"),
	CAPABILITY(16, "sys_module"),
	CAPABILITY(17, "sys_rawio"),
	CAPABILITY(18, "sys_chroot"),
	CAPABILITY(20, "sys_pacct"),
	CAPABILITY(21, "sys_admin"),
	CAPABILITY(22, "sys_boot"),
	CAPABILITY(25, "sys_time"),
	CAPABILITY(26, "sys_tty_config"),
	CAPABILITY(27, "mknod"),
	CAPABILITY(30, "audit_control"),
	CAPABILITY(32, "mac_override"),
	CAPABILITY(33, "mac_admin"),
	CAPABILITY(34, "syslog"),
	CAPABILITY(37, "audit_read"),
	CAPABILITY(38, "perfmon"),
	CAPABILITY(39, "bpf"),
	CAPABILITY(40, "checkpoint_restore"),
};
static_assert((unsigned int)AW_GUARD_ACTS <= AW_GUARD_CAPABILITY &&
		      AW_GUARD_CAPABILITY + AW_CAPABILITIES_MAX <= AW_GUARDS_MAX,
	      "acts and capabilities have numbers of their own");

#define CHANGES                                                                             \
	(1u << AW_OP_WRITE | 1u << AW_OP_CREATE | 1u << AW_OP_DELETE | 1u << AW_OP_RENAME | \
	 1u << AW_OP_LINK | 1u << AW_OP_ATTR)

/* A rule about the acts "guard:NAME" and "guard:NAME/…" is called "guard.NAME". */
struct built_in {
	const char *id;
	const char *reason;
	enum aw_action action;
	uint32_t ops;
	const char *paths[8]; /* none: those acts */
	bool needs_hosts;     /* it is there where some rule names hosts */
};

#define GUARD(name, why)                                                                  \
	{                                                                                 \
		.id = AW_GUARD_ID_PREFIX name, .reason = (why), .action = AW_ACTION_DENY, \
		.ops = AW_GUARD_OPS,                                                      \
	}

static const struct built_in rules[] = {
	GUARD("mount", "mounts change what names mean"),
	{
		.id = "guard.mount-first",
		.reason = "rules are about names in this mount namespace: mount in one of your own",
		.action = AW_ACTION_FORBID,
		.ops = AW_GUARD_OPS,
	},
	GUARD("namespace", "in a user namespace of its own any program is root"),
	GUARD("ptrace", "other processes' memory, environment and descriptors are not the agent's"),
	GUARD("signal", "processes outside are not the agent's to stop"),
	GUARD("priority", "processes outside are not the agent's to slow down"),
	GUARD("bpf", "BPF programs and maps can undo what confines the agent"),
	GUARD("perf", "performance events see the kernel and other processes"),
	GUARD("module", "kernel modules can do anything"),
	GUARD("kexec", "another kernel confines nobody"),
	GUARD("firmware", "what the kernel loads into itself or a device"),
	GUARD("keys", "the kernel's keyrings are shared with processes outside"),
	GUARD("kernel-log", "the kernel's log tells of other processes, and of addresses"),
	GUARD("personality", "credentials that io_uring has put aside"),
	GUARD("terminal", "input for a terminal is a command by whoever reads it"),
	GUARD("file-flags", "flags and project of a file, without writing to it"),
	GUARD("loop", "a loop device is a disk that the agent writes"),
	GUARD("snapshot", "a snapshot is a second name for every file in it"),
	GUARD("cgroup", "cgroups hold agents, limits and a program that the kernel runs outside"),
	GUARD("bpffs", "BPF programs and maps can undo what confines the agent"),
	GUARD("proc", "settings of the kernel, and programs that it runs outside the agent"),
	GUARD("sysfs", "settings of the kernel and of devices"),
	GUARD("kernel-files", "debugging, security and start of the kernel"),
	GUARD("socket",
	      "rules are about TCP, UDP and unix sockets, and the address that they name"),
	GUARD("capability", "a right over the host"),
	{
		.id = "guard.agentwatch",
		.reason = "agentwatch's own files",
		.action = AW_ACTION_DENY,
		.ops = CHANGES,
		.paths = {"/run/agentwatch/**", "/var/lib/agentwatch/**", "/var/log/agentwatch/**",
			  "/etc/agentwatch/**", "/sys/fs/bpf/agentwatch/**", AW_PROGRAM,
			  (AW_DATADIR "/**")},
	},
	/* nscd(8), systemd-resolved.service(8) by varlink, avahi-daemon(8). */
	{
		.id = AW_GUARD_RESOLVER,
		.reason = "hosts are known by questions to name servers: the C library asks those "
			  "where it gets no other answer",
		.action = AW_ACTION_DENY,
		.ops = 1u << AW_OP_UNIX,
		.paths = {"/run/nscd/socket", "/var/run/nscd/socket",
			  "/run/systemd/resolve/io.systemd.Resolve*", "/run/avahi-daemon/socket"},
		.needs_hosts = true,
	},
};
#define N_RULES (sizeof(rules) / sizeof(*rules))

const char *aw_guard_name(unsigned int act)
{
	return act < AW_GUARDS_MAX ? acts[act] : NULL;
}

bool aw_rule_is_built_in(const struct aw_rule *rule)
{
	return rule->source.file && strcmp(rule->source.file, AW_GUARD_FILE) == 0 &&
	       rule->source.line == 0;
}

static int add_path(struct aw_rule *rule, const char *prefix, const char *text, const char *suffix)
{
	struct aw_pattern *pattern = &rule->paths[rule->n_paths];

	*pattern = (struct aw_pattern){.anchor = -1, .source = rule->source};
	if (asprintf(&pattern->text, "%s%s%s", prefix, text, suffix) < 0)
		return -ENOMEM;
	rule->n_paths++;
	return 0;
}

static int add_paths(struct aw_rule *rule, const struct built_in *from)
{
	const size_t n = sizeof(from->paths) / sizeof(*from->paths);
	const char *name = from->id + strlen(AW_GUARD_ID_PREFIX);
	int r = 0;

	rule->paths = calloc(n, sizeof(*rule->paths));
	if (!rule->paths)
		return -ENOMEM;
	for (size_t i = 0; i < n && from->paths[i] && r == 0; i++)
		r = add_path(rule, "", from->paths[i], "");
	if (from->paths[0])
		return r;
	r = add_path(rule, AW_GUARD_PREFIX, name, "");
	return r < 0 ? r : add_path(rule, AW_GUARD_PREFIX, name, "/*");
}

static int add_rule(struct aw_policy *policy, const struct built_in *from)
{
	struct aw_rule *rule = &policy->rules[policy->n_rules++];

	*rule = (struct aw_rule){.id = strdup(from->id),
				 .action = from->action,
				 .ops = from->ops,
				 .reason = strdup(from->reason),
				 .source = {.file = AW_GUARD_FILE}};
	return rule->id && rule->reason ? add_paths(rule, from) : -ENOMEM;
}

static bool names_hosts(const struct aw_policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].n_hosts > 0)
			return true;
	return false;
}

int aw_policy_add_guards(struct aw_policy *policy)
{
	bool has_hosts = names_hosts(policy);
	struct aw_rule *grown;
	int r = 0;

	grown = reallocarray(policy->rules, policy->n_rules + N_RULES, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	policy->rules = grown;
	policy->n_written = policy->n_rules;
	for (size_t i = 0; i < N_RULES && r == 0; i++)
		if (has_hosts || !rules[i].needs_hosts)
			r = add_rule(policy, &rules[i]);
	return r;
}
