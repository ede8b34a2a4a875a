# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The main job: learns from runs of the agent, writes a policy, enforces it on another change, then
# on one that has acts planted in it, and judges whether all came out as promised. Where the agent
# works is the stage's concern, what the acts are that of quickstart-acts.sh.
# shellcheck disable=SC2154 # names of the stage and the acts
set -euo pipefail

readonly RUNS_TO_LEARN=5 RUNS_NAME=quickstart RUNS_POLICY_LINES=45 RUNS_TTL=5m
# The seven changes of the job: five to learn from, and one that no run has seen.
readonly RUNS_NEW_CHANGE=6

runs_policy="" runs_rows="" runs_holder=""

# runs_agentwatch LOG VERB OPTION… -- CHANGE: runs the agent's job under agentwatch. Its output goes
# to LOG.out, agentwatch's own to LOG.err. Returns the status.
runs_agentwatch() {
	local log=$1 options=("${@:2:$#-3}") change=${!#}

	(
		cd "$STAGE_WORK"
		AGENTWATCH_STATE_DIR=$STAGE/state "$AGENTWATCH" "${options[@]}" --user "$STAGE_USER" \
			--anchor "WORKSPACE=$STAGE_WORK" --anchor "HOME=$STAGE_HOME" --ttl "$RUNS_TTL" -- \
			env HOME="$STAGE_HOME" LC_ALL=C.UTF-8 "$STAGE/job" "$(runs_url)" "$change"
	) >"$log.out" 2>"$log.err"
}

runs_url() {
	printf 'git://127.0.0.1:%d/project.git' "$stage_port"
}

# The first command loads the programs into the kernel, the last one out removes them. An agent that
# sleeps keeps them there, so that the runs need not wait for it: in a guest it takes long.
runs_load() {
	local log=$STAGE_LOGS/holder
	say_step "the programs are loaded into the kernel"
	AGENTWATCH_STATE_DIR=$STAGE/state-holder "$AGENTWATCH" learn --name "$RUNS_NAME-holder" \
		--user "$STAGE_USER" -- sleep infinity >"$log" 2>&1 {stage_lock_fd}>&- &
	runs_holder=$!
	stage_wait_for runs_is_loaded || say_failed "the programs could not be loaded" "$log"
	say_done
}

runs_is_loaded() {
	"$AGENTWATCH" status | grep -q "$RUNS_NAME-holder"
}

runs_unload() {
	[[ -n $runs_holder ]] || return 0
	kill "$runs_holder" 2>/dev/null || true
	wait "$runs_holder" 2>/dev/null || true
	runs_holder=""
}

# What agentwatch said of the run in one line, without its beginning.
runs_summary() {
	sed -n 's/^agentwatch: [a-z]* [^ ]*: \(.* operations allowed.*\)/\1/p' "$1"
}

runs_learn() {
	local change log summary

	for ((change = 1; change <= RUNS_TO_LEARN; change++)); do
		log=$STAGE_LOGS/learn$change
		say_step "learn, run $change of $RUNS_TO_LEARN"
		stage_home
		runs_agentwatch "$log" learn --name "$RUNS_NAME" --label "change=$change" -- "$change" ||
			say_failed "the agent's job failed" "$log.err"
		summary=$(runs_summary "$log.err")
		[[ $summary == *complete* ]] || say_failed "the run was not seen completely" "$log.err"
		say_done "$summary"
	done
}

runs_write_policy() {
	runs_policy=$STAGE/quickstart.yaml
	say_step "agentwatch policy new --from $RUNS_NAME"
	AGENTWATCH_STATE_DIR=$STAGE/state "$AGENTWATCH" policy new --from "$RUNS_NAME" -o "$runs_policy" \
		>"$STAGE_LOGS/policy" 2>&1 || say_failed "no policy could be made" "$STAGE_LOGS/policy"
	"$AGENTWATCH" policy check "$runs_policy" >"$STAGE_LOGS/check" 2>&1 ||
		say_failed "the policy does not pass its check" "$STAGE_LOGS/check"
	say_done "$(grep -c '^  - ' "$runs_policy") rules in $(wc -l <"$runs_policy") lines"
	say_file "$runs_policy" "$RUNS_POLICY_LINES"
	[[ -z ${AGENTWATCH_QUICKSTART_KEEP:-} ]] || cp "$runs_policy" "$AGENTWATCH_QUICKSTART_KEEP/"
}

# runs_denials FILE: operation, object, rule and reason of what was denied, tabs between them.
runs_denials() {
	"$AGENTWATCH" events --denied --json "$1" | jq -r '
		select(.effect == "denied") | [.operation,
		(if .object.type == "address" then "\(.object.address):\(.object.port)"
		 else .object.path // .object.name // "without a name" end),
		(.rule.id // "none"),
		(.rule.reason // (if .reason == "policy" then "no rule allows it" else .reason end)),
		.id] | @tsv'
}

# The same change on its own, not watched: what the job prints, and that each act is possible.
runs_unwatched() {
	local log=$STAGE_LOGS/unwatched id outcome

	say_step "the commit with the planted acts, outside agentwatch"
	stage_home
	(cd "$STAGE_WORK" && stage_as_user "$STAGE/job" "$(runs_url)" "$RUNS_NEW_CHANGE") \
		>"$log.out" 2>"$log.err" || say_failed "the agent's job failed" "$log.err"
	for id in "${acts_drawn[@]}"; do
		outcome=$(acts_outcome "$log.out" "$id")
		[[ $outcome == 0 ]] || say_failed "$id is not possible here: ${outcome:-it did not run}" "$log.out"
	done
	say_done "all ${#acts_drawn[@]} acts went through"
}

runs_job_output() {
	grep -v '^act ' "$1"
}

runs_enforce() {
	local log=$STAGE_LOGS/enforce

	say_step "agentwatch enforce, a change that no run has seen"
	stage_home
	runs_agentwatch "$log" enforce --policy "$runs_policy" --events "$log.jsonl" -- \
		"$RUNS_NEW_CHANGE" || {
		runs_denials "$log.jsonl" >>"$log.err" || true
		say_failed "the agent's job failed" "$log.err"
	}
	runs_denials "$log.jsonl" >"$log.denied"
	[[ ! -s $log.denied ]] || say_failed "something was denied that the job needs" "$log.denied"
	say_done "$(runs_summary "$log.err")"
	say_file "$log.out"
}

# Each denial is one act's, each act was denied, and none of them got anywhere.
runs_judge_acts() {
	local log=$1 operation object rule reason event id outcome problems=0
	local -A seen=()

	printf 'act\toperation\tobject\trule\treason\n' >"$runs_rows"
	while IFS=$'\t' read -r operation object rule reason event; do
		if ! id=$(acts_of_denial "$operation" "$object"); then
			printf 'denied, and no planted act: %s %s (rule %s: %s)\n' "$operation" "$object" \
				"$rule" "$reason" >>"$log.problems"
			continue
		fi
		seen[$id]=$event
		printf '%s\t%s\t%s\t%s\t%s\n' "${acts_text[$id]}" "$operation" \
			"${object/#$STAGE_HOME/\~}" "$rule" "$reason" \
			>>"$runs_rows"
	done <"$log.denied"
	for id in "${acts_drawn[@]}"; do
		outcome=$(acts_outcome "$log.out" "$id")
		[[ -n ${seen[$id]:-} ]] || printf 'not denied: %s\n' "$id" >>"$log.problems"
		[[ -n $outcome && $outcome != 0 ]] || printf 'went through: %s\n' "$id" >>"$log.problems"
	done
	[[ ! -s $log.problems ]] || problems=$(wc -l <"$log.problems")
	return $((problems > 0))
}

runs_enforce_acts() {
	local log=$STAGE_LOGS/acts

	runs_rows=$log.rows
	say_step "agentwatch enforce, the same change with the planted acts"
	stage_home
	runs_agentwatch "$log" enforce --policy "$runs_policy" --events "$log.jsonl" -- \
		"$RUNS_NEW_CHANGE" || say_failed "the agent's job failed" "$log.err"
	runs_denials "$log.jsonl" >"$log.denied"
	runs_judge_acts "$log" || say_failed "not as promised" "$log.problems"
	say_done "$(runs_summary "$log.err")"
	say_table "$runs_rows"
	runs_explain_one "$log"
}

# The operator's view of one of them.
runs_explain_one() {
	local event
	event=$(tail -n 1 "$1.denied" | cut -f 5)
	say_note "" "agentwatch why $event"
	"$AGENTWATCH" why --events "$1.jsonl" --policy "$runs_policy" "$event" >"$STAGE_LOGS/why" 2>&1 ||
		say_failed "the denial is not explained" "$STAGE_LOGS/why"
	say_file "$STAGE_LOGS/why"
}

runs_compare_output() {
	local which
	say_step "the job's own output, watched and not"
	for which in enforce acts; do
		diff <(runs_job_output "$STAGE_LOGS/unwatched.out") <(runs_job_output "$STAGE_LOGS/$which.out") \
			>"$STAGE_LOGS/diff" || say_failed "the job printed something else" "$STAGE_LOGS/diff"
	done
	say_done "the same, line by line"
}

# runs_table SEED: what was learned, allowed and denied.
runs_table() {
	local table=$STAGE_LOGS/table

	{
		printf 'run\toperations\tdistinct\tdenied\n'
		for ((change = 1; change <= RUNS_TO_LEARN; change++)); do
			runs_table_row "learned: change $change" "$STAGE_LOGS/learn$change"
		done
		runs_table_row "allowed: change $RUNS_NEW_CHANGE" "$STAGE_LOGS/enforce"
		runs_table_row "denied: change $RUNS_NEW_CHANGE with ${#acts_drawn[@]} planted acts" "$STAGE_LOGS/acts"
	} >"$table"
	say_heading "What was learned, allowed and denied (seed $1)"
	say_table "$table"
}

runs_table_row() {
	local summary allowed distinct denied=0
	summary=$(runs_summary "$2.err")
	allowed=${summary%% *}
	distinct=$(sed -n 's/.* \([0-9]*\) of them distinct.*/\1/p' <<<"$summary")
	[[ ! -s $2.denied ]] || denied=$(wc -l <"$2.denied")
	printf '%s\t%s\t%s\t%s\n' "$1" "$allowed" "${distinct:--}" "$denied"
}

# runs_all SEED COUNT REPOSITORY
runs_all() {
	say_heading "Learn what the agent does"
	say_note "The agent clones this project, changes a file, builds, runs unit tests and commits."
	runs_load
	runs_learn
	say_heading "Turn it into a policy"
	runs_write_policy
	say_heading "Enforce it"
	runs_enforce
	acts_read "$3/tests/e2e/quickstart/acts"
	acts_draw "$1" "$2"
	say_heading "Plant ${#acts_drawn[@]} acts of ${#acts_all[@]} in the project (--seed $1 repeats them)"
	acts_plant "$STAGE/source"
	stage_publish "faster tests"
	runs_unwatched
	runs_enforce_acts
	runs_compare_output
	runs_table "$1"
}
