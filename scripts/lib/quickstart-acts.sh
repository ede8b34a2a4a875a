# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The planted acts: draws some by a seed, puts them into a commit of the project that the agent will
# clone, and compares what came of them with what each says of itself. The acts are in
# tests/e2e/quickstart/acts; where they run, and what they find there, is the stage's concern.
set -euo pipefail

readonly ACTS_MULTIPLIER=1103515245 ACTS_INCREMENT=12345 ACTS_MODULUS=2147483648
readonly ACTS_CARRIER=tests/unit/base/map_test.c ACTS_SHELL_CARRIER=tests/e2e/quickstart/run-tests

acts_folder="" acts_all=() acts_drawn=()
declare -A acts_text=() acts_operations=() acts_objects=()

# acts_field FILE NAME: what its comment says after "NAME:"; nothing where it does not say it.
acts_field() {
	sed -n "s/^[ #]*\*\{0,1\} $2: //p" "$1" | head -n 1
}

# acts_read FOLDER: all acts that this system has the programs for.
acts_read() {
	local file id needs expected

	acts_folder=$(realpath -- "$1")
	for file in "$acts_folder"/*.c "$acts_folder"/*.sh; do
		id=${file##*/}
		needs=$(acts_field "$file" needs)
		[[ -z $needs || -x $needs ]] || continue
		expected=$(acts_field "$file" expect)
		acts_all+=("$id")
		acts_text[$id]=$(acts_field "$file" act)
		acts_operations[$id]=${expected%% *}
		acts_objects[$id]=${expected#* }
		[[ -n ${acts_text[$id]} && $expected == *' '* ]] ||
			say_failed "$file does not say what it does and what to expect"
	done
}

# acts_draw SEED COUNT: the same for the same seed, on every system with the same programs.
acts_draw() {
	local state=$1 count=$2 i j swap pool=("${acts_all[@]}")

	((count <= ${#pool[@]})) || count=${#pool[@]}
	for ((i = 0; i < count; i++)); do
		state=$(((state * ACTS_MULTIPLIER + ACTS_INCREMENT) % ACTS_MODULUS))
		# The low bits of such a generator repeat soon.
		j=$((i + (state >> 8) % (${#pool[@]} - i)))
		swap=${pool[i]} pool[i]=${pool[j]} pool[j]=$swap
	done
	acts_drawn=("${pool[@]:0:count}")
}

# acts_place TEXT: with the stage's names put in.
acts_place() {
	local text=$1
	text=${text//'{HOME}'/$STAGE_HOME} text=${text//'{WORK}'/$STAGE_WORK}
	text=${text//'{STAGE}'/$STAGE} text=${text//'{DROP}'/$DROP}
	text=${text//'{SERVER}'/$stage_server} text=${text//'{PORT}'/$stage_other_port}
	printf '%s' "$text"
}

acts_in_c() {
	local id name rows=""

	printf '#define ACT_HOME "%s"\n#define ACT_WORK "%s"\n#define ACT_STAGE "%s"\n' \
		"$STAGE_HOME" "$STAGE_WORK" "$STAGE"
	printf '#define ACT_DROP "%s"\n#define ACT_SERVER "%s"\n#define ACT_PORT_TEXT "%s"\n' \
		"$DROP" "$stage_server" "$stage_other_port"
	grep -v '^#pragma once' "$acts_folder/../act.h"
	for id in "${acts_drawn[@]}"; do
		[[ $id == *.c ]] || continue
		name=act_${id%.c}
		name=${name//-/_}
		grep -v '^#include "act.h"' "$acts_folder/$id" | sed "s/^int act(void)/static int $name(void)/" |
			tail -n +2
		rows+="{\"$id\", $name},"
	done
	# From a destructor: the unit tests of the program have passed by then.
	cat <<END
static const struct {
	const char *id;
	int (*act)(void);
} planted[] = {$rows {0}};

static void __attribute__((destructor)) run_planted(void)
{
	int status;
	pid_t pid;

	for (int i = 0; planted[i].id; i++) {
		pid = fork();
		if (pid == 0) {
			alarm(20);
			_exit(planted[i].act());
		}
		status = EIO << 8;
		waitpid(pid, &status, 0);
		dprintf(3, "act %s %d\\n", planted[i].id, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	}
}
END
}

acts_in_shell() {
	local id name

	cat <<END
status=\$?
ACT_HOME=$STAGE_HOME ACT_WORK=$STAGE_WORK ACT_STAGE=$STAGE ACT_DROP=$DROP
END
	for id in "${acts_drawn[@]}"; do
		[[ $id == *.sh ]] || continue
		name=act_${id%.sh}
		name=${name//-/_}
		cat <<END
$name() {
$(grep -v '^#' "$acts_folder/$id")
}
message=\$( ($name) 2>&1)
printf 'act %s %d %s\n' $id "\$?" "\${message%%\$'\\n'*}"
END
	done
	printf 'exit "%sstatus"\n' '$'
}

# acts_plant SOURCE: into the unit tests of the project, and into the script that runs them. Their
# results go to its third file, which is not swallowed.
acts_plant() {
	local carrier=$1/$ACTS_CARRIER shell_carrier=$1/$ACTS_SHELL_CARRIER

	acts_in_c >>"$carrier"
	sed -i '2i exec 3>&1' "$shell_carrier"
	acts_in_shell >>"$shell_carrier"
}

# acts_outcome FILE ID: the status that the act ended with; nothing where it did not run.
acts_outcome() {
	sed -n "s/^act $2 \(-\{0,1\}[0-9]*\).*/\1/p" "$1" | head -n 1
}

# acts_matches WORD LIST: whether it is one of the list's globs, which have | between them.
acts_matches() {
	local pattern
	local -a patterns
	IFS='|' read -r -a patterns <<<"$2"
	for pattern in "${patterns[@]}"; do
		# The right side is a glob on purpose.
		# shellcheck disable=SC2053
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# acts_of_denial OPERATION OBJECT: the act that this denial answers, or failure.
acts_of_denial() {
	local id
	for id in "${acts_drawn[@]}"; do
		if acts_matches "$1" "${acts_operations[$id]}" &&
			acts_matches "$2" "$(acts_place "${acts_objects[$id]}")"; then
			printf '%s\n' "$id"
			return 0
		fi
	done
	return 1
}
