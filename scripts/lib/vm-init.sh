#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The guest's init, run by static busybox: as /init of the initramfs it builds the root (the host's
# over 9p, read-only, under a tmpfs overlay), then runs again from inside that root as process 1,
# where it runs the one command, carries its output to the host and reports its status.
# A failure is told on the console, whose end scripts/vm shows, and ends the guest.
set -eu

RUN=/run/agentwatch-vm
BB=/bin/busybox

fail() {
	echo "vm-init: $*" >/dev/console
	"$BB" reboot -f
}

load_modules() {
	for module in /modules/*.ko; do
		insmod "$module" || fail "cannot load $module"
	done
}

# mount_share TAG FOLDER OPTIONS
mount_share() {
	mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" ||
		fail "cannot mount the host's share $1"
}

mount_root() {
	mount_share root /lower ro,cache=loose
	mount -t tmpfs -o mode=0755,size=75% scratch /scratch
	mkdir /scratch/upper /scratch/work
	mount -t overlay -o lowerdir=/lower,upperdir=/scratch/upper,workdir=/scratch/work \
		overlay /newroot || fail "cannot mount the overlay"
}

# The host's own of these is hidden; a repository that lies beneath one of them is put back.
mount_system() {
	repository=$(cat /host/repository)
	case $repository in
	/tmp/* | /run/* | /dev/shm/*) mount --bind "/newroot$repository" /keep ;;
	*) repository="" ;;
	esac
	for dir in proc sys dev run tmp; do
		[ -d "/newroot/$dir" ] || mkdir "/newroot/$dir"
	done
	mount --move /proc /newroot/proc
	mount --move /sys /newroot/sys
	mount --move /dev /newroot/dev
	cd /newroot
	mount -t tmpfs -o mode=0755,nosuid,nodev run run
	mount -t tmpfs -o mode=1777,nosuid,nodev tmp tmp
	mkdir -p dev/pts dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
	mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
	ln -s /proc/self/fd dev/fd
	ln -s fd/0 dev/stdin
	ln -s fd/1 dev/stdout
	ln -s fd/2 dev/stderr
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t bpf -o mode=0700 bpf sys/fs/bpf
	mount -t securityfs securityfs sys/kernel/security
	mount -t debugfs debugfs sys/kernel/debug
	mount -t tracefs tracefs sys/kernel/tracing
	if [ -n "$repository" ]; then
		mkdir -p "/newroot$repository"
		mount --move /keep "/newroot$repository"
	fi
	cd /
}

# Modules and configuration (libbpf reads it) come from beside the image, where the host's own
# /lib/modules does not have them.
provide_kernel_files() {
	release=$(uname -r)
	modules=$(cat /host/modules)
	if [ -n "$modules" ] && [ ! -e "/newroot/lib/modules/$release/modules.dep" ]; then
		mkdir -p "/newroot/lib/modules/$release"
		mount --bind "/lower$modules" "/newroot/lib/modules/$release"
	fi
	config=$(cat /host/image)
	config=${config%/*}/config-$release
	if [ -r "/lower$config" ] && [ ! -e "/newroot/boot/config-$release" ]; then
		mkdir -p /newroot/boot
		cp "/lower$config" "/newroot/boot/config-$release"
	fi
}

first_stage() {
	"$BB" --install -s /bin
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	exec </dev/null >/dev/console 2>&1
	load_modules
	mount_root
	mount_share run /host cache=none
	mount_system
	provide_kernel_files
	mkdir -m 0700 "/newroot$RUN" "/newroot$RUN/host"
	mount --move /host "/newroot$RUN/host"
	cp /bin/busybox /init "/newroot$RUN/"
	if [ -e "/newroot$RUN/host/results" ]; then
		mkdir /newroot/run/results
		mount_share results /newroot/run/results cache=mmap
	fi
	hostname agentwatch-vm
	ifconfig lo up
	exec switch_root /newroot "$RUN/busybox" sh "$RUN/init" second
}

# A kernel thread has no executable, nor has what is dead: both count as gone.
is_alive() {
	[ -e "/proc/$1/exe" ]
}

# Kill all but this process and the pumps, until the pumps have seen the end of their input and are
# gone too. A process may fork meanwhile, hence the rounds; they are bounded, because a policy under
# test may refuse the kill.
end_others() {
	round=0
	while [ "$round" -lt 250 ]; do
		for entry in /proc/[0-9]*; do
			pid=${entry#/proc/}
			case " 1 $out_pump $err_pump " in *" $pid "*) continue ;; esac
			! is_alive "$pid" || kill -9 "$pid" 2>/dev/null || true
		done
		is_alive "$out_pump" || is_alive "$err_pump" || return 0
		round=$((round + 1))
		"$BB" usleep 20000
	done
	echo "vm-init: some processes could not be ended" >/dev/console
}

# The pumps give the command real pipes; what they write to the share is on the host at once.
second_stage() {
	BB=$RUN/busybox
	"$BB" mkfifo "$RUN/stdout" "$RUN/stderr"
	"$BB" cat "$RUN/stdout" >"$RUN/host/stdout" &
	out_pump=$!
	"$BB" cat "$RUN/stderr" >"$RUN/host/stderr" &
	err_pump=$!
	echo ready >>"$RUN/host/status"
	"$BB" setsid /bin/bash "$RUN/host/command" </dev/null >"$RUN/stdout" 2>"$RUN/stderr" &
	status=0
	wait $! || status=$?
	end_others
	"$BB" umount /run/results 2>/dev/null || true
	echo "exit $status" >>"$RUN/host/status"
	"$BB" reboot -f
}

trap 'fail "the script ended early"' EXIT
case ${1:-first} in
second) second_stage ;;
*) first_stage ;;
esac
