# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules with `when:`: what is executed and mapped is judged by where its content comes from. Every
# denial has beside it the same act on a file that an outsider wrote, by the same agent.

# One agent does all acts of a list and says what each gave.
readonly ACTS='while read -r words; do set -- $words; "$P" "$@"; done'

provenance_policy() {
	cat <<-'EOT'
		version: 1
		name: provenance
		anchors: {WORKSPACE: {}}
		rules:
		  - {id: files, allow: [read, write, create, delete, rename, link, attr], path: ['**']}
		  - {id: programs, allow: [exec, map], path: ['**', 'memfd:*']}
		  - {id: fresh, deny: [exec, map], when: [anonymous, deleted, agent-written], path: ['**'], reason: not from here}
		  - {id: built, lift: fresh, allow: [exec, map], when: [agent-written], path: ['${WORKSPACE}/build/**']}
	EOT
}

# in_agent NAME FOLDER MODE: the acts of the standard input, by one agent; what they gave, on one line.
in_agent() {
	P=$PROGRAMS/provenance aw "$W/$1.log" "$3" --policy "$W/provenance.yaml" --anchor "WORKSPACE=$2" --name "$1" \
		--user nobody --events "$W/$1.events" -- bash -c "$ACTS" | paste -s -d ' '
}

# gives EXPECTED NAME FOLDER [MODE]: what the acts of the standard input give.
gives() {
	local got
	got=$(in_agent "$2" "$3" "${4:-enforce}") || fails_with "$(<"$W/$2.log")" || return
	equal "$got" "$1"
}

# Files of an outsider, that all may change.
outsiders() {
	local folder=$1 name
	shift
	mkdir -p "$folder/build"
	for name in "$@"; do
		cp "$PROGRAMS/provenance" "$folder/$name"
	done
	chmod -R a+rwX "$folder"
}

# Every way to write counts; links and renames change nothing; what has no name is told from what has.
acts_on_files() {
	local f=$1 name=files-$2
	outsiders "$f" kept written emptied truncated linked open cached
	gives "0 0 0 EACCES 0 0 0 0 EACCES EACCES 0 EACCES EACCES 0 EACCES 0 0 0 0 0 EACCES 0 EACCES EACCES 0 EACCES" "$name" "$f" <<-EOT || return
		map $f/cached
		map $f/cached
		write $f/cached
		map $f/cached
		run $f/kept
		map $f/kept
		mprotect $f/kept
		write $f/written
		run $f/written
		map $f/written
		truncate $f/truncated
		run $f/truncated
		mprotect $f/truncated
		empty $f/emptied
		map $f/emptied
		rename $f/linked $f/renamed
		run $f/renamed
		link $f/renamed $f/linked
		run $f/linked
		write $f/linked
		run $f/renamed
		rename $f/renamed $f/again
		map $f/again
		memfd $f/kept
		run $f/kept
		deleted $f/open
	EOT
	jq -r 'select(.effect == "denied") | [.operation, .rule.id, .reason, (.conditions | join("+"))] | @tsv' "$W/$name.events" |
		sort -u >"$W/why"
	equal "$(<"$W/why")" "$(printf '%s\tfresh\tpolicy\t%s\n' exec agent-written exec anonymous+deleted+agent-written exec deleted map agent-written)"
}

# The compiler's output, in the folder for it and elsewhere.
built_programs() {
	local f=$1
	outsiders "$f" source
	cat >"$f/make" <<-'EOT'
		cp "$1/source" "$1/build/tool"
		cp "$1/source" "$1/download"
		for tool in "$1/build/tool" "$1/download"; do "$tool" nothing 2>/dev/null; echo $?; done
		mv "$1/build/tool" "$1/moved"
		"$1/moved" nothing 2>/dev/null
		echo $?
	EOT
	equal "$(aw "$W/built.log" enforce --policy "$W/provenance.yaml" --anchor "WORKSPACE=$f" --name built --user nobody \
		--events none -- bash "$f/make" "$f" | paste -s -d ' ')" "0 126 126"
}

# In audit mode, where its own policy stops nothing.
written_by_another() {
	local f=$1
	outsiders "$f" shared
	gives "0 0" other "$f" audit <<-EOT || return
		write $f/shared
		run $f/shared
	EOT
	gives EACCES one "$f" <<<"run $f/shared"
}

replaced_by_an_outsider() {
	local f=$1
	rm "$f/shared"
	outsiders "$f" shared
	gives 0 one "$f" <<<"run $f/shared"
}

# A link to a file in the lower layer: copied up, it has another number once its inode is made anew.
# The other link has the number that it had, and counts as written too.
copied_up() {
	local f=$1
	gives "0 0 EACCES" overlaid "$f/merged" <<-EOT || return
		run $f/merged/b
		write $f/merged/a
		run $f/merged/a
	EOT
	sync
	echo 2 >/proc/sys/vm/drop_caches
	gives "EACCES EACCES 0 0" overlaid "$f/merged" <<-EOT
		map $f/merged/a
		run $f/merged/a
		run $f/merged/kept
		map $f/merged/kept
	EOT
}

overlay_tests() {
	local f=$W/overlaid
	mkdir -p "$f"/{lower,upper,work,merged}
	outsiders "$f/lower" a kept
	ln "$f/lower/a" "$f/lower/b"
	chmod a+rwx "$f/upper"
	mount -n -t overlay overlay -o "lowerdir=$f/lower,upperdir=$f/upper,workdir=$f/work" "$f/merged"
	check "provenance: what is copied up stays agent-written" copied_up "$f"
	umount "$f/merged"
}

# Two classes of programs may read what others may not; one may even be changed by agents.
earned_policy() {
	cat <<-'EOT'
		version: 1
		name: earned
		anchors: {WORKSPACE: {}}
		subjects:
		  reader: {exe: ['/usr/bin/cat', '/**/programs/provenance', '${WORKSPACE}/cat']}
		rules:
		  - {id: all, allow: [read, exec, map], path: ['**']}
		  - {id: work, allow: [write, create, delete, rename, link], path: ['${WORKSPACE}/**', '/dev/**']}
		  - {id: secret, deny: [read], path: ['**/secret/**']}
		  - {id: lifted, lift: secret, allow: [read], path: ['${WORKSPACE}/secret/key'], by: reader}
	EOT
}

# earned EXPECTED NAME COMMAND…: by the command, in an agent's shell with $1 its folder and $2 a library.
earned() {
	local expected=$1 name=$2 got
	got=$(aw "$W/$name.log" enforce --policy "$W/earned.yaml" --anchor "WORKSPACE=$f" --name "$name" --user nobody \
		--events "$W/$name.events" -- bash -c "$3" bash "$f" "$lib" "$PROGRAMS/provenance" 2>/dev/null | paste -s -d ' ')
	equal "$got" "$expected"
}

lost_in() {
	equal "$("$PROGRAMS/fields" "$W/$1.events" effect=denied operation rule.id lost | sort -u)" "read"$'\t'"secret"$'\t'"$2"
}

earned_tests() {
	local f=$W/earned lib
	lib=$(ldconfig -p | awk '/libz\.so\.1 / {print $NF; exit}')
	lib=$(realpath "$lib")
	mkdir -p "$f/secret"
	echo key >"$f/secret/key"
	cp /usr/bin/cat "$f/cat"
	echo '#!/usr/bin/cat' >"$f/script"
	cp "$lib" "$f/lib.so"
	chmod -R a+rwX "$f"
	chmod a+x "$f/script"
	earned_policy >"$W/earned.yaml"
	check "earned: a class reads, others do not, and a library of the system takes nothing away" earned "key no key" earned-kept \
		'cat "$1/secret/key"; head "$1/secret/key" || echo no; LD_PRELOAD=$2 cat "$1/secret/key"'
	check "earned: a library that an agent may write does" earned "no no no key" earned-preload \
		'LD_PRELOAD=$1/lib.so cat "$1/secret/key" || echo no; LD_AUDIT=$1/lib.so cat "$1/secret/key" || echo no
		LD_LIBRARY_PATH=$1 LD_PRELOAD=lib.so cat "$1/secret/key" || echo no; cat "$1/secret/key"'
	check "earned: and the denial says so" lost_in earned-preload mapped
	check "earned: a program that an agent may write is given nothing" earned "no" earned-program '"$1/cat" "$1/secret/key" || echo no'
	check "earned: and the denial says so, too" lost_in earned-program program
	check "earned: the loader is not the program that it loads" earned "no" earned-loader \
		'for l in /lib64/ld-linux-x86-64.so.2; do $l /usr/bin/cat "$1/secret/key" || echo no; done'
	check "earned: an interpreter that is started for a script is not" earned "#!/usr/bin/cat no" earned-script \
		'"$1/script" "$1/secret/key" || echo no'
	check "earned: and the denial names that" lost_in earned-script script
	check "earned: threads lose it together, a child has what its parent has, a parent not what its child has" \
		earned "0 0 EACCES EACCES 0" earned-threads \
		'$3 read "$1/secret/key"; $3 threaded "$1/secret/key" "$2"; $3 threaded "$1/secret/key" "$1/lib.so"
		$3 forked "$1/secret/key" "$1/lib.so"; $3 child "$1/secret/key" "$1/lib.so"'
	check "earned: who is traced, or its memory written to, loses it" earned "EACCES EACCES EACCES 0" earned-traced \
		'$3 traceme "$1/secret/key"; $3 seized "$1/secret/key"; $3 altered "$1/secret/key"; $3 read "$1/secret/key"'
	check "earned: and the denials say so" lost_in earned-traced traced
	check "earned: a program that is executed while traced does not earn it" earned "EACCES 0" earned-traced-exec \
		'$3 traced-exec "$1/secret/key"'
	check "earned: and the denial says so as well" lost_in earned-traced-exec traced
}

# With no room left nobody is innocent who is not known; what does not depend on it goes on.
table_tests() {
	local f=$W/full
	outsiders "$f" kept unknown
	printf '# spoilt: what is filled is empty again with the next load only\n'
	check "provenance: room for what is written can be used up" equal "$("$PROGRAMS/provenance" fill "$PINS/maps/aw_written")" 0
	check "provenance: until then programs run" gives "0 0" full "$f" <<-EOT
		run $f/kept
		write $f/unknown
		run $f/kept
	EOT
	check "provenance: then none does that is not known, and the denial says so" equal \
		"$(jq -r 'select(.effect == "denied") | [.reason, .verdict, .object.path] | @tsv' "$W/full.events")" \
		"$(printf 'provenance\tnone\t%s' "$PROGRAMS/provenance")"
	check "provenance: what was not remembered is counted" equal \
		"$(jq 'select(.type == "run" and .phase == "end") | .counters | .unrecorded > 0 and .reasons.provenance > 0' "$W/full.events")" true
	check "provenance: a policy without conditions does not care" equal \
		"$(aw "$W/careless.log" enforce --policy "$W/all.yaml" --anchor "WORKSPACE=$f" --name careless --user nobody --events none -- "$f/unknown" nothing; echo $?)" 0
}

test_provenance() {
	local f
	provenance_policy >"$W/provenance.yaml"
	keep_loaded
	check "provenance: on tmpfs" acts_on_files "$W/provenance" tmpfs
	check "provenance: on an overlay" acts_on_files "$OVERLAY/provenance" overlay
	f=$W/provenance
	check "provenance: a compiler's output runs where it may, a download does not" built_programs "$f/built"
	check "provenance: what another agent wrote counts, in any mode" written_by_another "$f/shared"
	check "provenance: what an outsider put there instead does not" replaced_by_an_outsider "$f/shared"
	overlay_tests
	earned_tests
	table_tests
	stop_keeping
}
