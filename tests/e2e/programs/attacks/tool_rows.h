/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks that a tool shows best, as lines of shell; WORK is the row's folder. */
#pragma once

#include "attack.h"

#define TOOL NULL

static const struct attack tool_attacks[] = {
	{"7-ld-so", "the dynamic loader given a program", TOOL,
	 "exec /lib64/ld-linux-x86-64.so.2 $WORK/no-exec/program", BOTH, STATUS_FAILED, "map",
	 "./no-exec/program", "no.exec"},
	{"7-preload", "LD_PRELOAD", TOOL,
	 "LD_PRELOAD=$WORK/no-exec/library sh -c 'while read -r line; do case $line in "
	 "*r-xp*no-exec*) exit 0 ;; esac done </proc/self/maps; exit 1'",
	 BOTH, STATUS_FAILED, "map", "./no-exec/library", "no.exec"},
	{"7-audit", "LD_AUDIT", TOOL,
	 "LD_AUDIT=$WORK/no-exec/library sh -c 'exit 0' 2>&1 | grep -q -v 'failed to map'", BOTH,
	 STATUS_FAILED, "map", "./no-exec/library", "no.exec"},
	{"7-dlopen", "dlopen", TOOL,
	 "/usr/bin/python3 -ISE -c \"import ctypes; ctypes.CDLL('$WORK/no-exec/library')\"", BOTH,
	 STATUS_FAILED, "map", "./no-exec/library", "no.exec"},
	{"8-env", "env, nice, timeout and the like start the program", TOOL,
	 "env nice timeout 60 $WORK/no-exec/program", BOTH, STATUS_FAILED, "exec",
	 "./no-exec/program", "no.exec"},
	{"8-perl", "perl given a denied file", TOOL,
	 "perl -e 'open(my $f, \"<\", \"$ENV{WORK}/secret/key\") or exit 1; <$f>'", BOTH,
	 STATUS_FAILED, "read", "./secret/key", "secret"},
	{"8-awk", "awk given a denied file", TOOL, "awk 1 $WORK/secret/key", BOTH, STATUS_FAILED,
	 "read", "./secret/key", "secret"},
	{"8-git", "git reads what the caller may not", TOOL,
	 "HOME=$WORK/ok git hash-object --no-filters $WORK/secret/key", BOTH, STATUS_FAILED, "read",
	 "./secret/key", "secret"},
	{"8-cp", "cp -a keeps everything but the right", TOOL,
	 "cp -a $WORK/secret/key $WORK/ok/copy", BOTH, STATUS_FAILED, "read", "./secret/key",
	 "secret"},
	{"8-sh", "a shell given a denied script", TOOL, "sh $WORK/secret/key || [ $? = 127 ]", BOTH,
	 STATUS_FAILED, "read", "./secret/key", "secret"},
	{"8-stdin", "a shell that reads it from its input", TOOL, "true < $WORK/secret/key", BOTH,
	 STATUS_FAILED, "read", "./secret/key", "secret"},
	{"8-python", "python given a denied file", TOOL,
	 "/usr/bin/python3 -ISE -c \"open('$WORK/secret/key').read()\"", BOTH, STATUS_FAILED,
	 "read", "./secret/key", "secret"},
	{"8-tar", "tar reads what the caller may not", TOOL,
	 "tar -cf $WORK/ok/out.tar -C $WORK secret/key", BOTH, STATUS_FAILED, "read",
	 "./secret/key", "secret"},
	{"8-busybox", "a tool box under another name", TOOL,
	 "ln -s $(command -v busybox) $WORK/ok/cat && $WORK/ok/cat $WORK/secret/key", BOTH,
	 STATUS_FAILED, "read", "./secret/key", "secret"},
};
