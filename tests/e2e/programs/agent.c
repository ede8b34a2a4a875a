/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent that does as it is told for as long as it lives, so that tests can ask it again after
 * what happened to those who watch it. Orders are files in a folder: their content is one path a
 * line; the answer is FILE.answer with the name of the error of opening each, or 0.
 *
 *   agent FOLDER      until FOLDER/end is there
 *   agent burst N R   N folders made here, R times one file opened; then ends with what failed
 *   agent paths N     N folders of different names made and removed here; the same
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_US	 20000
#define WAIT_FOR "go" /* what a burst waits for */

static const char *try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return strerrorname_np(errno);
	close(fd);
	return "0";
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static void answer(const char *order)
{
	char line[PATH_MAX], name[PATH_MAX], final[PATH_MAX];
	FILE *in, *out;

	snprintf(name, sizeof(name), "%.*s.tmp", PATH_MAX - 16, order);
	snprintf(final, sizeof(final), "%.*s.answer", PATH_MAX - 16, order);
	in = fopen(order, "re");
	if (!in)
		return;
	out = fopen(name, "we");
	while (out && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		fprintf(out, "%s\n", try_open(line));
	}
	fclose(in);
	/* Not renamed: the tests count on it that nothing was. */
	if (out && fclose(out) == 0 && link(name, final) == 0)
		unlink(name);
	unlink(order);
}

static int obey(const char *folder)
{
	struct dirent *entry;
	DIR *dir;

	if (chdir(folder) < 0)
		return EXIT_FAILURE;
	while (access("end", F_OK) < 0) {
		dir = opendir(".");
		if (!dir)
			return EXIT_FAILURE;
		while ((entry = readdir(dir)))
			if (ends_with(entry->d_name, ".order"))
				answer(entry->d_name);
		closedir(dir);
		usleep(STEP_US);
	}
	return EXIT_SUCCESS;
}

static int burst(long n, long repeats)
{
	char name[32];
	long failed = 0;

	while (access(WAIT_FOR, F_OK) < 0)
		usleep(STEP_US);
	for (long i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "made-%06ld", i);
		failed += mkdir(name, 0700) < 0;
	}
	for (long i = 0; i < repeats; i++)
		failed += strcmp(try_open("repeated"), "0") != 0;
	printf("%ld\n", failed);
	return EXIT_SUCCESS;
}

static int paths(long n)
{
	char name[32];
	long failed = 0;

	for (long i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "path-%07ld", i);
		failed += mkdir(name, 0700) < 0 || rmdir(name) < 0;
	}
	printf("%ld\n", failed);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "paths"))
		return paths(atol(argv[2]));
	if (argc == 2)
		return obey(argv[1]);
	if (argc == 4 && !strcmp(argv[1], "burst"))
		return burst(atol(argv[2]), atol(argv[3]));
	fprintf(stderr, "agent: wrong arguments\n");
	return 2;
}
