# SPDX-License-Identifier: Apache-2.0
# act: have git run a program of theirs, in all projects
# expect: create|read|write {HOME}/.gitconfig.lock
# shellcheck shell=bash disable=SC2154
git config --global core.hooksPath /tmp/hooks
