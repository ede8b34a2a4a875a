# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# How the quick start talks: one line a step, with progress on a terminal and without in a pipe.
# What the steps do, and what their output means, is the concern of the scripts that source this.
set -euo pipefail

say_started=0 say_title="" say_shows_progress=""
say_bold="" say_good="" say_bad="" say_dim="" say_plain=""

# say_begin: colours and progress if stdout is a terminal, here or, in a guest, where vm was started.
say_begin() {
	[[ ! -t 1 ]] || export AGENTWATCH_QUICKSTART_TERMINAL=1
	[[ -n ${AGENTWATCH_QUICKSTART_TERMINAL:-} && ${TERM:-dumb} != dumb ]] || return 0
	say_shows_progress=1
	[[ -z ${NO_COLOR:-} ]] || return 0
	say_bold=$'\e[1m' say_good=$'\e[32m' say_bad=$'\e[31m' say_dim=$'\e[2m' say_plain=$'\e[0m'
}

say_heading() {
	printf '\n%s%s%s\n' "$say_bold" "$*" "$say_plain"
}

say_note() {
	printf '        %s\n' "$@"
}

# say_step TITLE: something begins that takes a while.
say_step() {
	say_title=$* say_started=$SECONDS
	[[ -z $say_shows_progress ]] || printf '  ...   %s' "$say_title"
}

say_end() {
	local colour=$1 word=$2 clear=""
	[[ -z $say_shows_progress ]] || clear=$'\r\e[K'
	printf '%s  %s%-5s%s %s %s(%d s)%s\n' "$clear" "$colour" "$word" "$say_plain" "$say_title" \
		"$say_dim" "$((SECONDS - say_started))" "$say_plain"
	say_title=""
}

say_done() {
	[[ -z ${1:-} ]] || say_title+=": $1"
	say_end "$say_good" ok
}

# say_failed MESSAGE [FILE]: ends the step, the message and the end of a log on stderr, and the run.
say_failed() {
	[[ -z $say_title ]] || say_end "$say_bad" FAILED
	printf '%squickstart: %s%s\n' "$say_bad" "$1" "$say_plain" >&2
	if [[ -n ${2:-} && -s $2 ]]; then
		printf 'the end of %s:\n' "$2" >&2
		tail -n 30 -- "$2" | sed 's/^/  | /' >&2
	fi
	exit 1
}

# say_file FILE [LINES]: its beginning, indented.
say_file() {
	local lines total
	total=$(wc -l <"$1") lines=${2:-$total}
	head -n "$lines" -- "$1" | sed "s/^/        /"
	((total <= lines)) || say_note "… ($((total - lines)) more lines)"
}

# say_table FILE: lines of fields separated by tabs, the first being the heading, in columns.
say_table() {
	awk -F '\t' '
		{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) }
		  if (NF > columns) columns = NF }
		END { for (row = 1; row <= NR; row++) { line = "        "
			for (i = 1; i < columns; i++) line = line sprintf("%-" width[i] "s  ", cell[row, i])
			line = line cell[row, columns]; sub(/ +$/, "", line); print line } }' "$1"
}
