/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Reads one DNS message (RFC 1035): the question in it, and of an answer the addresses that the
 * asked name has, through aliases (CNAME) in the order in which they stand. Compiled for the kernel
 * programs and natively (fuzzer, unit tests), so that all of them run the same code.
 *
 * It goes one step a byte, or a fixed part of a record, and keeps all that it knows in struct
 * aw_dns, so that the verifier reads one step once. Callers bound the steps (AW_DNS_STEPS_MAX).
 *
 * What is read: one question of class IN in a standard query. Names are put in lower case, without
 * a dot at the end; the root is ".". Whatever is not as it must be breaks the message as a whole:
 * it asks nothing and tells nothing. Records of other types, authority and additional sections are
 * passed over.
 */
#pragma once

#include "lease.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define AW_DNS_MAX	     4096 /* bytes of a message; longer ones are not read */
#define AW_DNS_STEPS_MAX     16384
#define AW_DNS_ADDRESSES_MAX 64 /* of one answer */
#define AW_DNS_ALIASES_MAX   8

#define AW_DNS_A	     1
#define AW_DNS_CNAME	     5
#define AW_DNS_AAAA	     28

enum aw_dns_status {
	AW_DNS_READING,
	AW_DNS_ALIASED, /* an alias of the name was read; AW_DNS_READING goes on */
	AW_DNS_DONE,
	AW_DNS_BROKEN,
};

enum aw_dns_part {
	AW_DNS_PART_QUESTION, /* its name */
	AW_DNS_PART_ASKED,    /* its type and class */
	AW_DNS_PART_OWNER,    /* a record's name */
	AW_DNS_PART_RECORD,   /* its type, class, TTL and length */
	AW_DNS_PART_ALIAS,    /* its data: a name */
};

struct aw_dns {
	__u32 status; /* enum aw_dns_status */
	__u32 part;   /* enum aw_dns_part */
	__u32 length; /* of the message */
	__u32 at;     /* the byte to read next */
	__u64 number; /* what names are hashed with: secret, odd */

	/* The name under way. */
	__u64 hash;
	__u32 label_left; /* bytes of its label that are still to come */
	__u32 behind;	  /* where to go on after a pointer; 0: none was followed yet */
	__u32 lowest;	  /* a pointer must point below this */

	/* From the header. */
	__u16 id;
	__u8 is_answer;
	__u8 is_failure; /* an answer with an error, or one that was cut off */
	__u32 n_records; /* that are still to come */

	/* The question. */
	__u64 question; /* hash of its name, which is names[0] */
	__u32 type;
	__u32 pad;

	/* The answer. */
	__u64 wanted; /* hash of the name whose records count: that of the question or an alias */
	__u32 is_wanted; /* the record under way is */
	__u32 record_end;
	__u32 ttl; /* in seconds: the least of the records that count */
	__u32 n_aliases;
	__u32 n_addresses;
	__u8 addresses[AW_DNS_ADDRESSES_MAX][16]; /* network order, IPv4 mapped */

	struct aw_host_name names[2]; /* the question's; of an answer: the one under way */
	__u8 message[AW_DNS_MAX + 16];
};

static __always_inline __u32 aw_dns_byte(const struct aw_dns *d, __u32 at)
{
	return d->message[at & (AW_DNS_MAX - 1)];
}

static __always_inline __u32 aw_dns_u16(const struct aw_dns *d, __u32 at)
{
	return aw_dns_byte(d, at) << 8 | aw_dns_byte(d, at + 1);
}

/* Where the name under way is put. */
static __always_inline struct aw_host_name *aw_dns_name(struct aw_dns *d)
{
	return &d->names[d->part != AW_DNS_PART_QUESTION];
}

static __always_inline void aw_dns_begin_name(struct aw_dns *d, __u32 part)
{
	d->part = part;
	d->hash = 0;
	aw_dns_name(d)->length = 0;
	d->label_left = 0;
	d->behind = 0;
	d->lowest = d->at;
}

/* The message is in place, and `length` bytes of it are there. */
static __always_inline void aw_dns_begin(struct aw_dns *d, __u32 length, __u64 number)
{
	__u32 flags;

	d->status = AW_DNS_BROKEN;
	d->length = length;
	d->number = number | 1;
	d->n_addresses = 0;
	d->n_aliases = 0;
	d->question = 0;
	d->type = 0;
	d->ttl = ~0u;
	if (length < 12 || length > AW_DNS_MAX)
		return;
	d->id = aw_dns_u16(d, 0);
	flags = aw_dns_u16(d, 2);
	d->is_answer = flags >> 15;
	d->is_failure = d->is_answer && (flags & 0x020f); /* cut off, or an error */
	d->n_records = aw_dns_u16(d, 6);
	/* A standard query with one question; records that answer it in answers alone. */
	if (flags >> 11 & 0xf || aw_dns_u16(d, 4) != 1 || (!d->is_answer && d->n_records))
		return;
	d->status = AW_DNS_READING;
	d->at = 12;
	aw_dns_begin_name(d, AW_DNS_PART_QUESTION);
}

static __always_inline void aw_dns_add_text(struct aw_dns *d, __u32 byte)
{
	struct aw_host_name *name = aw_dns_name(d);
	__u32 at = name->length;

	if (at >= AW_HOST_MAX) {
		d->status = AW_DNS_BROKEN;
		return;
	}
	name->name[at & (AW_HOST_NAME_BYTES - 1)] = byte;
	name->length = at + 1;
	d->hash = (d->hash ^ byte) * d->number;
	d->hash ^= d->hash >> 32;
}

/* A byte of a label. What could be taken for something else in a name's text is none. */
static __always_inline void aw_dns_label_byte(struct aw_dns *d, __u32 byte)
{
	if (byte <= ' ' || byte > '~' || byte == '.' || byte == '/') {
		d->status = AW_DNS_BROKEN;
		return;
	}
	if (byte >= 'A' && byte <= 'Z')
		byte += 'a' - 'A';
	d->label_left--;
	d->at++;
	aw_dns_add_text(d, byte);
}

/* The next answer, or the end. */
static __always_inline void aw_dns_next_record(struct aw_dns *d)
{
	if (!d->n_records) {
		d->status = AW_DNS_DONE;
		return;
	}
	d->n_records--;
	aw_dns_begin_name(d, AW_DNS_PART_OWNER);
}

static __always_inline void aw_dns_end_name(struct aw_dns *d)
{
	if (!aw_dns_name(d)->length)
		aw_dns_add_text(d, '.');
	if (d->behind)
		d->at = d->behind;
	if (d->part == AW_DNS_PART_QUESTION) {
		d->question = d->hash;
		d->wanted = d->hash;
		d->part = AW_DNS_PART_ASKED;
	} else if (d->part == AW_DNS_PART_OWNER) {
		d->is_wanted = d->hash == d->wanted;
		d->part = AW_DNS_PART_RECORD;
	} else {
		d->wanted = d->hash;
		d->status = AW_DNS_ALIASED;
		if (d->at != d->record_end || ++d->n_aliases > AW_DNS_ALIASES_MAX)
			d->status = AW_DNS_BROKEN;
	}
}

/* What a label begins with: its length, a pointer to the rest of the name, or 0. */
static __always_inline void aw_dns_label(struct aw_dns *d, __u32 byte)
{
	__u32 to;

	if (!byte) {
		d->at++;
		aw_dns_end_name(d);
	} else if (byte < 64) {
		d->at++;
		d->label_left = byte;
		if (aw_dns_name(d)->length)
			aw_dns_add_text(d, '.');
	} else if (byte >= 0xc0 && d->part != AW_DNS_PART_QUESTION) {
		to = aw_dns_u16(d, d->at) & 0x3fff;
		if (d->at + 2 > d->length || to >= d->lowest || to < 12) {
			d->status = AW_DNS_BROKEN;
			return;
		}
		if (!d->behind)
			d->behind = d->at + 2;
		d->lowest = to;
		d->at = to;
	} else {
		d->status = AW_DNS_BROKEN;
	}
}

static __always_inline void aw_dns_asked(struct aw_dns *d)
{
	__u32 class = aw_dns_u16(d, d->at + 2);

	if (d->at + 4 > d->length || class != 1) {
		d->status = AW_DNS_BROKEN;
		return;
	}
	d->type = aw_dns_u16(d, d->at);
	d->at += 4;
	if (!d->is_answer || d->is_failure)
		d->status = AW_DNS_DONE;
	else
		aw_dns_next_record(d);
}

/* An address of the record at `at`. */
static __always_inline void aw_dns_add_address(struct aw_dns *d, __u32 length)
{
	__u32 n = d->n_addresses;
	__u8 *to = d->addresses[n & (AW_DNS_ADDRESSES_MAX - 1)];
	const __u8 *from = &d->message[d->at & (AW_DNS_MAX - 1)];

	if (n >= AW_DNS_ADDRESSES_MAX) {
		d->status = AW_DNS_BROKEN;
		return;
	}
	if (length == 16) {
		__builtin_memcpy(to, from, 16);
	} else {
		__builtin_memset(to, 0, 10);
		to[10] = 0xff;
		to[11] = 0xff;
		__builtin_memcpy(to + 12, from, 4);
	}
	d->n_addresses = n + 1;
}

static __always_inline void aw_dns_record(struct aw_dns *d)
{
	__u32 at = d->at, type = aw_dns_u16(d, at), length = aw_dns_u16(d, at + 8);
	__u32 ttl = aw_dns_u16(d, at + 4) << 16 | aw_dns_u16(d, at + 6);

	d->at = at + 10;
	d->record_end = at + 10 + length;
	if (d->record_end > d->length) {
		d->status = AW_DNS_BROKEN;
		return;
	}
	if (!d->is_wanted || aw_dns_u16(d, at + 2) != 1)
		type = 0;
	if (type == AW_DNS_CNAME || (type && type == d->type)) {
		if (ttl >> 31)
			ttl = 0; /* RFC 2181, 8 */
		if (ttl < d->ttl)
			d->ttl = ttl;
	}
	if (type == AW_DNS_CNAME) {
		aw_dns_begin_name(d, AW_DNS_PART_ALIAS);
		return;
	}
	if (type && type == d->type &&
	    ((type == AW_DNS_A && length == 4) || (type == AW_DNS_AAAA && length == 16)))
		aw_dns_add_address(d, length);
	d->at = d->record_end;
	if (d->status == AW_DNS_READING)
		aw_dns_next_record(d);
}

/* One step. Whoever finds d->status to be something else than AW_DNS_READING ends. */
static __always_inline void aw_dns_step(struct aw_dns *d)
{
	if (d->at >= d->length)
		d->status = AW_DNS_BROKEN;
	else if (d->part == AW_DNS_PART_ASKED)
		aw_dns_asked(d);
	else if (d->part == AW_DNS_PART_RECORD)
		aw_dns_record(d);
	else if (d->label_left)
		aw_dns_label_byte(d, aw_dns_byte(d, d->at));
	else
		aw_dns_label(d, aw_dns_byte(d, d->at));
}

/* After AW_DNS_ALIASED: goes on. */
static __always_inline void aw_dns_resume(struct aw_dns *d)
{
	d->status = AW_DNS_READING;
	aw_dns_next_record(d);
}
