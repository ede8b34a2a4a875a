# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the verifier had to read of each program: half of its limit is left, and it is not a fifth more
# than the committed table says (tests/bpf/verified.tsv, which tests/bpf/verified writes anew).

readonly VERIFIER_LIMIT=1000000
# More than this is needed to call it growth: small programs change by a few instructions.
readonly VERIFIER_SLACK=2000

# Column of the table: the kernel, and how the programs are attached.
verified_column() {
	[[ $(uname -r) =~ ^[0-9]+\.[0-9]+ ]] && printf '%s-%s\n' "${BASH_REMATCH[0]}" "$AGENTWATCH_ATTACH"
}

# known PROGRAM: what the table says; empty where it is not there.
known_verified() {
	awk -F '\t' -v program="$1" -v column="$2" '
		NR == 1 {for (i = 2; i <= NF; i++) if ($i == column) at = i}
		$1 == program {print $at}' "${BASH_SOURCE[0]%/e2e/*}/bpf/verified.tsv"
}

within_verified() {
	local column=$1 program n known bad=""
	while IFS=$'\t' read -r program n; do
		[[ -z ${AGENTWATCH_VERIFIED:-} ]] || printf '# verified\t%s\t%s\t%s\n' "$column" "$program" "$n" >&3
		known=$(known_verified "$program" "$column")
		((n * 2 <= VERIFIER_LIMIT)) || bad+=" $program: $n is more than half of $VERIFIER_LIMIT;"
		if [[ ! $known =~ ^[0-9]+$ ]]; then
			bad+=" $program: $n, not in the table;"
		elif ((n > known * 6 / 5 && n > known + VERIFIER_SLACK)); then
			bad+=" $program: $n, was $known;"
		fi
	done <"$W/verified"
	[[ -z $bad ]] || fails_with "$bad tests/bpf/verified writes the table anew"
}

test_verified() {
	local column
	keep_loaded
	column=$(verified_column)
	check "verified: each program tells" "$PROGRAMS/verified" "$PINS"
	cp "$W/detail" "$W/verified"
	check "verified: in $column, the verifier reads as much as is known" within_verified "$column" 3>&1
}
