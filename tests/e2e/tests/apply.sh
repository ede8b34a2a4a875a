# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# `agentwatch apply` on agents that another command runs: what holds from then on, what the owner
# tells of it, and what is refused.

# apply STATUS TEXT ARGUMENT…: the exit status, and what it says on stderr.
apply() {
	local expected=$1 text=$2 status=0
	shift 2
	"$AW" apply "$@" 2>"$W/apply.log" || status=$?
	((status == expected)) || fails_with "status $status instead of $expected: $(<"$W/apply.log")" || return
	has_text "$W/apply.log" "$text"
}

apply_policies() {
	# The agent's anchors in another order, and one of them in no rule.
	cat >"$W/turned.yaml" <<-'EOT'
		version: 1
		name: turned
		anchors: {SIDE: {}, WORKSPACE: {}}
		rules:
		  - {id: files, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['**']}
		  - {id: sockets, allow: [unix], socket: ['**', '@*']}
		  - {id: no-file, deny: [read], path: ['${WORKSPACE}/file']}
		  - {id: no-copy, deny: [read, write], path: ['**/copy', '**/apply.out']}
	EOT
	sed 's/SIDE/OTHER/; s/^name: turned/name: unbound/' "$W/turned.yaml" >"$W/unbound.yaml"
	sed 's/^  - {id: no-file.*/  - {id: bad, allow: [read], path: [relative]}/' "$W/turned.yaml" >"$W/broken.yaml"
	sed 's/WORKSPACE: {}/WORKSPACE: {}, SIDE: {}/' "$W/but-secret.yaml" >"$W/sided.yaml"
}

# changed AGENT: the lines of changes have the policy and mode that came, and denials their own.
changes_are_told() {
	local events=$W/$1.events
	jq -e -s '[.[] | select(.type == "run" and .phase == "change") | [.policy.name, .modes.file, .modes.net] | join(" ")] as $lines |
		$lines[-1] == "but-secret enforce enforce" and ($lines - ["turned enforce enforce", "but-secret enforce enforce",
			"but-secret audit enforce"] == [])' \
		"$events" || fails_with "$(jq -c 'select(.type == "run") | [.phase, .policy.name, .modes]' "$events")" || return
	jq -e -s '[.[] | select(.effect == "denied") | [.object.path, .policy.name, .rule.id] | join(" ")] |
		(index("'"$W/apply/secret/key"' but-secret secret") != null) and (index("'"$W/apply/file"' turned no-file") != null)' \
		"$events" || fails_with "$(jq -c 'select(.effect == "denied") | [.object, .policy, .rule]' "$events")"
}

apply_changes_tests() {
	local f=$W/apply
	check "apply: what the agent's first policy says" answers "0 EACCES" "$f" "$f/file" "$f/secret/key"
	check "apply: another policy, whose anchors are in another order" apply 0 "now under turned" one --policy "$W/turned.yaml"
	check "apply: it holds at once" answers "EACCES 0" "$f" "$f/file" "$f/secret/key"
	check "apply: status shows it" equal "$(status_of one policy)" turned
	check "apply: the first policy again, and the modes with it" apply 0 "now under but-secret" one --policy "$W/sided.yaml" --mode enforce
	check "apply: it holds again" answers "0 EACCES" "$f" "$f/file" "$f/secret/key"
	check "apply: the mode of one class" apply 0 "file=audit exec=enforce" one --mode file=audit
	check "apply: what was denied is let through" answers "0 0" "$f" "$f/file" "$f/secret/key"
	check "apply: all modes" apply 0 "enforce" one --mode audit --mode enforce
	check "apply: what was let through is denied" answers "0 EACCES" "$f" "$f/file" "$f/secret/key"
}

apply_errors_tests() {
	local before
	before=$("$AW" status --json)
	check "apply: an agent that is not there" apply 1 'there is no agent "nobody"' nobody --mode audit
	check "apply: an anchor that the agent does not have" apply 2 "the agent has no anchor OTHER" one --policy "$W/unbound.yaml"
	check "apply: a policy that is none" apply 2 "broken.yaml:7" one --policy "$W/broken.yaml"
	check "apply: a mode that is none" apply 2 'there is no such mode' one --mode file=loud
	check "apply: a class that is none" apply 2 'there is no such class' one --mode disk=audit
	check "apply: nothing to change" apply 2 'nothing to change' one
	check "apply: what is refused changes nothing" equal "$("$AW" status --json)" "$before"
}

# What is open when the policy is tightened: a file and a copy of it; standard output and input.
apply_open_files_tests() {
	local f=$W/apply agent
	echo granted >"$W/apply-side/copy"
	# shellcheck disable=SC2016 # The agent's shell expands it.
	"$AW" enforce --policy "$W/sided.yaml" --anchor "WORKSPACE=$f" --anchor "SIDE=$W/apply-side" --name open --as-root --events "$W/open.events" \
		-- sh -c 'exec 3<"$1/file" 4>>"$1/copy"; echo ready; until test -e "$1/go"; do sleep 0.1; done
			read -r x <&3 || echo read 3; echo x >&4 || echo write 4; read -r y && echo "input $y"
			(: >>"$2/apply.out") || echo open' sh "$f" "$W" <"$W/apply-side/copy" >"$W/apply.out" 2>"$W/open.log" &
	agent=$!
	check "apply: an agent with open files runs" eventually has_text "$W/apply.out" ready
	check "apply: nothing asks for descriptors to be decided again" not test -e "$PINS/links/aw_file_permission"
	check "apply: a policy that denies what is open" apply 0 "now under turned" open --policy "$W/turned.yaml"
	check "apply: the program for descriptors is attached" test -e "$PINS/links/aw_file_permission"
	touch "$f/go"
	check "apply: the agent with open files ends" ended "$agent" 0
	check "apply: open files cannot be used beyond the policy, but standard input and output" \
		equal "$(paste -s -d ' ' "$W/apply.out")" "ready read 3 write 4 input granted open"
	check "apply: what was denied is told" equal "$(operations "$W/open.events" | awk -F '\t' '$1 == "denied" {print $2, $3}' | sort -u | paste -s -d ' ')" \
		"read file_permission write file_open write file_permission"
	check "apply: the program for descriptors is detached" not test -e "$PINS/links/aw_file_permission"
}

test_apply() {
	local -A pids=()
	local f=$W/apply policy=$W/sided.yaml
	keep_loaded
	new_workspace "$f"
	mkdir -p "$W/apply-side"
	apply_policies
	start_agent one "$f" --anchor "SIDE=$W/apply-side"
	check "apply: an agent runs" runs one "${pids[one]}"
	apply_changes_tests
	apply_errors_tests
	touch "$f/end"
	check "apply: the agent ends" ended "${pids[one]}" 0
	check "apply: its owner tells of every change, and of denials by the policy that decided" changes_are_told one
	check "apply: so does its summary" has_text "$W/one.log" "changed 4 times"
	apply_open_files_tests
}
