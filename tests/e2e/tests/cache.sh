# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What was decided before is not taken for what it is no longer: everything that a name, or who may
# use it, depends on is changed between two openings of one file. Orders and answers are linked into
# place, not renamed: a rename anywhere would be one such change.

cache_policy() {
	cat <<-'EOT'
		version: 1
		name: cache
		anchors: {WORKSPACE: {}, PRIVATE: {}}
		subjects:
		  reader: {exe: '/usr/bin/cat'}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr], path: ['${WORKSPACE}/**']}
		  - {id: system, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', '/dev/**', '/proc/**']}
		  - {id: program, allow: [exec, map], path: ['/**/programs/agent']}
		  - {id: terminal, allow: [write], path: ['/dev/**']}
		  - {id: secret, deny: [read, write], path: ['**/secret/**'], reason: not for agents}
		  - {id: top, deny: [read], path: ['**/top'], reason: only what is in it}
		  - {id: private, deny: [read, write], path: ['${PRIVATE}', '${PRIVATE}/**'], reason: another anchor}
		  - {id: lifted, lift: secret, allow: [read], path: ['${WORKSPACE}/secret/lifted'], by: reader}
	EOT
}

# twice EXPECTED FOLDER PATH: opened, and opened again.
twice() {
	answers "$1 $1" "$2" "$3" "$3"
}

known_files() {
	"$PROGRAMS/fields" "$1" type=run phase=end counters.known.file
}

# A tmpfs that is moved; the folder above one that is renamed. -n: or mount(8) renames a table.
mounts_tests() {
	local f=$1
	mount -n --make-private "$(stat -c %m "$f")"
	mkdir -p "$f/ok/moved" "$f/secret/moved"
	mount -n -t tmpfs tmpfs "$f/ok/moved"
	mkdir "$f/ok/moved/folder"
	echo x >"$f/ok/moved/folder/file"
	chmod -R a+rwX "$f"
	check "cache: a file on another mount" twice 0 "$f" "$f/ok/moved/folder/file"
	mount -n --move "$f/ok/moved" "$f/secret/moved"
	check "cache: its mount is moved" twice EACCES "$f" "$f/secret/moved/folder/file"
	mount -n --move "$f/secret/moved" "$f/ok/moved"
	check "cache: and moved back" twice 0 "$f" "$f/ok/moved/folder/file"
	mkdir -p "$f/secret/above"
	mv "$f/ok" "$f/secret/above/ok"
	check "cache: what is above its mount is renamed" twice EACCES "$f" "$f/secret/above/ok/moved/folder/file"
	umount "$f/secret/above/ok/moved"
	mkdir "$f/top"
	mount -n -t tmpfs -o mode=0755 tmpfs "$f/top"
	echo x >"$f/top/file"
	check "cache: a file in the root of a file system" twice 0 "$f" "$f/top/file"
	# In one order: what tells an agent of its denials is renamed into place, a moment after each.
	check "cache: the root has its name from the mount above" answers "0 EACCES 0 EACCES" "$f" "$f/top/file" "$f/top" "$f/top/file" "$f/top"
	umount "$f/top"
}

names_tests() {
	local f=$1
	mkdir -p "$f/a/b" "$f/secret"
	echo x >"$f/a/b/file"
	chmod -R a+rwX "$f"
	check "cache: a file" twice 0 "$f" "$f/a/b/file"
	ln "$f/a/b/file" "$f/secret/file"
	check "cache: another link to it" twice EACCES "$f" "$f/secret/file"
	check "cache: the first link" twice 0 "$f" "$f/a/b/file"
	mv "$f/a" "$f/secret/a"
	check "cache: the folder above is renamed" twice EACCES "$f" "$f/secret/a/b/file"
	mv "$f/secret/a" "$f/a"
	check "cache: and back" twice 0 "$f" "$f/a/b/file"
	mkdir "$f/a/common"
	ln "$f/a/b/file" "$f/a/common/file"
	check "cache: it is in another folder, too" twice 0 "$f" "$f/a/common/file"
	mv "$f/a/common" "$f/a/secret"
	check "cache: that is renamed where it is, to as long a name" twice EACCES "$f" "$f/a/secret/file"
	rm -r "$f/a/secret"
	mv "$f/a" "$f/c"
	check "cache: what is above its folder is renamed where it is" twice 0 "$f" "$f/c/b/file"
	mv "$f/c" "$f/a"
	check "cache: and all is as it was" twice 0 "$f" "$f/a/b/file"
	mv "$f/a/b/file" "$f/secret/renamed"
	check "cache: the file is renamed" twice EACCES "$f" "$f/secret/renamed"
	rm -r "$f/a"
	mkdir -p "$f/a/b"
	ln "$f/secret/renamed" "$f/a/b/file"
	check "cache: folders of the same names" twice 0 "$f" "$f/a/b/file"
}

# The folder is an anchor of its own, in a folder that is known.
anchors_tests() {
	local f=$1
	echo x >"$f/beside"
	check "cache: a file beside an anchor" twice 0 "$f" "$f/beside"
	check "cache: the anchor has a name of its own" twice EACCES "$f" "$f/private"
}

subjects_tests() {
	local f=$1 got
	mkdir -p "$f/secret"
	echo lifted >"$f/secret/lifted"
	chmod -R a+rX "$f"
	# shellcheck disable=SC2016 # The agent's shell expands it.
	got=$(aw "$W/cache-by.log" enforce --policy "$W/cache.yaml" --anchor "WORKSPACE=$f" --anchor "PRIVATE=$f/private" --name by --user nobody \
		--events none -- sh -c 'for p in cat cat head cat head; do $p "$1" 2>/dev/null || echo no; done' sh "$f/secret/lifted")
	check "cache: what one executable may, another may not" equal "${got//$'\n'/ }" "lifted lifted no lifted no"
}

test_cache() {
	local -A pids=()
	local f=$W/cache name policy=$W/cache.yaml
	cache_policy >"$W/cache.yaml"
	keep_loaded
	mkdir -p "$OVERLAY/cache"
	for name in tmpfs overlay other; do
		f=$W/cache/$name
		[[ $name != overlay ]] || f=$OVERLAY/cache/$name
		mkdir -p "$f/private"
		chmod a+rwX "$f"
		start_agent "cache-$name" "$f" --anchor "PRIVATE=$f/private"
		check "cache: an agent runs on $name" runs "cache-$name" "${pids[cache-$name]}"
	done
	names_tests "$W/cache/tmpfs"
	names_tests "$OVERLAY/cache/overlay"
	anchors_tests "$W/cache/tmpfs"
	mounts_tests "$W/cache/tmpfs"
	f=$W/cache/tmpfs
	pause_us 1500000 # as above
	check "cache: one agent's file" twice 0 "$f" "$f/a/b/file"
	check "cache: is not another's" twice EACCES "$W/cache/other" "$f/a/b/file"
	subjects_tests "$W/cache/other"
	for name in tmpfs overlay other; do
		f=$W/cache/$name
		[[ $name != overlay ]] || f=$OVERLAY/cache/$name
		touch "$f/end"
		check "cache: the agent on $name ends" ended "${pids[cache-$name]}" 0
	done
	check "cache: files on tmpfs were known" test "$(known_files "$W/cache-tmpfs.events")" -ge 8
	check "cache: files on an overlay were known" test "$(known_files "$W/cache-overlay.events")" -ge 4
}
