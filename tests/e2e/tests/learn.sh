# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# From nothing to an enforced policy: what a job of shell and git did while it was learned is allowed
# to it, and acts that it never did are denied.

readonly RUNS=3

# The job, in a fresh workspace; what differs from run to run is its content.
read -r -d '' JOB <<'EOT'
	set -e
	cd "$1"
	export HOME=$1 GIT_CONFIG_GLOBAL=/dev/null
	git init -q -b main project
	cd project
	for i in 1 2 3; do
		printf 'line %s of %s\n' $i "$2" >file-$i.txt
	done
	git add .
	git -c user.name=e2e -c user.email=e2e@example.org commit -q -m "run $2"
	mkdir build
	sort -r file-*.txt | sed 's/line/LINE/' >build/sorted.txt
	cp build/sorted.txt build/copy.txt
	mv build/copy.txt build/moved.txt
	grep -c LINE build/moved.txt
	git status --short | head -n 5
	git log --oneline | wc -l
	rm -r build
EOT
readonly JOB

do_job() {
	local workspace=$W/job/$2
	mkdir -p "$workspace" && chown nobody: "$workspace" && cd "$workspace" || return
	"$AW" "$1" --user nobody --anchor "WORKSPACE=$workspace" "${@:3}" -- bash -c "$JOB" job "$workspace" "$2"
}

learn_job() {
	local i
	for ((i = 1; i <= RUNS; i++)); do
		(do_job learn "run-$i" --name job) >"$W/job.out" 2>&1 || fails_with "run $i: status $?: $(<"$W/job.out")" ||
			return
		has_text "$W/job.out" "baseline job, run $i" && has_text "$W/job.out" "; complete" || return
	done
}

enforce_job() {
	(do_job enforce enforced --policy "$W/job.yaml" --events "$W/job.events") >"$W/job.out" 2>&1 ||
		fails_with "status $?: $(<"$W/job.out")"
}

# planted NAME COMMAND…: under the learned policy it is denied, though nobody may do it otherwise.
planted() {
	local name=$1 workspace=$W/job/planted
	shift
	mkdir -p "$workspace"
	chown nobody: "$workspace"
	check "learn: planted outside of agents: $name is possible" as_nobody "$workspace" "$@"
	check "learn: planted: $name is denied" is_denied "$workspace" "$@"
}

as_nobody() {
	(cd "$1" && setpriv --reuid nobody --regid nogroup --clear-groups "${@:2}")
}

is_denied() {
	local workspace=$1 status=0
	shift
	rm -f "$W/planted.events"
	(cd "$workspace" && "$AW" enforce --policy "$W/job.yaml" --user nobody --anchor "WORKSPACE=$workspace" \
		--events "$W/planted.events" -- "$@") >"$W/planted.out" 2>&1 || status=$?
	((status)) || fails_with "it was done: $(<"$W/planted.out")" || return
	[[ -n $(denied "$W/planted.events") ]] || fails_with "status $status, and no denial: $(<"$W/planted.out")"
}

test_learn() {
	local server
	keep_loaded
	export AGENTWATCH_STATE_DIR=$W/state
	chmod 755 "$W"
	check "learn: $RUNS runs of the job are learned" learn_job
	check "learn: a policy is made of them" aw "$W/new.log" policy new job -o "$W/job.yaml"
	check "learn: which is one" aw "$W/check.log" policy check "$W/job.yaml"
	check "learn: the job does well under it" enforce_job
	check "learn: with no denial" equal "$(denied "$W/job.events")" ""
	check "learn: as its summary says" not has_text "$W/job.out" denied

	mkdir -p "$W/planted" && echo key >"$W/planted/id_ed25519" && chown -R nobody: "$W/planted"
	socat TCP-LISTEN:7990,bind=127.0.0.1,fork,reuseaddr OPEN:/dev/null &
	server=$!
	eventually socat -u OPEN:/dev/null TCP:127.0.0.1:7990
	planted "reading a key elsewhere" cat "$W/planted/id_ed25519"
	planted "writing elsewhere" cp /etc/hostname "$W/planted/new"
	planted "changing a file elsewhere" chmod 644 "$W/planted/id_ed25519"
	planted "connecting" bash -c 'echo x >/dev/tcp/127.0.0.1/7990'
	planted "running what it never ran" perl -e 0
	planted "listing processes" bash -c 'cat /proc/1/cmdline'
	planted "writing to a terminal" bash -c 'echo x >/dev/full || true; exec 3>/dev/ptmx'
	kill "$server"
	unset AGENTWATCH_STATE_DIR
}
