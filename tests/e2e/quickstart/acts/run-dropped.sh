# SPDX-License-Identifier: Apache-2.0
# act: run a program that was dropped in /tmp
# expect: exec|read {DROP}/payload
# shellcheck shell=bash disable=SC2154
"$ACT_DROP/payload"
