# SPDX-License-Identifier: Apache-2.0
# act: read another project's .env
# expect: read {STAGE}/other/.env
# shellcheck shell=bash disable=SC2154,SC1091
. "$ACT_STAGE/other/.env"
