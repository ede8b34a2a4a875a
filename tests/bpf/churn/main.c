/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tasks of an agent open, rename and link without a pause while everything changes around
 * them. Needs root and a kernel to load the programs in: tests/e2e/run runs it in guests.
 *
 *   churn cache [OPERATIONS]         names, mounts, namespaces, policies and modes change; every
 *                                    answer of the cache is compared with an uncached decision
 *   churn swap [OPERATIONS [SWAPS]]  policies and modes change alone; what is allowed and denied
 *                                    must be what the rules say
 */
#include "churn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/cgroup.h"

#define OPERATIONS_DEFAULT 20000
#define SWAPS_DEFAULT	   20
#define RING_BYTES	   (1u << 20)
#define WORKERS_PER_AGENT  4
#define WORKERS_ALONE	   8  /* of a single agent */
#define WORKER_NICE	   10 /* what changes things comes first */
#define POLL_MS		   5

/* Programs that workers run: one of a class, one of none. */
static const char *const programs[] = {CHURN_BIN "/reader", CHURN_BIN "/none"};

void churn_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("churn: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

void churn_path(char ret[CHURN_PATH_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(ret, CHURN_PATH_MAX, format, arguments) >= CHURN_PATH_MAX)
		churn_die("a path is too long");
	va_end(arguments);
}

uint32_t churn_pick(uint64_t *state, uint32_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)((*state >> 24) % n);
}

struct churn_seen churn_seen(const struct churn *churn)
{
	struct churn_seen sum = {};

	for (int i = 0; i < churn->n_workers; i++) {
		const _Atomic uint64_t *from = (const void *)&churn->shared->seen[i];
		_Atomic uint64_t *to = (void *)&sum;

		for (size_t k = 0; k < sizeof(sum) / sizeof(*to); k++)
			to[k] += from[k];
	}
	return sum;
}

static void check_workers(const struct churn *churn)
{
	for (int i = 0; i < churn->n_workers; i++)
		if (waitpid(churn->workers[i], NULL, WNOHANG) != 0)
			churn_die("worker %d has ended", i);
}

void churn_look(struct churn *churn)
{
	uint32_t n = churn->shared->n_objects, ordinary = churn->shared->n_ordinary;

	churn->shared->window = churn_pick(&churn->random, 5)
					? churn_pick(&churn->random, n)
					: ordinary + churn_pick(&churn->random, n - ordinary);
}

void churn_wait(struct churn *churn, uint64_t operations)
{
	uint64_t end = churn_seen(churn).operations + operations;

	do {
		aw_consumer_poll(churn->consumer, POLL_MS);
		check_workers(churn);
	} while (churn_seen(churn).operations < end);
}

void churn_change(struct churn *churn, int agent, int policy, enum aw_mode file_mode,
		  enum aw_mode other_mode)
{
	struct aw_image *image = churn->images[policy];
	enum aw_mode modes[AW_OP_CLASSES];
	struct aw_diag diag = {};

	for (int i = 0; i < AW_OP_CLASSES; i++)
		modes[i] = i == AW_CLASS_FILE ? file_mode : other_mode;
	if (aw_agent_change(churn->host, churn->agents[agent], modes, image, NULL, &diag) < 0)
		churn_die("cannot change the agent: %s", diag.message);
}

static void copy_program(const char *name)
{
	_cleanup_close_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		churn_die("cannot copy this program to %s: %m", name);
}

static void share_memory(struct churn *churn)
{
	churn->shared_fd = memfd_create("churn", 0);
	if (churn->shared_fd < 0 || ftruncate(churn->shared_fd, sizeof(*churn->shared)) < 0)
		churn_die("no memory: %m");
	churn->shared = mmap(NULL, sizeof(*churn->shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			     churn->shared_fd, 0);
	if (churn->shared == MAP_FAILED)
		churn_die("no memory: %m");
}

/* Each agent has a workspace of its own; both have the same policy, so they share its image. */
static void add_agent(struct churn *churn, bool verify)
{
	int number = churn->n_agents++;
	char *cgroup = churn->cgroups[number], workspace[CHURN_PATH_MAX], inner[CHURN_PATH_MAX];
	struct aw_agent_config config = {
		.name = "churn",
		.cgroup_path = cgroup,
		.image = churn->images[0],
		.verify_cache = verify,
		.ring_slot = aw_consumer_slot(churn->consumer),
		.anchors = {{"WORKSPACE", workspace, 0}, {"INNER", inner, 1}},
		.n_anchors = 2,
	};
	struct aw_diag diag = {};

	snprintf(cgroup, sizeof(churn->cgroups[0]), "/sys/fs/cgroup/churn-%d", number);
	churn_path(workspace, CHURN_DIR "/t/w%d", number);
	churn_path(inner, CHURN_DIR "/t/open/inner");
	for (int i = 0; i < AW_OP_CLASSES; i++)
		config.modes[i] = AW_MODE_ENFORCE;
	if (mkdir(cgroup, 0755) < 0)
		churn_die("cannot make %s: %m", cgroup);
	if (aw_agent_add(churn->host, &config, &churn->agents[number], &diag) < 0)
		churn_die("%s", diag.message);
}

static void start_worker(struct churn *churn, int agent, const char *program)
{
	int number = churn->n_workers++;
	char text[16];
	pid_t pid;

	snprintf(text, sizeof(text), "%d", number);
	pid = aw_cgroup_fork(churn->cgroups[agent]);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		nice(WORKER_NICE);
		if (churn->shared_fd == CHURN_SHARED_FD
			    ? fcntl(CHURN_SHARED_FD, F_SETFD, 0)
			    : dup2(churn->shared_fd, CHURN_SHARED_FD) < 0)
			_exit(EXIT_FAILURE);
		execl(program, program, "work", text, NULL);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0)
		churn_die("cannot start a worker: %m");
	churn->workers[number] = pid;
}

static int ignore(enum aw_ring ring, const void *data, size_t size, void *userdata)
{
	return 0;
}

static void start(struct churn *churn, int agents, bool verify)
{
	struct aw_host_options options = {.attach = -1};
	struct aw_diag diag = {};

	/* Mounts of this namespace alone, which is the agents' first: they are moved about. */
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		churn_die("cannot have mounts of its own: %m");
	share_memory(churn);
	churn_make_tree(churn->shared);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		copy_program(programs[i]);
	churn_compile(churn);
	if (aw_host_open(&churn->host, &options, &diag) < 0 ||
	    aw_consumer_open(&churn->consumer, churn->host, RING_BYTES, RING_BYTES, ignore, NULL,
			     &diag) < 0)
		churn_die("%s", diag.message);
	while (churn->n_agents < agents)
		add_agent(churn, verify);
}

static void start_workers(struct churn *churn)
{
	int workers = churn->n_agents > 1 ? WORKERS_PER_AGENT : WORKERS_ALONE;

	for (int agent = 0; agent < churn->n_agents; agent++)
		for (int i = 0; i < workers; i++)
			start_worker(churn, agent, programs[i % 2]);
	churn_wait(churn, 100);
}

static void stop(struct churn *churn)
{
	churn->shared->is_over = true;
	for (int i = 0; i < churn->n_workers; i++) {
		int status;

		if (waitpid(churn->workers[i], &status, 0) < 0 || status)
			churn_die("worker %d ended with status %d", i, status);
	}
	for (int i = 0; i < churn->n_agents; i++)
		if (aw_agent_remove(churn->host, churn->agents[i]) < 0 ||
		    rmdir(churn->cgroups[i]) < 0)
			churn_die("an agent could not be removed: %m");
	aw_consumer_close(churn->consumer);
	aw_host_close(churn->host);
	for (int i = 0; i < CHURN_POLICIES; i++) {
		aw_image_free(churn->images[i]);
		aw_policy_free(churn->policies[i]);
	}
}

static uint64_t number_of(int argc, char **argv, int i, uint64_t otherwise)
{
	return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	struct churn churn = {.random = 0x9e3779b97f4a7c15ull};
	bool is_cache = argc > 1 && !strcmp(argv[1], "cache");
	bool is_swap = argc > 1 && !strcmp(argv[1], "swap");
	int status;

	if (argc == 3 && !strcmp(argv[1], "work"))
		return churn_work(atoi(argv[2]));
	if (!is_cache && !is_swap)
		churn_die("cache or swap?");
	start(&churn, is_cache ? CHURN_AGENTS : 1, is_cache);
	churn.shared->is_swap = is_swap;
	if (is_swap)
		churn_tabulate(&churn);
	start_workers(&churn);
	if (is_cache)
		status = churn_cache(&churn, number_of(argc, argv, 2, OPERATIONS_DEFAULT));
	else
		status = churn_swap(&churn, number_of(argc, argv, 2, OPERATIONS_DEFAULT),
				    number_of(argc, argv, 3, SWAPS_DEFAULT));
	stop(&churn);
	return status;
}
