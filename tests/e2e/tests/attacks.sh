# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Attacks: every technique of docs/THREATS.md that is called mitigated, by programs/attacks.c. Each is
# tried inside an enforced agent, as root and as an ordinary user: it must fail with the row's errno and
# with exactly one denial in the events, of the row's operation, object and rule. Beside it the same is
# done outside of every agent by the same user, where it must come through.

readonly ATTACKER=nobody ATTACKER_UID=65534

# Everything is allowed that an attack needs but for the one act that it is about.
attacks_policy() {
	cat <<-'EOT'
		version: 1
		name: attacks
		anchors: {WORKSPACE: {}}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['${WORKSPACE}/**']}
		  - {id: system, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', '/proc/**', '/sys/**']}
		  - {id: devices, allow: [read, write], path: ['/dev/null', '/dev/zero', '/dev/urandom', '/dev/tty']}
		  - {id: secret, deny: [read, write, create, delete, rename, link, attr, exec, map], path: ['**/secret/**']}
		  - {id: hidden, deny: [create], path: ['**/hidden']}
		  - {id: unread, deny: [read], path: ['**/unread/*']}
		  - {id: below, deny: [read, write], path: ['**/above/below/**']}
		  - {id: no.exec, deny: [exec, map], path: ['**/no-exec/**']}
		  - {id: credentials, lift: guard.personality}
		  - {id: attributes, lift: guard.capability, path: 'guard:capability/sys_admin'}
		  - {id: sockets, deny: [unix], socket: ['/run/**', '@/tmp/**']}
		  - {id: outside, allow: [unix], socket: ['@attacks-outside']}
		  - {id: net, allow: [tcp, udp], cidr: ['::/0'], port: ['1024-65535']}
		  - {id: net.denied, deny: [tcp, udp], cidr: ['::/0'], port: [7400]}
	EOT
	printf "  - {id: programs, allow: [read, map, exec], path: ['%s/**']}\n" "$BUILD"
}

# Denials by the attack that an ancestor, or the process itself, is the program of.
denials_of() {
	jq -r --arg work "$1/" 'select(.type == "operation" and .effect == "denied")
		| [([.process.exe] + [.process.ancestry[]?.exe]
			| map(select(. != null and startswith($work) and endswith("/attack")))[0] // "?"
			| ltrimstr($work) | rtrimstr("/attack")),
		.operation,
		(.object.path // .object.name // (if .object.address then "\(.object.address):\(.object.port)" else null end) | tojson),
		(if .reason != "policy" then "reason:\(.reason)" else .rule.id // "none" end)] | @tsv' "$2"
}

take_attacks() {
	local id who error op object rule technique
	while IFS=$'\t' read -r id who error op object rule technique; do
		ids+=("$id") who_of[$id]=$who error_of[$id]=$error technique_of[$id]=$technique
		[[ $object != ./* ]] || object="$work/$id/${object#./}"
		[[ $object == null ]] || object="\"$object\""
		expected[$id]=$op$'\t'$object$'\t'$rule
	done < <("$PROGRAMS/attacks" list)
}

take_outcomes() {
	local -n into=$1
	local id error
	while IFS=$'\t' read -r id error; do
		into[$id]=$error
	done <"$2"
}

take_denials() {
	local id rest
	while IFS=$'\t' read -r id rest; do
		told[$id]+=$rest$'\n'
	done < <(denials_of "$1" "$2")
}

# Inside, and beside it outside; folders of their own, for an attack that comes through changes them.
attack() {
	local user=$1 uid=$2 work=$3 as=()
	as=(--user "$user")
	((uid)) || as=(--as-root)
	"$PROGRAMS/attacks" prepare "$work" "$uid" && "$PROGRAMS/attacks" prepare "$work-free" "$uid" || return
	serve_attacks "$work" "$uid" || return
	(cd "$work" && "$AW" enforce --policy "$W/attacks.yaml" --anchor "WORKSPACE=$work" --name "attacks-$user" \
		--recheck "${as[@]}" --events "$work.events" -- "$work/attacks" run "$work" "$uid" "$victim") \
		>"$work.results" 2>"$work.log" || fails_with "enforce: status $?: $(<"$work.log")" || return
	"$PROGRAMS/attacks" run "$work-free" "$uid" "$victim" >"$work.free" 2>"$work.log" ||
		fails_with "outside: status $?: $(<"$work.log")"
}

serve_attacks() {
	mkdir -p /run/dbus /run/systemd/journal
	ip -6 addr replace fe80::7/64 dev lo nodad && ip addr replace 169.254.169.254/32 dev lo || return
	"$PROGRAMS/attacks" serve "$1" "$2" >"$1.served" 2>&1 &
	victim=$!
	eventually test -s "$1.served" && has_text "$1.served" ready
}

# Everything that one attack must be. A rule's object is a pattern.
attack_fails() {
	local id=$1
	equal "outside: ${free[$id]:-not done}" "outside: 0" || return
	equal "${got[$id]:-not done}" "${error_of[$id]}" || return
	# shellcheck disable=SC2053 # A pattern.
	[[ ${told[$id]:-} == ${expected[$id]}$'\n' ]] ||
		fails_with "expected denial: '${expected[$id]}', denied: '${told[$id]:-nothing}'"
}

attacks_as() {
	local user=$1 uid=$2 mask=$3 work=$4 id victim
	local ids=()
	local -A who_of=() error_of=() technique_of=() expected=() got=() free=() told=()
	take_attacks
	check "attacks as $user: all are tried" attack "$user" "$uid" "$work"
	kill "$victim"
	take_outcomes got "$work.results"
	take_outcomes free "$work.free"
	take_denials "$work" "$work.events"
	for id in "${ids[@]}"; do
		((who_of[$id] & mask)) || continue
		check "attacks as $user: $id: ${technique_of[$id]}" attack_fails "$id"
	done
	check "attacks as $user: nothing else was denied" is_empty_text "${told[?]:-}"
	check "attacks as $user: the run is complete" \
		jq -e -n 'first(inputs | select(.type == "run" and .phase == "end" and .complete))' "$work.events"
	rm -rf "$work" "$work-free"
}

is_empty_text() {
	[[ -z $1 ]] || fails_with "$1"
}

test_attacks() {
	keep_loaded
	attacks_policy >"$W/attacks.yaml"
	attacks_as root 0 1 "$W/attacks-root"
	attacks_as "$ATTACKER" "$ATTACKER_UID" 2 "$W/attacks-user"
}
