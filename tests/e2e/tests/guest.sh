# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# That the guest is what its configuration says: without that, nothing else proves anything.

attached_as() {
	equal "$("$AW" status --json | jq -r '.[0].attach')" "$1"
}

lsm_list_fits() {
	if [[ $1 == lsm ]]; then
		grep -q -w bpf /sys/kernel/security/lsm
	else
		not grep -q -w bpf /sys/kernel/security/lsm
	fi
}

test_guest() {
	local series=${AGENTWATCH_EXPECT%%-*} attach=$AGENTWATCH_ATTACH
	check "guest: the kernel is $series" grep -q "^$series\\." /proc/sys/kernel/osrelease
	check "guest: the kernel's list of LSMs is as it must be" lsm_list_fits "$attach"
	if [[ $AGENTWATCH_EXPECT == *-preempt ]]; then
		check "guest: it preempts fully" grep -q -F '(full)' /sys/kernel/debug/sched/preempt
	fi
	check "guest: workspaces are on tmpfs" equal "$(stat -f -c %T "$W")" tmpfs
	check "guest: and on an overlay" equal "$(stat -f -c %T "$OVERLAY")" overlayfs
	keep_loaded
	check "guest: the programs are attached as $attach" attached_as "$attach"
}
