/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the parser share while one policy is read; nothing outside parse*.c includes
 * it. parse.c opens files, parse_document.c reads what stands at the top of one, parse_rule.c a
 * rule, parse_limit.c its budgets, parse_pattern.c and parse_net.c the values in it,
 * parse_resolvers.c who answers questions for hosts; parse_finish.c checks the whole.
 *
 * A file sees what it declares and what the files that it includes (and theirs) declare: anchors,
 * classes, and the denials that a lift may name. So no file that is included can weaken the file
 * that includes it, and every file means the same wherever it is included.
 */
#pragma once

#include <errno.h>
#include <sys/types.h>

#include "policy/parse.h"
#include "policy/yaml_tree.h"

#define AW_FILE_WORDS	 (AW_POLICY_FILES_MAX / 64)
#define AW_CONDITION_OPS (1u << AW_OP_EXEC | 1u << AW_OP_MAP) /* that take `when:` */

struct aw_parse_file {
	dev_t device; /* with inode, what makes two paths one file; 0, 0: from memory */
	ino_t inode;
	bool is_open; /* it, or one of its includes, is still being read */
	bool is_administrators;
	uint64_t sees[AW_FILE_WORDS]; /* bit per file: itself and those it includes, at any depth */
};

struct aw_parse {
	struct aw_policy *policy;
	const struct aw_parse_options *options;
	struct aw_diag *reterr;
	struct aw_parse_file files[AW_POLICY_FILES_MAX]; /* of policy->files */
	size_t file;					 /* the one being read */
	size_t depth;					 /* files open, one inside the other */
	size_t n_bytes;
	size_t n_patterns;
	size_t n_limits; /* budgets of all rules so far */
	size_t lift;	 /* of a rule with several of them, the one being read */
	size_t lifts_left;
	uint64_t anchor_files[AW_ANCHORS_MAX][AW_FILE_WORDS]; /* files that declare the anchor */
};

/* What a glob stands for: says which beginnings it may have. */
enum aw_pattern_use {
	AW_USE_PATH,
	AW_USE_SOCKET,
	AW_USE_PROGRAM, /* exe: and script: */
	AW_USE_GUARD,	/* path: of guard acts */
};

#define aw_parse_fail(p, at, err, hint, ...)                                                   \
	aw_diag_set((p)->reterr, err, (p)->policy->files[(p)->file], (at)->line, (at)->column, \
		    hint, __VA_ARGS__)
#define aw_parse_error(p, at, hint, ...) aw_parse_fail(p, at, -EINVAL, hint, __VA_ARGS__)

/* parse.c */
int aw_parse_include(struct aw_parse *p, const struct aw_yaml_node *at, const char *name);
struct aw_source aw_parse_source(const struct aw_parse *p, const struct aw_yaml_node *at);
/* Whether one file of the policy (borrowed names, as in struct aw_source) sees another. */
bool aw_parse_sees(const struct aw_parse *p, const char *from, const char *file);

/* parse_document.c */
int aw_parse_document(struct aw_parse *p, const struct aw_yaml_node *root);

/* parse_subject.c */
int aw_parse_anchors(struct aw_parse *p, const struct aw_yaml_node *node);
int aw_parse_subjects(struct aw_parse *p, const struct aw_yaml_node *node);
/* Index of the class that the file being read sees by this name; an error where there is none. */
int aw_parse_class(struct aw_parse *p, const struct aw_yaml_node *at, size_t *ret);

/* parse_rule.c */
int aw_parse_rules(struct aw_parse *p, const struct aw_yaml_node *node);

/* parse_object.c: path, socket, cidr, host and port of a rule whose action is known */
int aw_parse_objects(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule);

/* parse_limit.c: limit and on-exhaust of a rule whose action and operations are known */
int aw_parse_limit(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule);

/* parse_value.c */
int aw_parse_text(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char **ret);
int aw_parse_name(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char **ret);
/* The items of a list, or one value as a list of one; never none. Counted as patterns. */
int aw_parse_items(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		   const struct aw_yaml_node **ret, size_t *retn);
int aw_parse_keys(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char *const *keys, size_t n_keys);
/* Milliseconds of "90s", "15m", "1h30m" is not one: one number, one unit; up to seven days. */
int aw_parse_duration(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		      const char *limit, uint64_t *ret);

/* parse_nearest.c */
/* "did you mean …?", or all the names, in a buffer of the caller's. */
const char *aw_parse_suggest(char *buffer, size_t size, const char *word, const char *what,
			     const char *const *names, size_t n);

/* parse_pattern.c */
int aw_parse_pattern(struct aw_parse *p, const struct aw_yaml_node *at, enum aw_pattern_use use,
		     struct aw_pattern *ret);
int aw_parse_patterns(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		      enum aw_pattern_use use, struct aw_pattern **ret, size_t *retn);
/* Puts variables into text that is no glob (hosts, ranges). size includes the final zero. */
int aw_parse_expand(struct aw_parse *p, const struct aw_yaml_node *at, char *buffer, size_t size);

/* parse_net.c */
int aw_parse_cidr(struct aw_parse *p, const struct aw_yaml_node *at, struct aw_cidr *ret);
int aw_parse_ports(struct aw_parse *p, const struct aw_yaml_node *at, struct aw_ports *ret);
int aw_parse_host(struct aw_parse *p, const struct aw_yaml_node *at, char **ret);

/* parse_resolvers.c */
int aw_parse_resolvers(struct aw_parse *p, const struct aw_yaml_node *node);
int aw_parse_leases(struct aw_parse *p, const struct aw_yaml_node *node);

/* parse_finish.c */
int aw_parse_finish(struct aw_parse *p);
