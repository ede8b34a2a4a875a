# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# One load per host: many commands at once share one set of programs, and none harms another,
# whether it ends well or is killed; the last one takes everything out, and what a killed one left is
# enforced until its last process is gone, and then reaped.

readonly AGENTS=20

# Each pinned program is in the kernel once, however many commands there are.
one_set_is_loaded() {
	local pinned loaded
	# shellcheck disable=SC2010 # Names of programs are plain.
	pinned=$(ls "$PINS/links" "$PINS/programs" | grep -c '^aw_')
	loaded=$(program_ids | jq length)
	((pinned > 20)) || fails_with "only $pinned programs are pinned" || return
	equal "$loaded" "$pinned"
}

all_are_running() {
	local i
	equal "$("$AW" status --json | jq '[.[] | select(.state == "owned" and (.agent | startswith("host-")))] |
		[length, (map(.slot) | unique | length), (map(.cgroup) | unique | length)] | join(" ")')" \
		"\"$AGENTS $AGENTS $AGENTS\"" && return
	for ((i = 1; i <= AGENTS; i++)); do
		! is_gone "${pids[host-$i]}" || printf 'host-%d has ended: %s\n' "$i" "$(<"$W/host-$i.log")"
	done
	return 1
}

# Each is asked for its own file, its own secret and its neighbour's; all are asked at once.
all_are_confined() {
	local i got
	local -A orders=()
	for ((i = 1; i <= AGENTS; i++)); do
		((i != ${killed:-0})) || continue
		put_order "$W/host/$i" "$W/host/$i/file" "$W/host/$i/secret/$1" \
			"$W/host/$((i % AGENTS + 1))/secret/$1"
		orders[$i]=$order
	done
	for i in "${!orders[@]}"; do
		got=$(take_answer "${orders[$i]}") && equal "$got" "0 EACCES EACCES" ||
			fails_with "agent $i: $got" || return
	done
}

# Its own summary, its own events, nobody else's.
is_told_apart() {
	local i=$1
	has_text "$W/host-$i.log" "enforce host-$i: " || return
	has_text "$W/host-$i.log" "secret/second" || return
	jq -e -n --arg name "host-$i" --arg own "$W/host/$i/secret/second" '[inputs] |
		all(.agent.name == $name) and any(.object.path == $own and .effect == "denied") and
		any(.type == "run" and .phase == "end" and .complete)' "$W/host-$i.events" ||
		fails_with "$(tail -n 2 "$W/host-$i.events")"
}

each_is_told_apart() {
	local i
	for ((i = 1; i <= AGENTS; i++)); do
		((i == killed)) || is_told_apart "$i" || return
	done
}

end_others() {
	local i status
	for ((i = 1; i <= AGENTS; i++)); do
		((i != killed)) && touch "$W/host/$i/end"
	done
	for ((i = 1; i <= AGENTS; i++)); do
		((i != killed)) || continue
		status=0
		wait "${pids[host-$i]}" || status=$?
		((status == 0)) || fails_with "host-$i: status $status: $(<"$W/host-$i.log")" || return
	done
}

test_host() {
	local -A pids=()
	local i killed=0 programs orphan
	stop_keeping
	check "host: nothing is loaded before" eventually nothing_is_left
	for ((i = 1; i <= AGENTS; i++)); do
		new_workspace "$W/host/$i"
		start_agent "host-$i" "$W/host/$i"
	done
	check "host: $AGENTS commands at once all start their agents" eventually all_are_running
	check "host: they share one set of programs" one_set_is_loaded
	programs=$(program_ids)
	check "host: each agent is confined" all_are_confined first
	killed=7
	orphan=$(pgrep -f "$PROGRAMS/agent $W/host/$killed\$" | tail -n 1)
	kill -9 "${pids[host-$killed]}"
	wait "${pids[host-$killed]}" 2>/dev/null
	check "host: an agent whose command was killed goes on" eventually is_orphan "host-$killed"
	check "host: and is still confined" answers "0 EACCES" "$W/host/$killed" "$W/host/$killed/file" \
		"$W/host/$killed/secret/third"
	check "host: and no other one is disturbed" all_are_confined second
	check "host: the programs stay the same" equal "$(program_ids)" "$programs"
	check "host: all others end well" end_others
	check "host: each has a summary and events of its own" each_is_told_apart
	check "host: the programs stay while an agent is left" equal "$(program_ids)" "$programs"
	check "host: which is confined as before" answers "0 EACCES" "$W/host/$killed" "$W/host/$killed/file" \
		"$W/host/$killed/secret/key"
	check "host: a later command leaves it alone" aw "$W/later.log" enforce --policy "$W/all.yaml" \
		--name later --user nobody --events none -- true
	check "host: still confined" answers "EACCES" "$W/host/$killed" "$W/host/$killed/secret/fourth"
	touch "$W/host/$killed/end"
	check "host: its last process ends" eventually is_gone "$orphan"
	check "host: the next command finds what it left" aw "$W/next.log" enforce --policy "$W/all.yaml" \
		--name next --user nobody --events none -- true
	check "host: and takes all of it away" eventually nothing_is_left
}
