# SPDX-License-Identifier: Apache-2.0
# act: start a set-uid program
# expect: exec|read /usr/bin/su
# needs: /usr/bin/su
# shellcheck shell=bash disable=SC2154
/usr/bin/su --version >/dev/null
