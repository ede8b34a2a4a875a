/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The temporary names of programs, as a table, and Python's, which have a form of their own.
 */
#include "baseline/segment_template.h"

#include <ctype.h>
#include <string.h>

#include "baseline/segment_glob.h"

#define HEX_SPELLED 16 /* up to here each character is a `?`, above `*` stands for all */

/*
 * Temporary names of programs: prefix, then random characters (count 0: digits, as many as there
 * are), then a rest that starts with `suffix` (NULL: nothing) and is kept as it is.
 */
static const struct template
{
	const char *parent; /* NULL: any */
	const char *prefix;
	unsigned int n_random;
	const char *suffix; /* "": anything, or nothing, may follow */
}
templates[] = {
	{NULL, "cc", 6, "."},		   /* gcc: ccXXXXXX.s */
	{NULL, "tmp.", 10, NULL},	   /* mktemp */
	{NULL, "tmp_obj_", 6, NULL},	   /* git */
	{NULL, "tmp_pack_", 6, NULL},	   /* git */
	{NULL, "tmp_idx_", 6, NULL},	   /* git */
	{NULL, "tmp_rev_", 6, NULL},	   /* git */
	{NULL, "tmp_bitmap_", 6, NULL},	   /* git */
	{NULL, "tmp_mtimes_", 6, NULL},	   /* git */
	{NULL, "git-blob-", 6, ""},	   /* git diff */
	{NULL, "sed", 6, NULL},		   /* sed -i */
	{NULL, "sort", 6, NULL},	   /* sort */
	{NULL, "sh-thd.", 6, NULL},	   /* bash's here documents */
	{NULL, "sh-thd-", 0, NULL},	   /* bash's here documents, older */
	{NULL, "Gm", 6, ""},		   /* make */
	{NULL, "GMfifo", 0, NULL},	   /* make */
	{NULL, "rustc", 6, ""},		   /* rustc */
	{NULL, "go-build", 0, ""},	   /* go */
	{NULL, "go-link-", 0, ""},	   /* go */
	{NULL, "pytest-", 0, NULL},	   /* pytest */
	{NULL, "pip-build-env-", 8, NULL}, /* pip */
	{NULL, "pip-ephem-wheel-cache-", 8, NULL},
	{NULL, "pip-req-build-", 8, NULL},
	{NULL, "pip-unpack-", 8, NULL},
	{NULL, "pip-install-", 8, NULL},
	{NULL, "pip-modern-metadata-", 8, NULL},
	{NULL, ".nfs", 16, ""},		/* NFS */
	{NULL, ".fuse_hidden", 16, ""}, /* FUSE */
	{NULL, ".org.chromium.Chromium.", 6, NULL},
	{NULL, "systemd-private-", 32, "-"},
	{NULL, "dbus-", 10, NULL},
	{NULL, "ssh-", 12, NULL},   /* ssh-agent's folder */
	{NULL, "perf-", 0, ".map"}, /* JITs */
	{NULL, ".tmp", 6, NULL},    /* Rust's tempfile */
	{NULL, "tmp", 8, ""},	    /* Python's tempfile */
};

static bool is_random_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Of two kinds at least, as six random characters nearly always are and words are not. */
static bool is_mixed(const char *text, size_t length)
{
	return aw_segment_has(text, length, isdigit) + aw_segment_has(text, length, islower) +
		       aw_segment_has(text, length, isupper) >=
	       2;
}

void aw_segment_repeat(struct aw_buffer *out, size_t n)
{
	if (n > HEX_SPELLED)
		aw_buffer_append_char(out, '*');
	for (size_t i = 0; n <= HEX_SPELLED && i < n; i++)
		aw_buffer_append_char(out, '?');
}

/* Length of the varying part where the template fits, else 0. */
static size_t template_fits(const struct template *t, const char *parent, size_t parent_length,
			    const char *name, size_t length)
{
	const size_t prefix = strlen(t->prefix);
	size_t n = 0, rest;

	if (t->parent &&
	    (strlen(t->parent) != parent_length || memcmp(t->parent, parent, parent_length) != 0))
		return 0;
	if (length <= prefix || memcmp(name, t->prefix, prefix) != 0)
		return 0;
	if (t->n_random == 0)
		n = aw_segment_run(name + prefix, length - prefix, isdigit);
	while (n < t->n_random && prefix + n < length && is_random_byte(name[prefix + n]))
		n++;
	if (n == 0 || n < t->n_random)
		return 0;
	/* "sedentary", "ccompile.c": words that begin like a template. */
	if (t->n_random > 0 && isalnum((unsigned char)t->prefix[prefix - 1]) &&
	    !is_mixed(name + prefix, n))
		return 0;
	rest = length - prefix - n;
	if (!t->suffix)
		return rest == 0 ? n : 0;
	return rest >= strlen(t->suffix) && !memcmp(name + prefix + n, t->suffix, strlen(t->suffix))
		       ? n
		       : 0;
}

static bool try_templates(const char *parent, size_t parent_length, const char *name, size_t length,
			  struct aw_buffer *out)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		const struct template *t = &templates[i];
		const size_t prefix = strlen(t->prefix);
		const size_t n = template_fits(t, parent, parent_length, name, length);

		if (n == 0)
			continue;
		aw_segment_escape(out, t->prefix, prefix);
		if (t->n_random == 0)
			aw_buffer_append_string(out, "[0-9]*");
		else
			aw_segment_repeat(out, n);
		aw_segment_escape(out, name + prefix + n, length - prefix - n);
		return true;
	}
	return false;
}

/* Python writes MODULE.cpython-311.pyc.NUMBER beside MODULE.cpython-311.pyc and renames it. */
static bool try_pyc(const char *parent, size_t parent_length, const char *name, size_t length,
		    struct aw_buffer *out)
{
	size_t digits = 0;
	const char *tag;

	if (parent_length != strlen("__pycache__") || memcmp(parent, "__pycache__", parent_length))
		return false;
	while (digits < length && isdigit((unsigned char)name[length - 1 - digits]))
		digits++;
	length -= digits;
	if (digits == 0 || length < 5 || memcmp(name + length - 5, ".pyc.", 5) != 0)
		return false;
	tag = memmem(name, length, ".cpython-", 9);
	aw_buffer_append_char(out, '*');
	if (tag)
		aw_segment_escape(out, tag, (size_t)(name + length - tag));
	else
		aw_buffer_append_string(out, ".pyc.");
	aw_buffer_append_string(out, "[0-9]*");
	return true;
}

bool aw_segment_template(const char *parent, size_t parent_length, const char *name, size_t length,
			 struct aw_buffer *out)
{
	return try_templates(parent, parent_length, name, length, out) ||
	       try_pyc(parent, parent_length, name, length, out);
}
