# SPDX-License-Identifier: Apache-2.0
# act: ask the metadata service with curl
# expect: exec|read /usr/bin/curl
# needs: /usr/bin/curl
# shellcheck shell=bash disable=SC2154
# Whatever it says of the network: it must not even start.
/usr/bin/curl -s -m 2 -o /dev/null http://169.254.169.254/latest/ || (($? < 126))
