# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the end-to-end tests share, inside a guest: reporting, starting agentwatch and waiting for it,
# reading its events. Which tests there are is the concern of tests/*.sh, running them of suite.

readonly PINS=/sys/fs/bpf/agentwatch
readonly CGROUPS=/sys/fs/cgroup
readonly SLOW_MS=5000
readonly WAIT_S=300 # of the guest, whose clock may run fast on a busy host

passed=0 failed=0

# check NAME COMMAND…: one test; it passes if COMMAND does. What it printed is the detail. With
# AGENTWATCH_FAIL_FAST, the first that fails is the last; with AGENTWATCH_CHECKS, the one of that number.
check() {
	local name=$1 detail start=${EPOCHREALTIME/./} took
	shift
	if "$@" >"$W/detail" 2>&1; then
		passed=$((passed + 1))
		printf 'ok %d - %s\n' $((passed + failed)) "$name"
	else
		failed=$((failed + 1))
		detail=$(head -c 2000 "$W/detail" | tr '\n\t' '| ')
		printf 'not ok %d - %s # %s\n' $((passed + failed)) "$name" "$detail"
		[[ -z ${AGENTWATCH_FAIL_FAST:-} ]] || finish
	fi
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	((took < SLOW_MS)) || printf '# that took %d ms\n' "$took"
	((passed + failed != ${AGENTWATCH_CHECKS:-0})) || finish
}

# The totals, and the end.
finish() {
	printf '%d passed, %d failed\n' "$passed" "$failed"
	((failed == 0))
	exit
}

# fails_with TEXT…: for a command that check calls, to say what is wrong.
fails_with() {
	printf '%s\n' "$*"
	return 1
}

not() {
	! "$@"
}

equal() {
	[[ $1 == "$2" ]] || fails_with "'$1' is not '$2'"
}

has_text() {
	[[ $(<"$1") == *"$2"* ]] || fails_with "$1 lacks: $2: $(head -c 1500 "$1")"
}

has_no_text() {
	! grep -F -e "$2" -- "$1"
}

is_empty() {
	[[ ! -s $1 ]] || fails_with "$(head -c 1500 "$1")"
}

# eventually COMMAND…: within WAIT_S seconds, or as many as wait_s has. The command is asked for a quarter
# of the time at most: what is waited for needs the CPU.
eventually() {
	local limit=${wait_s:-$WAIT_S} end start took
	end=$((SECONDS + limit))
	while :; do
		start=${EPOCHREALTIME/./}
		"$@" >"$W/eventually" 2>&1 && return
		if ((SECONDS >= end)); then
			fails_with "not within $limit s: $*: $(<"$W/eventually")"
			return 1
		fi
		took=$((${EPOCHREALTIME/./} - start))
		pause_us $((took < 33000 ? 100000 : 3 * took))
	done
}

# Without a process, as sleep would be.
exec {nothing}<> <(:)
pause_us() {
	local seconds
	printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
	read -r -t "$seconds" -u "$nothing" || true
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# ended PID STATUS: it ends with that status.
ended() {
	local status=0
	wait "$1" || status=$?
	((status == $2)) || fails_with "exit status $status instead of $2"
}

# --- agentwatch -----------------------------------------------------------------------------------

# aw LOG ARGUMENT…: agentwatch with its stderr in LOG.
aw() {
	local log=$1
	shift
	"$AW" "$@" 2>"$log"
}

# The programs stay loaded while a command that needs them is there, which saves their loading. With
# AGENTWATCH_KEPT, the process id of such a command, they are.
keep_loaded() {
	[[ -z ${keeper:-} ]] || return 0
	if [[ ${AGENTWATCH_KEPT:-} ]]; then
		keeper=$AGENTWATCH_KEPT
		check "agentwatch can load its programs" runs keeper "$keeper"
		return
	fi
	rm -f "$W/keeper.runs"
	"$AW" audit --policy "$W/all.yaml" --name keeper --as-root --events none -- \
		sh -c 'true >"$1" && exec sleep infinity' sh "$W/keeper.runs" 2>"$W/keeper.log" &
	keeper=$!
	check "agentwatch can load its programs" keeper_runs
}

# Loading takes its time: until then a file is asked for, and not agentwatch.
keeper_runs() {
	eventually has_begun_or_gone "$W/keeper.runs" "$keeper" && runs keeper "$keeper"
}

has_begun_or_gone() {
	[[ -e $1 ]] || is_gone "$2"
}

stop_keeping() {
	[[ -n ${keeper:-} && -z ${AGENTWATCH_KEPT:-} ]] || return 0
	kill -TERM "$keeper"
	wait "$keeper"
	keeper=""
	wait_s=60 eventually not test -e "$PINS"
}

# state_of AGENT: as `agentwatch status` has it.
state_of() {
	status_of "$1" state
}

# status_of AGENT FIELD
status_of() {
	"$AW" status --json | "$PROGRAMS/fields" - "agent=$1" "$2"
}

is_running() {
	[[ $(state_of "$1") == owned ]]
}

is_running_or_gone() {
	is_running "$1" || is_gone "$2"
}

# runs AGENT PID: before long it is registered. Its stderr is in $W/AGENT.log.
runs() {
	eventually is_running_or_gone "$1" "$2" && is_running "$1" && return
	printf '%s is not running: %s\n' "$1" "$(cat "$W/$1.log" "/proc/$2/"{status,wchan,stack} 2>&1)"
	return 1
}

cgroup_of() {
	status_of "$1" cgroup
}

# new_cgroup NAME: an empty cgroup whose path is printed.
new_cgroup() {
	mkdir "$CGROUPS/$1" && printf '%s\n' "$CGROUPS/$1"
}

# Runs a command in a cgroup, in place of the calling shell: for use with &.
in_cgroup() {
	local cgroup=$1
	shift
	echo "$BASHPID" >"$cgroup/cgroup.procs" && exec "$@"
}

# --- events ---------------------------------------------------------------------------------------

# operations EVENTS: one line an operation: effect, operation, hook, role, object.
operations() {
	"$PROGRAMS/fields" "$1" type=operation effect operation hook object.role \
		'object.path|object.name|object.address:object.port'
}

# denied EVENTS: operation and object of what was denied.
denied() {
	operations "$1" | awk -F '\t' '$1 == "denied" {print $2, $5}'
}

# --- policies -------------------------------------------------------------------------------------

write_policies() {
	cat >"$W/all.yaml" <<-'EOT'
		version: 1
		name: all
		anchors: {WORKSPACE: {}}
		rules:
		  - {id: files, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['**']}
		  - {id: sockets, allow: [unix], socket: ['**', '@*']}
		  - {id: net, allow: [tcp, udp, bind, listen], cidr: ['::/0'], port: ['0-65535']}
	EOT
	# Everything, but for what lies in a folder called "secret".
	{
		cat "$W/all.yaml"
		printf "  - {id: secret, deny: [read, write, create, delete, rename, link, attr, exec], "
		printf "path: ['**/secret/**'], reason: not for agents}\n"
	} | sed 's/^name: all/name: but-secret/' >"$W/but-secret.yaml"
}

# --- agents that do as they are told (programs/agent.c) ---------------------------------------------

# new_workspace FOLDER: with a file that an agent may read and one that it may not.
new_workspace() {
	mkdir -p "$1/secret" && echo allowed >"$1/file" &&
		echo secret | tee "$1"/secret/{key,first,second,third,fourth} >/dev/null && chmod -R a+rwX "$1"
}

# start_agent NAME FOLDER [OPTION…]: adds to pids. Its policy is $policy, or everything but secrets.
start_agent() {
	local name=$1 folder=$2
	shift 2
	"$AW" enforce --policy "${policy:-$W/but-secret.yaml}" --anchor "WORKSPACE=$folder" --name "$name" --user nobody \
		--ring-size 64K --events "$W/$name.events" "$@" -- "$PROGRAMS/agent" "$folder" 2>"$W/$name.log" &
	pids[$name]=$!
}

# put_order FOLDER PATH…: to open each; the name of the order is in $order.
put_order() {
	order=$1/$RANDOM$RANDOM.order
	shift
	(umask 0 && printf '%s\n' "$@" >"$order.new") && ln "$order.new" "$order" && rm "$order.new"
}

# take_answer ORDER: what opening each gave, on one line.
take_answer() {
	eventually test -e "$1.answer" || return
	paste -s -d ' ' "$1.answer"
}

# ask FOLDER PATH…
ask() {
	local order
	put_order "$@" && take_answer "$order"
}

# answers EXPECTED FOLDER PATH…
answers() {
	local expected=$1 got
	shift
	got=$(ask "$@") || fails_with "no answer: $got" || return
	equal "$got" "$expected"
}

# --- acts of scripts inside agents -------------------------------------------------------------------

# try NAME COMMAND…: a line "NAME RESULT".
read -r -d '' TRY <<'EOT'
try() {
	local name=$1 text
	shift
	if text=$("$@" 2>&1 >/dev/null); then
		echo "$name 0"
	elif [[ $text == *'Permission denied'* ]]; then
		echo "$name EACCES"
	else
		echo "$name ${text//[[:space:]]/_}"
	fi
}
EOT
export TRY

# --- what is in the kernel ----------------------------------------------------------------------------

program_ids() {
	bpftool prog show -j | jq -c '[.[] | select((.name // "") | startswith("aw_")) | .id] | sort'
}

# Nothing of agentwatch is in the kernel, nor a cgroup of its own, nor a registered agent.
nothing_is_left() {
	local left=""
	[[ ! -e $PINS ]] || left+=" $(find "$PINS" | head -5)"
	[[ ! -d $CGROUPS/agentwatch ]] || left+=" $(find "$CGROUPS/agentwatch" -mindepth 1 -type d)"
	left+=$(find /run/agentwatch/agents -type f 2>/dev/null)
	left+=$(bpftool prog show | grep -E ' name aw_' | head -3)
	left+=$(bpftool map show | grep -E ' name aw_' | head -3)
	[[ -z ${left// /} ]] || fails_with "left: $left"
}

is_orphan() {
	equal "$(state_of "$1")" orphan
}
