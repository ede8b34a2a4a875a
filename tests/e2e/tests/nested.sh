# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Mount namespaces that an agent makes: what they show of the first namespace is called what it is
# called there, wherever it is mounted, and only what the first one does not have is `nested:/…`. Each
# act is done by root and by an ordinary user in a user namespace, inside an agent and outside.

nested_policy() {
	local f=$1
	cat <<-EOT
		version: 1
		name: nested
		anchors: {WORKSPACE: {}}
		subjects:
		  reader: {exe: '$f/bin/reader'}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['\${WORKSPACE}/**']}
		  - {id: system, allow: [read, map, exec], path: [/, '/usr/**', '/lib*/**', '/etc/**', '/proc/**', '/dev/**',
		      '/run/mount/**', '$f/bin/**', '$BUILD/**']}
		  - {id: own, allow: [write], path: ['/dev/**', '/proc/self/**']}
		  - {id: sandbox, lift: [guard.namespace, guard.mount, guard.capability, guard.ptrace]}
		  - {id: shown, allow: [read, attr], path: ['$f/shown/**', '$f/part/**', '$f/two/**']}
		  - {id: fresh, allow: [read, write, create, delete, rename, attr], path: ['nested:/mnt/**', 'nested:/etc/**',
		      'nested:$f/**']}
		  - {id: tools, allow: [exec, map], path: ['nested:/mnt/{bin,of-own,of-others}/*', 'nested:$f/bin/*']}
		  - {id: process, allow: [read], path: ['nested:/proc', 'nested:/proc/self/**']}
		  - {id: secret, deny: [read, write, attr], path: ['**/secret/**'], reason: not for agents}
		  - {id: lifted, lift: secret, allow: [read], path: ['$f/secret/lifted'], by: reader}
	EOT
}

# The first namespace shows "shown" at a second place, of which no rule says anything; "two" at one that
# a rule denies; and of what is at "whole" in another namespace only a part.
nested_prepare() {
	local f=$1
	mkdir -p "$f"/{work/sub,work/covered,other,secret/two,bin,shown,two,elsewhere,whole,part} &&
		echo x | tee "$f"/{work/file,work/file2,other/key,secret/key,secret/lifted,shown/file,two/file} >/dev/null &&
		cp /usr/bin/cat "$f/bin/reader" && cp /usr/bin/true "$f/work/program" &&
		cp /usr/bin/true "$f/other/program" && chmod -R a+rwX "$f" || return
	mount -n --make-rprivate / && mount -n --bind "$f/shown" "$f/elsewhere" &&
		mount -n --bind "$f/two" "$f/secret/two" && mount -n -t tmpfs -o mode=755 tmpfs "$f/whole" &&
		mkdir "$f/whole/part" "$f/whole/hidden" && echo x | tee "$f"/whole/{part,hidden}/file >/dev/null &&
		mount -n --bind "$f/whole/part" "$f/part" || return
	unshare -m sleep infinity &
	echo $! >"$f/work/elsewhere-pid"
	eventually is_in_other_namespace $! && umount "$f/whole"
}

# nested_layers USER FOLDER: what overlays are made of, anew.
nested_layers() {
	local user=$1 f=$2
	rm -rf "$f"/{upper,work/layers} && mkdir -p "$f"/{upper,work/layers/{lower,upper,scratch,scratch2}} &&
		echo x | tee "$f"/{upper,work/layers/lower}/{file,second} >/dev/null &&
		cp /usr/bin/true "$f/work/layers/lower/program" && chown -R "$user:" "$f"/{upper,work/layers}
}

is_in_other_namespace() {
	[[ $(readlink "/proc/$1/ns/mnt") != "$(readlink /proc/self/ns/mnt)" ]]
}

# In the new namespace. /mnt is a tmpfs that the first one does not have.
read -r -d '' NESTED_INSIDE <<'EOT'
f=$1
set -e
mount -n -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/{work,other,secret,root,bin,real,two,shown,proc}
for folder in work other secret two shown; do
	mount -n --rbind $f/$folder /mnt/$folder
done
mount -n --bind $f/bin /mnt/real
mount -n --rbind / /mnt/root
mount -n --bind $f/other $f/work/sub
mount -n --bind $f/other/key $f/work/file2
mount -n -t tmpfs tmpfs $f/work/covered
mount -n -t tmpfs tmpfs $f/bin
mount -n -t tmpfs tmpfs /etc
cp /usr/bin/true $f/work/covered/program
cp /usr/bin/true /mnt/bin/true
cp /usr/bin/cat $f/bin/reader
echo x >/etc/fake
mount -n -t proc proc /mnt/proc
mkdir /mnt/{of-own,of-others,into-others}
layers=$f/work/layers
mount -n -t overlay -o lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/scratch overlay /mnt/of-own
mount -n -t overlay -o lowerdir=$f/other:$layers/lower overlay /mnt/of-others
mount -n -t overlay -o lowerdir=$layers/lower,upperdir=$f/upper,workdir=$layers/scratch2 overlay /mnt/into-others
set +e
try layers-own sh -c 'cd /mnt/of-own && cat file && echo x >>file && mv file moved && mkdir folder && chmod 700 folder && rm moved && ls'
try layers-own-exec /mnt/of-own/program
try layer-read cat /mnt/of-others/key
try layer-listed ls /mnt/of-others
try layer-exec /mnt/of-others/program
try layer-append sh -c 'echo x >>/mnt/into-others/file'
try layer-create sh -c 'echo x >/mnt/into-others/new'
try layer-mkdir mkdir /mnt/into-others/folder
try layer-symlink ln -s x /mnt/into-others/symlink
try layer-rename mv /mnt/into-others/program /mnt/into-others/renamed
try layer-chmod chmod 600 /mnt/into-others/second
try layer-touch touch -c /mnt/into-others/second
try layer-remove rm /mnt/into-others/second
try bound-workspace cat /mnt/work/file
try workspace cat $f/work/file
try workspace-exec $f/work/program
try bound-elsewhere cat /mnt/other/key
try bound-over cat $f/work/sub/key
try bound-file cat $f/work/file2
try bound-secret cat /mnt/secret/key
try chroot-denied chroot /mnt/root cat $f/other/key
try chroot-allowed chroot /mnt/root cat $f/work/file
try shown-twice cat /mnt/shown/file
try shown-denied cat /mnt/two/file
try fresh sh -c 'echo x >/mnt/new && cat /mnt/new && mv /mnt/new /mnt/old && touch /mnt/old && rm /mnt/old'
try fake-file cat /etc/fake
try fresh-exec /mnt/bin/true
try fresh-over-workspace $f/work/covered/program
try subject-real /mnt/real/reader $f/secret/lifted
try subject-fake $f/bin/reader $f/secret/lifted
try attr-shown touch -c /mnt/shown/file
try attr-other touch -c /mnt/other/key
try write-shown sh -c "echo x >>/mnt/shown/file"
try proc-self cat /mnt/proc/self/status
try proc-kernel cat /mnt/proc/sys/kernel/core_pattern
echo done
read -r
EOT

# In the first namespace: what is seen through another's root.
read -r -d '' NESTED_OUTSIDE <<'EOT'
f=$1 inside=$2 pid=$(<$1/work/elsewhere-pid)
shift 2
coproc INNER { exec unshare "$@" -m -p -f bash -c "$inside" inside $f 2>&1; }
while read -r line <&${INNER[0]} && [[ $line != done ]]; do
	echo "$line"
done
try root-fresh cat /proc/$INNER_PID/root/etc/fake
try root-denied cat /proc/$INNER_PID/root/mnt/other/key
if ((EUID == 0)); then
	try other-part cat /proc/$pid/root$f/whole/part/file
	try other-hidden cat /proc/$pid/root$f/whole/hidden/file
fi
EOT
readonly NESTED_INSIDE NESTED_OUTSIDE

readonly NESTED_DENIED="bound-elsewhere bound-over bound-file bound-secret chroot-denied shown-denied fresh-over-workspace
	layer-read layer-listed layer-exec layer-append layer-create layer-mkdir layer-symlink layer-rename layer-chmod
	layer-touch layer-remove subject-fake attr-other write-shown proc-kernel root-denied other-hidden"

# What each act must give: nothing but the denied ones fails in an agent, and outside nothing does.
nested_results() {
	local got=$1 expected=$2 name result wrong=""
	while read -r name result; do
		if [[ $expected == denied && " ${NESTED_DENIED//[[:space:]]/ } " == *" $name "* ]]; then
			[[ $result == EACCES ]] || wrong+=" $name: $result instead of EACCES"
		else
			[[ $result == 0 ]] || wrong+=" $name: $result"
		fi
	done <"$got"
	[[ $(wc -l <"$got") -ge 37 && -z $wrong ]] || fails_with "$wrong: $(<"$got")"
}

# nested_event EVENTS EFFECT OPERATION OBJECT
nested_event() {
	operations "$1" | cut -f 1,2,5 | grep -qxF "$2"$'\t'"$3"$'\t'"$4" ||
		fails_with "no event $2 $3 $4: $(operations "$1" | cut -f 1,2,5 | grep "$2" | sort -u | tail -n 40)"
}

nested_as() {
	local user=$1 f=$2 flags=() as=(--as-root) events=$W/nested-$1.events
	[[ $user == root ]] || flags=(-U -r) as=(--user "$user")
	check "nested: layers are prepared" nested_layers "$user" "$f"
	check "nested: outside of agents, $user can do all of it" nested_free "$user" "$f" "${flags[@]}"
	check "nested: layers are prepared again" nested_layers "$user" "$f"
	"$AW" enforce --policy "$W/nested.yaml" --anchor "WORKSPACE=$f/work" --name "nested-$user" "${as[@]}" \
		--events "$events" --record-allowed -- \
		bash -c "$TRY
			$NESTED_OUTSIDE" nested "$f" "$TRY
			$NESTED_INSIDE" "${flags[@]}" >"$W/nested-$user.out" 2>"$W/nested-$user.log"
	check "nested: to an agent of $user it gives what the first namespace's names allow" \
		nested_results "$W/nested-$user.out" denied
	check "nested: $user: a file bound elsewhere is told by its own name" nested_event "$events" denied read "$f/other/key"
	check "nested: $user: a denied name is told where another one is allowed" \
		nested_event "$events" denied read "$f/secret/two/file"
	check "nested: $user: a fresh tmpfs over the workspace is not the workspace" \
		nested_event "$events" denied exec "nested:$f/work/covered/program"
	check "nested: $user: a layer that is read is told by its own name" nested_event "$events" denied read "$f/other/key"
	check "nested: $user: a layer that is changed is told by its own name" nested_event "$events" denied create "$f/upper/folder"
	check "nested: $user: a fresh procfs has the names of /proc" \
		nested_event "$events" denied read nested:/proc/sys/kernel/core_pattern
}

nested_free() {
	local user=$1 f=$2 status=0
	shift 2
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups bash -c "$TRY
			$NESTED_OUTSIDE" nested "$f" "$TRY
			$NESTED_INSIDE" "$@" >"$W/nested-free.out" 2>"$W/nested-free.err" || status=$?
	((status == 0)) || fails_with "status $status: $(cat "$W/nested-free.out" "$W/nested-free.err")" || return
	nested_results "$W/nested-free.out" free
}

# An agent all of which is in a namespace of its own making, while the first one changes. Nothing that
# it does may be known from before.
nested_changes() {
	local f=$1 busybox=$W/busybox
	local -A pids=()
	cp "$(command -v busybox)" "$busybox"
	mkdir -p "$f"/work/{ok,secret} && mkdir "$f/work/ok/moved" "$f/work/secret/moved"
	mount -n -t tmpfs tmpfs "$f/work/ok/moved" && echo x >"$f/work/ok/moved/file" && chmod -R a+rwX "$f/work"
	"$AW" enforce --policy "$W/nested.yaml" --anchor "WORKSPACE=$f/work" --name nested-changes --as-root \
		--events "$W/nested-changes.events" -- unshare -m "$PROGRAMS/agent" "$f/work" 2>"$W/nested-changes.log" &
	pids[nested]=$!
	check "nested: an agent runs in its own namespace" runs nested-changes "${pids[nested]}"
	check "nested: it reads what is mounted below its workspace" \
		answers "0 0 0 0 0 0 0 0" "$f/work" "$f/work/ok/moved/"{file,file}{,,,}
	"$busybox" mount --move "$f/work/ok/moved" "$f/work/secret/moved"
	check "nested: the first namespace has it in a denied folder" answers "EACCES EACCES" "$f/work" "$f/work/ok/moved/"{file,file}
	touch "$f/work/end"
	check "nested: the agent ends" ended "${pids[nested]}" 0
	# Before it is in its namespace it may know a file.
	check "nested: and nothing was known from before" test "$(known_files "$W/nested-changes.events")" -lt 4
	umount "$f/work/secret/moved"
}

known_files() {
	"$PROGRAMS/fields" "$1" type=run phase=end counters.known.file
}

test_nested() {
	local f=$W/nested
	keep_loaded
	nested_policy "$f" >"$W/nested.yaml"
	check "nested: folders and mounts are prepared" nested_prepare "$f"
	nested_as root "$f"
	nested_as nobody "$f"
	nested_changes "$f"
	kill "$(<"$f/work/elsewhere-pid")"
	umount "$f/elsewhere" "$f/secret/two" "$f/part"
}
