# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Guard acts: every act of programs/guards.c, by root and by an ordinary user, outside of every agent,
# in an agent whose policy lifts nothing, and in one whose policy lifts all by id. What must come of
# each: the exact errno and an event that names the rule; and where it is lifted what comes of it
# outside. Beside it what agents do all day, which is no guard act.

# guards_policy NAME LIFT…
guards_policy() {
	local name=$1 lift
	shift
	sed "s/^name: all/name: $name/" "$W/all.yaml"
	# Since 6.9 a descriptor of a process is a file of a file system.
	echo "  - {id: processes, allow: [read, write], path: ['kernel:*']}"
	for lift in "$@"; do
		printf "  - {id: lifted.%s, lift: %s}\n" "$lift" "$lift"
	done
}

# The rule that every agent's policy has for an act: "guard.ptrace" for "guard:ptrace/read".
guard_rule() {
	local rule=${1/guard:/guard.}
	printf '%s\n' "${rule%%/*}"
}

all_guard_rules() {
	local act
	"$PROGRAMS/guards" list | awk -F '\t' '$8 == "lifted" {print $5}' | while IFS= read -r act; do
		guard_rule "$act"
	done | sort -u
}

# run_guards NAME POLICY PASS…: inside an agent; without a policy outside.
run_guards() {
	local name=$1 policy=$2 as=()
	shift 2
	as=(--user "$user")
	((uid)) || as=(--as-root)
	if [[ -z $policy ]]; then
		setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$PROGRAMS/guards" "$work" "$uid" "$victim" "$@" \
			>"$work.$name"
		return
	fi
	(cd "$work" && "$AW" enforce --policy "$policy" --anchor "WORKSPACE=$work" --name "guards-$name" "${as[@]}" \
		--events "$work.$name.events" --record-allowed -- "$PROGRAMS/guards" "$work" "$uid" "$victim" "$@") \
		>"$work.$name" 2>"$work.$name.log" || fails_with "status $?: $(<"$work.$name.log")"
}

# take_guards NAME: got[NUMBER NAME], what stands in the row, and what was told.
take_guards() {
	local line n error program hook act expected pass lifted behaviour
	while IFS=$'\t' read -r n error program hook act expected pass lifted behaviour; do
		got[$n $1]=$error
		row[$n]=$program$'\t'$hook$'\t'$act$'\t'$expected$'\t'$pass$'\t'$lifted$'\t'$behaviour
	done <"$work.$1"
	[[ $1 != outside ]] || return 0
	while IFS= read -r line; do
		told["$1 $line"]=1
	done < <(guard_events "$work.$1.events")
}

# The guard acts of these events: effect, hook, name, and the rule that denied.
guard_events() {
	"$PROGRAMS/fields" "$1" type=operation operation=guard effect hook object.name rule.id | tr '\t' ' '
}

guard_holds() {
	local n=$1 denied=$2 program hook act expected pass lifted behaviour
	IFS=$'\t' read -r program hook act expected pass lifted behaviour <<<"${row[$n]}"
	[[ $expected != 0 ]] || expected=${got[$n outside]}
	[[ $expected != LOST && ${got[$n outside]} != LOST ]] || fails_with "it was not done" || return
	[[ ${got[$n outside]} != "$expected" || $act == */request ]] ||
		fails_with "outside of agents too: ${got[$n outside]}" || return
	equal "denied: ${got[$n $denied]:-not done}" "denied: $expected" || return
	[[ -n ${told["$denied denied $hook $act $(guard_rule "$act")"]:-} ]] ||
		fails_with "no event of $hook $act: $(guard_events "$work.$denied.events" | tr '\n' ';')" || return
	if [[ $lifted == ever ]]; then
		equal "lifted: ${got[$n lifted]:-not done}" "lifted: $expected"
		return
	fi
	equal "lifted: ${got[$n lifted]:-not done}" "lifted: ${got[$n outside]}" || return
	[[ -n ${told["lifted allowed $hook $act -"]:-} ]] ||
		fails_with "no event where it is lifted: $hook $act: $(guard_events "$work.lifted.events" | tr '\n' ';')"
}

# has_become COMM PID: it is not the one any more that started it with other credentials.
has_become() {
	[[ $(<"/proc/$2/comm") == "$1" ]]
}

guards_as() {
	local user=$1 uid=$2 work=$3 victim n program hook act expected pass lifted behaviour
	local -A got=() row=() told=()
	mkdir -p "$work/mnt" "$work/to" "$work/trace"
	chown -R "$uid" "$work"
	mount -t tmpfs none "$work/mnt" && mkdir "$work/mnt/old" && mount -t tracefs none "$work/trace"
	setpriv --reuid "$uid" --regid "$uid" --clear-groups -- sleep infinity &
	victim=$!
	check "guards as $user: a process outside is the user's" eventually has_become sleep "$victim"
	check "guards as $user: outside of every agent the acts are done" run_guards outside "" first behind
	check "guards as $user: they are done where nothing is lifted" run_guards first "$W/guards.first.yaml" first
	check "guards as $user: they are done where what comes before them is" \
		run_guards behind "$W/guards.behind.yaml" behind
	check "guards as $user: they are done where all is lifted" run_guards lifted "$W/guards.lifted.yaml" first behind
	for n in first behind lifted outside; do
		take_guards "$n"
	done
	while IFS= read -r n; do
		IFS=$'\t' read -r program hook act expected pass lifted behaviour <<<"${row[$n]}"
		check "guards as $user: $program: $behaviour is denied with its errno and an event, and can be lifted" \
			guard_holds "$n" "$pass"
	done < <(printf '%s\n' "${!row[@]}" | sort -n)
	check "guards as $user: the process outside lives" kill -0 "$victim"
	kill "$victim"
	check "guards as $user: a lift is told with its own id" lift_is_told "$work.lifted.events"
	umount "$work/mnt" "$work/trace"
	rm -rf "$work"
}

lift_is_told() {
	jq -e -n 'first(inputs | select(.operation == "guard" and .object.name == "guard:signal" and
		.effect == "allowed" and .object.target_pid > 0 and .verdict == "allow"))' "$1"
}

# What builds and shells do: none of it is a guard act, and none of it is denied.
ordinary_work() {
	local as=(--as-root)
	(cd "$W/ordinary" && "$AW" enforce --policy "$W/guards.first.yaml" --anchor "WORKSPACE=$W/ordinary" \
		--name ordinary "${as[@]}" --events "$W/ordinary.events" -- bash -c '
			set -e
			sleep 100 & kill $!; wait $! || :
			kill -0 $$; nice -n 5 true; renice -n 1 $$ >/dev/null; ulimit -c 0
			mkdir -p a/b; echo x >a/b/c; chmod 4755 a/b/c; chown 1:1 a/b/c; install -o 2 -m 600 a/b/c d
			tar -cf t.tar a; rm -r a; tar -xpf t.tar; cp -a a e; ln a/b/c f; mkfifo g; truncate -s 1M h
			cat /proc/self/environ /proc/$$/maps >/dev/null; ls -l /proc/self/fd >/dev/null
			echo 100 >/proc/self/oom_score_adj; readlink /proc/$$/exe >/dev/null
			setsid true; timeout 10 true; taskset 1 true; sh -c "ulimit -n 100; echo >/dev/tty" 2>/dev/null || :
			su -s /bin/sh nobody -c true || :
			setpriv --reuid nobody --clear-groups true') >"$W/ordinary.log" 2>&1 ||
		fails_with "status $?: $(<"$W/ordinary.log")" || return
	guard_events "$W/ordinary.events" >"$W/ordinary.told"
	is_empty "$W/ordinary.told"
}

# A capability that a process does not have is refused by the kernel, and not told of.
refused_anyway() {
	(cd "$W/ordinary" && "$AW" enforce --policy "$W/guards.first.yaml" --anchor "WORKSPACE=$W/ordinary" --name refused \
		--user nobody --events "$W/refused.events" -- bash -c \
		'chroot / true; mknod device c 1 3; date -s 12:00; hostname x; exit 0') >"$W/refused.log" 2>&1 ||
		fails_with "status $?: $(<"$W/refused.log")" || return
	has_text "$W/refused.log" "not permitted" || return
	guard_events "$W/refused.events" >"$W/refused.told"
	is_empty "$W/refused.told"
}

test_guards() {
	local rules rule
	keep_loaded
	mapfile -t rules < <(all_guard_rules)
	guards_policy first >"$W/guards.first.yaml"
	guards_policy behind guard.capability guard.namespace >"$W/guards.behind.yaml"
	guards_policy lifted "${rules[@]}" >"$W/guards.lifted.yaml"
	# So that there are sockets of these outside.
	check "guards: the kernel has what sockets are made of" \
		modprobe -a sctp vsock af_alg dccp tipc can_raw
	echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range
	# So that it is not these that deny.
	for rule in kernel/perf_event_paranoid:1 kernel/dmesg_restrict:0 kernel/yama/ptrace_scope:0; do
		echo "${rule#*:}" >"/proc/sys/${rule%:*}"
	done
	mkdir -p /sys/fs/bpf/e2e-here "$W/ordinary"
	guards_as root 0 "$W/guards-root"
	guards_as nobody 65534 "$W/guards-nobody"
	rmdir /sys/fs/bpf/e2e-here
	check "guards: what builds and shells do is none of them" ordinary_work
	chmod 777 "$W/ordinary"
	check "guards: what the kernel refuses by itself is none of them" refused_anyway
}
