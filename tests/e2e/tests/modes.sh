# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The modes: learn allows and records, audit allows and tells what it would deny, enforce denies.
# And what all three do with a command: its status, its user, its output.

effects() {
	operations "$1" | awk -F '\t' -v object="$2" '$5 == object {print $1}' | sort -u | paste -s -d ' '
}

run_mode() {
	local verb=$1
	shift
	(cd "$W/modes" && aw "$W/modes.log" "$verb" --user nobody --events "$W/modes.$verb" "$@") >"$W/modes.out"
}

status_is() {
	local expected=$1 status=0
	shift
	"$@" >"$W/status.out" 2>&1 || status=$?
	((status == expected)) || fails_with "status $status instead of $expected: $(<"$W/status.out")"
}

all_of() {
	equal "$("$PROGRAMS/fields" "$1" type=operation "$2" | sort -u | paste -s -d ' ')" "$3"
}

test_modes() {
	local secret=$W/modes/secret/key
	local policy=(--policy "$W/but-secret.yaml")
	keep_loaded
	new_workspace "$W/modes"
	export AGENTWATCH_STATE_DIR=$W/modes-state
	check "modes: learn lets everything be done" status_is 0 run_mode learn --name modes -- cat "$secret"
	check "modes: and its output through" equal "$(<"$W/modes.out")" secret
	check "modes: it tells of what was done" equal "$(effects "$W/modes.learn" "$secret")" allowed
	check "modes: as observed" all_of "$W/modes.learn" mode observe
	check "modes: the run is in the baseline" has_text "$W/modes.log" "baseline modes, run 1"
	check "modes: audit lets everything be done" status_is 0 run_mode audit "${policy[@]}" -- cat "$secret"
	check "modes: and its output through too" equal "$(<"$W/modes.out")" secret
	check "modes: it tells of what it would deny" equal "$(effects "$W/modes.audit" "$secret")" would_deny
	check "modes: with the rule that would" jq -e -n 'first(inputs | select(.effect == "would_deny" and
		.rule.id == "secret" and .rule.reason == "not for agents" and .error == null))' "$W/modes.audit"
	check "modes: and of nothing else" all_of "$W/modes.audit" effect would_deny
	check "modes: in its summary" has_text "$W/modes.log" "1 would be denied"
	check "modes: enforce denies it" status_is 1 run_mode enforce "${policy[@]}" -- cat "$secret"
	check "modes: with EACCES" has_text "$W/modes.log" "Permission denied"
	check "modes: nothing comes out" is_empty "$W/modes.out"
	check "modes: it tells of what it denied" equal "$(effects "$W/modes.enforce" "$secret")" denied
	check "modes: with the rule and the error" jq -e -n 'first(inputs | select(.effect == "denied" and
		.rule.id == "secret" and .error == "EACCES"))' "$W/modes.enforce"
	check "modes: and of nothing else" all_of "$W/modes.enforce" effect denied
	check "modes: why explains it to the operator" why_explains
	check "modes: what is allowed is done" status_is 0 run_mode enforce "${policy[@]}" -- cat "$W/modes/file"
	check "modes: the command runs as the user" status_is 0 run_mode enforce "${policy[@]}" -- id -un
	check "modes: which is nobody" equal "$(<"$W/modes.out")" nobody
	check "modes: a command's status is passed on" status_is 37 run_mode enforce "${policy[@]}" -- sh -c 'exit 37'
	check "modes: and a signal that kills it" status_is 137 run_mode enforce "${policy[@]}" -- sh -c 'kill -9 $$'
	check "modes: a command that cannot be run is 126" status_is 126 run_mode enforce "${policy[@]}" -- /etc/passwd
	check "modes: one that is not there is 127" status_is 127 run_mode enforce "${policy[@]}" -- /no/such/command
	check "modes: root has to be asked for by name" status_is 125 aw "$W/modes.log" enforce "${policy[@]}" \
		--events none -- true
	check "modes: --ttl ends everything" status_is 137 run_mode enforce "${policy[@]}" --ttl 1s -- sleep 1000
	check "modes: what a command leaves running is ended" leaves_nothing_running
	unset AGENTWATCH_STATE_DIR
}

why_explains() {
	local id
	id=$(jq -r 'select(.effect == "denied") | .id' "$W/modes.enforce" | head -n 1)
	"$AW" why --events "$W/modes.enforce" "$id" >"$W/why" 2>&1 || fails_with "status $?: $(<"$W/why")" || return
	has_text "$W/why" secret && has_text "$W/why" "not for agents"
}

leaves_nothing_running() {
	run_mode enforce --policy "$W/but-secret.yaml" -- sh -c 'setsid sleep 98765 & setsid sleep 98765 & exit 0' ||
		fails_with "status $?" || return
	not pgrep -f 'sleep 98765'
}
