# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Labels hold where task storage cannot be had: with other users of it preempted in its midst, every
# child of an agent is still the agent's, and every one is counted out when it exits.

readonly FORKS=2000 HAMMERS=4

children_are_confined() {
	local got
	got=$(aw "$W/labels.log" enforce --policy "$W/but-secret.yaml" --name labels --user nobody --events none \
		-- "$PROGRAMS/labels" fork $FORKS "$W/labels/secret/key") || fails_with "$(<"$W/labels.log")" || return
	equal "$got" "0 $FORKS 0"
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
	for ((i = 0; i < HAMMERS; i++)); do
		"$PROGRAMS/labels" hammer "$PINS/maps/aw_labels" &
		hammers+=($!)
	done
	check "labels: with task storage busy, every child of an agent is confined" children_are_confined
	check "labels: and none is left in the count" is_reaped_soon
	check "labels: all that kept it busy were there to the end" kill "${hammers[@]}"
	wait "${hammers[@]}" 2>/dev/null
}
