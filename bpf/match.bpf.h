/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a name or an address through the automaton of the agent's policy, and keeps the class of the
 * subject up to date with that policy. The step itself and the verdict are in abi/decide.h.
 */
#pragma once

#include "agent.bpf.h"

#define AW_CHUNK_BYTES 16
#define AW_CHUNKS_MAX  (AW_PATH_MAX / AW_CHUNK_BYTES + 1)

/*
 * Reads one piece. Small, and only ever called through bpf_loop(): the verifier reads it once for
 * each size of image in each program, and the time to load is mostly that.
 */
#define AW_DEFINE_MATCH(size, n_cells)                                                             \
	struct aw_match_##size {                                                                   \
		struct aw_scratch *scratch;                                                        \
		struct aw_image_##size *image;                                                     \
	};                                                                                         \
                                                                                                   \
	static long aw_match_chunk_##size(__u32 i, struct aw_match_##size *m)                      \
	{                                                                                          \
		struct aw_image_##size *image = m->image;                                          \
		struct aw_scratch *s = m->scratch;                                                 \
		__u32 at = s->loop_at, end = s->loop_end, state = s->loop_state;                   \
		const __u8 *class_of = image->head.dfa[s->match_dfa & 1].byte_class;               \
		__u8 byte;                                                                         \
                                                                                                   \
		_Pragma("clang loop unroll(disable)") for (int k = 0; k < AW_CHUNK_BYTES; k++)     \
		{                                                                                  \
			if (at >= end)                                                             \
				break;                                                             \
			byte = s->buffer[at & (AW_BUFFER_BYTES - 1)];                              \
			state = aw_dfa_step(image->cells, (n_cells)-1, state, class_of[byte]);     \
			at++;                                                                      \
		}                                                                                  \
		s->loop_at = at;                                                                   \
		s->loop_state = state;                                                             \
		return at >= end;                                                                  \
	}                                                                                          \
                                                                                                   \
	/* Fills vid, subject_bits and row from what match_* of the scratch name. */               \
	__weak int aw_match_in_##size(struct aw_scratch *s, struct aw_image_##size *image)         \
	{                                                                                          \
		struct aw_match_##size m = {.scratch = s, .image = image};                         \
		__u32 vid;                                                                         \
                                                                                                   \
		if (!s || !image)                                                                  \
			return -1;                                                                 \
		s->loop_at = s->match_offset;                                                      \
		s->loop_end = s->match_offset + s->match_length;                                   \
		s->loop_state = image->head.dfa[s->match_dfa & 1].start;                           \
		if (s->match_anchor != AW_ANCHOR_NONE)                                             \
			s->loop_state =                                                            \
				image->head.anchor_state[s->match_anchor & (AW_ANCHORS_MAX - 1)];  \
		bpf_loop(AW_CHUNKS_MAX, aw_match_chunk_##size, &m, 0);                             \
		vid = aw_dfa_accept(image->cells, (n_cells)-1, s->loop_state);                     \
		s->vid = vid;                                                                      \
		s->subject_bits =                                                                  \
			aw_subject_mask_of(&image->head, image->cells, (n_cells)-1, vid);          \
		s->row = aw_verdict_row(&image->head, image->cells, (n_cells)-1, vid,              \
					s->subject_set);                                           \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	/* The set of classes that mask is, closed under `under:` from the classes before. */      \
	static __noinline int aw_subject_in_##size(struct aw_image_##size *image,                  \
						   struct aw_label *label)                         \
	{                                                                                          \
		label->subject_set =                                                               \
			aw_subject_set_of(&image->head, label->subject_mask | label->sticky_mask); \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	static __noinline __u32 aw_under_in_##size(struct aw_image_##size *image, __u32 mask)      \
	{                                                                                          \
		__u32 under = 0;                                                                   \
                                                                                                   \
		for (int i = 0; i < AW_SUBJECTS_MAX; i++) {                                        \
			__u32 parent = image->head.under_parent[i];                                \
                                                                                                   \
			if (parent < AW_SUBJECTS_MAX && mask >> parent & 1)                        \
				under |= 1u << i;                                                  \
		}                                                                                  \
		return under;                                                                      \
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
	bpf_probe_read_kernel(&s->buffer[AW_PATH_MAX], AW_SUBJECT_NAME_MAX, name->name);
	s->subject_bits = 0;
	aw_match(s);
	return s->subject_bits;
}
