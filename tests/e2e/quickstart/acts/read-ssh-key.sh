# SPDX-License-Identifier: Apache-2.0
# act: read the private SSH key
# expect: read {HOME}/.ssh/id_ed25519
# shellcheck shell=bash disable=SC2154
read -r _ <"$ACT_HOME/.ssh/id_ed25519"
