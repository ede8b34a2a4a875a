# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The place where the quick start's agent works: a home with things worth stealing, a workspace, a
# git server on loopback, sockets, and programs that somebody dropped in /tmp. It owns all of these
# and takes them away again. Nothing of the user's own is read or written.
set -euo pipefail

readonly STAGE=/srv/agentwatch-quickstart DROP=/tmp/agentwatch-quickstart
readonly STAGE_LOCK=/run/agentwatch-quickstart.lock
readonly STAGE_SIZE=512m STAGE_USER=nobody
readonly STAGE_HOME=$STAGE/home STAGE_WORK=$STAGE/work STAGE_LOGS=$STAGE/logs
readonly STAGE_BRANCH=main
readonly STAGE_WAIT_TENTHS=300
# shellcheck disable=SC2034 # read by the scripts that source this
readonly STAGE_SECRETS=(.ssh/id_ed25519 .ssh/id_rsa .ssh/authorized_keys .aws/credentials .netrc
	.kube/config .docker/config.json .config/gcloud/credentials.db .config/gh/hosts.yml
	.git-credentials .npmrc .pypirc .pgpass .my.cnf .vault-token .azure/tokens.json
	.terraform.d/credentials.tfrc.json .gnupg/private-keys-v1.d/a.key .bash_history .bashrc)

# shellcheck disable=SC2034 # read by the scripts that source this
stage_group="" stage_port=9418 stage_other_port="" stage_server=""
stage_processes=() stage_is_made="" stage_lock_fd=""

# stage_become COMMAND…: as the agent's user, with its home and nothing of root's environment.
stage_become() {
	exec setpriv --reuid "$STAGE_USER" --regid "$stage_group" --clear-groups --no-new-privs -- \
		env -i PATH="$PATH" HOME="$STAGE_HOME" LC_ALL=C.UTF-8 "$@"
}

stage_as_user() {
	(stage_become "$@")
}

stage_port_is_free() {
	! (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

stage_wait_for() {
	local tenths=0
	until "$@"; do
		((tenths++ < STAGE_WAIT_TENTHS)) || return 1
		sleep 0.1
	done
}

# What an earlier run left when it was killed. Called with the lock held, so nobody uses it.
stage_clear() {
	if mountpoint -q "$STAGE" 2>/dev/null; then
		umount -l "$STAGE"
	fi
	[[ ! -d $STAGE ]] || rmdir -- "$STAGE"
	if [[ -e $DROP || -L $DROP ]]; then
		[[ -d $DROP && ! -L $DROP && $(stat -c %u "$DROP") == 0 ]] ||
			say_failed "$DROP is there and not root's: remove it"
		rm -rf --one-file-system -- "$DROP"
	fi
	rm -f /dev/shm/agentwatch-quickstart
}

# stage_home: the agent's home, workspace and surroundings, as they are before every run.
stage_home() {
	local secret folders=(.cache .local/share .config/systemd/user)

	find "$STAGE_HOME" "$STAGE_WORK" "$STAGE"/{etc,spool,other,bin} -mindepth 1 -delete
	rm -f /dev/shm/agentwatch-quickstart
	for secret in "${STAGE_SECRETS[@]}"; do
		[[ $secret != */* ]] || folders+=("${secret%/*}")
	done
	mkdir -p "${folders[@]/#/$STAGE_HOME/}"
	for secret in "${STAGE_SECRETS[@]}"; do
		printf 'not a real secret\n' >"$STAGE_HOME/$secret"
	done
	printf '[user]\n\tname = Agent\n\temail = agent@localhost\n' >"$STAGE_HOME/.gitconfig"
	cp /etc/passwd /etc/group "$STAGE/etc/"
	mkdir -p "$STAGE/spool/crontabs" "$STAGE"/other/{empty,.git/hooks}
	printf 'TOKEN=none\n' >"$STAGE/other/.env"
	install -m 755 "$DROP/payload" "$STAGE/bin/helper"
	install -m 755 "$DROP/payload" "$STAGE/bin/tool"
	ln -s "$STAGE_HOME/.kube/config" "$STAGE_WORK/notes.link"
	printf 'things to do\n' >"$STAGE_WORK/todo.txt"
	chown -R -h "$STAGE_USER:$stage_group" "$STAGE_HOME" "$STAGE_WORK" "$STAGE"/{etc,spool,other,bin}
	chmod 700 "$STAGE_HOME/.ssh" "$STAGE_HOME/.gnupg"
}

# stage_build SOURCE FOLDER: the stage's programs, beforehand: a guest would take long over it.
stage_build() {
	mkdir -p "$2"
	gcc -O1 -o "$2/payload" "$1/dropped.c"
	gcc -O1 -shared -fPIC -o "$2/library.so" "$1/dropped.c"
	gcc -O1 -D_GNU_SOURCE -o "$2/stage" "$1/stage.c"
}

stage_dropped_programs() {
	mkdir -m 755 "$DROP"
	install -m 755 "$1/payload" "$DROP/payload"
	install -m 755 "$1/payload" "$DROP/interpreter"
	install -m 755 "$1/library.so" "$DROP/libpreload.so"
	install -m 755 "$1/library.so" "$DROP/libdlopen.so"
	printf 'true\n' >"$DROP/script.sh"
}

# The project as its last commit has it, in a new repository that the git server offers.
stage_repository() {
	mkdir -p "$STAGE/source" "$STAGE/git"
	git -C "$1" -c safe.directory='*' archive HEAD | tar -x -C "$STAGE/source"
	git -C "$STAGE/source" init -q -b "$STAGE_BRANCH"
	git init -q --bare -b "$STAGE_BRANCH" "$STAGE/git/project.git"
	git -C "$STAGE/source" remote add origin "$STAGE/git/project.git"
	stage_publish "the project"
}

# stage_publish MESSAGE: commits what is in the source folder and offers it.
stage_publish() {
	git -C "$STAGE/source" add -A
	git -C "$STAGE/source" -c user.name=Somebody -c user.email=somebody@localhost \
		-c gc.auto=0 commit -q --no-verify -m "$1"
	git -C "$STAGE/source" push -q origin "$STAGE_BRANCH"
}

stage_git_answers() {
	! stage_port_is_free "$stage_port"
}

# The repository is root's and the server is not, which git asks to be said.
stage_git_server() {
	while ! stage_port_is_free "$stage_port"; do
		stage_port=$((stage_port + 1))
	done
	# shellcheck disable=SC2034 # for an act
	stage_other_port=$((stage_port + 1000))
	stage_become GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' \
		setpriv --pdeathsig KILL "$(git --exec-path)/git-daemon" --reuseaddr --export-all \
		--listen=127.0.0.1 --port="$stage_port" --base-path="$STAGE/git" "$STAGE/git" \
		>"$STAGE_LOGS/git-server" 2>&1 {stage_lock_fd}>&- &
	stage_processes+=($!)
	stage_wait_for stage_git_answers || say_failed "the git server does not answer" "$STAGE_LOGS/git-server"
}

stage_sockets() {
	install -m 755 "$1/stage" "$STAGE/stage"
	mkdir -m 755 "$STAGE/run"
	chown "$STAGE_USER" "$STAGE/run"
	stage_become "$STAGE/stage" "$STAGE" >"$STAGE_LOGS/sockets" 2>&1 {stage_lock_fd}>&- &
	stage_server=$!
	stage_processes+=("$stage_server")
	stage_wait_for grep -q ready "$STAGE_LOGS/sockets" ||
		say_failed "the sockets could not be made" "$STAGE_LOGS/sockets"
}

# stage_make REPOSITORY PROGRAMS
stage_make() {
	exec {stage_lock_fd}>"$STAGE_LOCK"
	flock -n "$stage_lock_fd" || say_failed "another quick start is running on this system"
	stage_clear
	stage_group=$(id -gn "$STAGE_USER")
	mkdir -p "$STAGE"
	stage_is_made=1
	mount -t tmpfs -o "mode=755,nodev,size=$STAGE_SIZE" agentwatch-quickstart "$STAGE"
	mkdir -p "$STAGE_HOME" "$STAGE_WORK" "$STAGE_LOGS" "$STAGE"/{etc,spool,other,bin}
	install -m 755 "$1/tests/e2e/quickstart/job" "$STAGE/job"
	stage_dropped_programs "$2"
	stage_home
	stage_repository "$1"
	stage_git_server
	stage_sockets "$2"
}

stage_remove() {
	local pid
	for pid in "${stage_processes[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	stage_processes=()
	[[ -z $stage_is_made ]] || stage_clear
	stage_is_made=""
}
