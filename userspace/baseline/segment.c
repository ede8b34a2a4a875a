/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of name a path segment is. First the patterns that are sure from one name (a table of
 * programs' temporary names, uuids, digests), then runs of digits and letters that may or may not
 * vary.
 */
#include "baseline/segment.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "baseline/segment_glob.h"

#define HEX_MIN	    8  /* shorter ones are words and numbers */
#define DIGEST_MIN  32 /* MD5 and longer */
#define HEX_SPELLED 16 /* up to here each digit is a `?`, above `*` stands for all */
#define UUID_LENGTH 36
/* Spelled so that the compiler sees no trigraphs. */
#define UUID_GLOB  \
	"????????" \
	"-"        \
	"????"     \
	"-"        \
	"????"     \
	"-"        \
	"????"     \
	"-"        \
	"????????????"

static const struct {
	const char *name;
	bool is_sure;
} types[] = {
	[AW_SEGMENT_PLAIN] = {"names", false},
	[AW_SEGMENT_PID] = {"process ids", true},
	[AW_SEGMENT_UUID] = {"uuids", true},
	[AW_SEGMENT_TEMPORARY] = {"temporary names", true},
	[AW_SEGMENT_DIGEST] = {"digests", true},
	[AW_SEGMENT_OBJECT] = {"object folders", true},
	[AW_SEGMENT_HEX] = {"hexadecimal names", false},
	[AW_SEGMENT_RANDOM] = {"random suffixes", false},
	[AW_SEGMENT_DATE] = {"dates", false},
	[AW_SEGMENT_VERSION] = {"versions", false},
	[AW_SEGMENT_NUMBER] = {"numbers", false},
};
static_assert(sizeof(types) / sizeof(types[0]) == AW_SEGMENT_TYPES, "a row for each");

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

static size_t run_of(const char *text, size_t length, int (*is)(int))
{
	size_t n = 0;

	while (n < length && is((unsigned char)text[n]))
		n++;
	return n;
}

static bool has(const char *text, size_t length, int (*is)(int))
{
	for (size_t i = 0; i < length; i++)
		if (is((unsigned char)text[i]))
			return true;
	return false;
}

/* Of two kinds at least, as six random characters nearly always are and words are not. */
static bool is_mixed(const char *text, size_t length)
{
	return has(text, length, isdigit) + has(text, length, islower) +
		       has(text, length, isupper) >=
	       2;
}

static void repeat(struct aw_buffer *out, size_t n)
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
		n = run_of(name + prefix, length - prefix, isdigit);
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
			repeat(out, n);
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

static bool is_uuid(const char *text, size_t length)
{
	if (length < UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)text[i])) {
			return false;
		}
	}
	return length == UUID_LENGTH || !isxdigit((unsigned char)text[UUID_LENGTH]);
}

static int is_small_xdigit(int c)
{
	return isdigit(c) || (c >= 'a' && c <= 'f');
}

/* Two hexadecimal digits that name a folder of objects: the store's folder tells. */
static bool is_object_folder(const char *parent, size_t parent_length, const char *name,
			     size_t length)
{
	static const char *const stores[] = {"objects", "sha256", "sha512", "sha1"};

	if (length != 2 || run_of(name, 2, is_small_xdigit) != 2)
		return false;
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		if (strlen(stores[i]) == parent_length && !memcmp(stores[i], parent, parent_length))
			return true;
	/* …/sha512/ab/cd: the second level. */
	return parent_length == 2 && run_of(parent, 2, is_small_xdigit) == 2;
}

/* A mkstemp suffix: 6, 8 or 10 letters and digits, mixed, and no word with a number behind it. */
static bool looks_random(const char *text, size_t length)
{
	const size_t letters = run_of(text, length, isalpha);

	if (length != 6 && length != 8 && length != 10)
		return false;
	return letters < length && has(text, length, isalpha) &&
	       letters + run_of(text + letters, length - letters, isdigit) < length;
}

/* "2026-11-21", "1.2.3", or neither. */
static enum aw_segment_type number_type(const char *text, size_t length)
{
	size_t n = run_of(text, length, isdigit), parts = 1, at = n;
	char separator;

	if (at + 1 >= length || (text[at] != '.' && text[at] != '-'))
		return AW_SEGMENT_NUMBER;
	separator = text[at];
	while (at + 1 < length && text[at] == separator && isdigit((unsigned char)text[at + 1])) {
		at += 1 + run_of(text + at + 1, length - at - 1, isdigit);
		parts++;
	}
	if (separator == '-' && n == 4 && parts == 3)
		return AW_SEGMENT_DATE;
	return separator == '.' && parts >= 3 ? AW_SEGMENT_VERSION : AW_SEGMENT_NUMBER;
}

/* One run of letters and digits inside a name; PLAIN where it is kept as it is. */
static enum aw_segment_type classify_word(const char *name, size_t length, size_t at, size_t n,
					  struct aw_buffer *out)
{
	const char *word = name + at;

	if (n >= DIGEST_MIN && run_of(word, n, isxdigit) == n) {
		repeat(out, n);
		return AW_SEGMENT_DIGEST;
	}
	if (n >= HEX_MIN && run_of(word, n, isxdigit) == n && has(word, n, isdigit) &&
	    has(word, n, isalpha)) {
		repeat(out, n);
		return AW_SEGMENT_HEX;
	}
	if (run_of(word, n, isdigit) == n) {
		aw_buffer_append_string(out, "[0-9]*");
		return number_type(word, length - at);
	}
	/* A suffix stands at the end of the name's stem. */
	if (looks_random(word, n) && (at == 0 || !isalnum((unsigned char)name[at - 1])) &&
	    (at + n == length || name[at + n] == '.')) {
		for (size_t i = 0; at == 0 && n == length && i < n; i++)
			aw_buffer_append_string(out, has(word, n, isupper) ? "[0-9A-Za-z_]"
									   : "[0-9a-z_]");
		if (at > 0 || n < length)
			repeat(out, n);
		return AW_SEGMENT_RANDOM;
	}
	/* "job17", "x1": the digits at the end. */
	for (size_t head = n; head-- > 0;) {
		if (isdigit((unsigned char)word[head]))
			continue;
		if (head + 1 == n)
			break;
		aw_segment_escape(out, word, head + 1);
		aw_buffer_append_string(out, "[0-9]*");
		return AW_SEGMENT_NUMBER;
	}
	aw_segment_escape(out, word, n);
	return AW_SEGMENT_PLAIN;
}

/* Word for word; the strongest type found is the name's. */
static enum aw_segment_type classify_words(const char *name, size_t length, struct aw_buffer *out)
{
	enum aw_segment_type found = AW_SEGMENT_PLAIN;

	for (size_t at = 0; at < length;) {
		enum aw_segment_type type = AW_SEGMENT_PLAIN;
		size_t n = run_of(name + at, length - at, isalnum);

		if (is_uuid(name + at, length - at) &&
		    (at == 0 || !isxdigit((unsigned char)name[at - 1]))) {
			aw_buffer_append_string(out, UUID_GLOB);
			type = AW_SEGMENT_UUID;
			n = UUID_LENGTH;
		} else if (n > 0) {
			type = classify_word(name, length, at, n, out);
		} else {
			n = 1;
			while (at + n < length && !isalnum((unsigned char)name[at + n]))
				n++;
			aw_segment_escape(out, name + at, n);
		}
		if (type != AW_SEGMENT_PLAIN && (found == AW_SEGMENT_PLAIN || type < found))
			found = type;
		at += n;
	}
	return found;
}

enum aw_segment_type aw_segment_classify(const char *parent, size_t parent_length, const char *name,
					 size_t length, struct aw_buffer *out)
{
	const size_t start = out->length;
	enum aw_segment_type type;

	if (run_of(name, length, isdigit) == length && parent_length == 4 &&
	    (!memcmp(parent, "proc", 4) || !memcmp(parent, "task", 4))) {
		aw_buffer_append_string(out, "[0-9]*");
		return AW_SEGMENT_PID;
	}
	if (try_templates(parent, parent_length, name, length, out) ||
	    try_pyc(parent, parent_length, name, length, out))
		return AW_SEGMENT_TEMPORARY;
	if (is_object_folder(parent, parent_length, name, length)) {
		aw_buffer_append_string(out, "[0-9a-f][0-9a-f]");
		return AW_SEGMENT_OBJECT;
	}
	type = classify_words(name, length, out);
	if (type == AW_SEGMENT_PLAIN)
		aw_buffer_truncate(out, start);
	return type;
}

bool aw_segment_is_sure(enum aw_segment_type type)
{
	return (unsigned int)type < AW_SEGMENT_TYPES && types[type].is_sure;
}

const char *aw_segment_type_name(enum aw_segment_type type)
{
	return (unsigned int)type < AW_SEGMENT_TYPES ? types[type].name : "names";
}
