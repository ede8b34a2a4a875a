# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything changes under agents that do not pause (tests/bpf/churn). The counts are small here; the
# full ones are those that docs/ARCHITECTURE.md quotes: AGENTWATCH_CHURN=1000000 with
# AGENTWATCH_SWAPS=1000.

readonly CHURN=${AGENTWATCH_CHURN:-8000} SWAPS=${AGENTWATCH_SWAPS:-10}

test_churn() {
	keep_loaded
	check "churn: the cache answers as an uncached decision does, whatever changes" \
		"$BUILD/tests/bpf/churn" cache "$CHURN"
	grep '^# [0-9]' "$W/detail"
	check "churn: a change of policy or mode is whole, and holds when it has returned" \
		"$BUILD/tests/bpf/churn" swap "$CHURN" "$SWAPS"
	grep '^# [0-9]' "$W/detail"
}
