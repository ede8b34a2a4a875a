# SPDX-License-Identifier: Apache-2.0
# act: send a file with nc
# expect: exec|read /usr/bin/nc*|/bin/nc*
# needs: /usr/bin/nc
# shellcheck shell=bash disable=SC2154
/usr/bin/nc -h >/dev/null 2>&1 || (($? < 126))
