#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# End-to-end test of the observer, on a host that refuses LSM and fmod_ret programs: every act of
# programs/observed.c is told once, by its name below the workspace; losses are counted; addresses
# are denied. Such hosts are made of guests, one of each kernel, by tests/bpf/refuse.bpf.c.
#
#   observe_test.sh [BUILD FOLDER]          boots the guests
#   observe_test.sh --here [BUILD FOLDER]   tests this host, as root, if it is such a one; it loads
#                                           programs, attached for the agents that it starts alone
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
place=guests
[[ ${1:-} != --here ]] || { place=here && shift; }
build=$(realpath -- "${1:-$here/../../build}")
readonly here place build aw=$build/agentwatch
readonly PARTIAL=(--allow-partial file --allow-partial exec --allow-partial unix --allow-partial guard)

# in_guest SERIES: prints its results under its name, without its count.
in_guest() {
	local series=$1 out status=0
	out=$("$here/../../scripts/vm" --kernel "$series" --smp 1 --boots 2 --timeout 300 -- bash -c \
		'bpftool prog load "$1/tests/bpf/refuse.bpf.o" /sys/fs/bpf/refuse &&
			"$1/tests/e2e/programs/attach" /sys/fs/bpf/refuse /sys/fs/bpf/refused && exec "$2" --here "$1"' \
		bash "$build" "$here/observe_test.sh" 2>&1) || status=$?
	if ((status > 1)) || [[ ! ${out##*$'\n'} =~ ^([0-9]+)" passed, "([0-9]+)" failed"$ ]]; then
		printf 'not ok - %s: the guest ran to its end # status %d\n%s\n' "$series" "$status" "$out"
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
	grep -v ' passed, ' <<<"$out" | sed "s/^\(ok\|not ok\) [0-9]* - /&$series: /"
}

passed=0 failed=0
if [[ $place == guests ]]; then
	in_guest 6.1
	in_guest 6.12
	printf '%d passed, %d failed\n' "$passed" "$failed"
	((failed == 0))
	exit
fi

# Pins and baselines are of this test alone.
if [[ ${AGENTWATCH_OWN_MOUNTS:-} != 1 ]]; then
	AGENTWATCH_OWN_MOUNTS=1 exec unshare --mount -- "${BASH_SOURCE[0]}" --here "$build"
fi
mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
work=$(mktemp -d "${TMPDIR:-/tmp}/agentwatch-observe.XXXXXX")
work=$(realpath -- "$work")
trap 'rm -rf -- "$work"' EXIT

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

# told EVENTS: the operations of the test program, as "operation role name", once each.
told() {
	jq -r --arg exe observed 'select(.type == "operation" and (.process.exe // "" | endswith("/" + $exe)))
		| "\(.operation) \(.object.role // "only") \(.object.below // .object.path // .object.name // "?")"' "$1" |
		grep -v -E ' (/usr|/etc|/lib|/proc)/| /.*/observed$' | sort -u
}

same() {
	diff -u -- "$1" "$2"
}

# run NAME VERB ARGUMENT… -- COMMAND…: agentwatch in the workspace; its events go to a file.
run() {
	local name=$1
	shift
	(cd "$work/ws" && "$aw" "$1" --as-root --name "$name" "${PARTIAL[@]}" --anchor "WORKSPACE=$work/ws" \
		--events "$work/$name.jsonl" "${@:2}") >"$work/$name.out" 2>"$work/$name.err"
}

status_is() {
	[[ $1 == "$2" ]] || {
		printf 'exit status %s instead of %s\n' "$1" "$2"
		tail -n 20 "$work/$3.err"
		return 1
	}
}

# counter NAME FILTER: of the run's last line.
counter() {
	tail -n 1 "$work/$1.jsonl" | jq -r "$2"
}

expected() {
	sort <<'EOF'
create only /creat
write only /creat
create only /open
read only /open
write only /open
create only /openat
write only /openat
read only /creat
read only /openat
read only 
create only /mkdir
create only /mkdirat
create only /mknod
create only /mknodat
create only /symlink
create only /symlinkat
link source /creat
link target /link
create target /link
link target /linkat
create target /linkat
rename source /link
rename target /rename
rename source /linkat
rename target /renameat
rename source /renameat
rename target /mkdir/renameat2
delete only /symlink
delete only /symlinkat
delete only /mkdirat
write only /rename
attr only /rename
attr only /creat
attr only /mknod
attr only /open
attr only /openat
attr only /mknodat
attr only /mkdir
attr only /mkdir/renameat2
create only /a
create only /up
create only /dots
create only /climbed
create only /from-root
map only /openat
create only /stream
create only /datagram
unix only /stream
unix only @agentwatch-observed
unix only /datagram
delete only /stream
delete only /datagram
create only /second
unix only /second
delete only /second
EOF
}

test_acts() {
	local status=0
	mkdir "$work/ws"
	run acts learn -- "$build/tests/e2e/programs/observed" . || status=$?
	check "the acts succeed" status_is "$status" 0 acts
	told "$work/acts.jsonl" >"$work/told"
	expected >"$work/expected"
	check "each is told by its name below the workspace" same "$work/expected" "$work/told"
	check "nothing is lost" test "$(counter acts .counters.observations.lost)" = 0
	check "the run is complete" test "$(counter acts .complete)" = true
}

# An anchor inside another one is met from it, and never by the beginning of a longer name.
test_anchors() {
	local status=0
	mkdir "$work/ws-beside"
	(cd "$work" && "$aw" learn --as-root --name anchors "${PARTIAL[@]}" --anchor "HOME=$work" \
		--anchor "WORKSPACE=$work/ws" --events "$work/anchors.jsonl" -- bash -c \
		"mkdir ws/inner '$work/ws/whole' ws-beside/x && rmdir '$work/ws-beside/x'") \
		>"$work/anchors.out" 2>"$work/anchors.err" || status=$?
	check "the acts below two anchors succeed" status_is "$status" 0 anchors
	jq -r 'select(.type == "operation" and (.operation == "create" or .operation == "delete")) |
		"\(.operation) \(.object.anchor) \(.object.below)"' "$work/anchors.jsonl" |
		grep -v -E ' null ' | sort >"$work/told"
	sort >"$work/expected" <<'EOF'
create WORKSPACE /inner
create WORKSPACE /whole
create HOME /ws-beside/x
delete HOME /ws-beside/x
EOF
	check "each name is below the nearer anchor" same "$work/expected" "$work/told"
}

test_foreign() {
	local status=0
	if ! "$build/tests/e2e/programs/observed" --foreign; then
		check "this kernel takes no 32-bit calls, so none can pass unseen" true
		return
	fi
	run foreign learn -- "$build/tests/e2e/programs/observed" --foreign || status=$?
	check "a 32-bit call succeeds" status_is "$status" 0 foreign
	check "and counts as lost" test "$(counter foreign .counters.observations.lost)" -gt 0
	check "so the run teaches nothing" test "$(counter foreign .complete)" = false
}

test_programs() {
	local status=0
	printf '#!/bin/sh\n/bin/true\n/bin/true\n' >"$work/ws/script"
	chmod 755 "$work/ws/script"
	run programs learn -- ./script || status=$?
	check "a script runs" status_is "$status" 0 programs
	check "its name and its interpreter's are told" test "$(jq -r 'select(.type == "operation" and
		.operation == "exec") | .object.below // .object.path' "$work/programs.jsonl" |
		grep -c -x -e /script -e "$(realpath /bin/sh)" -e "$(realpath /bin/true)")" = 3
	check "the subject is the interpreter with the script" test "$(jq -r 'select(.type == "exec" and
		.process.script != null) | .process.script' "$work/programs.jsonl" | sort -u | wc -l)" = 1
	check "children lose nothing" test "$(counter programs .counters.observations.lost)" = 0
}

# policy RULE: of all files, and this.
policy() {
	cat >"$work/policy.yaml" <<EOF
version: 1
name: observed
anchors: {WORKSPACE: {}}
rules:
  - {id: files, allow: [read, write, create, exec, map, delete, rename, link, attr], path: ["/**", "\${WORKSPACE}/**", "\${WORKSPACE}"]}
  - $1
EOF
}

test_addresses() {
	local status=0
	# shellcheck disable=SC2016 # The policy has the anchor.
	policy '{id: secret, deny: [read], path: ["${WORKSPACE}/secret"]}'
	echo x >"$work/ws/secret"
	run addresses enforce --policy "$work/policy.yaml" -- bash -c \
		'cat secret; (exec 3<>/dev/tcp/127.0.0.1/9) 2>&1 | grep -q "Permission denied"' || status=$?
	check "a connect that no rule allows is denied" status_is "$status" 0 addresses
	check "what was read all the same is told as would-deny, not as denied" test "$(jq -r 'select(.type ==
		"operation" and .operation == "read" and .object.below == "/secret") | .effect' \
		"$work/addresses.jsonl")" = would_deny
}

test_local_addresses() {
	local status=0
	policy '{id: ports, allow: [bind], cidr: [127.0.0.0/8, "::1/128"], port: [7001]}'
	run ports enforce --policy "$work/policy.yaml" -- python3 -c '
import socket
for address in ("127.0.0.1", 7001), ("127.0.0.1", 7002), ("127.0.0.1", 0), ("::1", 7001), ("::1", 7002):
    s = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.bind(address)
        print("taken")
    except PermissionError:
        print("refused")' || status=$?
	check "a port is taken where a rule allows it, or where it is any" status_is "$status" 0 ports
	check "others are denied" test "$(tr '\n' ' ' <"$work/ports.out")" = "taken refused taken taken refused "
	check "and told" test "$(jq -r 'select(.type == "operation" and .effect == "denied" and .operation == "bind") |
		"\(.hook) \(.object.address):\(.object.port)"' "$work/ports.jsonl" | tr '\n' ' ')" = \
		"cgroup_bind4 127.0.0.1:7002 cgroup_bind6 ::1:7002 "
}

# Host names need no LSM program: questions and answers are packets, connections addresses.
test_names() {
	local status=0 programs=$build/tests/e2e/programs peer=$build/tests/e2e/programs/peer
	ip route add local 10.98.0.0/16 dev lo
	"$programs/liar" 10.98.0.66 53 10.98.2. &
	liar=$!
	cat >"$work/names.yaml" <<'EOF'
version: 1
name: names
resolvers: [10.98.0.66]
rules:
  - {id: files, allow: [read, write, create, exec, map, delete, rename, link, attr], path: ["/**", "${WORKSPACE}/**", "${WORKSPACE}"]}
  - {id: api, allow: [tcp], host: [api.test], port: [9]}
anchors: {WORKSPACE: {}}
EOF
	run names enforce --policy "$work/names.yaml" -- bash -c "
		$peer connect 10.98.2.7 9; $peer ask 10.98.0.66 53 api.test; $peer connect 10.98.2.7 9
		$peer connect 10.98.2.7 10; $peer ask 10.98.0.66 53 else.test" || status=$?
	check "an address is allowed by the name that it was asked for, and nothing else is" \
		test "$(tr '\n' ' ' <"$work/names.out")" = "EACCES 10.98.2.7 ECONNREFUSED EACCES EPERM "
	check "what was refused is told with the name" test "$(jq -r 'select(.type == "operation" and .effect ==
		"denied") | [.operation, .object.name // .object.host // "-"] | join(" ")' "$work/names.jsonl" |
		tr '\n' ' ')" = "tcp - tcp api.test resolve else.test "
	kill "$liar"
}

test_sent() {
	local status=0
	policy '{id: upload, allow: [tcp], cidr: [127.0.0.0/8], port: [9], limit: {bytes: 1MiB/d}}'
	run sent enforce --policy "$work/policy.yaml" -- true || status=$?
	check "a budget of what is sent is refused where nothing counts that" status_is "$status" 125 sent
	check "and it is said why" grep -q 'refuses the programs that count what is sent' "$work/sent.err"
}

test_without_consent() {
	local status=0
	(cd "$work/ws" && "$aw" enforce --as-root --name refused --policy "$work/policy.yaml" -- true) \
		>"$work/refused.out" 2>"$work/refused.err" || status=$?
	check "enforcing is refused where it would be weaker than asked" status_is "$status" 125 refused
}

if "$aw" doctor >"$work/doctor" 2>&1; then
	cat "$work/doctor"
	echo "observe_test: this host can enforce; the observer is for those that cannot" >&2
	exit 125
fi
check "the doctor says that this host can observe" grep -q 'can only observe' "$work/doctor"
test_acts
test_anchors
test_foreign
test_programs
test_addresses
test_local_addresses
test_names
test_sent
test_without_consent
check "nothing stays pinned" test ! -e /sys/fs/bpf/agentwatch
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
