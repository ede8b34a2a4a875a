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
#include "baseline/segment_template.h"

#define HEX_MIN	    8  /* shorter ones are words and numbers */
#define DIGEST_MIN  32 /* MD5 and longer */
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

	if (length != 2 || aw_segment_run(name, 2, is_small_xdigit) != 2)
		return false;
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		if (strlen(stores[i]) == parent_length && !memcmp(stores[i], parent, parent_length))
			return true;
	/* …/sha512/ab/cd: the second level. */
	return parent_length == 2 && aw_segment_run(parent, 2, is_small_xdigit) == 2;
}

/* A mkstemp suffix: 6, 8 or 10 letters and digits, mixed, and no word with a number behind it. */
static bool looks_random(const char *text, size_t length)
{
	const size_t letters = aw_segment_run(text, length, isalpha);

	if (length != 6 && length != 8 && length != 10)
		return false;
	return letters < length && aw_segment_has(text, length, isalpha) &&
	       letters + aw_segment_run(text + letters, length - letters, isdigit) < length;
}

/* "2026-11-21", "1.2.3", or neither. */
static enum aw_segment_type number_type(const char *text, size_t length)
{
	size_t n = aw_segment_run(text, length, isdigit), parts = 1, at = n;
	char separator;

	if (at + 1 >= length || (text[at] != '.' && text[at] != '-'))
		return AW_SEGMENT_NUMBER;
	separator = text[at];
	while (at + 1 < length && text[at] == separator && isdigit((unsigned char)text[at + 1])) {
		at += 1 + aw_segment_run(text + at + 1, length - at - 1, isdigit);
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

	if (n >= DIGEST_MIN && aw_segment_run(word, n, isxdigit) == n) {
		aw_segment_repeat(out, n);
		return AW_SEGMENT_DIGEST;
	}
	if (n >= HEX_MIN && aw_segment_run(word, n, isxdigit) == n &&
	    aw_segment_has(word, n, isdigit) && aw_segment_has(word, n, isalpha)) {
		aw_segment_repeat(out, n);
		return AW_SEGMENT_HEX;
	}
	if (aw_segment_run(word, n, isdigit) == n) {
		aw_buffer_append_string(out, "[0-9]*");
		return number_type(word, length - at);
	}
	/* A suffix stands at the end of the name's stem. */
	if (looks_random(word, n) && (at == 0 || !isalnum((unsigned char)name[at - 1])) &&
	    (at + n == length || name[at + n] == '.')) {
		for (size_t i = 0; at == 0 && n == length && i < n; i++)
			aw_buffer_append_string(out, aw_segment_has(word, n, isupper)
							     ? "[0-9A-Za-z_]"
							     : "[0-9a-z_]");
		if (at > 0 || n < length)
			aw_segment_repeat(out, n);
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
		size_t n = aw_segment_run(name + at, length - at, isalnum);

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

	if (aw_segment_run(name, length, isdigit) == length && parent_length == 4 &&
	    (!memcmp(parent, "proc", 4) || !memcmp(parent, "task", 4))) {
		aw_buffer_append_string(out, "[0-9]*");
		return AW_SEGMENT_PID;
	}
	if (aw_segment_template(parent, parent_length, name, length, out))
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
