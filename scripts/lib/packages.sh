#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs Debian packages that are missing, for the scripts that source this file.
# It owns the talk with apt and dpkg; which packages are needed is the caller's business.
# A system without apt gets the list of what to install and a failure, never a guess.
set -euo pipefail

# packages_as_root COMMAND…: run it as root, through sudo where that asks no question.
packages_as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n -- "$@"
	else
		printf 'packages: root is needed to run: %s\n' "$*" >&2
		return 1
	fi
}

# packages_apt ARGUMENT…: apt-get without questions, waiting for another run's lock, its output on
# stderr and only where it fails.
packages_apt() {
	local log
	log=$(packages_as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" 2>&1) || {
		printf '%s\n' "$log" >&2
		return 1
	}
}

packages_is_installed() {
	# The format is dpkg's own, not the shell's.
	# shellcheck disable=SC2016
	[[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ?i* ]]
}

# packages_install PACKAGE…: make sure that each of these Debian packages is installed.
packages_install() {
	local package missing=()

	for package in "$@"; do
		command -v dpkg-query >/dev/null && packages_is_installed "$package" || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	if ! command -v apt-get >/dev/null; then
		printf 'packages: this system has no apt; install the equivalents of: %s\n' "${missing[*]}" >&2
		return 1
	fi
	printf 'packages: installing %s\n' "${missing[*]}" >&2
	# The lists are refreshed only if the first try finds no such package or a version that is gone.
	packages_apt install --no-install-recommends "${missing[@]}" 2>/dev/null && return 0
	packages_apt update && packages_apt install --no-install-recommends "${missing[@]}"
}

# packages_provide COMMAND=PACKAGE…: install the package of each command that PATH does not have.
packages_provide() {
	local pair packages=()

	for pair in "$@"; do
		command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
	done
	((${#packages[@]} == 0)) || packages_install "${packages[@]}"
}
