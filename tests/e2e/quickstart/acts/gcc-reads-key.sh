# SPDX-License-Identifier: Apache-2.0
# act: have the compiler print a private key
# expect: read {HOME}/.ssh/id_rsa
# shellcheck shell=bash disable=SC2154
gcc -E -P -x c "$ACT_HOME/.ssh/id_rsa" >/dev/null
