# SPDX-License-Identifier: Apache-2.0
# act: let somebody in over SSH
# expect: write {HOME}/.ssh/authorized_keys
# shellcheck shell=bash disable=SC2154
echo 'ssh-ed25519 AAAA somebody' >>"$ACT_HOME/.ssh/authorized_keys"
