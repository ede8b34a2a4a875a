# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Many: agents that come and go, tasks that one agent forks, names that one agent uses. Memory stays
# bounded, nothing is left over, what does not fit is said. By default each count is small:
#
#   AGENTWATCH_SCALE=10000,100000,1000000 tests/e2e/run --timeout 7200 --configuration 6.12-lsm scale
#
# has ten thousand agents, a hundred thousand tasks and a million names.

readonly SCALE_AGENTS_AT_ONCE=8
# What the process that owns an agent may need at its peak; its limits are in userspace/event and daemon.
readonly SCALE_RSS_KIB=$((600 * 1024))
# What may be gone from the guest's memory afterwards: caches of the kernel's own.
readonly SCALE_LEFT_KIB=$((64 * 1024))

# What is available once everything is given back that can be.
available_kib() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo
}

# Elements of a hash, by what the kernel counts.
elements() {
	bpftool map dump pinned "$PINS/maps/$1" | grep -c '"key"\|^key:'
}

some_agents() {
	local i
	for ((i = 0; i < $1; i++)); do
		"$AW" enforce --policy "$W/but-secret.yaml" --name "scale-$2" --user nobody --ring-size 64K --events none \
			-- /bin/true >"$W/scale.$2.log" 2>&1 || fails_with "agent $i: $(<"$W/scale.$2.log")" || return
	done
}

# Each a command, registered and removed, so many at once.
many_agents() {
	local i pids=() status=0
	for ((i = 0; i < SCALE_AGENTS_AT_ONCE; i++)); do
		some_agents $(($1 / SCALE_AGENTS_AT_ONCE)) "$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || status=1
	done
	((status == 0))
}

# Of agents and tasks nothing is left but the keeper's.
only_the_keeper_is_left() {
	local left
	left=$("$AW" status --json | jq -r '.[] | select(.agent != "keeper") | .agent')
	[[ -z $left ]] || fails_with "agents: $left" || return
	equal "$(find "$CGROUPS/agentwatch" -mindepth 1 -type d | wc -l) $(elements aw_labels_by_tid) $(elements aw_deferred)" \
		"1 $1 0"
}

many_tasks() {
	local got
	got=$(aw "$W/scale.log" enforce --policy "$W/but-secret.yaml" --name scale --user nobody --ring-size 64K \
		--events none -- "$PROGRAMS/labels" fork "$1" "$W/scale/secret/key") ||
		fails_with "$(<"$W/scale.log")" || return
	equal "$got" "0 $1 0"
}

# many_names N: what its process needed at most is in $peak_kib.
many_names() {
	local pid now
	(cd "$W/scale/names" && exec "$AW" enforce --policy "$W/but-secret.yaml" --name names --user nobody --events none \
		--record-allowed -- "$PROGRAMS/agent" paths "$1") >"$W/names.out" 2>"$W/names.log" &
	pid=$!
	while now=$(awk '$1 == "VmHWM:" {print $2}' "/proc/$pid/status" 2>/dev/null) && [[ -n $now ]]; do
		peak_kib=$now
		sleep 0.1
	done
	wait "$pid" || fails_with "status $?: $(<"$W/names.log")" || return
	equal "$(<"$W/names.out")" 0
}

# Every name is told, counted or said to be lost.
names_are_told() {
	local allowed
	! grep -q PARTIAL "$W/names.log" || return 0
	allowed=$(sed -n 's/.*: \([0-9]*\) operations allowed; complete$/\1/p' "$W/names.log")
	((allowed >= 2 * $1)) || fails_with "$(<"$W/names.log")"
}

keeps_memory() {
	local now
	now=$(available_kib)
	((now > $1 - SCALE_LEFT_KIB)) || fails_with "$(($1 - now)) KiB are gone"
	printf '# scale: %d KiB of %d are gone\n' $(($1 - now)) "$1" >&3
}

test_scale() {
	local agents tasks names before labels peak_kib=0
	IFS=, read -r agents tasks names <<<"${AGENTWATCH_SCALE:-8,500,2000}"
	keep_loaded
	new_workspace "$W/scale"
	mkdir -p "$W/scale/names" && chmod 777 "$W/scale/names"
	labels=$(elements aw_labels_by_tid)
	check "scale: agents come and go before anything is measured" many_agents "$SCALE_AGENTS_AT_ONCE"
	before=$(available_kib)
	check "scale: $agents agents come and go" many_agents "$agents"
	check "scale: none of them is left" only_the_keeper_is_left "$labels"
	check "scale: $tasks tasks of one agent are confined" many_tasks "$tasks"
	check "scale: none of them is left" only_the_keeper_is_left "$labels"
	check "scale: one agent uses $names names" many_names "$names"
	check "scale: they are told, or it is said that some are not" names_are_told "$names"
	printf '# scale: %d names took %d KiB\n' "$names" "$peak_kib"
	check "scale: its process needed a bounded amount of memory" test "$peak_kib" -lt "$SCALE_RSS_KIB"
	check "scale: none of it is left" only_the_keeper_is_left "$labels"
	check "scale: memory is given back" keeps_memory "$before" 3>&1
	rm -rf "$W/scale"
}
