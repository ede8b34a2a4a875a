/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what no generalised rule may cover. How it is asked is in sensitive.c. */
#include "baseline/sensitive.h"

#define OP(name) (1u << AW_OP_##name)
#define ALL	 ((1u << AW_OPS) - 1)
/* Reading, and what would give the content another name first. */
#define TAKING (OP(READ) | OP(RENAME) | OP(LINK) | OP(EXEC) | OP(MAP))
/* Deleting is no planting: jobs remove their clones. */
#define PLANTING (OP(WRITE) | OP(CREATE) | OP(RENAME) | OP(LINK) | OP(ATTR))
#define SOCKET	 (OP(UNIX) | OP(READ) | OP(WRITE))

#define HOME(glob)                                                                    \
	{                                                                             \
		"secrets.home", AW_SENSITIVE_SECRET, AW_PLACE_HOME, glob, ALL, false, \
			"credentials"                                                 \
	}
#define RC(glob)                                                                             \
	{                                                                                    \
		"persistence.home", AW_SENSITIVE_PERSISTENCE, AW_PLACE_HOME, glob, PLANTING, \
			false, "run at the next login"                                       \
	}
#define ENV(glob)                                                                           \
	{                                                                                   \
		"secrets.env", AW_SENSITIVE_SECRET, AW_PLACE_ANYWHERE, glob, TAKING, false, \
			"environment files hold credentials"                                \
	}
#define NO_ENV(glob)                                                                       \
	{                                                                                  \
		"secrets.env", AW_SENSITIVE_SECRET, AW_PLACE_ANYWHERE, glob, TAKING, true, \
			"templates without values"                                         \
	}
#define GIT(glob)                                                                               \
	{                                                                                       \
		"persistence.git", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, glob, PLANTING, \
			false, "git runs what these say, later and as somebody else"            \
	}
#define NO_GIT(glob)                                                                            \
	{                                                                                       \
		"persistence.git", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, glob, PLANTING, \
			true, "git never runs the samples"                                      \
	}
#define TOOL(glob)                                                                                \
	{                                                                                         \
		"persistence.tools", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, glob, PLANTING, \
			false, "editors, shells and other agents run what these say"              \
	}
#define SYS(glob, ops, what)                                                         \
	{                                                                            \
		"system", AW_SENSITIVE_SYSTEM, AW_PLACE_ROOT, glob, ops, false, what \
	}
#define SOCK(glob)                                                                  \
	{                                                                           \
		"sockets", AW_SENSITIVE_SOCKET, AW_PLACE_ROOT, glob, SOCKET, false, \
			"who talks to it acts outside the agent"                    \
	}

const struct aw_sensitive aw_sensitive_rows[] = {
	ENV(".env"),
	ENV(".env.*"),
	NO_ENV(".env.example"),
	NO_ENV(".env.sample"),
	NO_ENV(".env.template"),
	{"secrets.ci", AW_SENSITIVE_SECRET, AW_PLACE_ANYWHERE, "gha-creds-*.json", TAKING, false,
	 "cloud credentials of a build"},

	GIT(".git/hooks/**"),
	{"persistence.git", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, ".git/hooks",
	 OP(CREATE) | OP(ATTR), true, "an empty folder runs nothing"},
	NO_GIT(".git/hooks/*.sample"),
	GIT(".git/config"),
	GIT(".git/config.worktree"),
	GIT(".gitmodules"),
	GIT(".husky/**"),
	TOOL(".envrc"),
	TOOL(".ripgreprc"),
	TOOL(".mcp.json"),
	TOOL(".vscode/**"),
	TOOL(".idea/**"),
	TOOL(".claude/commands/**"),
	TOOL(".claude/agents/**"),
	TOOL(".claude/hooks/**"),
	TOOL(".claude/skills/**"),
	TOOL(".claude/settings*.json"),
	TOOL(".codex/**"),
	TOOL(".agents/**"),
	TOOL(".gemini/settings.json"),

	/* A folder put in place whole brings its hooks along. */
	{"persistence.git-folder", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, ".git", OP(RENAME),
	 false, "git runs what these say, later and as somebody else"},
	{"persistence.tools-folder", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, ".claude",
	 OP(RENAME), false, "editors, shells and other agents run what these say"},
	{"persistence.tools-folder", AW_SENSITIVE_PERSISTENCE, AW_PLACE_ANYWHERE, ".gemini",
	 OP(RENAME), false, "editors, shells and other agents run what these say"},

	HOME(".ssh/**"),
	HOME(".gnupg/**"),
	HOME(".aws/**"),
	HOME(".azure/**"),
	HOME(".config/gcloud/**"),
	HOME(".gcloud/**"),
	HOME(".kube/**"),
	HOME(".docker/**"),
	HOME(".git-credentials"),
	HOME(".config/git/credentials"),
	HOME(".config/gh/**"),
	HOME(".netrc"),
	HOME(".npmrc"),
	HOME(".pypirc"),
	HOME(".cargo/credentials*"),
	HOME(".m2/settings.xml"),
	HOME(".vault-token"),
	HOME(".credentials/**"),
	HOME(".secrets/**"),
	HOME(".keys/**"),
	HOME(".pki/**"),
	HOME(".terraform.d/**"),
	HOME(".config/op/**"),
	HOME(".password-store/**"),
	HOME(".1password/**"),
	HOME(".local/share/keyrings/**"),
	HOME(".config/google-chrome/**"),
	HOME(".config/chromium/**"),
	HOME(".config/BraveSoftware/**"),
	HOME(".config/microsoft-edge/**"),
	HOME(".config/vivaldi/**"),
	HOME(".config/opera/**"),
	HOME(".mozilla/firefox/**"),
	HOME(".*_history"),

	RC(".bashrc"),
	RC(".bash_profile"),
	RC(".bash_login"),
	RC(".bash_logout"),
	RC(".profile"),
	RC(".zshrc"),
	RC(".zprofile"),
	RC(".zshenv"),
	RC(".zlogin"),
	RC(".config/fish/**"),
	RC(".gitconfig"),
	RC(".config/git/**"),
	RC(".config/systemd/**"),
	RC(".config/autostart/**"),
	RC(".config/environment.d/**"),
	RC(".local/share/systemd/**"),
	RC(".local/bin/**"),

	SYS("etc/shadow*", ALL, "password hashes"),
	SYS("etc/gshadow*", ALL, "password hashes"),
	SYS("etc/sudoers", ALL, "who may become root"),
	SYS("etc/sudoers.d/**", ALL, "who may become root"),
	SYS("etc/ssl/private/**", ALL, "private keys"),
	SYS("etc/ssh/ssh_host_*_key", ALL, "private keys"),
	SYS("etc/krb5.keytab", ALL, "private keys"),
	SYS("run/secrets/**", ALL, "credentials"),
	SYS("var/run/secrets/**", ALL, "credentials"),
	SYS("var/lib/agentwatch/**", ALL, "agentwatch's own files"),
	SYS("etc/agentwatch/**", PLANTING, "agentwatch's own files"),
	SYS("etc/**", PLANTING | OP(DELETE), "the system's configuration"),
	SYS("usr/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("bin/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("sbin/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("lib/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("lib64/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("boot/**", PLANTING | OP(DELETE), "the system's programs"),
	SYS("var/spool/cron/**", ALL, "run later, by cron"),
	SYS("var/spool/at/**", ALL, "run later, by at"),
	SYS("proc/[0-9]*/environ", ALL, "other processes' credentials"),
	SYS("proc/[0-9]*/mem", ALL, "other processes' memory"),
	SYS("proc/[0-9]*/fd/**", ALL, "other processes' files"),
	SYS("proc/[0-9]*/root/**", ALL, "other processes' files"),
	SYS("proc/[0-9]*/cwd/**", ALL, "other processes' files"),
	SYS("proc/kcore", ALL, "the kernel's memory"),
	SYS("proc/sysrq-trigger", ALL, "the kernel's controls"),
	SYS("proc/sys/**", PLANTING, "the kernel's controls"),
	SYS("sys/**", PLANTING, "the kernel's controls"),
	SYS("sys/kernel/debug/**", ALL, "the kernel's controls"),
	SYS("sys/kernel/tracing/**", ALL, "the kernel's controls"),
	SYS("sys/fs/bpf/**", ALL, "the kernel's controls"),
	SYS("dev/mem", ALL, "the kernel's memory"),
	SYS("dev/kmem", ALL, "the kernel's memory"),
	SYS("dev/port", ALL, "the kernel's memory"),
	SYS("dev/kvm", ALL, "virtual machines"),
	SYS("dev/fuse", ALL, "file systems of the agent's making"),
	SYS("dev/sd*", ALL, "disks"),
	SYS("dev/vd*", ALL, "disks"),
	SYS("dev/nvme*", ALL, "disks"),
	SYS("dev/dm-*", ALL, "disks"),
	SYS("dev/mapper/**", ALL, "disks"),
	SYS("dev/loop*", ALL, "disks"),
	SYS("dev/input/**", ALL, "keyboards"),
	SYS("dev/pts/[0-9]*", ALL, "a terminal, maybe somebody else's"),
	SYS("dev/tty[0-9]*", ALL, "a terminal, maybe somebody else's"),

	SOCK("run/docker.sock"),
	SOCK("var/run/docker.sock"),
	SOCK("run/docker/**"),
	SOCK("run/podman/**"),
	SOCK("run/user/*/podman/**"),
	SOCK("run/containerd/**"),
	SOCK("run/buildkit/**"),
	SOCK("run/crio/**"),
	SOCK("run/dbus/system_bus_socket"),
	SOCK("run/user/*/bus"),
	SOCK("run/user/*/systemd/**"),
	SOCK("run/user/*/gnupg/**"),
	SOCK("run/user/*/keyring/**"),
	SOCK("run/user/*/wayland-*"),
	SOCK("run/systemd/private"),
	SOCK("run/systemd/notify"),
	SOCK("run/snapd*.socket"),
	SOCK("run/agentwatch/**"),
	SOCK("tmp/ssh-*/agent.*"),
	SOCK("tmp/.X11-unix/**"),

	{"strangers", AW_SENSITIVE_SECRET, AW_PLACE_STRANGER, "home/**", ALL, false,
	 "another user's files"},
	{"strangers", AW_SENSITIVE_SECRET, AW_PLACE_STRANGER, "root/**", ALL, false,
	 "another user's files"},
};
const size_t aw_sensitive_n_rows = sizeof(aw_sensitive_rows) / sizeof(aw_sensitive_rows[0]);
