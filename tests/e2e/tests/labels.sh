# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Labels hold where task storage cannot be had: with other users of it preempted in its midst, every
# child of an agent is still the agent's, and every one is counted out when it exits.

readonly FORKS=1000 EXECS=10000 HAMMERS=8 STARTS=5

children_are_confined() {
	local got n=$FORKS
	[[ $(uname -r) != 6.1.* ]] || n=$((FORKS / 2)) # where each takes longer
	got=$(aw "$W/labels.log" enforce --policy "$W/but-secret.yaml" --name labels --user nobody --events none \
		-- "$PROGRAMS/labels" fork $n "$W/labels/secret/key") || fails_with "$(<"$W/labels.log")" || return
	equal "$got" "0 $n 0"
}

# Only where reading storage can be refused: there an exec that cannot be told whose it is, is denied. Few
# are: as many are made as it takes. The first of all, of the program that makes them, can be one.
some_execs_are_refused() {
	local got tries=0
	until got=$(aw "$W/execs.log" enforce --policy "$W/but-secret.yaml" --name labels --user nobody \
		--events "$W/execs.events" -- "$PROGRAMS/labels" exec $EXECS /bin/true); do
		((tries++ < STARTS)) && has_text "$W/execs.log" "error: cannot run" || return
	done
	echo "$got"
	[[ $got =~ ^[0-9]+\ 1\ 0$ ]]
}

unknown_subject_is_told() {
	equal "$(jq -r 'select(.type == "operation" and .effect == "denied") |
		[.operation, .reason, .error] | join(" ")' "$W/execs.events" | sort -u)" "exec unknown_subject EACCES"
}

unknown_subject_is_counted() {
	jq -e -n 'first(inputs | select(.type == "run" and .phase == "end")) | .counters.reasons.unknown_subject > 0' \
		"$W/execs.events"
}

is_reaped() {
	[[ -z $(state_of labels) ]]
}

is_reaped_soon() {
	wait_s=60 eventually is_reaped
}

test_labels() {
	local hammers=() i
	keep_loaded
	new_workspace "$W/labels"
	# What is nice stays preempted in the midst of it for long.
	for ((i = 0; i < HAMMERS; i++)); do
		nice -n 19 "$PROGRAMS/labels" hammer "$PINS/maps/aw_labels" &
		hammers+=($!)
	done
	check "labels: with task storage busy, every child of an agent is confined" children_are_confined
	check "labels: and none is left in the count" is_reaped_soon
	if [[ $(uname -r) == 6.1.* ]]; then
		check "labels: an exec by whom is not known is denied" some_execs_are_refused
		check "labels: that is told" unknown_subject_is_told
		check "labels: and counted" unknown_subject_is_counted
	fi
	check "labels: all that kept it busy were there to the end" kill "${hammers[@]}"
	wait "${hammers[@]}" 2>/dev/null
}
