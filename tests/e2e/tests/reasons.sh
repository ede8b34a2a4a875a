# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Failure is closed and visible: each cause for which a decision is not the policy's own (enum aw_reason)
# is provoked under a policy that allows everything. The act is denied, the event says why, and a
# counter of its own counts it; outside of every agent it is done. unknown_subject is labels.sh's: it
# takes 6.1, preempting its own code.

# start_reasons NAME: an agent that processes enter; its cgroup and slot are in $cgroup and $slot.
start_reasons() {
	local name=$1
	cgroup=$(new_cgroup "e2e-$name") || return
	in_cgroup "$cgroup" sleep infinity &
	sleepers[$name]=$!
	"$AW" enforce --policy "$W/reasons.yaml" --anchor "WORKSPACE=$W/reasons" --name "$name" --cgroup "$cgroup" \
		--events "$W/$name.events" 2>"$W/$name.log" &
	pids[$name]=$!
	runs "$name" "${pids[$name]}" || return
	slot=$(status_of "$name" slot)
}

end_reasons() {
	kill "${sleepers[$1]}"
	wait "${pids[$1]}" || fails_with "status $?: $(<"$W/$1.log")" || return
	rmdir "$CGROUPS/e2e-$1"
}

# is_denied COMMAND…: with EACCES inside, and not outside, where CGROUP is "-".
is_denied() {
	local got
	got=$("$PROGRAMS/reasons" "$1" - "${@:2}") || fails_with "outside: $got" || return
	[[ $got != EACCES ]] || fails_with "outside: $got" || return
	got=$("$PROGRAMS/reasons" "$1" "$cgroup" "${@:2}") || fails_with "inside: $got" || return
	equal "$got" EACCES
}

# told AGENT REASON OPERATION: a denial with that reason, and no other denial with it.
told() {
	equal "$("$PROGRAMS/fields" "$W/$1.events" type=operation "reason=$2" effect operation error object.type | sort -u)" \
		"denied"$'\t'"$3"$'\t'"EACCES"$'\t'"${4:-unnamed}"
}

counted() {
	local n
	n=$("$PROGRAMS/fields" "$W/$1.events" type=run phase=end "counters.reasons.$2")
	((${n/#-/0} > 0)) || fails_with "$2 was not counted"
}

check_reason() {
	check "reasons: $2: it is told" told "$@"
	check "reasons: $2: it is counted" counted "$1" "$2"
}

without_buffers() {
	local status=0
	"$PROGRAMS/reasons" scratch "$PINS/maps/aw_scratches" 1 || return
	is_denied "do" "$W/reasons" open || status=1
	"$PROGRAMS/reasons" scratch "$PINS/maps/aw_scratches" 0 && ((status == 0))
}

test_reasons() {
	local -A pids=() sleepers=()
	local cgroup slot verb
	keep_loaded
	# An image of its own, for one is taken away: policies that compile to the same share one.
	{
		sed 's/^name: all/name: reasons/' "$W/all.yaml"
		echo "  - {id: own, deny: [read], path: ['/no/such/file']}"
	} >"$W/reasons.yaml"
	mkdir -p "$W"/reasons/{race,folder} && echo x | tee "$W"/reasons/{,folder/}file >/dev/null
	check "reasons: an agent runs" start_reasons reasons
	check "reasons: mounts are stacked" "$PROGRAMS/reasons" stack "$W/reasons"
	for verb in unresolved too_long too_deep address_family; do
		check "reasons: $verb is denied" is_denied "do" "$W/reasons" "$verb"
	done
	umount -l "$W/reasons/stack"
	# One processor does not rename while it walks.
	if (($(nproc) > 1)); then
		check "reasons: raced is denied" is_denied race "$W/reasons/race"
	else
		echo "# reasons: raced takes two processors"
	fi
	check "reasons: no_scratch is denied" without_buffers
	check "reasons: the agent ends" end_reasons reasons
	for verb in unresolved too_long too_deep; do
		check_reason reasons "$verb" read
	done
	check_reason reasons address_family udp
	(($(nproc) == 1)) || check_reason reasons raced read
	check_reason reasons no_scratch read
	check "reasons: an agent runs whose policy is taken away" start_reasons no-policy
	check "reasons: its policy is gone" "$PROGRAMS/reasons" forget "$PINS/maps/aw_agents" "$PINS/maps/aw_images_small" "$slot"
	check "reasons: no_policy is denied" is_denied "do" "$W/reasons" open
	check "reasons: the agent ends" end_reasons no-policy
	check_reason no-policy no_policy read
	check "reasons: an agent runs that will be gone" start_reasons no-agent
	check "reasons: no_agent is denied" equal \
		"$("$PROGRAMS/reasons" outlive "$cgroup" "$W/reasons" "$PINS/maps/aw_agents" "$slot" 2>&1)" EACCES
	check "reasons: its run ends" end_reasons no-agent
	# Nobody is there who could be told.
	check "reasons: no_agent: it is counted" counted no-agent no_agent
}
