/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes everything that stands between a ring's bytes and a line: decode, enrich, words and JSON.
 * The first byte chooses the ring; the rest is one or more records, each after its length (two
 * bytes). Build with clang -fsanitize=fuzzer,address,undefined and the sources of base, event and
 * policy.
 */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/buffer.h"
#include "event/decode.h"
#include "event/enrich.h"
#include "event/json.h"
#include "event/repeats.h"
#include "event/text.h"
#include "policy/parse.h"

static const char policy_text[] =
	"version: 1\n"
	"name: fuzz\n"
	"anchors: {WORKSPACE: {}, HOME: {}}\n"
	"rules:\n"
	"  - {id: all, allow: [read, write, exec], path: [\"**\"]}\n"
	"  - {id: no, deny: [write], path: [\"${HOME}/.*\", \"/etc/**\"], reason: startup}\n"
	"  - {id: net, allow: [tcp, udp], cidr: [10.0.0.0/8, \"2001:db8::/32\"], port: [1-1000]}\n";

static const struct aw_event_context context = {
	.agent_name = "fuzz",
	.run_id = "1",
	.policy_name = "fuzz",
	.anchors = {{"WORKSPACE", "/w"}, {"HOME", "/home/a"}},
	.n_anchors = 2,
};

static const struct aw_event_context *find_context(void *userdata, uint32_t agent,
						   uint32_t generation, uint64_t policy_id)
{
	return agent % 2 ? &context : NULL;
}

static const struct aw_policy *find_policy(void *userdata, uint64_t policy_id)
{
	return userdata;
}

/* A line is one line, and JSON to another reader. */
static void check_line(struct aw_buffer *line)
{
	json_t *root;

	assert(line->length > 0 &&
	       memchr(line->data, '\n', line->length) == line->data + line->length - 1);
	root = json_loadb(line->data, line->length, 0, NULL);
	assert(root);
	json_decref(root);
}

static void take(struct aw_enrich *enrich, struct aw_repeats *repeats, const void *record,
		 size_t size, enum aw_ring ring)
{
	static const struct aw_event_origin origin = {"host", "00000000-0000"};
	_cleanup_buffer_ struct aw_buffer line = {}, text = {};
	_cleanup_free_ void *exact = malloc(size ?: 1);
	struct aw_event event;

	if (!exact)
		return;
	memcpy(exact, record, size);
	if (aw_event_decode(exact, size, ring, &event) < 0)
		return;
	assert(aw_enrich_event(enrich, &event) == 0);
	assert(aw_event_to_json(&event, &origin, &line) == 0);
	check_line(&line);
	assert(aw_event_append_text(&text, &event) == 0);
	assert(!memchr(text.data, '\n', text.length) && !memchr(text.data, '\x1b', text.length));
	assert(aw_repeats_note(repeats, &event, &origin) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aw_clock clock = {.offset_ns = 1000000000000000000};
	static struct aw_policy *policy;
	_cleanup_(aw_enrich_freep) struct aw_enrich *enrich = NULL;
	_cleanup_(aw_repeats_freep) struct aw_repeats *repeats = NULL;
	struct aw_enrich_options options = {
		.context = find_context,
		.policy = find_policy,
		.clock = &clock,
		.explain_allowed = true,
		.procfs = -1,
		.limits = {8, 4096},
	};
	enum aw_ring ring;

	if (!policy)
		assert(aw_policy_parse_text(&policy, "fuzz", policy_text, sizeof(policy_text) - 1,
					    NULL, NULL) == 0);
	options.userdata = policy;
	if (size == 0)
		return 0;
	assert(aw_enrich_new(&enrich, &options) == 0 && aw_repeats_new(&repeats) == 0);
	ring = data[0] % AW_RINGS;
	for (data++, size--; size >= 2;) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;

		data += 2;
		size -= 2;
		length = length < size ? length : size;
		take(enrich, repeats, data, length, ring);
		data += length;
		size -= length;
	}
	return 0;
}
