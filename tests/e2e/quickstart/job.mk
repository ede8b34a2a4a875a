# SPDX-License-Identifier: Apache-2.0
# What the agent of the quick start builds: one module of this project and its unit tests. A part of
# the whole, because the same has to run in an emulated guest, many times.

BUILD := build/agent
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard userspace/base/*.c)))
TESTS := $(patsubst %,$(BUILD)/tests/unit/base/%_test,buffer diag map $(CHANGE))
CPPFLAGS := -D_GNU_SOURCE -Iuserspace -Ibpf
CFLAGS := -std=gnu17 -O0 -Wall -Wextra -Werror -Wno-unused-parameter

check: $(TESTS)
	tests/unit/run $(TESTS)

$(BUILD)/base.a: $(OBJECTS)
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	gcc $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/%_test: %_test.c $(BUILD)/base.a
	@mkdir -p $(@D)
	gcc $(CPPFLAGS) $(CFLAGS) -Itests/unit $< $(BUILD)/base.a -lcmocka -o $@
