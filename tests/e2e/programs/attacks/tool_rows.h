/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks that a tool shows best, as lines of shell; WORK is the row's folder. */
#pragma once

#include "attack.h"

#define TOOL NULL

static const struct attack tool_attacks[] = {
	{"7-ld-so", "the dynamic loader given a program", TOOL,
	 "exec /lib64/ld-linux-x86-64.so.2 $WORK/no-exec/program", BOTH, STATUS_FAILED, "map",
	 "./no-exec/program", "no.exec"},
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
