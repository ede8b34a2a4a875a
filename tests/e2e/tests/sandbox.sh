# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Bubblewrap at work inside an agent, by the pack policies/tool/bubblewrap.yaml: a command that it runs
# does what the agent's policy allows, and nothing that is mounted inside the sandbox allows more.

sandbox_policy() {
	local f=$1
	cat <<-EOT
		version: 1
		name: sandbox
		include: ["$PWD/policies/base/linux-read.yaml", "$PWD/policies/tool/bubblewrap.yaml"]
		anchors: {WORKSPACE: {}}
		subjects:
		  reader: {exe: '/usr/bin/{head,tail}'}
		rules:
		  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec], path: ['\${WORKSPACE}/**']}
		  - {id: tools, allow: [exec, map], path: ['/usr/bin/**', '/usr/lib/**']}
		  - {id: secret, deny: [read, write], path: ['$f/secret/**'], reason: not for agents}
		  - {id: lifted, lift: secret, allow: [read], path: ['$f/secret/lifted'], by: reader}
	EOT
}

# In the sandbox.
read -r -d '' SANDBOX_INSIDE <<'EOT'
f=$1
try workspace sh -c "echo x >>$f/work/file && cat $f/work/file"
try tmp sh -c 'echo x >/tmp/new && cat /tmp/new && rm /tmp/new'
try null sh -c 'cat /dev/null >/dev/null'
try proc cat /proc/self/status
try lifted head -n 1 $f/secret/lifted
try fake-runs tail $f/work/file
try fake-lifted tail $f/secret/lifted
try secret cat $f/secret/key
try bound cat /tmp/bound/key
try over cat $f/work/over/key
try unsaid cat $f/other/key
try write-unsaid sh -c "echo x >$f/other/new"
try fresh-exec sh -c 'cp /usr/bin/true /tmp/tool && /tmp/tool'
try kernel cat /proc/sys/kernel/core_pattern
EOT
readonly SANDBOX_INSIDE SANDBOX_DENIED=" fake-lifted secret bound over unsaid write-unsaid fresh-exec kernel "

# in_sandbox FOLDER: as a coding agent runs a command, but for folders that are bound elsewhere.
in_sandbox() {
	local f=$1
	printf '%s\0' bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind "$f" "$f" \
		--bind "$f/secret" /tmp/bound --bind "$f/other" "$f/work/over" --bind "$f/work/fake" /usr/bin/tail \
		--unshare-all --die-with-parent -- bash -c "$TRY
			$SANDBOX_INSIDE" inside "$f"
}

sandbox_results() {
	local got=$1 where=$2 name result expected wrong=""
	while read -r name result; do
		expected=0
		[[ $where != inside || $SANDBOX_DENIED != *" $name "* ]] || expected=EACCES
		[[ $result == "$expected" ]] || wrong+=" $name: $result instead of $expected"
	done <"$got"
	[[ $(wc -l <"$got") == 14 && -z $wrong ]] || fails_with "$wrong: $(<"$got")"
}

sandbox_prepare() {
	local f=$1
	mkdir -p "$f"/{work/over,other,secret} &&
		echo x | tee "$f"/{work/file,other/key,secret/key,secret/lifted} >/dev/null &&
		cp /usr/bin/cat "$f/work/fake" && chmod -R a+rwX "$f"
}

test_sandbox() {
	local f=$W/sandbox command
	keep_loaded
	sandbox_policy "$f" >"$W/sandbox.yaml"
	check "sandbox: folders are prepared" sandbox_prepare "$f"
	mapfile -d '' command < <(in_sandbox "$f")
	setpriv --reuid nobody --regid nogroup --clear-groups "${command[@]}" >"$W/sandbox.free" 2>"$W/sandbox.err"
	check "sandbox: outside of agents, bubblewrap does all of it" sandbox_results "$W/sandbox.free" outside
	"$AW" enforce --policy "$W/sandbox.yaml" --anchor "WORKSPACE=$f/work" --name sandbox --user nobody \
		--events "$W/sandbox.events" -- "${command[@]}" >"$W/sandbox.out" 2>"$W/sandbox.log"
	check "sandbox: inside an agent, what its policy allows: $(tail -n 3 "$W/sandbox.err" | tr '\n' ' ')" \
		sandbox_results "$W/sandbox.out" inside
	check "sandbox: what was bound elsewhere is told by its own name" \
		has_text <(denied "$W/sandbox.events") "read $f/secret/key"
	check "sandbox: bubblewrap itself was denied nothing" denied_to_bwrap "$W/sandbox.events"
}

denied_to_bwrap() {
	local denials
	denials=$(jq -c 'select(.type == "operation" and .effect == "denied" and .process.exe == "/usr/bin/bwrap") |
		[.operation, .object.path // .object.name]' "$1")
	[[ -z $denials ]] || fails_with "$denials $(<"$W/sandbox.log")"
}
