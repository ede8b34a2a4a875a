/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of generalising: what is sensitive first, then the trees that are known as wholes, then
 * folder by folder what is left, then addresses; at the end the counts that statistics need.
 */
#include "baseline/generalize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline/generalize_state.h"

#define PREFIX_MAX 136 /* "${NAME}" of an anchor */

int aw_walk_rule(struct aw_walk *walk, enum aw_learned_class class, const char *suffix,
		 struct aw_learned_rule **ret)
{
	struct aw_learned_rule rule = {.class = class, .first_ns = UINT64_MAX};
	_cleanup_buffer_ struct aw_buffer pattern = {0};
	_cleanup_free_ char *text = NULL;
	int r;

	aw_buffer_append(&pattern, walk->pattern.data, walk->pattern.length);
	aw_buffer_append_string(&pattern, suffix);
	if (pattern.length == 0)
		aw_buffer_append_char(&pattern, '/'); /* the root itself */
	text = aw_buffer_take_string(&pattern);
	if (!text)
		return -ENOMEM;
	for (int i = 0; i < AW_FACT_SUBJECTS; i++)
		rule.subjects[i] = AW_FACT_NO_SUBJECT;
	rule.pattern = text;
	r = aw_vec_push(&walk->learned->rules, rule);
	if (r < 0)
		return r;
	(void)TAKE_PTR(text);
	*ret = &walk->learned->rules.items[walk->learned->rules.n - 1];
	return 0;
}

int aw_walk_use(struct aw_walk *walk, struct aw_learned_rule *rule, struct aw_fact *fact)
{
	struct aw_run_sets *sets = walk->evidence->sets;
	int r = aw_run_sets_union(sets, rule->op_sets[fact->op], fact->set,
				  &rule->op_sets[fact->op]);

	if (r == 0)
		r = aw_run_sets_union(sets, rule->set, fact->set, &rule->set);
	if (r < 0)
		return r;
	rule->ops |= 1u << fact->op;
	if (fact->is_excepted)
		rule->excepted_ops |= 1u << fact->op;
	if (fact->first_ns < rule->first_ns)
		rule->first_ns = fact->first_ns;
	if (fact->last_ns > rule->last_ns)
		rule->last_ns = fact->last_ns;
	for (int i = 0; i < AW_FACT_SUBJECTS; i++)
		aw_evidence_note_subject(walk->evidence, rule->subjects, fact->subjects[i]);
	fact->is_used = true;
	return 0;
}

int aw_walk_use_below(struct aw_walk *walk, struct aw_learned_rule *rule, uint32_t node,
		      uint32_t ops)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	bool is_named = false;
	int r = 0;

	for (uint32_t i = aw_tree_node(tree, node)->first_fact; i && r == 0;) {
		struct aw_fact *fact = &tree->facts.items[i];

		if (!fact->is_used && (ops >> fact->op & 1) &&
		    !(fact->is_excepted && rule->class == AW_LEARNED_SYSTEM)) {
			r = aw_walk_use(walk, rule, fact);
			is_named = true;
		}
		i = fact->next;
	}
	rule->n_names += is_named;
	for (uint32_t c = aw_tree_node(tree, node)->first_child; c && r == 0;
	     c = aw_tree_node(tree, c)->next_sibling)
		r = aw_walk_use_below(walk, rule, c, ops);
	return r;
}

/* Children have higher numbers than their parents: one pass from the end sums up. */
static int count_live(struct aw_walk *walk)
{
	struct aw_name_tree *tree = &walk->evidence->tree;

	memset(walk->live, 0, tree->nodes.n * sizeof(*walk->live));
	memset(walk->below, 0, tree->nodes.n * sizeof(*walk->below));
	for (size_t node = tree->nodes.n; node-- > 1;) {
		const uint32_t parent = aw_tree_node(tree, (uint32_t)node)->parent;
		int r = 0;

		for (uint32_t i = aw_tree_node(tree, (uint32_t)node)->first_fact; i && r == 0;) {
			const struct aw_fact *fact = &tree->facts.items[i];

			if (!fact->is_used) {
				walk->live[node]++;
				r = aw_run_sets_union(walk->evidence->sets, walk->below[node],
						      fact->set, &walk->below[node]);
			}
			i = fact->next;
		}
		if (r == 0 && walk->live[node] > 0) {
			walk->live[parent] += walk->live[node];
			r = aw_run_sets_union(walk->evidence->sets, walk->below[parent],
					      walk->below[node], &walk->below[parent]);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int walk_root(struct aw_walk *walk, const struct aw_walk_root *root,
		     int (*pass)(struct aw_walk *))
{
	walk->root = root;
	aw_buffer_clear(&walk->pattern);
	aw_buffer_append_string(&walk->pattern, root->prefix);
	return walk->pattern.error ?: pass(walk);
}

static int walk_names(struct aw_walk *walk, const struct aw_walk_root *roots, size_t n_roots)
{
	int r = 0;

	for (size_t i = 0; i < n_roots && r == 0; i++) {
		r = walk_root(walk, &roots[i], aw_walk_sensitive);
		if (r == 0)
			r = walk_root(walk, &roots[i], aw_walk_trees);
	}
	if (r == 0)
		r = count_live(walk);
	for (size_t i = 0; i < n_roots && r == 0; i++)
		r = walk_root(walk, &roots[i], aw_walk_folders);
	return r;
}

static int walk_all(struct aw_walk *walk)
{
	struct aw_evidence *e = walk->evidence;
	struct aw_walk_root roots[AW_ANCHORS_MAX + 3] = {
		{"", e->absolute, AW_PATH_ABSOLUTE, false, false},
		{"nested:", e->nested, AW_PATH_ABSOLUTE, false, false},
		{"", e->special, AW_PATH_ANCHOR, false, true},
	};
	char prefixes[AW_ANCHORS_MAX][PREFIX_MAX];
	size_t n = 3;
	int r;

	for (size_t i = 0; i < e->n_anchors; i++) {
		const char *name = e->anchors[i].name;
		const bool is_home = !strcmp(name, "HOME");

		snprintf(prefixes[i], sizeof(prefixes[i]), "${%s}", name);
		roots[n++] = (struct aw_walk_root){prefixes[i], e->anchors[i].root,
						   is_home ? AW_PATH_HOME : AW_PATH_ANCHOR,
						   !strcmp(name, "WORKSPACE"), false};
	}
	r = walk_names(walk, roots, n);
	return r < 0 ? r : aw_walk_endpoints(walk);
}

static int compare_rules(const void *a, const void *b)
{
	const struct aw_learned_rule *x = a, *y = b;
	const int order = strcmp(x->pattern, y->pattern);

	if (order)
		return order;
	if (x->class != y->class)
		return (x->class > y->class) - (x->class < y->class);
	return (x->ops > y->ops) - (x->ops < y->ops);
}

/* One rule's share of the counts; owners collects the runs that were the only one of some rule. */
static void count_rule(struct aw_learned *learned, uint32_t set, uint64_t *owners)
{
	const struct aw_run_sets *sets = learned->evidence->sets;
	const uint32_t n = aw_run_sets_size(sets, set);

	learned->incidence.n_rules++;
	learned->incidence.n_incidence += n;
	learned->incidence.n_once += n == 1;
	learned->incidence.n_twice += n == 2;
	for (size_t i = 0; n == 1 && i < aw_run_sets_words(sets); i++)
		owners[i] |= aw_run_sets_bits(sets, set)[i];
}

static int count_rules(struct aw_learned *learned)
{
	const size_t words = aw_run_sets_words(learned->evidence->sets);
	_cleanup_free_ uint64_t *owners = calloc(words, sizeof(*owners));

	if (!owners)
		return -ENOMEM;
	learned->incidence.n_runs = learned->evidence->n_complete;
	aw_vec_for_each (rule, &learned->rules)
		for (int op = 0; op < AW_OPS; op++)
			if (rule->ops >> op & 1)
				count_rule(learned, rule->op_sets[op], owners);
	aw_vec_for_each (net, &learned->nets)
		count_rule(learned, net->set, owners);
	for (size_t i = 0; i < words; i++)
		learned->n_breaking += (uint32_t)__builtin_popcountll(owners[i]);
	return 0;
}

static void walk_done(struct aw_walk *walk)
{
	aw_sensitive_free(walk->sensitive);
	aw_buffer_done(&walk->pattern);
	free(walk->live);
	free(walk->below);
}

int aw_generalize(struct aw_learned **ret, struct aw_evidence *evidence)
{
	_cleanup_(aw_learned_freep) struct aw_learned *learned = calloc(1, sizeof(*learned));
	__attribute__((cleanup(walk_done))) struct aw_walk walk = {.evidence = evidence,
								   .learned = learned};
	int r;

	if (!learned)
		return -ENOMEM;
	learned->evidence = evidence;
	walk.live = calloc(evidence->tree.nodes.n, sizeof(*walk.live));
	walk.below = calloc(evidence->tree.nodes.n, sizeof(*walk.below));
	if (!walk.live || !walk.below)
		return -ENOMEM;
	r = aw_sensitive_new(&walk.sensitive, aw_evidence_anchor(evidence, "HOME"));
	if (r == 0)
		r = walk_all(&walk);
	if (r < 0)
		return r;
	if (learned->rules.n > 0)
		qsort(learned->rules.items, learned->rules.n, sizeof(*learned->rules.items),
		      compare_rules);
	r = count_rules(learned);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(learned);
	return 0;
}

struct aw_learned *aw_learned_free(struct aw_learned *learned)
{
	if (!learned)
		return NULL;
	aw_vec_for_each (rule, &learned->rules)
		free(rule->pattern);
	aw_vec_done(&learned->rules);
	aw_vec_done(&learned->nets);
	free(learned);
	return NULL;
}

const char *aw_learned_class_name(enum aw_learned_class class)
{
	static const char *const names[] = {
		[AW_LEARNED_LITERAL] = "as it was seen",
		[AW_LEARNED_TYPED] = "names of one kind",
		[AW_LEARNED_OPEN] = "its names differ from run to run",
		[AW_LEARNED_OWN] = "a folder that the runs make themselves",
		[AW_LEARNED_WORKSPACE] = "the agent's own folder",
		[AW_LEARNED_SYSTEM] = "the system's programs and data",
		[AW_LEARNED_REVIEW] = "sensitive: needs review",
	};
	static_assert(sizeof(names) / sizeof(names[0]) == AW_LEARNED_CLASSES, "a name for each");

	return (unsigned int)class < AW_LEARNED_CLASSES ? names[class] : "?";
}
