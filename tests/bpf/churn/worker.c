/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task of the agent: opens, renames, links, goes into a mount namespace of its own and back,
 * until it is told to end. Keeps what it saw, and where it must know better, what was wrong.
 */
#include "churn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW		6    /* objects that all workers stay with for a while */
#define DENIED_AGAIN	6    /* of what was denied last time, one in so many is tried */
#define STRAYS		8    /* one operation of so many is on any other object */
#define MOVE_EVERY	2000 /* operations between two renames of a worker's own, on average */
#define NAMESPACE_EVERY 4000
#define NAMESPACE_TURNS 20
#define SETTLED		2 /* outcomes of one kind before one of another is a flip */

struct worker {
	struct churn_shared *shared;
	struct churn_seen *seen;
	_Atomic uint8_t *last;
	int number;
	int namespace_fd;
	uint64_t random;
};

/* Where the object is, it is opened: 0, −EACCES, or −ENOENT where it is moved just now. */
static int try_open(struct worker *w, const struct churn_object *object)
{
	static const int flags[] = {O_RDONLY, O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR};
	int how = w->shared->is_swap || object->is_folder
			  ? O_RDONLY
			  : flags[churn_pick(&w->random, sizeof(flags) / sizeof(*flags))];

	for (int i = 0; i < 2; i++) {
		int fd = open(object->path[i], how | O_CLOEXEC | O_NOFOLLOW);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOENT;
}

/* Bit 7: denied; below it how often in a row, up to SETTLED. */
static void note(struct worker *w, uint32_t index, bool is_denied)
{
	uint8_t last = w->last[index], times = last & 0x7f;

	if (times && (last >> 7) != is_denied) {
		if (times >= SETTLED)
			w->seen->flips++;
		times = 0;
	}
	w->last[index] = (uint8_t)(is_denied << 7 | (times < SETTLED ? times + 1 : times));
}

static bool all_say(const struct worker *w, uint32_t index, bool permitted)
{
	for (uint32_t i = 0; i < w->shared->n_states; i++)
		if (w->shared->permits[i][index] != permitted)
			return false;
	return true;
}

/* Only where nothing moves: by the state that held, or by all of them where it was changed. */
static void judge(struct worker *w, uint32_t index, bool is_denied, uint64_t before, bool strict)
{
	uint64_t after = w->shared->epoch;
	bool is_wrong;

	if (before == after && !(before & 1)) {
		w->seen->exact++;
		is_wrong = w->shared->permits[CHURN_NEW_STATE(before)][index] == is_denied;
	} else {
		w->seen->crossed++;
		is_wrong = is_denied ? all_say(w, index, true)
				     : strict && w->shared->is_strict && all_say(w, index, false);
	}
	if (!is_wrong)
		return;
	if (w->seen->wrong++ < 5)
		printf("# worker %d: %s %s, epochs %#lx to %#lx\n", w->number,
		       w->shared->objects[index].path[0], is_denied ? "denied" : "allowed", before,
		       after);
}

static uint32_t pick_index(struct worker *w)
{
	uint32_t first = churn_pick(&w->random, STRAYS) ? w->shared->window
							: churn_pick(&w->random, CHURN_OBJECTS_MAX);

	return (first + churn_pick(&w->random, WINDOW)) % w->shared->n_objects;
}

static void operate(struct worker *w)
{
	uint32_t index = pick_index(w);
	bool strict;
	uint64_t before;
	int result;

	/* The cache answers what is allowed: of what was denied, look at little again. */
	if (!w->shared->is_swap && w->last[index] >> 7 && churn_pick(&w->random, DENIED_AGAIN))
		return;
	strict = w->shared->is_strict;
	before = w->shared->epoch;
	result = try_open(w, &w->shared->objects[index]);
	w->seen->operations++;
	if (result && result != -EACCES) {
		if (w->shared->is_swap) {
			printf("# worker %d: %s: error %d\n", w->number,
			       w->shared->objects[index].path[0], -result);
			w->seen->wrong++;
		}
		return;
	}
	if (result)
		w->seen->denied++;
	else
		w->seen->allowed++;
	note(w, index, result);
	if (w->shared->is_swap)
		judge(w, index, result, before, strict);
}

/* A name of its own in an open folder, which one policy lets be read and another not. */
static void move(struct worker *w)
{
	char from[CHURN_PATH_MAX], to[CHURN_PATH_MAX];
	const char *tree = churn_tree((int)churn_pick(&w->random, CHURN_TREES));
	int fd;

	churn_path(from, "%s/open/x%d", tree, w->number);
	churn_path(to, "%s/open/f%d-%d", tree, w->number, w->number);
	fd = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	if (rename(from, to) == 0 && link(to, from) == 0 && unlink(to) == 0)
		w->seen->moves++;
}

/* Where the policy and the kernel let it; names of files are others there. */
static void visit_namespace(struct worker *w)
{
	if (unshare(CLONE_NEWNS) < 0)
		return;
	for (int i = 0; i < NAMESPACE_TURNS; i++)
		operate(w);
	if (setns(w->namespace_fd, CLONE_NEWNS) < 0)
		exit(EXIT_FAILURE);
	w->seen->moves++;
}

int churn_work(int number)
{
	struct worker w = {.number = number, .random = 88172645463325252ull * (number + 1)};

	w.shared = mmap(NULL, sizeof(*w.shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			CHURN_SHARED_FD, 0);
	w.namespace_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (w.shared == MAP_FAILED)
		return EXIT_FAILURE;
	w.seen = &w.shared->seen[number];
	w.last = w.shared->last[number];
	while (!w.shared->is_over) {
		if (!w.shared->is_swap && churn_pick(&w.random, MOVE_EVERY) == 0)
			move(&w);
		if (!w.shared->is_swap && w.namespace_fd >= 0 &&
		    churn_pick(&w.random, NAMESPACE_EVERY) == 0)
			visit_namespace(&w);
		operate(&w);
	}
	return EXIT_SUCCESS;
}
