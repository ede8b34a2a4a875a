/* SPDX-License-Identifier: Apache-2.0 */
/* The names of what the records number, and of errors, protocols and addresses. */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "event/text.h"

#define NAME_OF(names, value)                                                                      \
	((unsigned int)(value) < sizeof(names) / sizeof(*(names)) ? (names)[(unsigned int)(value)] \
								  : "unknown")

static const struct {
	const char *name;
	const char *text;
} reasons[] = {
	[AW_REASON_POLICY] = {"policy", "the policy decided"},
	[AW_REASON_UNRESOLVED] = {"unresolved", "the object has no name that could be resolved "
						"(detached mount or disconnected file)"},
	[AW_REASON_TOO_LONG] = {"too_long", "the object's path is longer than 4096 bytes"},
	[AW_REASON_TOO_DEEP] = {"too_deep", "the object's path has more parts than are followed"},
	[AW_REASON_RACED] = {"raced", "renames kept changing the object's path while it was read"},
	[AW_REASON_NO_SCRATCH] = {"no_scratch", "no working memory was free to decide in"},
	[AW_REASON_NO_POLICY] = {"no_policy", "the agent is enforced but has no policy"},
	[AW_REASON_NO_AGENT] = {"no_agent", "the process belongs to an agent that is gone"},
	[AW_REASON_UNKNOWN_SUBJECT] = {"unknown_subject",
				       "the process's executable could not be named"},
	[AW_REASON_ADDRESS_FAMILY] = {"address_family", "no rule can allow this address family"},
	[AW_REASON_PROVENANCE] = {"provenance",
				  "it depends on whether an agent wrote the file, and "
				  "that is not known: agents wrote more files than "
				  "are remembered"},
	[AW_REASON_MOVED] = {"moved", "something is denied by one of the two names, or below it, "
				      "that would not be by the other"},
	[AW_REASON_QUESTION] = {"question", "what was sent to a resolver cannot be read as one "
					    "question for a host name"},
	[AW_REASON_ANSWER] = {"answer",
			      "an answer from a resolver leases nothing: it was not asked "
			      "for, cannot be read, or gives an alias that is denied"},
	[AW_REASON_LIMIT] = {"limit", "a budget of the rule is spent"},
	[AW_REASON_NO_BUDGET] = {"no_budget", "there was no room to keep count of the rule's "
					      "budget"},
};
static_assert(sizeof(reasons) / sizeof(*reasons) == AW_REASONS, "every reason has a row");

static const struct {
	const char *name;
	const char *text;
} losses[] = {
	[AW_LOST_NOTHING] = {"nothing", "it has what its classes give"},
	[AW_LOST_PROGRAM] = {"program", "an agent wrote its executable, or this agent may"},
	[AW_LOST_SCRIPT] = {"script", "it is an interpreter that runs a script"},
	[AW_LOST_MAPPED] = {"mapped",
			    "it loaded code that an agent wrote, or this agent may write"},
	[AW_LOST_TRACED] = {"traced", "it was traced"},
	[AW_LOST_POLICY] = {"policy", "it was started under another policy"},
	[AW_LOST_UNKNOWN] = {"unknown", "there was no room to remember that it earned it"},
};
static_assert(sizeof(losses) / sizeof(*losses) == AW_LOSSES, "every loss has a row");

static const char *const effect_names[] = {
	[AW_EFFECT_ALLOWED] = "allowed",
	[AW_EFFECT_DENIED] = "denied",
	[AW_EFFECT_WOULD_DENY] = "would_deny",
};
static_assert(sizeof(effect_names) / sizeof(*effect_names) == AW_EFFECTS, "every effect");

static const char *const hook_names[] = {
	[AW_HOOK_NONE] = "none",
	[AW_HOOK_FILE_OPEN] = "file_open",
	[AW_HOOK_FILE_PERMISSION] = "file_permission",
	[AW_HOOK_PATH_MKNOD] = "path_mknod",
	[AW_HOOK_PATH_MKDIR] = "path_mkdir",
	[AW_HOOK_PATH_UNLINK] = "path_unlink",
	[AW_HOOK_PATH_RMDIR] = "path_rmdir",
	[AW_HOOK_PATH_SYMLINK] = "path_symlink",
	[AW_HOOK_PATH_LINK] = "path_link",
	[AW_HOOK_PATH_RENAME] = "path_rename",
	[AW_HOOK_PATH_TRUNCATE] = "path_truncate",
	[AW_HOOK_PATH_CHMOD] = "path_chmod",
	[AW_HOOK_PATH_CHOWN] = "path_chown",
	[AW_HOOK_INODE_SETXATTR] = "inode_setxattr",
	[AW_HOOK_INODE_REMOVEXATTR] = "inode_removexattr",
	[AW_HOOK_INODE_SET_ACL] = "inode_set_acl",
	[AW_HOOK_INODE_SETATTR] = "inode_setattr",
	[AW_HOOK_FILE_TRUNCATE] = "file_truncate",
	[AW_HOOK_BPRM_CHECK] = "bprm_check",
	[AW_HOOK_MMAP_FILE] = "mmap_file",
	[AW_HOOK_FILE_MPROTECT] = "file_mprotect",
	[AW_HOOK_SOCKET_CONNECT] = "socket_connect",
	[AW_HOOK_SOCKET_SENDMSG] = "socket_sendmsg",
	[AW_HOOK_UNIX_STREAM_CONNECT] = "unix_stream_connect",
	[AW_HOOK_UNIX_MAY_SEND] = "unix_may_send",
	[AW_HOOK_CGROUP_CONNECT4] = "cgroup_connect4",
	[AW_HOOK_CGROUP_CONNECT6] = "cgroup_connect6",
	[AW_HOOK_CGROUP_SENDMSG4] = "cgroup_sendmsg4",
	[AW_HOOK_CGROUP_SENDMSG6] = "cgroup_sendmsg6",
	[AW_HOOK_SB_MOUNT] = "sb_mount",
	[AW_HOOK_SB_UMOUNT] = "sb_umount",
	[AW_HOOK_SB_REMOUNT] = "sb_remount",
	[AW_HOOK_SB_PIVOTROOT] = "sb_pivotroot",
	[AW_HOOK_MOVE_MOUNT] = "move_mount",
	[AW_HOOK_CAPABLE] = "capable",
	[AW_HOOK_USERNS_CREATE] = "userns_create",
	[AW_HOOK_PTRACE_ACCESS_CHECK] = "ptrace_access_check",
	[AW_HOOK_PTRACE_TRACEME] = "ptrace_traceme",
	[AW_HOOK_TASK_KILL] = "task_kill",
	[AW_HOOK_TASK_SETRLIMIT] = "task_setrlimit",
	[AW_HOOK_TASK_SETNICE] = "task_setnice",
	[AW_HOOK_TASK_SETIOPRIO] = "task_setioprio",
	[AW_HOOK_TASK_SETSCHEDULER] = "task_setscheduler",
	[AW_HOOK_BPF] = "bpf",
	[AW_HOOK_PERF_EVENT_OPEN] = "perf_event_open",
	[AW_HOOK_KERNEL_READ_FILE] = "kernel_read_file",
	[AW_HOOK_KERNEL_LOAD_DATA] = "kernel_load_data",
	[AW_HOOK_KERNEL_MODULE_REQUEST] = "kernel_module_request",
	[AW_HOOK_KEY_PERMISSION] = "key_permission",
	[AW_HOOK_SYSLOG] = "syslog",
	[AW_HOOK_FILE_IOCTL] = "file_ioctl",
	[AW_HOOK_FILE_FCNTL] = "file_fcntl",
	[AW_HOOK_URING_OVERRIDE_CREDS] = "uring_override_creds",
	[AW_HOOK_TRACEPOINT] = "tracepoint",
	[AW_HOOK_FILE_RECEIVE] = "file_receive",
	[AW_HOOK_CGROUP_EGRESS] = "cgroup_egress",
	[AW_HOOK_CGROUP_INGRESS] = "cgroup_ingress",
	[AW_HOOK_SOCKET_CREATE] = "socket_create",
	[AW_HOOK_SOCKET_BIND] = "socket_bind",
	[AW_HOOK_SOCKET_LISTEN] = "socket_listen",
	[AW_HOOK_CGROUP_BIND4] = "cgroup_bind4",
	[AW_HOOK_CGROUP_BIND6] = "cgroup_bind6",
	[AW_HOOK_SOCKET_SETSOCKOPT] = "socket_setsockopt",
};
static_assert(sizeof(hook_names) / sizeof(*hook_names) == AW_HOOKS, "every hook has a name");

static const char *const object_names[] = {
	[AW_OBJECT_PATH] = "path",	   [AW_OBJECT_ANCHORED] = "anchored",
	[AW_OBJECT_NESTED] = "nested",	   [AW_OBJECT_ANONYMOUS] = "anonymous",
	[AW_OBJECT_ABSTRACT] = "abstract", [AW_OBJECT_ADDRESS] = "address",
	[AW_OBJECT_UNNAMED] = "unnamed",   [AW_OBJECT_GUARD] = "guard",
	[AW_OBJECT_HOST] = "host",
};
static_assert(sizeof(object_names) / sizeof(*object_names) == AW_OBJECTS,
	      "every kind of object has a name");

static const char *const role_names[] = {
	[AW_ROLE_ONLY] = "only",
	[AW_ROLE_SOURCE] = "source",
	[AW_ROLE_TARGET] = "target",
};
static_assert(sizeof(role_names) / sizeof(*role_names) == AW_ROLE_TARGET + 1, "every role");

static const char *const ring_names[] = {
	[AW_RING_DECISIONS] = "decisions",
	[AW_RING_OBSERVATIONS] = "observations",
};
static_assert(sizeof(ring_names) / sizeof(*ring_names) == AW_RINGS, "every ring has a name");

static const char *const type_names[] = {
	[AW_REC_NONE] = "none", [AW_REC_OP] = "operation", [AW_REC_EXEC] = "exec",
	[AW_REC_FORK] = "fork", [AW_REC_EXIT] = "exit",	   [AW_REC_CGROUP] = "cgroup",
};
static_assert(sizeof(type_names) / sizeof(*type_names) == AW_REC_TYPES, "every type has a name");

const char *aw_reason_name(enum aw_reason reason)
{
	return (unsigned int)reason < AW_REASONS ? reasons[reason].name : "unknown";
}

const char *aw_reason_text(enum aw_reason reason)
{
	return (unsigned int)reason < AW_REASONS ? reasons[reason].text : "unknown";
}

const char *aw_lost_name(enum aw_lost lost)
{
	return (unsigned int)lost < AW_LOSSES ? losses[lost].name : "unknown";
}

const char *aw_lost_text(enum aw_lost lost)
{
	return (unsigned int)lost < AW_LOSSES ? losses[lost].text : "unknown";
}

const char *aw_effect_name(enum aw_effect effect)
{
	return NAME_OF(effect_names, effect);
}

const char *aw_hook_name(enum aw_hook hook)
{
	return NAME_OF(hook_names, hook);
}

const char *aw_object_name(enum aw_object object)
{
	return NAME_OF(object_names, object);
}

const char *aw_role_name(enum aw_role role)
{
	return NAME_OF(role_names, role);
}

const char *aw_ring_name(enum aw_ring ring)
{
	return NAME_OF(ring_names, ring);
}

const char *aw_rec_type_name(enum aw_rec_type type)
{
	return NAME_OF(type_names, type);
}

const char *aw_errno_name(int error, char ret[static AW_ERRNO_NAME_SIZE])
{
	const char *name;

	error = error < 0 ? -error : error;
	name = strerrorname_np(error);
	if (name)
		snprintf(ret, AW_ERRNO_NAME_SIZE, "%s", name);
	else
		snprintf(ret, AW_ERRNO_NAME_SIZE, "ERRNO_%d", error);
	return ret;
}

const char *aw_protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_UDPLITE:
		return "udplite";
	default:
		return NULL;
	}
}

const char *aw_address_text(const uint8_t address[16], char ret[static AW_ADDRESS_TEXT_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, address + sizeof(mapped), ret, AW_ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, address, ret, AW_ADDRESS_TEXT_SIZE);
	return ret;
}
