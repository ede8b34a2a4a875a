/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays random (policy, object, operation) triples through the kernel programs and compares each
 * result with what aw_policy_explain() says of it from the rules as written. Needs root and a
 * kernel to load the programs in: tests/e2e/run runs it in guests.
 *
 *   oracle [TRIPLES [SEED [RULES]]]
 */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/decide.h"
#include "agent/cgroup.h"
#include "base/hex.h"
#include "kernel/agents.h"
#include "kernel/consumer.h"
#include "policy/compile.h"
#include "policy/explain.h"

#define TRIPLES_DEFAULT 12000
#define RULES_DEFAULT	250
#define RULES_FEW	20 /* of every fourth policy: images of the smallest size */
#define BATCHES		1  /* per program and policy */
#define SHOWN_MAX	20
#define RING_BYTES	4096
#define BATCH_FD	3

struct totals {
	size_t triples, allowed, denied, wrong, policies, too_large, acts[64];
};

/* Who does a batch. */
struct oracle_actor {
	char program[64];
	uint16_t classes;
	bool is_unearned; /* what its classes give is lost, or was never had */
};

void oracle_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("oracle: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

uint32_t oracle_pick(struct oracle_random *random, uint32_t n)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)((random->state >> 24) % n);
}

/* In the agent: all acts of the batch, one after the other. */
static int act_all(void)
{
	struct oracle_batch *batch =
		mmap(NULL, sizeof(*batch), PROT_READ | PROT_WRITE, MAP_SHARED, BATCH_FD, 0);

	if (batch == MAP_FAILED)
		return EXIT_FAILURE;
	close(BATCH_FD);
	for (uint32_t i = 0; i < batch->n; i++)
		batch->triples[i].error =
			oracle_act_at(batch->triples[i].act)->act(&batch->triples[i]);
	return EXIT_SUCCESS;
}

static struct oracle_batch *map_batch(int *ret_fd)
{
	int fd = memfd_create("oracle", MFD_CLOEXEC);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(struct oracle_batch)) < 0)
		oracle_die("no memory: %m");
	memory = mmap(NULL, sizeof(struct oracle_batch), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		oracle_die("no memory: %m");
	*ret_fd = fd;
	return memory;
}

static void copy_program(const char *name)
{
	_cleanup_close_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		oracle_die("cannot copy this program to %s: %m", name);
}

static void program_name(int program, char ret[64])
{
	if (program < ORACLE_PROGRAMS - 1)
		snprintf(ret, 64, ORACLE_BIN "/s%d", program);
	else
		snprintf(ret, 64, ORACLE_BIN "/none");
}

static void run_batch(const char *cgroup, const char *program, int fd)
{
	pid_t pid = aw_cgroup_fork(cgroup);
	int status;

	if (pid == 0) {
		if (fd == BATCH_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, BATCH_FD) < 0)
			_exit(EXIT_FAILURE);
		execl(program, program, "act", NULL);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		oracle_die("%s did not act (status %d)", program, status);
}

static void ask_of(struct aw_query *query, const char *name)
{
	query->anchor = -1;
	if (!strncmp(name, ORACLE_WORKSPACE "/", strlen(ORACLE_WORKSPACE) + 1)) {
		name += strlen(ORACLE_WORKSPACE);
		query->anchor = 0;
	}
	query->name = name;
	query->name_length = strlen(name);
}

/* Whether any process of the agent may change a file: code of such files takes classes away. */
static bool is_changeable(const struct aw_policy *policy, const char *name)
{
	static const enum aw_op changes[] = {AW_OP_WRITE, AW_OP_CREATE, AW_OP_DELETE, AW_OP_RENAME,
					     AW_OP_LINK};
	struct aw_explanation explanation;

	for (uint16_t mask = 0; mask < ORACLE_PROGRAMS; mask++) /* no class, or one of two */
		for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
			struct aw_query query = {.op = changes[i], .subject_mask = mask};

			ask_of(&query, name);
			aw_policy_explain(policy, &query, &explanation);
			if (aw_verdict_permits(explanation.verdict))
				return true;
		}
	return false;
}

/* Whether an act that was done mapped code that takes away what the process's class gives. */
static bool is_lost_by(const struct aw_policy *policy, const struct oracle_triple *triple)
{
	const struct oracle_act *act = oracle_act_at(triple->act);

	for (int i = 0; i < act->n_needs && triple->error == act->success; i++)
		if (act->needs[i].op == AW_OP_MAP &&
		    is_changeable(policy, triple->name[act->needs[i].name]))
			return true;
	return false;
}

/* Whether a rule says of this operation on a name that it is refused. */
static bool is_refused(const struct aw_policy *policy, const char *name, enum aw_op op,
		       const struct oracle_actor *actor)
{
	struct aw_query query = {
		.op = op,
		.subject_mask = actor->classes,
		.is_unearned = actor->is_unearned,
	};
	struct aw_explanation explanation;

	ask_of(&query, name);
	aw_policy_explain(policy, &query, &explanation);
	return explanation.verdict >= AW_VERDICT_ASK;
}

/* Whether a second name would take a file from under a denial. */
static bool escapes(const struct aw_policy *policy, const struct oracle_triple *triple,
		    const struct oracle_actor *actor)
{
	static const enum aw_op moved[] = {AW_OP_READ,	 AW_OP_WRITE, AW_OP_CREATE, AW_OP_DELETE,
					   AW_OP_RENAME, AW_OP_LINK,  AW_OP_ATTR,   AW_OP_UNIX};

	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++)
		if (is_refused(policy, triple->name[0], moved[i], actor) &&
		    !is_refused(policy, triple->name[1], moved[i], actor))
			return true;
	return false;
}

/* Whether the policy as written lets the triple be done. */
static bool is_permitted(const struct aw_policy *policy, const struct oracle_triple *triple,
			 const struct oracle_actor *actor)
{
	const struct oracle_act *act = oracle_act_at(triple->act);
	struct aw_explanation explanation;
	bool has_two_names = false;

	for (int i = 0; i < act->n_needs; i++) {
		struct aw_query query = {
			.op = act->needs[i].op,
			.anchor = -1,
			.subject_mask = actor->classes,
			.is_unearned = actor->is_unearned,
		};

		if (act->is_net) {
			memcpy(query.address, triple->address, sizeof(query.address));
			query.port = triple->port;
		} else {
			ask_of(&query, triple->name[act->needs[i].name]);
			has_two_names |= act->needs[i].name == 1;
		}
		aw_policy_explain(policy, &query, &explanation);
		if (!aw_verdict_permits(explanation.verdict))
			return false;
	}
	return !has_two_names || !escapes(policy, triple, actor);
}

static void compare(const struct aw_policy *policy, const struct oracle_triple *triple,
		    const struct oracle_actor *actor, struct totals *totals)
{
	const struct oracle_act *act = oracle_act_at(triple->act);
	bool permitted = is_permitted(policy, triple, actor);
	int expected = permitted ? act->success : -EACCES;

	totals->triples++;
	totals->acts[triple->act]++;
	if (permitted)
		totals->allowed++;
	else
		totals->denied++;
	if (triple->error == expected)
		return;
	if (totals->wrong++ >= SHOWN_MAX)
		return;
	printf("# %s by %s of '%s' '%s' %d.%d.%d.%d:%d gave %d, the rules say %d\n", act->name,
	       actor->program, triple->name[0], act->is_net ? "" : triple->name[1],
	       triple->address[12], triple->address[13], triple->address[14], triple->address[15],
	       triple->port, triple->error, expected);
}

static void replay_batch(struct oracle_random *random, const struct aw_policy *policy,
			 const char *cgroup, int program, uint32_t n, struct totals *totals)
{
	_cleanup_close_ int fd = -1;
	struct oracle_batch *batch = map_batch(&fd);
	int sockets[ORACLE_BATCH];
	struct oracle_actor actor;

	program_name(program, actor.program);
	actor.classes = aw_policy_subject_mask(policy, actor.program, -1, NULL, -1);
	actor.is_unearned = is_changeable(policy, actor.program);
	batch->n = n;
	for (uint32_t i = 0; i < n; i++) {
		oracle_fill(random, &batch->triples[i], i);
		sockets[i] = oracle_make_objects(&batch->triples[i]);
	}
	run_batch(cgroup, actor.program, fd);
	for (uint32_t i = 0; i < n; i++) {
		compare(policy, &batch->triples[i], &actor, totals);
		actor.is_unearned |= is_lost_by(policy, &batch->triples[i]);
		if (sockets[i] >= 0)
			close(sockets[i]);
		oracle_remove_objects(&batch->triples[i]);
	}
	munmap(batch, sizeof(*batch));
}

static void replay_policy(struct aw_host *host, uint32_t ring_slot, struct oracle_random *random,
			  size_t n_rules, size_t wanted, struct totals *totals)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_agent_config config = {.name = "oracle",
					 .ring_slot = ring_slot,
					 .anchors = {{"W", ORACLE_WORKSPACE, 0}},
					 .n_anchors = 1};
	struct aw_agent_handle agent;
	struct aw_diag diag = {};
	char cgroup[64], hash[65];
	size_t n = 0;

	oracle_policy_draw(random, n_rules, &policy, &image, &totals->too_large);
	snprintf(cgroup, sizeof(cgroup), "/sys/fs/cgroup/oracle-%zu", totals->policies++);
	aw_hex_encode(image->head->hash, sizeof(image->head->hash), hash);
	config.cgroup_path = cgroup;
	config.image = image;
	config.policy_hash = hash;
	for (int i = 0; i < AW_OP_CLASSES; i++)
		config.modes[i] = AW_MODE_ENFORCE;
	if (mkdir(cgroup, 0755) < 0)
		oracle_die("cannot make %s: %m", cgroup);
	if (aw_agent_add(host, &config, &agent, &diag) < 0)
		oracle_die("%s", diag.message);
	for (int batch = 0; batch < BATCHES * ORACLE_PROGRAMS && n < wanted; batch++) {
		uint32_t size = (uint32_t)(wanted - n < ORACLE_BATCH ? wanted - n : ORACLE_BATCH);

		replay_batch(random, policy, cgroup, batch % ORACLE_PROGRAMS, size, totals);
		n += size;
	}
	if (aw_agent_remove(host, agent) < 0 || rmdir(cgroup) < 0)
		oracle_die("the agent could not be removed: %m");
}

static int ignore(enum aw_ring ring, const void *data, size_t size, void *userdata)
{
	return 0;
}

static int report(const struct totals *totals, uint64_t seed)
{
	bool is_even = true;

	for (size_t i = 0; i < oracle_acts_count(); i++)
		is_even = is_even && totals->acts[i] > 0;
	printf("# seed %" PRIu64 ": %zu triples under %zu policies (%zu were too large): %zu "
	       "allowed, %zu denied, %zu wrong\n",
	       seed, totals->triples, totals->policies, totals->too_large, totals->allowed,
	       totals->denied, totals->wrong);
	if (!is_even || totals->allowed < totals->triples / 10 ||
	    totals->denied < totals->triples / 10)
		oracle_die("the triples are too one-sided to tell anything");
	return totals->wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct aw_host_options options = {.attach = -1};
	_cleanup_(aw_host_closep) struct aw_host *host = NULL;
	_cleanup_(aw_consumer_closep) struct aw_consumer *consumer = NULL;
	struct aw_diag diag = {};
	struct totals totals = {};
	size_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : TRIPLES_DEFAULT;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	size_t n_rules = argc > 3 ? strtoul(argv[3], NULL, 10) : RULES_DEFAULT;
	struct oracle_random random = {.state = seed * 0x9e3779b97f4a7c15ull + 1};
	char name[64];

	if (argc > 1 && !strcmp(argv[1], "act"))
		return act_all();
	if (aw_host_open(&host, &options, &diag) < 0)
		oracle_die("%s", diag.message);
	if (aw_consumer_open(&consumer, host, RING_BYTES, RING_BYTES, ignore, NULL, &diag) < 0)
		oracle_die("%s", diag.message);
	oracle_make_tree();
	for (int i = 0; i < ORACLE_PROGRAMS; i++) {
		program_name(i, name);
		copy_program(name);
	}
	while (totals.triples < wanted)
		replay_policy(host, aw_consumer_slot(consumer), &random,
			      totals.policies % 4 == 1 ? RULES_FEW : n_rules,
			      wanted - totals.triples, &totals);
	return report(&totals, seed);
}
