#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Tests scripts/vm itself: what a command gets in a guest, what comes back from it, and that every
# way in which a guest can fail is an error. It boots about a dozen guests, a few at a time.
# Output: one `ok` or `not ok` line a check, then the totals; the status is 1 if a check failed.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
readonly here repository=${here%/tests/e2e}
readonly vm=$repository/scripts/vm
# shellcheck source=scripts/lib/packages.sh
. "$repository/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/vm-kernel.sh
. "$repository/scripts/lib/vm-kernel.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/agentwatch-vm-test.XXXXXX")
readonly work
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/tmp"
export TMPDIR=$work/tmp
passed=0 failed=0
readonly unlasting=$repository/vm-test-must-vanish.$$

# check NAME COMMAND…: one test; it passes if COMMAND does.
check() {
	local name=$1
	shift
	if "$@" >"$work/why" 2>&1; then
		passed=$((passed + 1))
		printf 'ok %d - %s\n' $((passed + failed)) "$name"
	else
		failed=$((failed + 1))
		printf 'not ok %d - %s\n' $((passed + failed)) "$name"
		sed 's/^/# /' "$work/why"
	fi
}

# boot NAME [OPTION…] -- COMMAND…: run a guest in the background; its streams and its status go to
# files of that name. Kernels with two CPUs are seen to die in their own start under emulation, one in
# some hundred: such a guest has not begun its command, and is started once more.
boot() {
	local name=$1
	shift
	while (($(jobs -rp | wc -l) >= ($(nproc) + 1) / 2 + 1)); do
		wait -n || true
	done
	{
		local status=0
		"$vm" --boots 2 "$@" >"$work/$name.out" 2>"$work/$name.err" || status=$?
		printf '%s\n' "$status" >"$work/$name.status"
	} &
}

fail_with() {
	printf '%s\n' "$*"
	return 1
}

# equal_count FILE TEXT N: that many lines have it.
equal_count() {
	[[ $(grep -c -F -e "$2" -- "$work/$1") == "$3" ]]
}

# status_is NAME N: the run ended with N; otherwise its stderr is the explanation.
status_is() {
	[[ $(<"$work/$1.status") == "$2" ]] && return 0
	printf 'exit status %s instead of %s\n' "$(<"$work/$1.status")" "$2"
	tail -n 45 "$work/$1.err"
	return 1
}

has_line() {
	grep -q -x -F -e "$2" -- "$work/$1" || fail_with "$1 has no line: $2" "$(tail -n 60 "$work/$1")"
}

has_text() {
	grep -q -F -e "$2" -- "$work/$1" || fail_with "$1 does not have: $2" "$(tail -n 60 "$work/$1")"
}

same() {
	cmp -- "$1" "$2"
}

# Prints a line `NAME yes` for each thing that a guest offers.
read -r -d '' SURVEY <<'EOF' || true
expect() { local name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name yes"; else echo "$name no"; fi; }
is_mounted() { [[ $(stat -f -c %T "$1") == "$2" ]]; }
in_netns() {
	ip netns add one && ip link add left type veth peer name right netns one &&
		ip addr add 10.9.8.1/24 dev left && ip link set left up &&
		ip -n one addr add 10.9.8.2/24 dev right && ip -n one link set right up &&
		ip netns exec one bash -c 'exec 3<>/dev/tcp/10.9.8.1/1' 2>&1 | grep refused
}
in_cgroup() {
	mkdir /sys/fs/cgroup/one && bash -c 'echo $$ >/sys/fs/cgroup/one/cgroup.procs &&
		grep -q ^0::/one$ /proc/self/cgroup'
}
keeps_setuid() {
	cp /usr/bin/id /tmp/../var/tmp/id && chown 12:12 /var/tmp/id && chmod 4755 /var/tmp/id &&
		[[ $(setpriv --reuid 34 --clear-groups /var/tmp/id -u) == 12 ]]
}
echo "release $(uname -r)"
echo "lsm $(cat /sys/kernel/security/lsm)"
echo "folder $PWD"
echo "user $(id -u) $HOME"
echo "mode $(tr -d ' ' </sys/kernel/debug/sched/preempt)"
echo "cpus $(nproc)"
expect cgroup2 is_mounted /sys/fs/cgroup cgroup2fs
expect bpffs is_mounted /sys/fs/bpf bpf_fs
expect tracefs is_mounted /sys/kernel/tracing tracefs
expect debugfs is_mounted /sys/kernel/debug debugfs
expect securityfs is_mounted /sys/kernel/security securityfs
expect tmpfs is_mounted /tmp tmpfs
expect shm is_mounted /dev/shm tmpfs
expect terminal script -qec true /dev/null
expect btf test -s /sys/kernel/btf/vmlinux
expect config test -s "/boot/config-$(uname -r)"
expect loopback bash -c '(exec 3<>/dev/tcp/127.0.0.1/1) 2>&1 | grep refused'
expect modprobe modprobe dummy
expect netns in_netns
expect cgroup in_cgroup
expect setuid keeps_setuid
expect stderr bash -c 'echo >/dev/stderr'
expect stdin test "$(readlink /proc/self/fd/0)" = /dev/null
EOF

# shellcheck disable=SC1003,SC2016 # nothing in these is to be expanded
readonly ARGUMENTS=('' 'two words' $'new\nline' "it's" '"quoted"' '$HOME' '*' '\' $'tab\t' '--' 'ä' '!' '`x`' ' ')

make_kernel_path() {
	local image release modules
	image=$(vm_find_kernel "$(vm_cache_dir)" 6.1)
	release=$(vm_release "$image")
	modules=$(vm_modules_of "$image" "$release")
	mkdir -p "$work/elsewhere/boot" "$work/elsewhere/lib/modules"
	cp -- "$image" "$work/elsewhere/boot/kernel"
	ln -s -- "$modules" "$work/elsewhere/lib/modules/$release"
	printf '%s\n' "$release" >"$work/path.release"
}

# The first run of each kernel fills the cache and proves KVM or not; the rest is then only boots.
boot_all() {
	"$vm" --kernel 6.1 -- true && "$vm" --kernel 6.12 -- true
	make_kernel_path
	boot survey-6.1 --kernel 6.1 --smp 2 --boots 2 -- bash -c "$SURVEY"
	boot survey-6.12 --kernel 6.12 --smp 1 --preempt full --lsm landlock,lockdown,yama -- \
		bash -c "$SURVEY"
	boot path --kernel "$work/elsewhere/boot/kernel" -- uname -r
	boot arguments -- printf '%s\0' "${ARGUMENTS[@]}"
	boot status -- bash -c 'echo to-out; echo to-err >&2; exit 37'
	boot signal -- bash -c 'kill -SEGV $$'
	boot missing -- /no/such/command
	boot panic --kernel 6.1 -- bash -c 'echo before; sleep 0.2; echo c >/proc/sysrq-trigger'
	boot hang --timeout 25 -- bash -c 'echo before; sleep 1000'
	boot unbootable --boots 2 --append rdinit=/no/such/init -- true
	boot reboot -- bash -c 'echo b >/proc/sysrq-trigger; sleep 100'
	boot bytes -- bash -c 'head -c 3000000 /bin/bash; head -c 2000000 /bin/bash >&2'
	boot leftover -- bash -c 'setsid bash -c "trap : TERM HUP; while :; do sleep 1; done" & echo done'
	boot vanish -- bash -c "echo x >'$unlasting' && rm -rf tests && cat '$unlasting' && ! ls tests"
	AGENTWATCH_TEST=$'a b\nc' NO_COLOR=1 OTHER=1 boot environment --results "$work/a results" -- \
		bash -c 'env -0 >/run/results/environment; mkdir /run/results/folder; exit 0'
	boot counted-1 --count-instructions -- bash -c 'nproc; : >/run/x; echo end'
	boot bad-option --no-such-option x -- true
	boot bad-kernel --kernel 9.99 -- true
	boot no-command --smp 1
	wait
}

check_survey() {
	local series=$1 name
	check "$series: the survey runs" status_is "survey-$series" 0
	check "$series: it is that kernel" has_text "survey-$series.out" "release $series."
	check "$series: the command runs in the repository" has_line "survey-$series.out" "folder $repository"
	check "$series: as root with root's home" has_line "survey-$series.out" "user 0 /root"
	for name in cgroup2 bpffs tracefs debugfs securityfs tmpfs shm terminal btf config loopback \
		modprobe netns cgroup setuid stderr stdin; do
		check "$series: $name" has_line "survey-$series.out" "$name yes"
	done
}

lsm_list_has_bpf() {
	grep -q -E '^lsm (.*,)?bpf(,|$)' "$work/$1.out"
}

has_variable() {
	local line
	while read -r -d '' line; do
		[[ $line != "$1" ]] || return 0
	done <"$2"
	return 1
}

not() {
	! "$@"
}

check_commands() {
	check "6.1: bpf is among the LSMs by default" lsm_list_has_bpf survey-6.1
	check "6.12: --lsm leaves bpf out" not lsm_list_has_bpf survey-6.12
	check "6.1: --smp 2 gives two CPUs" has_line survey-6.1.out "cpus 2"
	check "6.12: --smp 1 gives one" has_line survey-6.12.out "cpus 1"
	check "6.12: --preempt full is in force" has_text survey-6.12.out "(full)"
	check "6.1: preemption is the kernel's own otherwise" not has_text survey-6.1.out "(full)"
	check "--kernel PATH boots that image with the modules beside it" same "$work/path.out" "$work/path.release"
	printf '%s\0' "${ARGUMENTS[@]}" >"$work/expected"
	check "arguments arrive unchanged" same "$work/arguments.out" "$work/expected"
	check "the exit status comes back" status_is status 37
	check "stdout has stdout alone" same "$work/status.out" <(echo to-out)
	check "stderr has stderr alone" same "$work/status.err" <(echo to-err)
	check "a signal's status comes back" status_is signal 139
	check "a missing command is 127" status_is missing 127
	check "stdout carries bytes exactly" same "$work/bytes.out" <(head -c 3000000 /bin/bash)
	check "stderr carries bytes exactly" same "$work/bytes.err" <(head -c 2000000 /bin/bash)
	check "a process left behind does not hold the guest" status_is leftover 0
	check "what it printed before is there" has_line leftover.out "done"
	check "the guest can write to the repository" status_is vanish 0
	check "its new file is not here" test ! -e "$unlasting"
	check "what it removed is still here" test -e "$here/vm_test.sh"
	check "a results folder is mounted" status_is environment 0
	check "its files come out" test -s "$work/a results/environment" -a -d "$work/a results/folder"
	check "AGENTWATCH_* is passed on exactly" \
		has_variable $'AGENTWATCH_TEST=a b\nc' "$work/a results/environment"
	check "NO_COLOR is passed on" grep -q -z -x NO_COLOR=1 "$work/a results/environment"
	check "other variables are not" not grep -q -z '^OTHER=' "$work/a results/environment"
	check "counting instructions runs the command" status_is counted-1 0
	check "on one CPU" has_line counted-1.out 1
}

check_failures() {
	check "a panic is 125" status_is panic 125
	check "it is called one" has_text panic.err "the guest's kernel panicked"
	check "its console is shown" has_text panic.err "sysrq triggered crash"
	check "what the command printed before is there" has_line panic.out before
	check "a hang is 125" status_is hang 125
	check "it is called one" has_text hang.err "without an end"
	check "what a hanging command printed is there" has_line hang.out before
	check "a guest that does not boot is 125" status_is unbootable 125
	check "its console is shown" has_text unbootable.err "Kernel panic"
	check "it was started again, as asked for" has_text unbootable.err "it is started once more"
	check "one that ran its command is not" equal_count panic.err "started once more" 0
	check "a guest that restarts is 125" status_is reboot 125
	check "it is said" has_text reboot.err "stopped before the command ended"
	check "a wrong option is 125" status_is bad-option 125
	check "an unknown kernel is 125" status_is bad-kernel 125
	check "no command is 125" status_is no-command 125
}

# The processes whose command line names the folder for temporary files.
uses_work_tmp() {
	local file line
	for file in /proc/[0-9]*/cmdline; do
		line=$({ tr '\0' ' ' <"$file"; } 2>/dev/null) || continue
		[[ $line != *"$TMPDIR/"* ]] || printf '%s: %s\n' "$file" "$line"
	done
}

# interrupted SIGNAL STATUS: a run that gets SIGNAL in mid-command ends with STATUS. SIGINT would not
# do: a shell has its background jobs ignore it.
interrupted() {
	local pid status=0 i
	"$vm" -- bash -c 'echo started; sleep 1000' >"$work/interrupted.out" 2>"$work/interrupted.err" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		[[ ! -s $work/interrupted.out ]] || break
		sleep 0.1
	done
	[[ -n $(uses_work_tmp) ]] || fail_with "there is no qemu to be ended" || return 1
	kill -"$1" "$pid"
	wait "$pid" || status=$?
	((status == $2)) || fail_with "exit status $status instead of $2"
}

nothing_is_left() {
	[[ -z $(ls -A "$TMPDIR") ]] || fail_with "left behind: $(ls -A "$TMPDIR")" || return 1
	[[ -z $(uses_work_tmp) ]] || fail_with "still running: $(uses_work_tmp)"
}

# An ordinary user with a cache of its own: nothing may need root once the packages are there.
check_ordinary_user() {
	if ((EUID != 0)) || ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$vm"; then
		printf '# not root, or the repository is not readable by others: no check as another user\n'
		return 0
	fi
	mkdir "$work/user"
	chmod 755 "$work"
	chown 65534:65534 "$work/user"
	local status=0
	TMPDIR=$work/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME="$work/user" AGENTWATCH_VM_CACHE="$work/user/cache" "$vm" --results "$work/user/results" -- \
		bash -c 'id -u; echo x >vm-test-user && echo y >/run/results/y; exit 9' \
		>"$work/user.out" 2>"$work/user.err" || status=$?
	printf '%s\n' "$status" >"$work/user.status"
	check "an ordinary user can run a guest" status_is user 9
	check "in which the command is root" has_line user.out 0
	check "and gets its results" test -s "$work/user/results/y"
}

boot_all
check_survey 6.1
check_survey 6.12
check_commands
check_failures
check "all of this left nothing behind" nothing_is_left
check "SIGTERM ends the run" interrupted TERM 143
check "and its guest, and leaves nothing" nothing_is_left
check_ordinary_user
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
