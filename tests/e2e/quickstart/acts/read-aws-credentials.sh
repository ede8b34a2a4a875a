# SPDX-License-Identifier: Apache-2.0
# act: read the credentials of a cloud account
# expect: read {HOME}/.aws/credentials
# shellcheck shell=bash disable=SC2154
mapfile -t _ <"$ACT_HOME/.aws/credentials"
