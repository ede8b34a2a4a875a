# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Ring accounting: with the consumer stopped and the ring far too small for a burst, what was
# delivered, what was aggregated and what was counted as lost is together what was performed.

readonly BURST=3000 REPEATS=500 STORM=1500

# burst NAME N REPEATS: the run of such a burst, with its consumer stopped meanwhile. Folders are
# made (allowed: observations), or denied where they are made in "secret" (decisions).
burst() {
	local name=$1 folder=$W/$1/$4 pid process
	mkdir -p "$folder" && touch "$folder/repeated" && chmod 777 "$folder"
	(cd "$folder" && exec "$AW" enforce --policy "$W/but-secret.yaml" --anchor "WORKSPACE=$W/$name" \
		--name "$name" --user nobody --ring-size 64K --record-allowed --events "$W/$name.events" \
		-- "$PROGRAMS/agent" burst "$2" "$3") >"$W/$name.out" 2>"$W/$name.log" &
	pid=$!
	runs "$name" "$pid" || return
	process=$(child_of "$pid") || return
	kill -STOP "$pid"
	touch "$folder/go"
	eventually is_zombie "$process" || return
	kill -CONT "$pid"
	wait "$pid" || fails_with "status $?: $(<"$W/$name.log")"
}

# A storm of forks, and behind it one denial, with the consumer stopped meanwhile.
storm() {
	local folder=$W/storm pid
	new_workspace "$folder"
	"$AW" enforce --policy "$W/but-secret.yaml" --anchor "WORKSPACE=$folder" --name storm --user nobody \
		--ring-size 64K --events "$W/storm.events" -- bash -c 'echo >"$2/ready"
			until [[ -e $2/go ]]; do sleep 0.1; done
			"$1" fork "$3" /nonexistent
			cat "$2/secret/third"
			echo >"$2/done"' bash "$PROGRAMS/labels" "$folder" $STORM >"$W/storm.out" 2>"$W/storm.log" &
	pid=$!
	eventually test -e "$folder/ready" || return
	kill -STOP "$pid"
	touch "$folder/go"
	eventually test -e "$folder/done" || return
	kill -CONT "$pid"
	wait "$pid" || fails_with "status $?: $(<"$W/storm.log")"
}

tells_the_denial() {
	equal "$(denied "$W/storm.events")" "read $W/storm/secret/third"
}

# The program that a command runs: not what it was before its exec.
child_of() {
	local pid=$1 child
	eventually pgrep -P "$pid" agent >&2 || return
	child=$(pgrep -P "$pid" agent)
	printf '%s\n' "$child"
}

is_zombie() {
	grep -q '^State:.Z' "/proc/$1/status"
}

# Of the end of a run.
counter() {
	local n
	n=$("$PROGRAMS/fields" "$W/$1.events" type=run phase=end "counters$2")
	printf '%s\n' "${n/#-/0}"
}

delivered() {
	"$PROGRAMS/fields" "$W/$1.events" "ring=$2" type | grep -c -v '^loss$'
}

# What the kernel says that was performed: the difference of two runs is the burst's.
performed_is_the_burst() {
	equal $(($(counter "$1" ".operations.$3") - $(counter "$2" ".operations.$3"))) "$4"
}

adds_up() {
	local name=$1 kind=$2 lost aggregated emitted got
	lost=$(counter "$name" ".$kind.lost") aggregated=$(counter "$name" ".$kind.aggregated")
	emitted=$(counter "$name" ".$kind.emitted") got=$(delivered "$name" "$kind")
	((lost > 0)) || fails_with "nothing was lost: the test tests nothing" || return
	equal "$got" "$emitted" || return
	# A burst without anything else is known to the last operation.
	equal $((got + aggregated + lost - $(other "$kind"))) "$3"
}

# What is in the counts of the run without a burst.
other() {
	echo $(($(delivered calm "$1") + $(counter calm ".$1.aggregated") + $(counter calm ".$1.lost")))
}

is_partial() {
	has_text "$W/$1.log" PARTIAL && has_text "$W/$1.log" "lost; a larger --ring-size helps" &&
		equal "$("$PROGRAMS/fields" "$W/$1.events" type=run phase=end complete)" false
}

is_complete() {
	has_text "$W/$1.log" "; complete" &&
		equal "$("$PROGRAMS/fields" "$W/$1.events" type=run phase=end complete)" true
}

test_ring() {
	local -A pids=()
	keep_loaded
	new_workspace "$W/neighbour"
	start_agent neighbour "$W/neighbour"
	check "ring: without a burst nothing is lost" burst calm 0 0 plain
	check "ring: and the run is complete" is_complete calm
	check "ring: a burst meets a stopped consumer" burst flood $BURST $REPEATS plain
	check "ring: all of it was performed" equal "$(<"$W/flood.out")" 0
	check "ring: the kernel counts every operation" performed_is_the_burst flood calm allowed $((BURST + REPEATS))
	check "ring: delivered, aggregated and lost observations are what was performed" \
		adds_up flood observations $((BURST + REPEATS))
	check "ring: the run is partial" is_partial flood
	check "ring: a burst of denials meets a stopped consumer" burst siege $BURST $REPEATS secret
	check "ring: all of it was denied" equal "$(<"$W/siege.out")" $((BURST + REPEATS))
	check "ring: the kernel counts every denial" performed_is_the_burst siege calm denied $((BURST + REPEATS))
	check "ring: delivered, aggregated and lost denials are what was performed" \
		adds_up siege decisions $((BURST + REPEATS))
	check "ring: that run is partial too" is_partial siege
	check "ring: a storm of forks meets a stopped consumer" storm
	check "ring: it was too much for the ring" is_partial storm
	check "ring: the denial behind it is told all the same" tells_the_denial
	touch "$W/neighbour/end"
	check "ring: a neighbour with a ring of its own ends well" ended "${pids[neighbour]}" 0
	check "ring: and has lost nothing" is_complete neighbour
}
