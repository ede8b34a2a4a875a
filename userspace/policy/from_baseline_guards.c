/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guard acts in a learned policy: never lifted, but named in comments, each with the line that
 * would lift its rule. Whether runs need what they did is for a person to say.
 */
#include <inttypes.h>
#include <string.h>

#include "policy/from_baseline_parts.h"
#include "policy/from_baseline_text.h"
#include "policy/guard.h"

static void write_act(struct aw_buffer *out, const struct aw_learned *learned,
		      const struct aw_tree_node *node, const struct aw_fact *fact)
{
	const struct aw_evidence *e = learned->evidence;
	const char *name = e->tree.text + node->name + strlen(AW_GUARD_PREFIX);
	const int length = (int)(node->name_length - strlen(AW_GUARD_PREFIX));
	const int rule = (int)strcspn(name, "/") < length ? (int)strcspn(name, "/") : length;

	aw_buffer_append_format(
		out,
		"  # - {id: lifted.%.*s, lift: guard.%.*s, path: [\"%s%.*s\"]} # in "
		"%" PRIu32 " run%s",
		length, name, rule, name, AW_GUARD_PREFIX, length, name,
		aw_run_sets_size(e->sets, fact->set),
		aw_run_sets_size(e->sets, fact->set) == 1 ? "" : "s");
	aw_policy_text_subjects(out, learned, fact->subjects);
	aw_buffer_append_char(out, '\n');
}

/* In the order of enum aw_guard: what was done first is chance. */
int aw_policy_write_guards(struct aw_buffer *out, const struct aw_learned *learned)
{
	const struct aw_evidence *e = learned->evidence;
	int r;

	if (!aw_tree_node(&e->tree, e->guards)->first_child)
		return out->error;
	aw_buffer_append_char(out, '\n');
	r = aw_policy_text_comment(out, "  ",
				   "Acts that would undo confinement, which the runs did. Every "
				   "agent is denied them; what it cannot do without is lifted by "
				   "its line here, best with by: for one program.");
	for (unsigned int act = 0; r == 0 && act < AW_GUARDS_MAX; act++) {
		const char *known = aw_guard_name(act);
		uint32_t i = aw_tree_node(&e->tree, e->guards)->first_child;

		for (; known && i; i = aw_tree_node(&e->tree, i)->next_sibling) {
			const struct aw_tree_node *node = aw_tree_node(&e->tree, i);

			if (node->name_length == strlen(known) && node->first_fact &&
			    memcmp(e->tree.text + node->name, known, node->name_length) == 0)
				write_act(out, learned, node,
					  &e->tree.facts.items[node->first_fact]);
		}
	}
	return r < 0 ? r : out->error;
}
