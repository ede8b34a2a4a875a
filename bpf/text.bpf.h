/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names from the text that a program passed to a system call, for the observer alone: nothing that
 * decides may use them. The folder that the text starts from is named as path.bpf.h does it; the
 * rest is taken as written, without `.`, `..` and double slashes. Symbolic links in it are not
 * followed.
 */
#pragma once

#include "mediate.bpf.h"

#include "abi/observe.h"

/* Anchors by the names of their folders. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_ANCHOR_NAMES_MAX);
	__type(key, struct aw_anchor_name_key);
	__type(value, struct aw_anchor_name);
} aw_anchor_names __weak SEC(".maps");

/* The text is read here, and written again from AW_TEXT_FROM on, each component after a slash. */
#define AW_TEXT_FROM  AW_PATH_MAX
#define AW_TEXT_START (AW_TEXT_FROM + 1)
#define AW_TEXT_BYTES (AW_PATH_MAX - 1)
#define AW_UP_STEPS   256 /* folders and mounts that `..` climbs */

/* Lies in the part of scratch where the record is made later. */
struct aw_text {
	__u32 at;	 /* next byte to read */
	__u32 end;	 /* of what is read */
	__u32 out;	 /* next byte to write */
	__u32 component; /* where the component under way starts */
	__u32 up;	 /* `..` that lead out of the text */
	__u32 dropping;	 /* the component before a `..` is being removed */
};

static __always_inline struct aw_text *aw_text_of(struct aw_scratch *s)
{
	return (void *)s->record.bytes;
}

static __always_inline char *aw_text_byte(struct aw_scratch *s, __u32 at)
{
	return &s->buffer[at & (AW_BUFFER_BYTES - 1)];
}

/* At a slash, or at the end: keeps the component, or does what `.` and `..` mean. */
static __always_inline void aw_text_component(struct aw_scratch *s, struct aw_text *t)
{
	__u32 length = t->out - t->component;
	bool dot = *aw_text_byte(s, t->component) == '.';

	if (!length)
		return;
	if (length == 1 && dot) {
		t->out = t->component;
		return;
	}
	if (length == 2 && dot && *aw_text_byte(s, t->component + 1) == '.') {
		t->out = t->component;
		if (t->component == AW_TEXT_START) {
			t->up++;
		} else {
			t->out--;
			t->dropping = 1;
		}
		return;
	}
	*aw_text_byte(s, t->out) = '/';
	t->out++;
	t->component = t->out;
}

/* One byte of the text. A callback of bpf_loop(). */
static long aw_text_step(__u32 i, struct aw_scratch **scratch)
{
	struct aw_scratch *s = *scratch;
	struct aw_text *t = aw_text_of(s);
	char byte = '/';

	if (t->dropping) {
		t->out--;
		if (*aw_text_byte(s, t->out - 1) == '/') {
			t->component = t->out;
			t->dropping = 0;
		}
		return 0;
	}
	if (t->at < t->end)
		byte = *aw_text_byte(s, t->at);
	if (byte != '/') {
		*aw_text_byte(s, t->out) = byte;
		t->out++;
		t->at++;
		return 0;
	}
	aw_text_component(s, t);
	if (t->at >= t->end && !t->dropping)
		return 1;
	t->at++;
	return 0;
}

/* One folder or one mount further up from start_*. A callback of bpf_loop(). */
static long aw_text_up(__u32 i, struct aw_scratch **scratch)
{
	struct aw_scratch *s = *scratch;
	struct aw_text *t = aw_text_of(s);
	struct dentry *dentry = (void *)s->start_dentry;
	struct vfsmount *mnt = (void *)s->start_mnt;
	struct mount *mount, *above;

	if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
		mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
		above = BPF_CORE_READ(mount, mnt_parent);
		if (!above || above == mount) {
			t->up = 0; /* above the root is the root */
			return 1;
		}
		s->start_dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		s->start_mnt = (__u64)above + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	s->start_dentry = (__u64)BPF_CORE_READ(dentry, d_parent);
	return !--t->up;
}

/* The text becomes the end of the name, which is so far that of the folder that it starts from. */
static __always_inline void aw_text_join(struct aw_scratch *s, __u32 length)
{
	__u32 offset = s->offset;

	if (!length)
		return;
	if (s->length + length > AW_PATH_MAX) {
		s->fail_reason = AW_REASON_TOO_LONG;
		return;
	}
	if (s->length && s->buffer[AW_PATH_MAX - 1] == '/') { /* a root: "/", "nested:/" */
		offset = AW_PATH_MAX;
		if (s->object == AW_OBJECT_NESTED)
			offset = AW_NAME_PREFIX(s, offset, "nested:");
	}
	s->offset = offset;
	s->length = AW_TEXT_FROM - offset + length;
}

/*
 * The anchor that the name lies below, by the longest beginning that is one's. The key is on the
 * stack: 6.1 takes none from an argument of a global function.
 */
static __noinline int aw_text_anchor(struct aw_scratch *s)
{
	struct aw_anchor_name_key key = {.agent = s->agent, .anchor = s->anchor};
	struct aw_anchor_name *found;
	__u32 length = s->length + 1;

	if (s->object != AW_OBJECT_PATH && s->object != AW_OBJECT_ANCHORED)
		return 0;
	*aw_text_byte(s, s->offset + s->length) = '/';
	if (length > AW_ANCHOR_NAME_BYTES)
		length = AW_ANCHOR_NAME_BYTES;
	key.prefix_bits = AW_ANCHOR_NAME_BITS(length);
	bpf_probe_read_kernel(key.name, length, aw_text_byte(s, s->offset));
	found = bpf_map_lookup_elem(&aw_anchor_names, &key);
	if (!found || found->length > s->length)
		return 0;
	s->offset += found->length;
	s->length -= found->length;
	s->anchor = found->anchor;
	s->object = AW_OBJECT_ANCHORED;
	return 0;
}

/*
 * Names what the text at AW_TEXT_START, `length` bytes of it, means from start_*. Returns 1 for an
 * object in a layer of an overlay. Global: the verifier reads it once a program.
 */
__weak int aw_text_name(struct aw_scratch *s, const struct aw_agent *agent, __u32 length)
{
	struct aw_text *t;

	if (!s || !agent)
		return 0;
	t = aw_text_of(s);
	t->at = AW_TEXT_START;
	t->end = AW_TEXT_START + length;
	t->out = AW_TEXT_START;
	t->component = AW_TEXT_START;
	t->up = 0;
	t->dropping = 0;
	s->buffer[AW_TEXT_FROM] = '/';
	bpf_loop(2 * AW_PATH_MAX, aw_text_step, &s, 0);
	length = t->out - AW_TEXT_START;
	if (t->up)
		bpf_loop(AW_UP_STEPS, aw_text_up, &s, 0);
	if (t->up) {
		s->fail_reason = AW_REASON_TOO_DEEP;
		return 0;
	}
	if (aw_name_slow(s, agent))
		return 1;
	if (s->fail_reason)
		return 0;
	aw_text_join(s, length);
	if (!s->fail_reason)
		aw_text_anchor(s);
	return 0;
}
