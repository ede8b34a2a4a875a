# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Budgets of rules: exactly as many as one has are let through, by however many threads; they come back
# in time; another policy, another run and another agent find what they should. Each is told.

readonly TO=127.0.0.9 PORT=9

budget_policies() {
	cat >"$W/budget.yaml" <<-EOT
		version: 1
		name: budget
		rules:
		  - {id: files, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['**', 'pipe:*', 'memfd:*']}
		  - {id: all, allow: [tcp, udp], cidr: [127.0.0.0/8], port: ['0-65535']}
		  - {id: api, allow: [tcp], cidr: [$TO/32], port: [$PORT], limit: {connects: 100/d}}
		  - {id: slow, allow: [udp], cidr: [$TO/32], port: [$PORT], limit: {rate: 5/s, burst: 3}, on-exhaust: retry}
		  - {id: tool, allow: [exec], path: [/usr/bin/true], limit: {execs: 7/d}}
		  - {id: both, flag: [tcp], cidr: [127.0.0.8/32], port: [$PORT], limit: {connects: 40/d, rate: 10/d, burst: 5}}
		  - {id: many, allow: [udp], cidr: [127.0.0.6/32], port: [$PORT], limit: {connects: 20000/d}}
		  - {id: batch, allow: [udp], cidr: [127.0.0.5/32], port: [$PORT], limit: {connects: 50/d}}
		  - {id: upload, allow: [tcp], cidr: [127.0.0.4/32], port: [$PORT], limit: {bytes: 100KiB/d}}
		  - {id: elsewhere, allow: [tcp], cidr: [127.0.0.10/32], port: [$PORT], limit: {bytes: 1GiB/d}}
		  - {id: log, allow: [udp], cidr: [127.0.0.3/32], port: [$PORT], limit: {bytes: 20KiB/d}}
		  - {id: chat, allow: [tcp], cidr: [127.0.0.2/32], port: [$PORT], limit: {exchanges: 12/d}}
		  - {id: made, allow: [create], path: ['$W/spent/**'], limit: {creates: 15/d}}
		  - {id: steady, allow: [udp], cidr: [127.0.0.8/32], port: [$PORT], limit: {connects: 30/d, rate: 20/s, burst: 5}}
	EOT
	sed "s/^name: budget/name: other/; s/id: slow/id: other/; s/\['0-65535'\]/['1-65535']/" "$W/budget.yaml" >"$W/budget2.yaml"
}

# spends PATTERN ARGUMENT…: in an agent of its own.
spends() {
	local text=$1 got
	shift
	rm -f "$W/budget.events"
	got=$(aw "$W/budget.log" "${mode:-enforce}" --policy "$W/budget.yaml" --name budget --user nobody \
		--events "$W/budget.events" -- "$PROGRAMS/${program:-spend}" "$@") || fails_with "$(<"$W/budget.log")" || return
	# shellcheck disable=SC2053 # It is a pattern.
	[[ $got == $text ]] || fails_with "'$got' instead of '$text': $(<"$W/budget.log")"
}

# told_budget REASON EXPECTED: of all events with that reason (two CPUs may both be first): rule, budget, effect, error, and whether it waits.
told_budget() {
	local got
	got=$(jq -r 'select(.type == "operation" and .reason == "'"$1"'") |
		[.rule.id, .budget.counts, .budget.limit, .effect, .error, (.budget.again > .time)] | join(" ")' "$W/budget.events" | sort -u)
	equal "$got" "$2"
}

# Of the first of a batch or a later one, whichever was first: their errors differ.
told_of_batch() {
	equal "$(jq -r 'select(.reason == "limit") | [.rule.id, .budget.limit, .effect, (.error | IN("EACCES", "EPERM"))] | join(" ")' \
		"$W/budget.events" | sort -u)" "batch 50/d denied true"
}

# At most what the bucket holds and what came back until the last one: 5 a second.
comes_back() {
	local took passed denied later other
	read -r took passed denied later other < <(aw "$W/budget.log" enforce --policy "$W/budget.yaml" --name budget --user nobody \
		--events "$W/budget.events" -- "$PROGRAMS/spend" every $TO $PORT 3000) || fails_with "$(<"$W/budget.log")" || return
	((passed >= 8 && passed <= 3 + 1 + 5 * took / 1000 && later > 0 && denied == 0 && other == 0)) ||
		fails_with "$passed let through in $took ms, $denied denied, $later to be tried again, $other else"
}

# What the one refuses costs nothing in the other: all of it is had, a little later. Budgets are asked in
# the order of their numbers: that of the rule called steady which refuses is the second.
costs_nothing() {
	local took passed rest
	read -r took passed rest < <(aw "$W/budget.log" enforce --policy "$W/budget.yaml" --name budget --user nobody \
		--events none -- "$PROGRAMS/spend" every 127.0.0.8 $PORT 3000) || fails_with "$(<"$W/budget.log")" || return
	((passed == 30)) || fails_with "$passed let through in $took ms: $rest"
}

# Sixty of a hundred, another policy that has the rule, and as many as there are.
outlives_a_policy() {
	rm -f "$W"/budget.{go,first,second}
	"$AW" enforce --policy "$W/budget.yaml" --name budget --user nobody --events "$W/budget.events" -- sh -c "
		$PROGRAMS/spend connect $TO $PORT 3 20 >'$W/budget.first'
		while ! test -e '$W/budget.go'; do sleep 0.1; done
		$PROGRAMS/spend connect $TO $PORT 4 50 >'$W/budget.second'" 2>"$W/budget.log" &
	local command=$!
	eventually test -s "$W/budget.first" && aw "$W/apply.log" apply --policy "$W/budget2.yaml" budget && touch "$W/budget.go" &&
		wait "$command" && equal "$(cat "$W"/budget.{first,second})" $'60 0 0 0\n40 160 0 0'
}

# The budgets of agents that are gone are taken out.
none_is_kept() {
	equal "$(bpftool map dump pinned "$PINS/maps/aw_budgets" -j | jq length)" 0
}

# What closed connections had to spend from is taken out before their agent ends.
closed_are_forgotten() {
	rm -f "$W"/budget.{go,first}
	"$AW" enforce --policy "$W/budget.yaml" --name budget --user nobody --events none -- sh -c "
		$PROGRAMS/spend_through stream 127.0.0.4 $PORT 4 2 >'$W/budget.first'
		while ! test -e '$W/budget.go'; do sleep 0.1; done" 2>"$W/budget.log" &
	local command=$! left
	eventually test -s "$W/budget.first"
	left=$(bpftool map dump pinned "$PINS/maps/aw_connections" -j | jq length)
	touch "$W/budget.go" && wait "$command" && equal "$(<"$W/budget.first") $left" "8 0 0 0 0"
}

# Until 6.5 the kernel does not tell how much is spliced: it is refused.
files_are_sent() {
	case $AGENTWATCH_EXPECT in
	6.1-*) spends "0 40 0 0" files 127.0.0.4 $PORT 2 20 && told_budget no_budget "upload bytes 100KiB/d denied EACCES false" ;;
	*) spends "100 20 0 0" files 127.0.0.4 $PORT 4 30 && told_budget limit "upload bytes 100KiB/d denied EACCES true" ;;
	esac
}

is_served() {
	[[ $(<"$W/spend.$1.served") == ready ]]
}

through_connections() {
	local program=spend_through address servers=()
	for address in 2 3 4; do
		"$PROGRAMS/spend_through" serve 127.0.0.$address $PORT >"$W/spend.$address.served" 2>&1 &
		servers+=($!)
		check "budget: there is a server at 127.0.0.$address" eventually is_served $address
	done
	check "budget: of bytes by 4 connections as many are sent as it has" spends "100 60 0 0" stream 127.0.0.4 $PORT 4 40
	check "budget: that is told of bytes" told_budget limit "upload bytes 100KiB/d denied EACCES true"
	check "budget: closed connections are forgotten" closed_are_forgotten
	check "budget: files are counted or refused" files_are_sent
	check "budget: what names its peer is refused" spends "0 20 0 0" named 127.0.0.4 $PORT 2 10
	check "budget: that is told of what names its peer" told_budget no_budget "upload bytes 100KiB/d denied EACCES false"
	check "budget: of bytes in datagrams by 2 sockets" spends "20 20 0 0" datagrams 127.0.0.3 $PORT 2 20
	check "budget: that is told of datagrams" told_budget limit "log bytes 20KiB/d denied EPERM true"
	check "budget: exchanges through 4 connections" spends "12 8 0 0" talk 127.0.0.2 $PORT 4 5
	check "budget: that is told of exchanges" told_budget limit "chat exchanges 12/d denied EACCES true"
	mode=audit check "budget: in audit all is sent" spends "20 0 0 0" talk 127.0.0.2 $PORT 4 5
	check "budget: and that is told" told_budget limit "chat exchanges 12/d would_deny  true"
	kill "${servers[@]}"
}

test_budget() {
	keep_loaded
	budget_policies
	: >"$W/budget.first" && chmod 777 "$W"
	check "budget: of 400 connections by 8 threads as many are let through as it has" spends "100 300 0 0" connect $TO $PORT 8 50
	check "budget: that is told" told_budget limit "api connects 100/d denied EACCES true"
	check "budget: the next run has its own" spends "100 0 0 0" connect $TO $PORT 4 25
	check "budget: nothing is kept of those that ended" none_is_kept
	check "budget: what no budget is for is free" spends "400 0 0 0" connect 127.0.0.7 $PORT 8 50
	check "budget: programs, as often as it has" spends "7 17 0 0" exec /usr/bin/true 4 6
	check "budget: that is told of a file" told_budget limit "tool execs 7/d denied EACCES true"
	mkdir -p "$W/spent" && chmod 777 "$W/spent"
	check "budget: what is made, as often as it has" spends "15 25 0 0" create "$W/spent" 4 10
	check "budget: that is told of what is made" told_budget limit "made creates 15/d denied EACCES true"
	through_connections
	check "budget: datagrams to be tried again" spends "[345] 0 * 0" send $TO $PORT 2 10
	check "budget: that is told, too" told_budget limit "slow rate 5/s denied EAGAIN true"
	check "budget: of a batch each datagram counts" spends "50 110 0 0" batch 127.0.0.5 $PORT 4 5
	check "budget: that is told of a batch as well" told_of_batch
	check "budget: they come back" comes_back
	check "budget: of two the smaller holds" spends "5 35 0 0" connect 127.0.0.8 $PORT 4 10
	check "budget: and what the smaller refuses costs nothing in the larger" costs_nothing
	# Taken from without care by two processors, it lets some more through.
	if (($(nproc) > 1)); then
		check "budget: of 30000 datagrams sent side by side as many as it has" spends "20000 10000 0 0" send 127.0.0.6 $PORT 2 15000
	fi
	mode=audit check "budget: in audit all are let through" spends "120 0 0 0" connect $TO $PORT 4 30
	check "budget: and it is told" told_budget limit "api connects 100/d would_deny  true"
	check "budget: another policy with the rule has what is left" outlives_a_policy
	check "budget: room for budgets can be used up" "$PROGRAMS/spend" fill "$PINS/maps/aw_budgets"
	check "budget: then what they are for is denied" spends "0 4 0 0" connect $TO $PORT 2 2
	check "budget: which is told" told_budget no_budget "api connects 100/d denied EACCES false"
	check "budget: and made again" "$PROGRAMS/spend" drain "$PINS/maps/aw_budgets"
}
