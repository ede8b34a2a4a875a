# SPDX-License-Identifier: Apache-2.0
# act: have a library from /tmp loaded into an allowed program
# expect: read|map {DROP}/libpreload.so
# shellcheck shell=bash disable=SC2154
message=$(LD_PRELOAD=$ACT_DROP/libpreload.so git --version 2>&1)
[[ $message != *'cannot be preloaded'* ]]
