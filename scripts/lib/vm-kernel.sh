#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Provides what scripts/vm boots: a stock kernel with its modules, and a small initramfs for it.
# It owns the cache folder; nothing outside of it is written, so the user's own /boot stays as it is.
# Everything is built beside its final name and moved there, under a lock: guests may start at once.
set -euo pipefail

# The guest needs these before it sees its root; all others come from that root by modprobe.
readonly VM_BOOT_MODULES=(virtio_pci 9pnet_virtio 9p overlay)

vm_cache_dir() {
	printf '%s\n' "${AGENTWATCH_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/agentwatch/vm}"
}

# vm_locked CACHE COMMAND…: run COMMAND while no other process builds in CACHE.
vm_locked() {
	local cache=$1 fd
	shift
	exec {fd}>"$cache/lock"
	flock "$fd"
	local status=0
	"$@" {fd}>&- || status=$?
	exec {fd}>&-
	return "$status"
}

# vm_modules_of IMAGE RELEASE: the modules folder that belongs to a kernel image, if there is one.
vm_modules_of() {
	local dir boot
	boot=$(dirname -- "$1")
	for dir in "$boot/../lib/modules/$2" "$boot/../usr/lib/modules/$2" "/lib/modules/$2"; do
		if [[ -e $dir/modules.dep ]]; then
			realpath -- "$dir"
			return 0
		fi
	done
	return 1
}

# vm_newest_image ROOT SERIES: the newest Debian kernel of a series such as 6.1 under ROOT/boot that
# can be read and has its modules.
vm_newest_image() {
	local image release
	while read -r image; do
		release=${image##*/vmlinuz-}
		[[ $release =~ ^[0-9.]+(-[0-9]+|\+deb[0-9]+)-amd64$ && -r $image ]] || continue
		if vm_modules_of "$image" "$release" >/dev/null; then
			printf '%s\n' "$image"
			return 0
		fi
	done < <(compgen -G "$1/boot/vmlinuz-$2.*" | sort -rV)
	return 1
}

# vm_image_package SERIES: the package that holds the image, found through the metapackages.
vm_image_package() {
	local meta package
	for meta in "linux-image-$1-amd64" linux-image-amd64; do
		package=$(apt-cache depends --no-recommends --no-suggests "$meta" 2>/dev/null |
			sed -n "s/^ *Depends: \(linux-image-$1\.[^ ]*-amd64\)\$/\1/p" | head -n 1)
		if [[ -n $package ]]; then
			printf '%s\n' "$package"
			return 0
		fi
	done
	return 1
}

# vm_unpack_kernel CACHE SERIES: fetch the image package and unpack it to CACHE/kernels, uninstalled.
vm_unpack_kernel() {
	local cache=$1 series=$2 package work release

	vm_newest_image "$cache/kernels/$series" "$series" >/dev/null && return 0
	command -v apt-get >/dev/null || {
		printf 'vm: no kernel %s is installed, and without apt none can be fetched\n' "$series" >&2
		return 1
	}
	printf 'vm: fetching the Debian kernel %s\n' "$series" >&2
	work=$(mktemp -d "$cache/kernel.XXXXXX")
	if ! package=$(vm_image_package "$series") ||
		! (cd "$work" && apt-get -q -o Acquire::Retries=3 download "$package" >/dev/null 2>&1); then
		packages_apt update || true
		if ! package=$(vm_image_package "$series") ||
			! (cd "$work" && apt-get -q download "$package" >&2); then
			printf 'vm: apt offers no stock kernel of series %s for this system\n' "$series" >&2
			rm -rf -- "$work"
			return 1
		fi
	fi
	dpkg-deb -x "$work"/*.deb "$work/root"
	# Later Debian releases ship /usr/lib/modules; depmod and the lookups here want /lib/modules.
	[[ -e $work/root/lib ]] || ln -s usr/lib "$work/root/lib"
	for release in "$work"/root/lib/modules/*; do
		PATH=$PATH:/usr/sbin:/sbin depmod -b "$work/root" "${release##*/}"
	done
	mkdir -p "$cache/kernels"
	rm -rf -- "$cache/kernels/$series"
	mv -- "$work/root" "$cache/kernels/$series"
	rm -rf -- "$work"
}

# vm_find_kernel CACHE KERNEL: print the image's path for a series (6.1) or a path.
vm_find_kernel() {
	local cache=$1 kernel=$2

	if [[ $kernel == */* ]]; then
		[[ -f $kernel && -r $kernel ]] || {
			printf 'vm: %s is no readable kernel image\n' "$kernel" >&2
			return 1
		}
		realpath -- "$kernel"
		return 0
	fi
	[[ $kernel =~ ^[0-9]+\.[0-9]+$ ]] || {
		printf 'vm: --kernel takes a series such as 6.12 or the path of an image, not %s\n' "$kernel" >&2
		return 1
	}
	vm_newest_image "" "$kernel" && return 0
	vm_newest_image "$cache/kernels/$kernel" "$kernel" && return 0
	vm_locked "$cache" vm_unpack_kernel "$cache" "$kernel" &&
		vm_newest_image "$cache/kernels/$kernel" "$kernel"
}

# vm_release IMAGE: the release that `uname -r` will print, out of the image's own header.
# Offsets here and below: Documentation/arch/x86/boot.rst.
vm_release() {
	local offset
	[[ $(dd if="$1" bs=1 skip=$((0x202)) count=4 status=none | tr -d '\0') == HdrS ]] || return 1
	offset=$(od -An -tu2 -j $((0x20e)) -N 2 -- "$1")
	dd if="$1" bs=1 skip=$((offset + 0x200)) count=128 status=none | tr '\0' '\n' |
		sed -n '1s/ .*//p'
}

# vm_digest FILE…: a short name for what these files hold, wherever they lie.
vm_digest() {
	cat -- "$@" | sha256sum | cut -c 1-12
}

# vm_unpack_image IMAGE OUT: write the uncompressed kernel inside a bzImage, or fail.
vm_unpack_image() {
	local sectors offset length start magic tool
	sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 -- "$1")
	offset=$(od -An -tu4 -j $((0x248)) -N 4 -- "$1")
	length=$(od -An -tu4 -j $((0x24c)) -N 4 -- "$1")
	start=$(((sectors + 1) * 512 + offset))
	magic=$(od -An -tx1 -j "$start" -N 4 -- "$1" | tr -d ' ')
	case $magic in
	fd377a58) tool=(xz -dc --single-stream) ;;
	28b52ffd) tool=(zstd -dcq) ;;
	*) return 1 ;;
	esac
	# The last four bytes are the size that the build appends for the kernel's own unpacker.
	"${tool[@]}" >"$2" 2>/dev/null < <(tail -c +$((start + 1)) -- "$1" | head -c $((length - 4)))
}

# vm_build_image CACHE IMAGE OUT: OUT becomes the fastest form of IMAGE that qemu boots. A kernel
# that was unpacked here starts at its PVH entry, which spares an emulated CPU 0.5 to 4 seconds.
vm_build_image() {
	local work
	[[ -e $3 ]] && return 0
	work=$(mktemp "$1/image.XXXXXX")
	vm_unpack_image "$2" "$work" || cp -- "$2" "$work"
	mv -- "$work" "$3"
}

# vm_module_files MODULES: the files to load, relative to MODULES, dependencies first.
vm_module_files() {
	local name line path dep deps i
	local -A seen=()

	for name in "${VM_BOOT_MODULES[@]}"; do
		line=$(grep -m 1 -E "(^|/)$name\.ko(\.[a-z]+)?:" "$1/modules.dep") || {
			grep -q -E "(^|/)$name\.ko\$" "$1/modules.builtin" && continue
			printf 'vm: the kernel of %s has no module %s\n' "$1" "$name" >&2
			return 1
		}
		path=${line%%:*}
		read -ra deps <<<"${line#*:}"
		for ((i = ${#deps[@]} - 1; i >= -1; i--)); do
			((i >= 0)) && dep=${deps[i]} || dep=$path
			[[ -z ${seen[$dep]:-} ]] || continue
			seen[$dep]=1
			printf '%s\n' "$dep"
		done
	done
}

# vm_build_initramfs CACHE MODULES INIT BUSYBOX OUT
vm_build_initramfs() {
	local cache=$1 modules=$2 init=$3 busybox=$4 out=$5 work file name files count=100

	[[ -e $out ]] && return 0
	files=$(vm_module_files "$modules") || return 1
	work=$(mktemp -d "$cache/initramfs.XXXXXX")
	mkdir -p "$work"/root/{bin,modules,proc,sys,dev,host,lower,scratch,keep,newroot}
	cp -- "$busybox" "$work/root/bin/busybox"
	ln -s busybox "$work/root/bin/sh"
	install -m 755 -- "$init" "$work/root/init"
	for file in $files; do
		name=${file##*/}
		name=$work/root/modules/$((count++))-${name%%.ko*}.ko
		case $file in
		*.ko) cp -- "$modules/$file" "$name" ;;
		*.ko.xz) xz -dc -- "$modules/$file" >"$name" ;;
		*.ko.zst) zstd -dcq -- "$modules/$file" >"$name" ;;
		*.ko.gz) gzip -dc -- "$modules/$file" >"$name" ;;
		esac
	done
	# Uncompressed: an emulated CPU would take longer to unpack it than qemu takes to load it.
	(cd "$work/root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$work/initramfs"
	mv -- "$work/initramfs" "$out"
	rm -rf -- "$work"
}

# vm_static_busybox: the path of a busybox that runs without libraries, installed if need be.
vm_static_busybox() {
	local candidate try
	for try in 1 2; do
		for candidate in "$(command -v busybox || true)" /bin/busybox /usr/bin/busybox; do
			if [[ -x $candidate ]] && ! ldd "$candidate" >/dev/null 2>&1; then
				realpath -- "$candidate"
				return 0
			fi
		done
		((try == 1)) && { packages_install busybox-static >&2 || return 1; }
	done
	printf 'vm: no statically linked busybox was found\n' >&2
	return 1
}
