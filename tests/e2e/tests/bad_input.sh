# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad input and bad luck: one clear error, the documented status, no half-written file, nothing left
# behind, and what was observed is kept.

readonly HEADER=$'version: 1\nrules:\n'

# Policies that are refused: what is wrong, the text, what the error must say.
bad_policies() {
	local long
	long=$(printf 'x%.0s' {1..5000})
	BAD_POLICIES=(
		"malformed YAML" $'version: 1\nrules: [\n' ":3:"
		"an empty file" "" "empty"
		"an unknown key" "$HEADER  - {id: a, allow: [read], paths: ['/a']}" "path"
		"an unknown operation" "$HEADER  - {id: a, allow: [raed], path: ['/a']}" "read"
		"a duplicate id" "$HEADER  - {id: a, allow: [read], path: ['/a']}"$'\n'"  - {id: a, allow: [write], path: ['/b']}" ":4:"
		"a relative glob" "$HEADER  - {id: a, allow: [read], path: ['a/**']}" ":3:"
		"an unquoted star" "$HEADER  - {id: a, allow: [read], path: [**/x]}" "quote"
		"an address that is none" "$HEADER  - {id: a, allow: [tcp], cidr: [10.0.0.300/32], port: [80]}" ":3:"
		"bits behind the prefix" "$HEADER  - {id: a, allow: [tcp], cidr: [10.0.0.1/24], port: [80]}" "10.0.0.0/24"
		"a port that is none" "$HEADER  - {id: a, allow: [tcp], cidr: [10.0.0.0/24], port: [70000]}" "65535"
		"a rule without a port" "$HEADER  - {id: a, allow: [tcp], cidr: [10.0.0.0/24]}" "port"
		"a circle of includes" $'version: 1\ninclude: [./circle.yaml]\nrules: []' "circle.yaml"
		"a missing include" $'version: 1\ninclude: [./missing.yaml]\nrules: []' "missing.yaml"
		"an anchor that nothing is bound to" $'version: 1\nanchors: {DATA: {}}\nrules:\n  - {id: a, allow: [read], path: ["${DATA}/**"]}' "DATA"
		"a variable without a value" "$HEADER  - {id: a, allow: [read], path: ['/a/\${NAME}']}" "NAME"
		"a glob over the limit" "$HEADER  - {id: a, allow: [read], path: ['/$long']}" "AW_PATTERN_MAX"
		"a host with a wildcard in the middle" "$HEADER  - {id: a, allow: [tcp], host: ['a.*.example.org'], port: [80]}" "host"
		"a host that is not ASCII" "$HEADER  - {id: a, allow: [tcp], host: [exämple.org], port: [80]}" "xn--"
		"a host at a port out of range" "$HEADER  - {id: a, allow: [tcp], host: [example.org], port: [70000]}" "port"
		"an empty list of resolvers" $'version: 1\nresolvers: []\nrules: []' "resolvers"
		"a resolver by name" $'version: 1\nresolvers: [dns.example.org]\nrules: []' "resolvers"
		"forbid by who is no administrator" "$HEADER  - {id: a, forbid: [read], path: ['/a']}" "forbid"
		"a newer version" $'version: 9\nrules: []' "9"
	)
}

# refused STATUS TEXT COMMAND…: that status, nothing on stdout, one error that says TEXT.
refused() {
	local expected=$1 text=$2 status=0 line errors=0
	shift 2
	"$@" >"$W/refused.out" 2>"$W/refused.err" || status=$?
	((status == expected)) || fails_with "status $status instead of $expected: $(<"$W/refused.err")" || return
	is_empty "$W/refused.out" || return
	while IFS= read -r line; do
		case $line in
		"agentwatch: error: "*) errors=$((errors + 1)) ;;
		"agentwatch: hint: "*) ;;
		*) fails_with "neither error nor hint: $line" || return ;;
		esac
	done <"$W/refused.err"
	equal "$errors" 1 || fails_with "$(<"$W/refused.err")" || return
	has_text "$W/refused.err" "$text" || return
	nothing_was_left
}

# The keeper is all that there is.
nothing_was_left() {
	local agents=(/run/agentwatch/agents/*.json) cgroups=("$CGROUPS"/agentwatch/*/)
	equal "${#agents[@]} ${#cgroups[@]}" "1 1" || fails_with "${agents[*]} ${cgroups[*]}" || return
	has_text "${agents[0]}" '"keeper"' && [[ ${cgroups[0]} == */keeper-*/ ]]
}

check_policies() {
	local i file=$W/bad/circle.yaml
	for ((i = 0; i < ${#BAD_POLICIES[@]}; i += 3)); do
		printf '%s' "${BAD_POLICIES[i + 1]}" >"$file"
		check "bad input: ${BAD_POLICIES[i]}: enforce runs nothing" refused 125 "${BAD_POLICIES[i + 2]}" \
			"$AW" enforce --policy "$file" --user nobody --events none -- touch "$W/bad/ran"
	done
	check "bad input: no command was run" test ! -e "$W/bad/ran"
}

# The checks of `policy check` that need no binding; all of them are exit status 1.
check_check() {
	printf '%s' "${BAD_POLICIES[1]}" >"$W/bad/check.yaml"
	check "bad input: policy check says no" refused 1 "${BAD_POLICIES[2]}" "$AW" policy check "$W/bad/check.yaml"
	check "bad input: policy check of a missing file" refused 1 missing.yaml "$AW" policy check "$W/bad/missing.yaml"
}

check_arguments() {
	local enforce=(enforce --policy "$W/all.yaml" --user nobody --events none)
	check "bad input: a missing program" refused 127 /no/such "${AW}" "${enforce[@]}" -- /no/such
	check "bad input: a cgroup that is not there" refused 125 "$CGROUPS/no-such" \
		"$AW" enforce --policy "$W/all.yaml" --events none --cgroup "$CGROUPS/no-such"
	check "bad input: a folder that is no cgroup" refused 125 "$W" \
		"$AW" enforce --policy "$W/all.yaml" --events none --cgroup "$W"
	check "bad input: a cgroup that is an agent's" refused 125 "agent's" \
		"$AW" enforce --policy "$W/all.yaml" --events none --cgroup "$(cgroup_of keeper)"
	check "bad input: a missing policy" refused 125 missing.yaml \
		"$AW" enforce --policy "$W/bad/missing.yaml" --user nobody --events none -- true
	check "bad input: an unknown user" refused 125 no-such-user \
		"$AW" enforce --policy "$W/all.yaml" --user no-such-user --events none -- true
	check "bad input: an anchor on what is no folder" refused 125 WORKSPACE \
		"$AW" enforce --policy "$W/all.yaml" --user nobody --events none --anchor WORKSPACE=/etc/passwd -- true
	check "bad input: an anchor on /" refused 125 WORKSPACE \
		"$AW" enforce --policy "$W/all.yaml" --user nobody --events none --anchor WORKSPACE=/ -- true
	check "bad input: events in a folder that is not there" refused 125 /no/such \
		"$AW" enforce --policy "$W/all.yaml" --user nobody --events /no/such/events -- true
	check "bad input: an ordinary user" refused 125 root \
		setpriv --reuid nobody --regid nogroup --clear-groups "$AW" "${enforce[@]}" -- true
}

learn_refused() {
	local before
	before=$(sha256sum <"$1/baseline.db")
	AGENTWATCH_STATE_DIR=$1 refused 125 "$2" "$AW" learn --user nobody --name bad -- true || return
	equal "$(sha256sum <"$1/baseline.db")" "$before"
}

check_baseline() {
	mkdir "$W/bad/corrupt" "$W/bad/newer" "$W/bad/cut"
	echo "no baseline, and kept as it is" >"$W/bad/corrupt/baseline.db"
	check "bad input: a corrupt baseline is refused and kept" learn_refused "$W/bad/corrupt" "baseline"
	AGENTWATCH_STATE_DIR=$W/bad/newer "$AW" learn --user nobody --name bad -- true 2>/dev/null
	cp "$W/bad/newer/baseline.db" "$W/bad/cut/baseline.db"
	sqlite3 "$W/bad/newer/baseline.db" 'PRAGMA user_version = 99'
	check "bad input: a newer baseline is refused and kept" learn_refused "$W/bad/newer" "newer"
	truncate -s 5000 "$W/bad/cut/baseline.db"
	check "bad input: half a baseline is refused and kept" learn_refused "$W/bad/cut" "baseline"
}

# Events to a full disk: the command is not disturbed, the loss is counted, the lines are whole.
fills_the_disk() {
	local status=0 n
	mkdir "$W/bad/small"
	mount -t tmpfs -o size=64k none "$W/bad/small"
	"$AW" enforce --policy "$W/all.yaml" --user nobody --record-allowed --events "$W/bad/small/events" -- \
		sh -c 'find /usr/share/doc -maxdepth 2 >/dev/null; exit 3' 2>"$W/bad/small.log" || status=$?
	n=$(wc -l <"$W/bad/small/events")
	jq -e . "$W/bad/small/events" >/dev/null || fails_with "a line is not whole" || return
	umount "$W/bad/small"
	((status == 3)) || fails_with "status $status: $(<"$W/bad/small.log")" || return
	((n > 10)) || fails_with "only $n lines" || return
	has_text "$W/bad/small.log" "No space left on device" && has_text "$W/bad/small.log" PARTIAL &&
		has_text "$W/bad/small.log" "events not written" && nothing_was_left
}

# interrupted VERB SIGNAL STATUS [OPTION…]: in mid-run. Background jobs ignore SIGINT.
interrupted() {
	local verb=$1 signal=$2 expected=$3 pid status=0
	shift 3
	rm -f "$W/bad/started"
	env --default-signal=INT "$AW" "$verb" --name interrupted --user nobody --events "$W/bad/$verb.events" "$@" -- \
		sh -c 'cat /etc/hostname; touch "$1"; exec sleep 1000' sh "$W/bad/started" >"$W/bad/out" 2>"$W/interrupted.log" &
	pid=$!
	eventually test -e "$W/bad/started" || return
	kill -"$signal" "$pid"
	wait "$pid" || status=$?
	((status == expected)) || fails_with "status $status: $(<"$W/interrupted.log")" || return
	has_text "$W/interrupted.log" "operations allowed" || return
	jq -e -n 'first(inputs | select(.type == "run" and .phase == "end"))' "$W/bad/$verb.events" || return
	nothing_was_left
}

test_bad_input() {
	local BAD_POLICIES=()
	keep_loaded
	mkdir -p "$W/bad" && chmod 777 "$W/bad"
	bad_policies
	check_policies
	check_check
	check_arguments
	check_baseline
	check "bad input: a full disk" fills_the_disk
	export AGENTWATCH_STATE_DIR=$W/bad/state
	mkdir "$AGENTWATCH_STATE_DIR"
	check "bad input: SIGINT ends a run under a policy" interrupted enforce INT 130 --policy "$W/all.yaml"
	check "bad input: SIGTERM does" interrupted enforce TERM 143 --policy "$W/all.yaml"
	check "bad input: SIGINT ends a run that is learned" interrupted learn INT 130
	check "bad input: what it observed is kept" jq -e -n 'first(inputs |
		select(.type == "operation" and .object.path == "/etc/hostname"))' "$W/bad/learn.events"
	check "bad input: and is in the baseline, as partial" jq -e 'any(.[]; .baseline == "interrupted")' \
		<("$AW" baseline list --json)
	unset AGENTWATCH_STATE_DIR
}
