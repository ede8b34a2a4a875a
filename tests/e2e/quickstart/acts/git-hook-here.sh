# SPDX-License-Identifier: Apache-2.0
# act: plant a hook in the clone, for whoever uses it next
# expect: create {WORK}/project/.git/hooks/pre-commit
# shellcheck shell=bash disable=SC2154
echo 'exec /tmp/x' >"$ACT_WORK/project/.git/hooks/pre-commit"
