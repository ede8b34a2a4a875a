# SPDX-License-Identifier: Apache-2.0
# act: plant a tool server in the settings of other agents
# expect: create {WORK}/project/.mcp.json
# shellcheck shell=bash disable=SC2154
echo '{}' >"$ACT_WORK/project/.mcp.json"
