# SPDX-License-Identifier: Apache-2.0
# Builds build/agentwatch (the BPF objects are inside), the unit tests, and installs.
# `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
# Relative where it can be: dependency files name it, and tests/mutants/run copies them.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
CLANG ?= clang
CC ?= gcc
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-8s %s\n' "$(1)" "$(2)"

LIBRARIES := libbpf libelf zlib yaml-0.1 sqlite3 libcrypto jansson
CPPFLAGS += -D_GNU_SOURCE -Iuserspace -Ibpf -I$(BUILD) -MMD -MP -DAW_DATADIR='"$(PREFIX)/share/agentwatch"' -DAW_PROGRAM='"$(PREFIX)/bin/agentwatch"'
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu17 -Wall -Wextra -Werror -Wno-unused-parameter $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
LDLIBS += $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lm -lpthread
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The checks that a sanitizer inserts mislead this warning; the plain build has it.
SAN_CFLAGS = $(filter-out -O%,$(CFLAGS)) -O1 -Wno-format-truncation $(SANITIZE)

ARCH := $(shell uname -m | sed -e 's/x86_64/x86/' -e 's/aarch64/arm64/')
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -idirafter /usr/include/$(shell $(CC) -print-multiarch) -std=gnu17 -D__TARGET_ARCH_$(ARCH) -D__BPF__ -Wall -Wextra -Werror \
	-Wno-unused-parameter -Wno-unused-function -Ibpf -MMD -MP $(addprefix -include ,$(BPF_PRELUDE))

BPF_SOURCES := $(sort $(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(BPF_SOURCES:%.bpf.c=$(BUILD)/%.bpf.o)
SKELETON := $(BUILD)/agentwatch.skel.h
SOURCES := $(sort $(shell find userspace -name '*.c'))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
TEST_OBJECTS := $(filter-out $(BUILD)/san/userspace/main.o,$(SOURCES:%.c=$(BUILD)/san/%.o))
FUZZ_SOURCES := $(filter $(addprefix userspace/,base/% event/% policy/% baseline/%),$(SOURCES))
FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(BUILD)/fuzz/%.o)
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
UNIT_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(sort $(shell find tests/unit -name '*_test.c')))
E2E_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/e2e/programs/*.c)))

.PHONY: all check unit-tests fuzzers lint format mutants install clean help e2e-programs bench bench-programs
.DELETE_ON_ERROR:
all: $(BUILD)/agentwatch ## build build/agentwatch
	@:

# --- the BPF objects: each source alone, then linked into one, then a skeleton -------------------
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BUILD)/agentwatch.bpf.o: $(BPF_OBJECTS)
	$(call say,LINKBPF,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(BUILD)/agentwatch.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name agentwatch_bpf > $@.tmp && mv $@.tmp $@

# --- userspace ----------------------------------------------------------------------------------
$(BUILD)/agentwatch: $(OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/userspace/%.o: userspace/%.c Makefile | $(SKELETON)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

# --- unit tests: the same sources under ASan and UBSan --------------------------------------------
$(BUILD)/san/userspace/%.o: userspace/%.c Makefile | $(SKELETON)
	$(call say,CC san,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(SAN_CFLAGS) -c $< -o $@

$(BUILD)/san/libagentwatch.a: $(TEST_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

# Apart from the link, which is all that a change of what is tested needs.
$(BUILD)/san/tests/unit/%.o: tests/unit/%.c Makefile
	$(call say,CC test,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(SAN_CFLAGS) -c $< -o $@

$(BUILD)/san/tests/unit/%: $(BUILD)/san/tests/unit/%.o $(BUILD)/san/libagentwatch.a
	$(Q)$(CC) $(SAN_CFLAGS) $< $(BUILD)/san/libagentwatch.a $(LDLIBS) -lcmocka -o $@

.SECONDARY: $(UNIT_TESTS:%=%.o)

unit-tests: $(UNIT_TESTS)

check: unit-tests ## unit tests under ASan and UBSan
	$(Q)tests/unit/run $(UNIT_TESTS)

# --- fuzzers: the parsers of outside bytes under libFuzzer (warnings are the builds' above) ---------
$(BUILD)/fuzz/userspace/%.o: userspace/%.c Makefile
	$(call say,CC fuzz,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(SAN_CFLAGS) -w -fsanitize=fuzzer-no-link -c $< -o $@

$(BUILD)/fuzz/libagentwatch.a: $(FUZZ_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/libagentwatch.a Makefile
	$(call say,FUZZER,$<)
	$(Q)$(CLANG) $(CPPFLAGS) $(SAN_CFLAGS) -w -fsanitize=fuzzer $< $(BUILD)/fuzz/libagentwatch.a $(LDLIBS) -o $@

# The C library reads the same messages.
$(BUILD)/fuzz/dns_read: LDLIBS += -lresolv

fuzzers: $(FUZZERS) ## build the fuzzers

$(BUILD)/tests/e2e/programs/%: tests/e2e/programs/%.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu17 -Ibpf -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter \
		-Wno-missing-field-initializers -MMD -MP $< $(LDFLAGS) -lpthread -o $@

# Each attack is an exec of it: static, that takes half the time.
$(BUILD)/tests/e2e/programs/attacks: LDFLAGS += -static
$(BUILD)/tests/e2e/programs/fields: LDFLAGS += -static -ljansson

# Linked with all of userspace but the commands: asks the same code that runs in the program.
$(BUILD)/tests/bpf/%: tests/bpf/%/*.c tests/bpf/%/*.h \
		$(filter-out $(BUILD)/userspace/main.o $(BUILD)/userspace/cli/%,$(OBJECTS)) Makefile
	$(call say,CC bpf,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(filter %.c %.o,$^) $(LDLIBS) -o $@

$(BUILD)/tests/bpf/%.bpf.o: tests/bpf/%.bpf.c Makefile
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

e2e-programs: $(E2E_PROGRAMS) $(BUILD)/tests/bpf/oracle $(BUILD)/tests/bpf/churn $(BUILD)/tests/bpf/refuse.bpf.o ## helper programs of the end-to-end tests

# --- benchmarks -----------------------------------------------------------------------------------
$(BUILD)/tests/bench/ops $(BUILD)/tests/bench/landlock: $(BUILD)/tests/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu17 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
		-static -MMD -MP $< -o $@

$(BUILD)/tests/bench/empty: tests/bench/empty.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $< $(LDLIBS) -o $@

$(BUILD)/tests/bench/compile: tests/bench/compile.c $(filter-out $(BUILD)/userspace/policy/from_baseline%, \
		$(filter $(BUILD)/userspace/base/%.o $(BUILD)/userspace/policy/%.o,$(OBJECTS))) Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(filter %.c %.o,$^) $(LDLIBS) -o $@

BENCH_PROGRAMS := $(addprefix $(BUILD)/tests/bench/,ops landlock empty)
bench-programs: $(BENCH_PROGRAMS)

bench: $(BUILD)/agentwatch $(BENCH_PROGRAMS) $(BUILD)/tests/bench/compile ## what operations cost, in instructions; how long compiling takes
	$(Q)$(BUILD)/tests/bench/compile
	$(Q)tests/bench/run --build $(BUILD)

lint: ## clang-format, clang-tidy, shellcheck, headers
	$(Q)scripts/lint

format: ## let clang-format decide
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

mutants: ## apply each defect of tests/mutants/, expect its test to fail
	$(Q)tests/mutants/run

install: all ## DESTDIR= PREFIX=
	install -Dm755 $(BUILD)/agentwatch $(DESTDIR)$(PREFIX)/bin/agentwatch
	cd policies && find . -name '*.yaml' -exec install -Dm644 {} $(DESTDIR)$(PREFIX)/share/agentwatch/policies/{} \;
	for page in docs/man/*.[1-9]; do \
		install -Dm644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; \
	done

# For scripts/lint: the value of a variable.
print-%:
	@printf '%s\n' '$(subst ','\'',$($*))'

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(BPF_OBJECTS:.o=.d) $(UNIT_TESTS:%=%.d) \
	$(FUZZ_OBJECTS:.o=.d) $(FUZZERS:%=%.d) $(E2E_PROGRAMS:%=%.d)
