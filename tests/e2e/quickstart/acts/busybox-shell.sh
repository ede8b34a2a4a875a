# SPDX-License-Identifier: Apache-2.0
# act: start another shell
# expect: exec|read /usr/bin/busybox|/bin/busybox
# needs: /usr/bin/busybox
# shellcheck shell=bash disable=SC2154
/usr/bin/busybox true
