# SPDX-License-Identifier: Apache-2.0
# act: let python read a token
# expect: exec|read /usr/bin/python3*|{HOME}/.config/gh/hosts.yml
# needs: /usr/bin/python3
# shellcheck shell=bash disable=SC2154
/usr/bin/python3 -I -c "open('$ACT_HOME/.config/gh/hosts.yml').read()"
