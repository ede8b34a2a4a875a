# SPDX-License-Identifier: Apache-2.0
# What the agent of the quick start builds: a part of one module of this project, and its unit tests.
# Small, because the same has to run in an emulated guest, many times.

BUILD := build/agent
MODULES := buffer diag hex map utf8
OBJECTS := $(MODULES:%=$(BUILD)/userspace/base/%.o)
TESTS := $(patsubst %,$(BUILD)/tests/unit/base/%_test,buffer map $(CHANGE))
CPPFLAGS := -D_GNU_SOURCE -Iuserspace -Ibpf
CFLAGS := -std=gnu17 -O0 -Wall -Wextra -Werror -Wno-unused-parameter

check: $(TESTS)
	tests/e2e/quickstart/run-tests $(TESTS)

$(BUILD)/base.a: $(OBJECTS)
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	gcc $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/%_test: %_test.c $(BUILD)/base.a
	@mkdir -p $(@D)
	gcc $(CPPFLAGS) $(CFLAGS) -Itests/unit $< $(BUILD)/base.a -lcmocka -o $@
