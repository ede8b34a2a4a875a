/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tree from libyaml's events and owns the limits of its shape. What plain scalars mean
 * is yaml_scalar.c; what libyaml's complaints mean to people is yaml_error.c.
 */
#include "policy/yaml_tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "policy/policy.h"
#include "policy/yaml_error.h"

struct reader {
	yaml_parser_t parser;
	const char *file;
	const char *text;
	size_t length;
	size_t n_nodes;
	struct aw_diag *reterr;
};

static void free_contents(struct aw_yaml_node *node)
{
	for (size_t i = 0; i < node->n_items; i++)
		free_contents(&node->items[i]);
	free(node->items);
	free(node->text);
}

struct aw_yaml_node *aw_yaml_free(struct aw_yaml_node *root)
{
	if (root)
		free_contents(root);
	free(root);
	return NULL;
}

static int next_event(struct reader *r, yaml_event_t *ret)
{
	if (yaml_parser_parse(&r->parser, ret))
		return 0;
	return aw_yaml_error(&r->parser, r->file, r->text, r->length, r->reterr);
}

static int fail_at(struct reader *r, const yaml_event_t *event, int err, const char *hint,
		   const char *message)
{
	return aw_diag_set(r->reterr, err, r->file, (int)event->start_mark.line + 1,
			   (int)event->start_mark.column + 1, hint, "%s", message);
}

/* Doubles at each power of two, so that no capacity needs to be kept. */
static struct aw_yaml_node *add_item(struct aw_yaml_node *parent)
{
	size_t n = parent->n_items;

	if ((n & (n - 1)) == 0) {
		struct aw_yaml_node *items =
			reallocarray(parent->items, n ? 2 * n : 1, sizeof(*items));

		if (!items)
			return NULL;
		parent->items = items;
	}
	memset(&parent->items[n], 0, sizeof(*parent->items));
	parent->n_items++;
	return &parent->items[n];
}

static int read_scalar(struct reader *r, const yaml_event_t *event, struct aw_yaml_node *node)
{
	const char *value = (const char *)event->data.scalar.value;

	if (strlen(value) != event->data.scalar.length)
		return fail_at(r, event, -EINVAL, NULL, "a NUL byte in text");
	node->kind = AW_YAML_SCALAR;
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = strdup(value);
	return node->text ? 0 : -ENOMEM;
}

static int check_key(struct reader *r, const yaml_event_t *event, const struct aw_yaml_node *map)
{
	const struct aw_yaml_node *key = &map->items[map->n_items - 1];

	if (key->kind != AW_YAML_SCALAR)
		return fail_at(r, event, -EINVAL, "quote globs that hold \"{\" or \"[\"",
			       "a key must be text");
	if (map->n_items > 2 * AW_YAML_KEYS_MAX)
		return fail_at(r, event, -E2BIG, NULL,
			       "more keys in one mapping than AW_YAML_KEYS_MAX (64)");
	for (size_t i = 0; i + 2 < map->n_items; i += 2)
		if (strcmp(map->items[i].text, key->text) == 0)
			return aw_diag_set(r->reterr, -EINVAL, r->file, key->line, key->column,
					   NULL, "duplicate key %s, first on line %d", key->text,
					   map->items[i].line);
	return 0;
}

static int check_event(struct reader *r, const yaml_event_t *event, unsigned int depth)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	char hint[160];

	if (event->type == YAML_ALIAS_EVENT) {
		snprintf(hint, sizeof(hint), "quote the glob: \"*%.100s\"",
			 (const char *)event->data.alias.anchor);
		return fail_at(r, event, -EINVAL, hint, "an unquoted * starts a YAML alias");
	}
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor)
		return fail_at(r, event, -EINVAL, "quote text that starts with \"&\"",
			       "YAML anchors (&name) are not part of the policy language");
	if (tag)
		return fail_at(r, event, -EINVAL, "quote text that starts with \"!\"",
			       "YAML tags (!name) are not part of the policy language");
	if (depth > AW_YAML_DEPTH_MAX)
		return fail_at(r, event, -E2BIG, NULL, "nested deeper than AW_YAML_DEPTH_MAX (12)");
	if (++r->n_nodes > AW_YAML_NODES_MAX)
		return fail_at(r, event, -E2BIG, NULL, "more values than AW_YAML_NODES_MAX (2^21)");
	return 0;
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned int depth,
		     struct aw_yaml_node *node);

/* The items of a list, or the keys and values of a mapping, up to its end event. */
static int read_items(struct reader *r, unsigned int depth, struct aw_yaml_node *node)
{
	for (;;) {
		_cleanup_(yaml_event_delete) yaml_event_t event = {0};
		struct aw_yaml_node *item;
		int err = next_event(r, &event);

		if (err)
			return err;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT)
			return 0;
		item = add_item(node);
		if (!item)
			return -ENOMEM;
		err = read_node(r, &event, depth + 1, item);
		if (!err && node->kind == AW_YAML_MAP && node->n_items % 2 == 1)
			err = check_key(r, &event, node);
		if (err)
			return err;
	}
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned int depth,
		     struct aw_yaml_node *node)
{
	int err = check_event(r, event, depth);

	if (err)
		return err;
	node->line = (int)event->start_mark.line + 1;
	node->column = (int)event->start_mark.column + 1;
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(r, event, node);
	node->kind = event->type == YAML_MAPPING_START_EVENT ? AW_YAML_MAP : AW_YAML_LIST;
	return read_items(r, depth, node);
}

static int read_document(struct reader *r, struct aw_yaml_node *root)
{
	bool is_read = false;

	for (;;) {
		_cleanup_(yaml_event_delete) yaml_event_t event = {0};
		int err = next_event(r, &event);

		if (err)
			return err;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			continue;
		case YAML_DOCUMENT_START_EVENT:
			if (is_read)
				return fail_at(r, &event, -EINVAL, "use include: for more files",
					       "a second YAML document in one file");
			continue;
		case YAML_STREAM_END_EVENT:
			if (!is_read)
				return fail_at(r, &event, -EINVAL, "start with `version: 1`",
					       "the file is empty");
			return 0;
		default:
			err = read_node(r, &event, 1, root);
			if (err)
				return err;
			is_read = true;
		}
	}
}

static int check_bytes(struct reader *r)
{
	size_t valid = aw_yaml_valid_prefix(r->text, r->length);
	int line, column;

	if (valid == r->length)
		return 0;
	aw_yaml_locate(r->text, valid, &line, &column);
	return aw_diag_set(r->reterr, -EINVAL, r->file, line, column, NULL, "%s",
			   r->text[valid] ? "not valid UTF-8" : "a NUL byte");
}

int aw_yaml_read(struct aw_yaml_node **ret, const char *file, const char *text, size_t length,
		 struct aw_diag *reterr)
{
	struct reader r = {.file = file, .text = text, .length = length, .reterr = reterr};
	_cleanup_(aw_yaml_freep) struct aw_yaml_node *root = calloc(1, sizeof(*root));
	int err;

	err = check_bytes(&r);
	if (err)
		return err;
	if (!root || !yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	err = read_document(&r, root);
	yaml_parser_delete(&r.parser);
	if (err)
		return err;
	*ret = TAKE_PTR(root);
	return 0;
}

const struct aw_yaml_node *aw_yaml_key(const struct aw_yaml_node *map, const char *key)
{
	for (size_t i = 0; i + 1 < map->n_items; i += 2)
		if (strcmp(map->items[i].text, key) == 0)
			return &map->items[i];
	return NULL;
}

const struct aw_yaml_node *aw_yaml_get(const struct aw_yaml_node *map, const char *key)
{
	const struct aw_yaml_node *found = aw_yaml_key(map, key);

	return found ? found + 1 : NULL;
}
