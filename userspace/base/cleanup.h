/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership helpers: variables that free what they own when they leave scope, and the macros that
 * move ownership. Each module declares the cleanup of its own type with AW_DEFINE_CLEANUP.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines f##p(T *), which calls f on what the variable holds. */
#define AW_DEFINE_CLEANUP(type, f)       \
	static inline void f##p(type *p) \
	{                                \
		if (*p)                  \
			(void)f(*p);     \
	}

#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})
#define TAKE_FD(fd)                \
	({                         \
		int _taken = (fd); \
		(fd) = -1;         \
		_taken;            \
	})

static inline void aw_freep(void *p)
{
	free(*(void **)p);
}

static inline void aw_closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void aw_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_	 _cleanup_(aw_freep)
#define _cleanup_close_	 _cleanup_(aw_closep)
#define _cleanup_fclose_ _cleanup_(aw_fclosep)
