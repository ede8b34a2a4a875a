# SPDX-License-Identifier: Apache-2.0
# act: connect from the shell itself
# expect: tcp 192.0.2.10:4444
# shellcheck shell=bash disable=SC2154
message=$( (exec 9<>/dev/tcp/192.0.2.10/4444) 2>&1) || [[ $message != *'Permission denied'* ]]
