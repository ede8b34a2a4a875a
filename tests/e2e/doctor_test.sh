#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# End-to-end test of `agentwatch doctor` in guests that lack one thing each: what it says, what it
# ends with, and what --fix writes. Guests are booted one after the other.
#
#   doctor_test.sh [BUILD FOLDER]      default: build, in this repository
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
build=$(realpath -- "${1:-$here/../../build}")
readonly here build aw=$build/agentwatch

# --- inside a guest: prints what a check needs, each part after a line "== NAME STATUS" -----------

# part NAME COMMAND…: its output and its status.
part() {
	local name=$1 status=0
	shift
	"$@" >/tmp/part 2>&1 || status=$?
	printf '== %s %d\n' "$name" "$status"
	cat /tmp/part
}

guest_whole() {
	part prove "$aw" doctor --prove
	part json "$aw" doctor --json
	part user setpriv --reuid 65534 --clear-groups "$aw" doctor
	part wrong "$aw" doctor --no-such-option
	part pins ls /sys/fs/bpf
	umount /sys/fs/bpf
	part bpffs "$aw" doctor
	umount /sys/fs/cgroup
	mount -t tmpfs tmpfs /sys/fs/cgroup
	part nocgroup "$aw" doctor
	mkdir /sys/fs/cgroup/one
	mount -t cgroup -o none,name=one one /sys/fs/cgroup/one
	part v1 "$aw" doctor
	mkdir /sys/fs/cgroup/unified
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	mount -t bpf bpf /sys/fs/bpf
	part hybrid "$aw" doctor
}

guest_idle() {
	local fragment=/etc/default/grub.d/agentwatch.cfg
	part prove "$aw" doctor --prove
	rm -rf /etc/default/grub.d /etc/kernel/cmdline
	part noloader "$aw" doctor --fix
	mkdir -p /etc/default/grub.d /etc/kernel
	printf 'root=/dev/sda1 quiet\n' >/etc/kernel/cmdline
	part fix "$aw" doctor --fix
	part fragment cat "$fragment"
	# As update-grub reads it.
	part sourced sh -c "GRUB_CMDLINE_LINUX_DEFAULT=quiet; . $fragment; echo \"\$GRUB_CMDLINE_LINUX_DEFAULT\""
	part line cat /etc/kernel/cmdline
	part again "$aw" doctor --fix
	umount /sys/kernel/security
	part nolist "$aw" doctor --fix
}

guest_lockdown() {
	part doctor "$aw" doctor
	part enforce "$aw" enforce --as-root --policy /dev/null -- true
}

if [[ -n ${AGENTWATCH_DOCTOR_GUEST:-} ]]; then
	"guest_$AGENTWATCH_DOCTOR_GUEST"
	exit 0
fi

# --- outside ---------------------------------------------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/agentwatch-doctor.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
passed=0 failed=0

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

# boot GUEST OPTION…: its parts go to files GUEST.PART, their statuses to GUEST.PART.status.
boot() {
	local guest=$1 status=0
	shift
	AGENTWATCH_DOCTOR_GUEST=$guest "$here/../../scripts/vm" --smp 1 --boots 2 --timeout 300 "$@" -- \
		"$here/doctor_test.sh" "$build" >"$work/$guest" 2>"$work/$guest.err" || status=$?
	check "$guest: the guest runs" equal "$status" 0 "$guest.err"
	awk -v at="$work/$guest" '/^== / { out = at "." $2; print $3 > (out ".status"); printf "" > out; next }
		{ print > out }' "$work/$guest"
}

equal() {
	[[ $1 == "$2" ]] && return 0
	printf '%s is not %s\n' "$1" "$2"
	[[ -z ${3:-} ]] || tail -n 40 "$work/$3"
	return 1
}

status_is() {
	equal "$(<"$work/$1.status")" "$2" "$1"
}

has() {
	grep -q -F -e "$2" -- "$work/$1" && return 0
	printf 'no "%s" in:\n' "$2"
	cat "$work/$1"
	return 1
}

lacks() {
	! grep -F -e "$2" -- "$work/$1"
}

count_is() {
	equal "$(grep -c -E -e "$2" -- "$work/$1" || true)" "$3" "$1"
}

# says GUEST.PART STATUS TEXT
says() {
	check "$1 ends with $2" status_is "$1" "$2"
	check "$1 says: $3" has "$1" "$3"
}

check_whole() {
	local series=$1
	boot whole --kernel "$series"
	says whole.prove 0 "Verdict: this host can enforce (LSM programs)"
	check "$series: each kind of operation is denied" count_is whole.prove '^ok .* denied$' 26
	check "$series: none is not" lacks whole.prove "NOT denied"
	check "$series: nothing stays loaded" lacks whole.pins agentwatch
	says whole.json 0 '"attach":"lsm"'
	says whole.user 1 "because of privilege: "
	check "$series: a user is told how" has whole.user "mend: run it as root"
	check "$series: a wrong option is wrong usage" status_is whole.wrong 2
	says whole.bpffs 1 "mend: mount -t bpf bpf /sys/fs/bpf"
	says whole.nocgroup 1 "no cgroup v2 is mounted"
	says whole.v1 1 "only cgroup v1 is mounted"
	says whole.hybrid 0 "(hybrid: v1 controllers beside it)"
}

check_idle() {
	local series=$1 list=lockdown,landlock,yama,apparmor
	boot idle --kernel "$series" --lsm landlock,lockdown,yama,apparmor
	# shellcheck disable=SC2016 # it is no command
	says idle.prove 0 'can enforce (fmod_ret programs: `bpf` is not in lsm=)'
	check "$series: each kind of operation is denied" count_is idle.prove '^ok .* denied$' 26
	says idle.noloader 2 "neither /etc/default/grub.d nor /etc/kernel/cmdline is here"
	says idle.fix 0 "Written to /etc/default/grub.d/agentwatch.cfg:"
	check "$series: it says what to run" has idle.fix "Now run, as root: update-grub; then reboot."
	check "$series: the fragment adds to the line, its own list and bpf last" grep -q -E \
		"^quiet lsm=$list(,[a-z,]+)?,bpf\$" "$work/idle.sourced"
	check "$series: capability is left out" lacks idle.fragment capability
	check "$series: the other line keeps its words" grep -q -E "^root=/dev/sda1 quiet lsm=$list" \
		"$work/idle.line"
	says idle.again 0 "Already in /etc/default/grub.d/agentwatch.cfg:"
	check "$series: a second time writes nothing" lacks idle.again "Written to"
	says idle.nolist 2 "list of LSMs is unknown"
}

check_lockdown() {
	boot lockdown --kernel 6.12 --append lockdown=confidentiality
	says lockdown.doctor 1 "the kernel is locked down (confidentiality)"
	check "lockdown: it says what would do" has lockdown.doctor "boot with lockdown=integrity"
	check "lockdown: enforcing fails closed" status_is lockdown.enforce 125
}

check_whole 6.1
check_idle 6.12
check_idle 6.1
check_lockdown
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
