/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure of what is written: commas, nesting, numbers and fields. Strings are in
 * json_string.c.
 */
#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

void aw_json_init(struct aw_json *json, struct aw_buffer *out)
{
	*json = (struct aw_json){.out = out};
}

void aw_json_separate(struct aw_json *json)
{
	uint32_t bit = 1u << (json->depth & (AW_JSON_DEPTH_MAX - 1));

	if (json->is_after_key) {
		json->is_after_key = false;
		return;
	}
	if (json->has_items & bit)
		aw_buffer_append_char(json->out, ',');
	json->has_items |= bit;
}

static void begin(struct aw_json *json, char bracket)
{
	aw_json_separate(json);
	aw_buffer_append_char(json->out, bracket);
	json->depth++;
	assert(json->depth < AW_JSON_DEPTH_MAX);
	json->has_items &= ~(1u << json->depth);
}

static void end(struct aw_json *json, char bracket)
{
	assert(json->depth > 0 && !json->is_after_key);
	json->depth--;
	aw_buffer_append_char(json->out, bracket);
}

void aw_json_begin_object(struct aw_json *json)
{
	begin(json, '{');
}

void aw_json_end_object(struct aw_json *json)
{
	end(json, '}');
}

void aw_json_begin_array(struct aw_json *json)
{
	begin(json, '[');
}

void aw_json_end_array(struct aw_json *json)
{
	end(json, ']');
}

void aw_json_key(struct aw_json *json, const char *key)
{
	assert(json->depth > 0 && !json->is_after_key);
	aw_json_bytes(json, key, strlen(key));
	aw_buffer_append_char(json->out, ':');
	json->is_after_key = true;
}

static void literal(struct aw_json *json, const char *text)
{
	aw_json_separate(json);
	aw_buffer_append_string(json->out, text);
}

void aw_json_null(struct aw_json *json)
{
	literal(json, "null");
}

void aw_json_bool(struct aw_json *json, bool value)
{
	literal(json, value ? "true" : "false");
}

void aw_json_u64(struct aw_json *json, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	literal(json, text);
}

void aw_json_i64(struct aw_json *json, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	literal(json, text);
}

void aw_json_double(struct aw_json *json, double value, int digits)
{
	assert(digits >= 0 && digits <= 17);
	if (!isfinite(value)) {
		aw_json_null(json);
		return;
	}
	aw_json_separate(json);
	aw_buffer_append_format(json->out, "%.*f", digits, value);
}

void aw_json_string(struct aw_json *json, const char *value)
{
	if (value)
		aw_json_bytes(json, value, strlen(value));
	else
		aw_json_null(json);
}

void aw_json_hex(struct aw_json *json, const void *data, size_t length)
{
	aw_json_separate(json);
	aw_buffer_append_char(json->out, '"');
	aw_hex_append(json->out, data, length);
	aw_buffer_append_char(json->out, '"');
}

void aw_json_format(struct aw_json *json, const char *format, ...)
{
	_cleanup_buffer_ struct aw_buffer text = {};
	va_list arguments;

	va_start(arguments, format);
	aw_buffer_append_va(&text, format, arguments);
	va_end(arguments);
	if (text.error && !json->out->error)
		json->out->error = text.error;
	aw_json_bytes(json, text.data, text.length);
}

void aw_json_field_object(struct aw_json *json, const char *key)
{
	aw_json_key(json, key);
	aw_json_begin_object(json);
}

void aw_json_field_array(struct aw_json *json, const char *key)
{
	aw_json_key(json, key);
	aw_json_begin_array(json);
}

void aw_json_field_null(struct aw_json *json, const char *key)
{
	aw_json_key(json, key);
	aw_json_null(json);
}

void aw_json_field_bool(struct aw_json *json, const char *key, bool value)
{
	aw_json_key(json, key);
	aw_json_bool(json, value);
}

void aw_json_field_u64(struct aw_json *json, const char *key, uint64_t value)
{
	aw_json_key(json, key);
	aw_json_u64(json, value);
}

void aw_json_field_i64(struct aw_json *json, const char *key, int64_t value)
{
	aw_json_key(json, key);
	aw_json_i64(json, value);
}

void aw_json_field_double(struct aw_json *json, const char *key, double value, int digits)
{
	aw_json_key(json, key);
	aw_json_double(json, value, digits);
}

void aw_json_field_string(struct aw_json *json, const char *key, const char *value)
{
	if (value)
		aw_json_field_bytes(json, key, value, strlen(value));
	else
		aw_json_field_null(json, key);
}

void aw_json_field_id(struct aw_json *json, const char *key, uint64_t value)
{
	aw_json_key(json, key);
	aw_json_format(json, "%" PRIu64, value);
}

void aw_json_field_bytes(struct aw_json *json, const char *key, const void *data, size_t length)
{
	_cleanup_free_ char *hex_key = NULL;

	if (!data) {
		aw_json_field_null(json, key);
		return;
	}
	aw_json_key(json, key);
	aw_json_bytes(json, data, length);
	if (aw_utf8_is_text(data, length))
		return;
	if (asprintf(&hex_key, "%s_hex", key) < 0) {
		hex_key = NULL;
		json->out->error = json->out->error ?: -ENOMEM;
		return;
	}
	aw_json_key(json, hex_key);
	aw_json_hex(json, data, length);
}

int aw_json_finish(const struct aw_json *json)
{
	assert(json->depth == 0 && !json->is_after_key);
	return json->out->error;
}
