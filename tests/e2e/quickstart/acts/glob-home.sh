# SPDX-License-Identifier: Apache-2.0
# act: list the folder of keys
# expect: read {HOME}/.gnupg/private-keys-v1.d
# shellcheck shell=bash disable=SC2154
names=("$ACT_HOME"/.gnupg/private-keys-v1.d/*.key)
[[ -e ${names[0]} ]]
