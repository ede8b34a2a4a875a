# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Agents with different workspaces under one compiled policy, at the same time: each has its own
# workspace and none reaches another's, on whatever way.

readonly WORKERS=4

workspace_policy() {
	cat <<-'EOT'
		version: 1
		name: worker
		anchors: {WORKSPACE: {}}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec], path: ['${WORKSPACE}/**']}
		  - {id: work.sockets, allow: [unix], socket: ['${WORKSPACE}/**']}
		  - {id: system, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', '/dev/**', '/proc/**']}
		  - {id: nowhere, allow: [write], path: [/dev/null]}
	EOT
}

# Everything that one worker tries on another's workspace, each line an act that must fail.
read -r -d '' INTRUDE <<'EOT'
	own=$1 other=$2 failed=""
	must_fail() {
		if "$@" 2>/dev/null >/dev/null; then failed="$failed; $*"; fi
	}
	must_do() {
		if ! "$@" 2>/dev/null >/dev/null; then failed="$failed; cannot $*"; fi
	}
	must_do cp "$own/file" "$own/copy"
	must_do mv "$own/copy" "$own/moved"
	must_do rm "$own/moved"
	must_fail cat "$other/file"
	must_fail cat "$own/../${other##*/}/file"
	must_fail cp "$own/file" "$other/new"
	must_fail touch "$other/file"
	must_fail mkdir "$other/folder"
	must_fail ls "$other"
	must_do ln -s "$other/file" "$own/symlink"
	must_fail cat "$own/symlink"
	must_fail ln "$other/file" "$own/hardlink"
	must_fail ln "$own/file" "$other/hardlink"
	must_fail mv "$other/file" "$own/taken"
	must_fail mv "$own/file" "$other/given"
	must_fail rm "$other/file"
	must_fail chmod 600 "$other/file"
	must_fail sh -c 'echo x >>"$1/file"' sh "$other"
	must_fail cp /usr/bin/true "$other/true"
	must_fail "$other/program"
	must_fail cat "/proc/$(cat "$own/other-pid")/cwd/file"
	must_fail cat "/proc/$(cat "$own/other-pid")/root$other/file"
	echo "failed: $failed"
EOT
readonly INTRUDE

intrudes_nowhere() {
	local i
	for ((i = 1; i <= WORKERS; i++)); do
		eventually test -s "$W/worker/$i.out" || return
		equal "$(<"$W/worker/$i.out")" "failed: " || fails_with "worker $i" || return
	done
}

# The same acts outside of every agent all succeed, so it was the policy that refused them.
free_to_intrude() {
	local got
	mkdir -p "$W/free-worker/"{1,2} && echo x | tee "$W/free-worker/"{1,2}/file >/dev/null
	echo $$ >"$W/free-worker/1/other-pid"
	cp /usr/bin/true "$W/free-worker/2/program"
	got=$(bash -c "$INTRUDE" worker "$W/free-worker/1" "$W/free-worker/2")
	[[ $(grep -o ';' <<<"$got" | wc -l) -ge 12 ]] || fails_with "$got"
}

one_policy() {
	equal "$("$AW" status --json | jq -r '[.[] | select(.policy == "worker") | .policy_hash] | [length, (unique | length)] |
		join(" ")')" "$WORKERS 1"
}

# One slot of the kernel's table of images for all of them; the keeper's is the other one.
one_image() {
	equal "$(bpftool map dump pinned "$PINS/maps/aw_image_table" -j | jq '[.[] |
		select((.formatted.value // .value).used == 1)] | length')" 2
}

# An overlay of two file systems, both of which begin to count with it.
mount_new_overlay() {
	local layers=$W/numbers.layers
	mkdir -p "$1" "$layers" "$W/numbers.lower" && mount -t tmpfs numbers "$layers" &&
		mkdir "$layers/upper" "$layers/work" &&
		mount -t overlay -o "lowerdir=$W/numbers.lower,upperdir=$layers/upper,workdir=$layers/work" numbers "$1"
}

# On an overlay, files have the numbers of their upper files and folders the overlay's own: some file
# among many has the number of some folder among many.
has_the_number_of_the_workspace() {
	local folder=$OVERLAY/numbers n=200 number workspace
	mount_new_overlay "$folder" && mkdir -p "$folder/files" "$folder/folders" || return
	(cd "$folder/files" && seq $n | xargs touch) && (cd "$folder/folders" && seq $n | xargs mkdir) || return
	chmod -R a+rX "$folder"
	stat -c '%i %n' "$folder"/files/* | sort >"$W/numbers.files"
	stat -c '%i %n' "$folder"/folders/* | sort >"$W/numbers.folders"
	read -r number _ workspace < <(join "$W/numbers.files" "$W/numbers.folders")
	[[ -n ${workspace:-} ]] || fails_with "no folder has the number of a file" || return
	cat >"$W/numbers.yaml" <<-'EOT'
		version: 1
		name: numbers
		anchors: {WORKSPACE: {}}
		rules:
		  - {id: files, allow: [read], path: ['/var/e2e/numbers/files/**']}
		  - {id: system, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', '/dev/**', '/proc/**']}
		  - {id: nowhere, allow: [write], path: [/dev/null]}
	EOT
	(cd "$folder/files" && seq $n | xargs "$AW" enforce --policy "$W/numbers.yaml" --user nobody --events none \
		--anchor "WORKSPACE=$workspace" -- cat) 2>"$W/numbers.log" || fails_with "$(<"$W/numbers.log")"
}

test_workspaces() {
	local i pid=()
	keep_loaded
	check "workspaces: outside of agents, other workspaces can be reached" free_to_intrude
	workspace_policy >"$W/worker.yaml"
	mkdir -p "$W/worker"
	for ((i = 1; i <= WORKERS; i++)); do
		mkdir -p "$W/worker/$i"
		echo "of $i" >"$W/worker/$i/file"
		cp /usr/bin/true "$W/worker/$i/program"
		chmod -R a+rwX "$W/worker/$i"
	done
	for ((i = 1; i <= WORKERS; i++)); do
		(cd "$W/worker/$i" && exec "$AW" enforce --policy "$W/worker.yaml" --name "worker-$i" --user nobody \
			--events none -- bash -c "while [ ! -e '$W/worker/$i/other-pid' ]; do sleep 0.1; done
				$INTRUDE
				while [ ! -e '$W/worker/$i/end' ]; do sleep 0.1; done" \
			worker "$W/worker/$i" "$W/worker/$((i % WORKERS + 1))") >"$W/worker/$i.out" 2>"$W/worker-$i.log" &
		pid[$i]=$!
	done
	for ((i = 1; i <= WORKERS; i++)); do
		check "workspaces: worker $i starts" runs "worker-$i" "${pid[$i]}"
	done
	check "workspaces: one policy for all of them" one_policy
	check "workspaces: one image in the kernel" one_image
	for ((i = 1; i <= WORKERS; i++)); do
		pgrep -f "^bash -c .* worker $W/worker/$((i % WORKERS + 1)) " | head -n 1 >"$W/worker/$i/other-pid"
	done
	check "workspaces: none reaches another's, all have their own" intrudes_nowhere
	for ((i = 1; i <= WORKERS; i++)); do
		touch "$W/worker/$i/end"
		check "workspaces: worker $i ends well" ended "${pid[$i]}" 0
	done
	check "workspaces: a file is not taken for the workspace whose number it has" has_the_number_of_the_workspace
	umount "$OVERLAY/numbers" "$W/numbers.layers"
}
