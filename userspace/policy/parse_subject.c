/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules refer to: the anchors and the classes of subjects that a file declares.
 */
#include "policy/parse_state.h"

#include <string.h>

static bool is_anchor_name(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	return *name && strchr(first, *name) && !strpbrk(name, ".-/");
}

static int add_anchor(struct aw_parse *p, const struct aw_yaml_node *key)
{
	struct aw_policy *policy = p->policy;
	size_t i = 0;

	while (i < policy->n_anchors && strcmp(policy->anchors[i].name, key->text) != 0)
		i++;
	if (i == AW_ANCHORS_MAX)
		return aw_parse_fail(p, key, -E2BIG, NULL, "more anchors than AW_ANCHORS_MAX (%d)",
				     AW_ANCHORS_MAX);
	if (i == policy->n_anchors) {
		policy->anchors[i].name = strdup(key->text);
		if (!policy->anchors[i].name)
			return -ENOMEM;
		policy->anchors[i].source = aw_parse_source(p, key);
		policy->n_anchors++;
	}
	p->anchor_files[i][p->file / 64] |= 1ull << (p->file % 64);
	return 0;
}

int aw_parse_anchors(struct aw_parse *p, const struct aw_yaml_node *node)
{
	if (node->kind != AW_YAML_MAP)
		return aw_parse_error(p, node, "write anchors: {WORKSPACE: {}}",
				      "anchors: expected a mapping");
	for (size_t i = 0; i < node->n_items; i += 2) {
		const struct aw_yaml_node *key = &node->items[i], *value = key + 1;
		const char *name;
		int err = aw_parse_name(p, key, "anchor", &name);

		if (err)
			return err;
		if (!is_anchor_name(name))
			return aw_parse_error(p, key, "letters, digits and _, no digit first",
					      "anchor: \"%.80s\" is not a name", name);
		if (value->kind == AW_YAML_SCALAR
			    ? aw_yaml_type_of(value) != AW_YAML_NULL
			    : value->n_items > 0 || value->kind != AW_YAML_MAP)
			return aw_parse_error(p, value,
					      "write {}: an anchor is bound to a folder when an "
					      "agent is registered",
					      "anchor %.80s: takes no value", name);
		err = add_anchor(p, key);
		if (err)
			return err;
	}
	return 0;
}

int aw_parse_class(struct aw_parse *p, const struct aw_yaml_node *at, size_t *ret)
{
	const struct aw_policy *policy = p->policy;
	const char *seen[AW_SUBJECTS_MAX], *name;
	char buffer[512];
	size_t n = 0;
	int err;

	err = aw_parse_name(p, at, "class", &name);
	if (err)
		return err;
	for (size_t i = 0; i < policy->n_subjects; i++) {
		if (!aw_parse_sees(p, policy->files[p->file], policy->subjects[i].source.file))
			continue;
		if (strcmp(policy->subjects[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
		seen[n++] = policy->subjects[i].name;
	}
	return aw_parse_error(p, at,
			      n ? aw_parse_suggest(buffer, sizeof(buffer), name, "classes", seen, n)
				: "declare it under subjects:",
			      "unknown class \"%.80s\"", name);
}

static int read_subject(struct aw_parse *p, const struct aw_yaml_node *map,
			struct aw_subject *subject)
{
	static const char *const keys[] = {"exe", "script", "under"};
	size_t parent;
	int err;

	err = aw_parse_keys(p, map, "a class", keys, sizeof(keys) / sizeof(*keys));
	if (err)
		return err;
	if (map->n_items != 2)
		return aw_parse_error(p, map, "declare one class for each",
				      "class %s: needs one of exe, script and under",
				      subject->name);
	if (strcmp(map->items[0].text, "under") == 0) {
		subject->kind = AW_SUBJECT_UNDER;
		err = aw_parse_class(p, &map->items[1], &parent);
		if (!err)
			subject->parent = (int)parent;
		return err;
	}
	subject->kind = *map->items[0].text == 'e' ? AW_SUBJECT_EXE : AW_SUBJECT_SCRIPT;
	return aw_parse_patterns(p, &map->items[1], map->items[0].text, AW_USE_PROGRAM,
				 &subject->patterns, &subject->n_patterns);
}

static int add_subject(struct aw_parse *p, const struct aw_yaml_node *key)
{
	struct aw_policy *policy = p->policy;
	struct aw_subject *subject = &policy->subjects[policy->n_subjects];
	const char *name;
	int err;

	err = aw_parse_name(p, key, "class", &name);
	if (err)
		return err;
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (strcmp(policy->subjects[i].name, name) == 0)
			return aw_parse_error(
				p, key, "declare it once, in a file that both include",
				"duplicate class \"%s\", first at %.200s:%d", name,
				policy->subjects[i].source.file, policy->subjects[i].source.line);
	if (policy->n_subjects == AW_SUBJECTS_MAX)
		return aw_parse_fail(p, key, -E2BIG, NULL,
				     "more classes of subjects than AW_SUBJECTS_MAX (%d)",
				     AW_SUBJECTS_MAX);
	*subject = (struct aw_subject){.parent = -1, .source = aw_parse_source(p, key)};
	subject->name = strdup(name);
	if (!subject->name)
		return -ENOMEM;
	policy->n_subjects++;
	return 0;
}

/* Files that are included are complete and cannot name classes of this one: a ring is within it. */
static int check_ring(struct aw_parse *p, const struct aw_yaml_node *map, size_t subject)
{
	const struct aw_subject *subjects = p->policy->subjects;
	size_t at = subject;

	for (size_t steps = 0; steps < p->policy->n_subjects; steps++) {
		if (subjects[at].parent < 0)
			return 0;
		at = (size_t)subjects[at].parent;
	}
	return aw_parse_error(p, map, "let the first class of the chain be exe: or script:",
			      "class %s: under: runs in a circle", subjects[subject].name);
}

int aw_parse_subjects(struct aw_parse *p, const struct aw_yaml_node *node)
{
	size_t first = p->policy->n_subjects, n = node->n_items / 2;
	int err = 0;

	if (node->kind != AW_YAML_MAP)
		return aw_parse_error(p, node, "write subjects: {ssh: {exe: /usr/bin/ssh}}",
				      "subjects: expected a mapping");
	for (size_t i = 0; i < n && !err; i++)
		err = add_subject(p, &node->items[2 * i]);
	for (size_t i = 0; i < n && !err; i++)
		err = read_subject(p, &node->items[2 * i + 1], &p->policy->subjects[first + i]);
	for (size_t i = 0; i < n && !err; i++)
		err = check_ring(p, &node->items[2 * i + 1], first + i);
	return err;
}
