/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes all that a cached answer depends on, from outside of the agents, and asks the programs
 * how many answers were compared and how many of them were wrong.
 */
#include "churn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "event/text.h"

#define OPERATIONS_PER_ACT 600 /* between two changes */
#define LOOKS_PER_ACT	   4
#define ACTS_PER_CHANGE	   6	/* of policy or mode */
#define FLIP_SHARE	   1000 /* operations of which at least one must flip a verdict */
#define KNOWN_SHARE	   3	/* of so many one must be known: it is about every second */
#define KNOWN_SHARE_FEW	   4	/* of so many, where there are fewer than this: */
#define MANY		   100000

/* To and fro, wherever it is now. */
static void toggle(const char *first, const char *second)
{
	if (rename(first, second) < 0 && (errno != ENOENT || rename(second, first) < 0))
		churn_die("cannot rename %s: %m", first);
}

static void move_object(struct churn *churn, const char *format, uint32_t number)
{
	const char *tree = churn_tree((int)churn_pick(&churn->random, CHURN_TREES));
	char name[32], first[CHURN_PATH_MAX], second[CHURN_PATH_MAX];

	snprintf(name, sizeof(name), format, number);
	churn_path(first, "%s/open/%s", tree, name);
	churn_path(second, "%s/secret/%s", tree, name);
	toggle(first, second);
}

/* A second link comes, the first goes: the dentry is another, the inode the same. */
static void relink(struct churn *churn)
{
	const char *tree = churn_tree((int)churn_pick(&churn->random, CHURN_TREES));
	uint32_t number = churn_pick(&churn->random, CHURN_FILES);
	char first[CHURN_PATH_MAX], second[CHURN_PATH_MAX];

	churn_path(first, "%s/open/plain%u", tree, number);
	churn_path(second, "%s/secret/plain%u", tree, number);
	if (link(first, second) == 0)
		unlink(first);
	else if (link(second, first) == 0)
		unlink(second);
	else
		churn_die("cannot link %s: %m", first);
}

static void toggle_mount(void)
{
	const char *first = CHURN_DIR "/t/open/mount", *second = CHURN_DIR "/t/secret/mount";

	if (mount(first, second, NULL, MS_MOVE, NULL) < 0 &&
	    mount(second, first, NULL, MS_MOVE, NULL) < 0)
		churn_die("cannot move %s: %m", first);
}

/* An open folder is seen under a secret name, and no longer. */
static void bind(struct churn *churn)
{
	char first[CHURN_PATH_MAX], second[CHURN_PATH_MAX];
	const char *tree = churn_tree((int)churn_pick(&churn->random, CHURN_TREES));
	int fd;

	churn_path(first, "%s/open", tree);
	churn_path(second, "%s/secret", tree);
	if (mount(first, second, NULL, MS_BIND, NULL) < 0)
		churn_die("cannot bind %s: %m", first);
	churn_wait(churn, OPERATIONS_PER_ACT / 4);
	churn_path(first, "%s/secret/plain0", tree);
	fd = open(first, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	if (umount2(second, MNT_DETACH) < 0)
		churn_die("cannot unmount %s: %m", second);
}

/* All agents alike: their control words are equal, and only who they are differs. */
static void change(struct churn *churn)
{
	int policy = (int)churn_pick(&churn->random, CHURN_POLICIES);
	bool audits = churn_pick(&churn->random, 6) == 0;

	for (int i = 0; i < churn->n_agents; i++)
		churn_change(churn, i, policy, audits ? AW_MODE_AUDIT : AW_MODE_ENFORCE,
			     AW_MODE_ENFORCE);
}

static void act(struct churn *churn)
{
	switch (churn_pick(&churn->random, 6)) {
	case 0:
	case 1:
		return move_object(churn, "d%u", churn_pick(&churn->random, CHURN_FOLDERS));
	case 2:
		return move_object(churn, "plain%u", churn_pick(&churn->random, CHURN_FILES));
	case 3:
		return relink(churn);
	case 4:
		return toggle_mount();
	default:
		return bind(churn);
	}
}

static int report(struct churn *churn, uint64_t acts, uint64_t changes)
{
	struct churn_seen seen = churn_seen(churn);
	struct aw_counters sum = {}, one;
	uint64_t operations, known;

	for (int i = 0; i < churn->n_agents; i++) {
		if (aw_agent_counters(churn->host, churn->agents[i], &one) < 0)
			churn_die("the counters cannot be read");
		for (size_t k = 0; k < sizeof(sum) / sizeof(__u64); k++)
			((__u64 *)&sum)[k] += ((__u64 *)&one)[k];
	}
	operations = sum.operations[AW_EFFECT_ALLOWED] + sum.operations[AW_EFFECT_DENIED] +
		     sum.operations[AW_EFFECT_WOULD_DENY];
	known = sum.known[AW_KNOWN_FILE] + sum.known[AW_KNOWN_FOLDER];
	printf("# %" PRIu64 " operations, %llu known files, %llu in known folders, %" PRIu64
	       " opened, %" PRIu64 " denied, %" PRIu64 " flips, %" PRIu64
	       " moves by agents, %" PRIu64 " by others, %" PRIu64
	       " changes of policy or mode: %llu differences\n",
	       operations, sum.known[AW_KNOWN_FILE], sum.known[AW_KNOWN_FOLDER], seen.allowed,
	       seen.denied, seen.flips, seen.moves, acts, changes, sum.differences);
	for (enum aw_reason r = AW_REASON_POLICY + 1; r < AW_REASONS; r++)
		if (sum.reasons[r])
			printf("# %s: %llu\n", aw_reason_name(r), sum.reasons[r]);
	if (known < operations / (operations < MANY ? KNOWN_SHARE_FEW : KNOWN_SHARE) ||
	    seen.flips < operations / FLIP_SHARE || !seen.moves)
		churn_die("too little was known, or too little changed, to tell anything");
	if (sum.reasons[AW_REASON_NO_POLICY])
		churn_die("a decision found no policy");
	return sum.differences ? EXIT_FAILURE : EXIT_SUCCESS;
}

int churn_cache(struct churn *churn, uint64_t operations)
{
	uint64_t acts = 0, changes = 0;

	while (churn_seen(churn).operations < operations) {
		for (int i = 0; i < LOOKS_PER_ACT; i++) {
			churn_look(churn);
			churn_wait(churn, OPERATIONS_PER_ACT / LOOKS_PER_ACT);
		}
		act(churn);
		if (++acts % ACTS_PER_CHANGE == 0) {
			change(churn);
			changes++;
		}
	}
	return report(churn, acts, changes);
}
