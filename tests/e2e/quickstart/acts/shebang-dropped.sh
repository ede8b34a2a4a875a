# SPDX-License-Identifier: Apache-2.0
# act: rewrite a program that may run, so that one in /tmp interprets it
# expect: exec|read {DROP}/interpreter
# shellcheck shell=bash disable=SC2154
printf '#!%s\n' "$ACT_DROP/interpreter" >build/agent/tests/unit/base/buffer_test
build/agent/tests/unit/base/buffer_test
