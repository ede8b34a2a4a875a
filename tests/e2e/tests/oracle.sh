# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Oracle replay: random (policy, path, operation) triples through the kernel, with the results that
# the rules as written say (tests/bpf/oracle).

readonly TRIPLES=3000 # in each of five configurations, from a seed of its own

test_oracle() {
	keep_loaded
	ulimit -n 4096
	check "oracle: the kernel decides $TRIPLES random triples as the rules say" \
		"$BUILD/tests/bpf/oracle" $TRIPLES "${AGENTWATCH_SEED:-$(cksum <<<"$AGENTWATCH_EXPECT" | cut -d " " -f 1)}"
	grep '^# seed' "$W/detail"
}
