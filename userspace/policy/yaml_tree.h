/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small YAML document as a tree with places: scalars, lists and mappings in the order written.
 * It takes the subset that policies need: one document, no aliases, anchors or tags, text keys, no
 * duplicate keys; plain scalars are read as YAML 1.2 says (so `no` and `on` are text).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"

enum aw_yaml_kind {
	AW_YAML_SCALAR,
	AW_YAML_LIST,
	AW_YAML_MAP,
};

/* What a scalar is in the core schema of YAML 1.2; quoted ones are always text. */
enum aw_yaml_type {
	AW_YAML_TEXT,
	AW_YAML_NULL,
	AW_YAML_BOOL,
	AW_YAML_INT,
	AW_YAML_FLOAT,
};

struct aw_yaml_node {
	enum aw_yaml_kind kind;
	bool is_plain;		    /* a scalar without quotes */
	int line;		    /* from 1 */
	int column;		    /* from 1, in characters */
	char *text;		    /* scalars: UTF-8 without NUL bytes */
	struct aw_yaml_node *items; /* a list's items; a mapping's keys and values in turn */
	size_t n_items;		    /* a mapping's: twice its keys */
};

struct aw_yaml_node *aw_yaml_free(struct aw_yaml_node *root);
AW_DEFINE_CLEANUP(struct aw_yaml_node *, aw_yaml_free);

/* −EINVAL with reterr filled, −E2BIG for a limit that reterr names, −ENOMEM. */
int aw_yaml_read(struct aw_yaml_node **ret, const char *file, const char *text, size_t length,
		 struct aw_diag *reterr);

/* The value, or the key itself, of a key of a mapping; NULL where it is absent. */
const struct aw_yaml_node *aw_yaml_get(const struct aw_yaml_node *map, const char *key);
const struct aw_yaml_node *aw_yaml_key(const struct aw_yaml_node *map, const char *key);

enum aw_yaml_type aw_yaml_type_of(const struct aw_yaml_node *scalar);
const char *aw_yaml_type_name(enum aw_yaml_type type);

/* Line and column, both from 1, of a byte offset. */
void aw_yaml_locate(const char *text, size_t offset, int *retline, int *retcolumn);
/* Offset of the first byte that is not part of valid UTF-8, or is NUL; length where all is well. */
size_t aw_yaml_valid_prefix(const char *text, size_t length);
