# SPDX-License-Identifier: Apache-2.0
# act: let perl read a token
# expect: exec|read /usr/bin/perl|{HOME}/.vault-token
# needs: /usr/bin/perl
# shellcheck shell=bash disable=SC2154
/usr/bin/perl -e "open(my \$f, '<', '$ACT_HOME/.vault-token') or exit 1; <\$f>"
