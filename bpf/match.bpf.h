/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a name or an address through the automaton of the agent's policy, and keeps the class of the
 * subject up to date with that policy. The step itself and the verdict are in abi/decide.h.
 */
#pragma once

#include "agent.bpf.h"

#define AW_WORDS_AT_ONCE 2
#define AW_MATCH_HOST	 (2 | AW_DFA_NET) /* for match_dfa: from host_state on */
#define AW_TURNS_MAX	 (AW_PATH_MAX / (8 * AW_WORDS_AT_ONCE) + 3)

/* Where the verdicts for the subject and the file's conditions are. */
static __always_inline __u32 aw_row_set(const struct aw_image_header *head,
					const struct aw_scratch *s, __u32 conditions)
{
	if (!conditions)
		return s->subject_set;
	return s->subject_set + head->condition_set[conditions & (AW_CONDITION_MASKS - 1)];
}

/* Those that are true for certain. */
static __always_inline __u32 aw_conditions_known(__u32 conditions)
{
	if (!(conditions & AW_CONDITIONS_KNOWN))
		return 0;
	return conditions & ~(1u << AW_CONDITION_AGENT_WRITTEN);
}

/* Goes on by the lowest byte of the word. */
#define AW_MATCH_BYTE(n_cells)                                                               \
	do {                                                                                 \
		state = aw_dfa_step(image->cells, (n_cells)-1, state, class_of[(__u8)word]); \
		word >>= 8;                                                                  \
	} while (0)

/*
 * Reads some words. Small, and only ever called through bpf_loop(): the verifier reads it once for
 * each size of image in each program, and the time to load is mostly that.
 */
#define AW_DEFINE_MATCH(size, n_cells)                                                            \
	struct aw_match_##size {                                                                  \
		struct aw_scratch *scratch;                                                       \
		struct aw_image_##size *image;                                                    \
		const __u8 *class_of;                                                             \
	};                                                                                        \
                                                                                                  \
	static long aw_match_words_##size(__u32 i, struct aw_match_##size *m)                     \
	{                                                                                         \
		struct aw_image_##size *image = m->image;                                         \
		struct aw_scratch *s = m->scratch;                                                \
		const __u8 *class_of = m->class_of;                                               \
		__u32 at = s->loop_at, end = s->loop_end, state = s->loop_state, left;            \
		__u64 word;                                                                       \
                                                                                                  \
		_Pragma("clang loop unroll(disable)") for (int k = 0; k < AW_WORDS_AT_ONCE; k++)  \
		{                                                                                 \
			if (end - at < 8)                                                         \
				break;                                                            \
			word = *(__u64 *)&s->buffer[at & (AW_BUFFER_BYTES - 1)];                  \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			AW_MATCH_BYTE(n_cells);                                                   \
			at += 8;                                                                  \
			if (aw_dfa_is_absorbing(image->cells, (n_cells)-1, state))                \
				at = end;                                                         \
		}                                                                                 \
		left = end - at;                                                                  \
		if (left < 8) {                                                                   \
			word = *(__u64 *)&s->buffer[at & (AW_BUFFER_BYTES - 1)];                  \
			_Pragma("clang loop unroll(disable)") for (__u32 b = 0; b < 7; b++)       \
			{                                                                         \
				if (b >= left)                                                    \
					break;                                                    \
				AW_MATCH_BYTE(n_cells);                                           \
			}                                                                         \
			at = end;                                                                 \
		}                                                                                 \
		s->loop_at = at;                                                                  \
		s->loop_state = state;                                                            \
		if (at != end)                                                                    \
			return 0;                                                                 \
		if (!s->match_split)                                                              \
			return 1;                                                                 \
		s->match_split = 0;                                                               \
		s->folder_state = state;                                                          \
		s->loop_end = s->match_offset + s->match_length;                                  \
		return 0;                                                                         \
	}                                                                                         \
                                                                                                  \
	/* Fills vid, subject_bits and row from what match_* of the scratch name. */              \
	__weak int aw_match_in_##size(struct aw_scratch *s, struct aw_image_##size *image)        \
	{                                                                                         \
		struct aw_match_##size m = {.scratch = s, .image = image};                        \
		__u64 name;                                                                       \
		__u32 vid;                                                                        \
                                                                                                  \
		if (!s || !image)                                                                 \
			return -1;                                                                \
		m.class_of = image->head.dfa[s->match_dfa & 1].byte_class;                        \
		s->loop_at = s->match_offset;                                                     \
		s->loop_end = s->match_split ?: s->match_offset + s->match_length;                \
		s->loop_state = image->head.dfa[s->match_dfa & 1].start;                          \
		if (s->match_state)                                                               \
			s->loop_state = s->match_state;                                           \
		else if (s->match_dfa == AW_MATCH_HOST)                                           \
			s->loop_state = image->head.host_state;                                   \
		else if (s->match_anchor != AW_ANCHOR_NONE)                                       \
			s->loop_state =                                                           \
				image->head.anchor_state[s->match_anchor & (AW_ANCHORS_MAX - 1)]; \
		bpf_loop(AW_TURNS_MAX, aw_match_words_##size, &m, 0);                             \
		vid = aw_dfa_accept(image->cells, (n_cells)-1, s->loop_state);                    \
		s->vid = vid;                                                                     \
		name = aw_name_cell(&image->head, image->cells, (n_cells)-1, vid);                \
		s->subject_bits = (__u32)name;                                                    \
		s->block = name >> 32;                                                            \
		s->row = aw_verdict_row(&image->head, image->cells, (n_cells)-1, vid,             \
					aw_row_set(&image->head, s, s->conditions));              \
		if (s->conditions & AW_CONDITION_ASSUMED)                                         \
			s->row_known = aw_verdict_row(                                            \
				&image->head, image->cells, (n_cells)-1, vid,                     \
				aw_row_set(&image->head, s, aw_conditions_known(s->conditions))); \
		s->policy = *(__u64 *)image->head.hash;                                           \
		s->image = (__u64)image;                                                          \
		if (s->match_dfa == AW_MATCH_HOST)                                                \
			s->host_ends =                                                            \
				aw_dfa_is_absorbing(image->cells, (n_cells)-1, s->loop_state);    \
		return 0;                                                                         \
	}                                                                                         \
                                                                                                  \
	/* The set of classes that mask is, closed under `under:` from the classes before. */     \
	static __noinline int aw_subject_in_##size(struct aw_image_##size *image,                 \
						   struct aw_label *label)                        \
	{                                                                                         \
		__u32 mask = label->subject_mask | label->sticky_mask;                            \
                                                                                                  \
		label->subject_set = aw_subject_set_of(&image->head, mask);                       \
		if (!label->is_earned && mask & image->head.widening)                             \
			label->subject_set += image->head.unearned_set;                           \
		return 0;                                                                         \
	}                                                                                         \
                                                                                                  \
	static __noinline __u32 aw_under_in_##size(struct aw_image_##size *image, __u32 mask)     \
	{                                                                                         \
		__u32 under = 0;                                                                  \
                                                                                                  \
		for (int i = 0; i < AW_SUBJECTS_MAX; i++) {                                       \
			__u32 parent = image->head.under_parent[i];                               \
                                                                                                  \
			if (parent < AW_SUBJECTS_MAX && mask >> parent & 1)                       \
				under |= 1u << i;                                                 \
		}                                                                                 \
		return under;                                                                     \
	}

AW_DEFINE_MATCH(small, AW_IMAGE_CELLS_SMALL)
AW_DEFINE_MATCH(medium, AW_IMAGE_CELLS_MEDIUM)
AW_DEFINE_MATCH(large, AW_IMAGE_CELLS_LARGE)

/* Runs `act` with `image` bound to the policy of the control word, whatever its size. */
#define AW_WITH_IMAGE_OF(size, slot, act)                                      \
	do {                                                                   \
		void *inner = bpf_map_lookup_elem(&aw_images_##size, &(slot)); \
		__u32 zero_ = 0;                                               \
		struct aw_image_##size *image;                                 \
                                                                               \
		if (!inner)                                                    \
			break;                                                 \
		image = bpf_map_lookup_elem(inner, &zero_);                    \
		if (image)                                                     \
			ret = act;                                             \
	} while (0)

#define AW_WITH_IMAGE(control, function, ...)                                            \
	({                                                                               \
		__u32 slot_ = AW_CONTROL_SLOT(control);                                  \
		int ret = -1;                                                            \
                                                                                         \
		if (AW_CONTROL_SIZE(control) == AW_IMAGE_SMALL)                          \
			AW_WITH_IMAGE_OF(small, slot_, function##_small(__VA_ARGS__));   \
		else if (AW_CONTROL_SIZE(control) == AW_IMAGE_MEDIUM)                    \
			AW_WITH_IMAGE_OF(medium, slot_, function##_medium(__VA_ARGS__)); \
		else                                                                     \
			AW_WITH_IMAGE_OF(large, slot_, function##_large(__VA_ARGS__));   \
		ret;                                                                     \
	})

#define aw_match_small(s)	 aw_match_in_small(s, image)
#define aw_match_medium(s)	 aw_match_in_medium(s, image)
#define aw_match_large(s)	 aw_match_in_large(s, image)
#define aw_subject_small(label)	 aw_subject_in_small(image, label)
#define aw_subject_medium(label) aw_subject_in_medium(image, label)
#define aw_subject_large(label)	 aw_subject_in_large(image, label)
#define aw_under_small(mask)	 aw_under_in_small(image, mask)
#define aw_under_medium(mask)	 aw_under_in_medium(image, mask)
#define aw_under_large(mask)	 aw_under_in_large(image, mask)

/* Runs the name or address in scratch. 0, or −1 where the agent has no policy image. */
static __noinline int aw_match(struct aw_scratch *s)
{
	__u64 control = s->control;

	if (!AW_CONTROL_HAS_POLICY(control))
		return -1;
	return AW_WITH_IMAGE(control, aw_match, s);
}

/*
 * The state behind the host name of that many bytes at the start of the buffer; 0 where no rule
 * knows it, whatever follows.
 */
static __noinline __u32 aw_host_state(struct aw_scratch *s, __u32 length)
{
	s->match_dfa = AW_MATCH_HOST;
	s->match_offset = 0;
	s->match_length = length;
	s->match_anchor = AW_ANCHOR_NONE;
	s->match_split = 0;
	s->match_state = 0;
	if (aw_match(s) || (s->host_ends && !s->vid))
		return 0;
	return s->loop_state;
}

/* Classes of an executable or script by its remembered name; overwrites vid and row. */
static __noinline __u32 aw_class_bits_of(struct aw_scratch *s, __u64 hash)
{
	struct aw_subject_name *name = bpf_map_lookup_elem(&aw_subject_names, &hash);

	if (!name || name->length > AW_SUBJECT_NAME_MAX)
		return 0;
	s->match_dfa = AW_DFA_PATH;
	s->match_offset = AW_PATH_MAX;
	s->match_length = name->length;
	s->match_anchor = name->anchor;
	s->match_state = 0;
	s->match_split = 0;
	bpf_probe_read_kernel(&s->buffer[AW_PATH_MAX], AW_SUBJECT_NAME_MAX, name->name);
	s->subject_bits = 0;
	aw_match(s);
	return s->subject_bits;
}
