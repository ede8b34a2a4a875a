# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Hook pairs: every act of programs/hooks.c, on an object that the policy allows and on one that it
# denies, by root and by an ordinary user, on tmpfs and on an overlay; beside it the same acts
# outside of every agent. What must come of each: the exact errno, and an event with operation,
# effect, hook, role and object.

readonly NOBODY=65534

# In no-X everything is allowed but X, so a denial there is X's alone.
hooks_policy() {
	local op
	cat <<-'EOT'
		version: 1
		name: hooks
		anchors: {WORKSPACE: {}}
		subjects:
		  narrowed: {exe: '${WORKSPACE}/bin/narrowed'}
		  script: {script: '${WORKSPACE}/bin/narrowed.script'}
		  descendants: {under: narrowed}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['${WORKSPACE}/**']}
		  - {id: system, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', '/proc/**', '/dev/**']}
		  - {id: cgroups, allow: [read, write], path: ['/sys/fs/cgroup/**']}
		  - {id: leave, lift: guard.cgroup}
		  - {id: devices, lift: guard.capability, path: 'guard:capability/mknod'}
		  - {id: unnamed, allow: [link, create], path: ['/tmp/**']}
		  - {id: results, allow: [write], path: ['/tmp/e2e/results.*']}
		  - {id: net, allow: [tcp, udp], cidr: [127.0.0.0/8, '::1/128'], port: ['7000-7199']}
		  - {id: take, allow: [bind], cidr: [127.0.0.1/32], port: ['7000-7199']}
		  - {id: take.all, allow: [bind], cidr: [127.0.0.2/32, '::1/128'], port: ['7000-7399']}
		  - {id: listen, allow: [listen], cidr: [127.0.0.2/32, '::1/128'], port: ['7000-7199']}
		  - {id: sockets, allow: [unix], socket: ['${WORKSPACE}/yes/**', '@e2e-yes-*']}
		  - {id: no.narrowed, deny: [read], path: ['${WORKSPACE}/no-narrowed/**'], by: narrowed}
		  - {id: no.script, deny: [read], path: ['${WORKSPACE}/no-script/**'], by: script}
		  - {id: no.under, deny: [read], path: ['${WORKSPACE}/no-under/**'], by: descendants}
	EOT
	printf "  - {id: programs, allow: [read, map, exec], path: ['%s/**']}\n" "$BUILD"
	for op in read write create delete rename link attr exec map; do
		printf "  - {id: no.%s, deny: [%s], path: ['\${WORKSPACE}/no-%s/**']}\n" $op $op $op
	done
}

# Adds results of hooks.c to the table: got[number side] and all that stands with them.
take_results() {
	local n side error program hook op role object behaviour
	while IFS=$'\t' read -r n side error program hook op role object behaviour; do
		got[$n $side]=$error
		row_program[$n]=$program row_hook[$n]=$hook row_op[$n]=$op row_role[$n]=$role
		row_object[$n $side]=$object row_behaviour[$n]=$behaviour
	done <"$1"
}

take_free() {
	local n side error rest
	while IFS=$'\t' read -r n side error rest; do
		free[$n $side]=$error
	done <"$1"
}

# has_event EFFECT NUMBER SIDE: among $told, by any of the hooks that the row names.
has_event() {
	local hook
	for hook in ${row_hook[$2]//\// }; do
		[[ -z ${told[$1$'\t'${row_op[$2]}$'\t'$hook$'\t'${row_role[$2]}$'\t'${row_object[$2 $3]}]:-} ]] ||
			return 0
	done
	return 1
}

# The outcome of one row: everything that it must be.
pair_holds() {
	local n=$1
	[[ -n ${got[$n allowed]:-} && -n ${got[$n denied]:-} ]] || fails_with "it was not done" || return
	[[ ${free[$n denied]:-} == "${free[$n allowed]:-none}" && ${free[$n allowed]} != EACCES &&
		${free[$n allowed]} != LOST ]] ||
		fails_with "outside of agents: ${free[$n allowed]:-none} and ${free[$n denied]:-none}" || return
	[[ ${got[$n allowed]} == "${free[$n allowed]}" ]] ||
		fails_with "where it is allowed: ${got[$n allowed]} instead of ${free[$n allowed]}" || return
	[[ ${got[$n denied]} == EACCES ]] ||
		fails_with "where it is denied: ${got[$n denied]} instead of EACCES" || return
	has_event denied "$n" denied ||
		fails_with "no event: denied ${row_op[$n]} ${row_hook[$n]} ${row_role[$n]} ${row_object[$n denied]}" ||
		return
	has_event allowed "$n" allowed ||
		fails_with "no event: allowed ${row_op[$n]} ${row_hook[$n]} ${row_role[$n]} ${row_object[$n allowed]}"
}

# As a process of the agent, as one that enters it, and as one that was there before it.
run_hooks() {
	local user=$1 uid=$2 work=$3 as=() cgroup sleeper before agent
	as=(--user "$user")
	((uid)) || as=(--as-root)
	cgroup=$(new_cgroup "e2e-hooks-${work##*/}")
	in_cgroup "$cgroup" sleep infinity &
	sleeper=$!
	"$PROGRAMS/hooks" before "$work" "$uid" "$cgroup" "$W/go-${work##*/}" >"$W/results.before" &
	before=$!
	eventually grep -q -x "$before" "$cgroup/cgroup.procs" || return
	"$AW" enforce --policy "$W/hooks.yaml" --anchor "WORKSPACE=$work" --name outside --cgroup "$cgroup" \
		--events "$W/events.outside" --record-allowed 2>"$W/outside.log" &
	agent=$!
	runs outside "$agent" || return
	touch "$W/go-${work##*/}"
	wait "$before" || fails_with "hooks before: status $?" || return
	"$PROGRAMS/hooks" outside "$work" "$uid" "$cgroup" >"$W/results.outside" || return
	kill "$sleeper"
	wait "$agent" || fails_with "enforce --cgroup: status $?: $(<"$W/outside.log")" || return
	rmdir "$cgroup" || return
	(cd "$work" && "$AW" enforce --policy "$W/hooks.yaml" --anchor "WORKSPACE=$work" --name inside "${as[@]}" \
		--events "$W/events.inside" --record-allowed -- "$PROGRAMS/hooks" inside "$work" "$uid") \
		>"$W/results.inside" 2>"$W/inside.log" || fails_with "enforce: status $?: $(<"$W/inside.log")"
}

# The same acts outside of every agent, on the same file system: what each gives there.
run_hooks_free() {
	local work=$1 cgroup
	"$PROGRAMS/hooks" prepare "$work" 0 || return
	serve_hooks "$work" || return
	cgroup=$(new_cgroup e2e-free)
	touch "$W/go-free"
	"$PROGRAMS/hooks" before "$work" 0 "$cgroup" "$W/go-free" >"$work.results" &&
		"$PROGRAMS/hooks" outside "$work" 0 "$cgroup" >>"$work.results" &&
		"$PROGRAMS/hooks" inside "$work" 0 >>"$work.results" && rmdir "$cgroup"
}

# Names of folders differ: those of abstract sockets are made of them.
serve_hooks() {
	"$PROGRAMS/hooks" serve "$1" >"$1.served" 2>&1 &
	servers+=($!)
	eventually test -s "$1.served" && has_text "$1.served" ready
}

children_are_told() {
	"$PROGRAMS/fields" "$1" type=fork child.pid | grep -q -x '[1-9][0-9]*'
}

# What tells of the programs that no pair is for.
check_told() {
	local context=$1 work=$2 events=$W/events.inside
	seen_programs+=(aw_sched_process_exec aw_sched_process_exit)
	check "$context: aw_sched_process_exec: an exec is told with program, arguments and folder" \
		"$PROGRAMS/fields" "$events" type=exec "process.exe=$work/bin/narrowed" "process.cwd=$work" \
		"process.argv=$work/bin/narrowed+read+$work/no-narrowed/by-class" type
	check "$context: aw_sched_process_exec: a script is told with its interpreter" \
		"$PROGRAMS/fields" "$events" type=exec "process.exe=$work/bin/other" "process.script=$work/bin/narrowed.script" type
	check "$context: aw_sched_process_exit: an exit is told with its status" \
		"$PROGRAMS/fields" "$events" type=exit status.code=13 type
	check "$context: aw_sched_process_exit: an agent without tasks is over" \
		has_no_text "$W/inside.log" "go on"
	check "$context: aw_task_newtask: a child is told" \
		children_are_told "$events"
	check "$context: the run is complete" \
		"$PROGRAMS/fields" "$events" type=run phase=end complete=true type
}

check_hooks_as() {
	local context=$1 user=$2 uid=$3 work=$4 n line
	local -A free=() got=() row_program=() row_hook=() row_op=() row_role=() row_object=() row_behaviour=() told=()
	take_free "${work%/*}"/free-*.results
	check "$context: the acts are done" run_hooks "$user" "$uid" "$work"
	for line in inside outside before; do
		take_results "$W/results.$line"
	done
	while IFS= read -r line; do
		told[$line]=1
	done < <(operations "$W/events.inside" && operations "$W/events.outside")
	while IFS= read -r n; do
		# Said by the file system before it asks: not a pair, so another has to be the program's.
		if [[ ${free[$n allowed]:-} == EOPNOTSUPP && ${got[$n denied]:-} == EOPNOTSUPP ]]; then
			check "$context: ${row_behaviour[$n]} is unknown to the file system, inside as outside" \
				equal "${got[$n allowed]:-}" EOPNOTSUPP
			continue
		fi
		seen_programs+=("${row_program[$n]}")
		check "$context: ${row_program[$n]}: ${row_behaviour[$n]} is denied there alone, with EACCES and an event" \
			pair_holds "$n"
	done < <(printf '%s\n' "${!row_program[@]}" | sort -n)
	check_told "$context" "$work"
	rm -f "$W"/events.{inside,outside} "$W"/results.{inside,outside,before}
}

cgroups_known() {
	bpftool map dump pinned "$PINS/maps/aw_cgroups" | grep -c '"key"\|key:'
}

# A cgroup that was below an agent's is known while it is there, and no longer.
rmdir_forgets() {
	local cgroup before during after
	cgroup=$(cgroup_of keeper)
	before=$(cgroups_known)
	mkdir "$cgroup/below" "$cgroup/below/below"
	during=$(cgroups_known)
	rmdir "$cgroup/below/below" "$cgroup/below"
	after=$(cgroups_known)
	equal "$during $after" "$((before + 2)) $before"
}

# remembered FILE: as one that an agent wrote.
remembered() {
	bpftool map dump pinned "$PINS/maps/aw_written" | grep -c "\"ino\": $1,"
}

written_is_forgotten() {
	local inode before
	aw "$W/written.log" audit --policy "$W/all.yaml" --name written --as-root --events none -- \
		sh -c 'echo x >"$1"' sh "$W/written" || fails_with "$(<"$W/written.log")" || return
	inode=$(stat -c %i "$W/written")
	before=$(remembered "$inode")
	rm "$W/written"
	equal "$before $(remembered "$inode")" "1 0"
}

every_program_has_a_pair() {
	local program missing=""
	local -A seen=()
	# Those of guard acts are tested by tests/guards.sh.
	while IFS= read -r program; do
		seen[$program]=1
	done < <("$PROGRAMS/guards" list | cut -f 3)
	# shellcheck disable=SC2048 # Words: hooks have no spaces.
	for program in ${seen_programs[*]//\// }; do
		seen[$program]=1
	done
	for program in "$PINS"/links/* "$PINS"/programs/*; do
		[[ -n ${seen[${program##*/}]:-} ]] || missing+=" ${program##*/}"
	done
	[[ -z $missing ]] || fails_with "programs without a pair:$missing"
}

test_hooks() {
	local seen_programs=() servers=() context user uid work
	keep_loaded
	hooks_policy >"$W/hooks.yaml"
	check "hooks: outside of every agent the acts are done on tmpfs" run_hooks_free "$W/free-tmpfs"
	check "hooks: outside of every agent the acts are done on an overlay" run_hooks_free "$OVERLAY/free-overlay"
	for context in "root 0 $W/root" "nobody $NOBODY $W/user" "nobody $NOBODY $OVERLAY/overlay"; do
		read -r user uid work <<<"$context"
		check "hooks: $work is prepared" "$PROGRAMS/hooks" prepare "$work" "$uid"
		serve_hooks "$work"
		check_hooks_as "hooks as $user in ${work##*/}" "$user" "$uid" "$work"
	done
	kill "${servers[@]}"
	check "hooks: aw_cgroup_mkdir, aw_cgroup_rmdir: a cgroup below is known while it is there" rmdir_forgets
	check "hooks: aw_inode_free: a file that an agent wrote is remembered while it is there" written_is_forgotten
	seen_programs+=(aw_inode_free)
	# aw_identify: every name above is one below an anchor, which it found
	seen_programs+=(aw_cgroup_rmdir aw_identify)
	# What these do is a test of its own: egress.
	seen_programs+=(aw_cgroup_egress aw_cgroup_ingress)
	# And of this: budget.
	seen_programs+=(aw_cgroup_sock_release)
	check "hooks: every program that is attached has a pair" every_program_has_a_pair
}
