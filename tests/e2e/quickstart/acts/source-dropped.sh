# SPDX-License-Identifier: Apache-2.0
# act: let the shell read a script that was dropped in /tmp
# expect: read {DROP}/script.sh
# shellcheck shell=bash disable=SC2154,SC1091
. "$ACT_DROP/script.sh"
