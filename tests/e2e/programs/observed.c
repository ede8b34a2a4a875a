/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does every act that the observer of bpf/observe.bpf.h takes from a system call, by each call that
 * there is for it, in the folder that it is given. What has to be told of them is the list in
 * tests/e2e/observe_test.sh. Fails at the first act that does.
 *
 *   observed FOLDER
 *   observed --foreign    makes a system call of another architecture instead
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define MUST(call)                                         \
	({                                                 \
		long got_ = (call);                        \
		if (got_ < 0)                              \
			err(1, "%d: %s", __LINE__, #call); \
		got_;                                      \
	})

static char folder[3000];

/* An absolute name in the folder; three are in use at once. */
static const char *at(const char *name)
{
	static char names[4][sizeof(folder) + 64];
	static unsigned int next;
	char *ret = names[next++ % 4];

	snprintf(ret, sizeof(names[0]), "%s/%s", folder, name);
	return ret;
}

static void open_files(int dir)
{
	struct open_how how = {.flags = O_RDONLY | O_TRUNC};

	close(MUST(syscall(SYS_creat, "creat", 0600)));
	close(MUST(syscall(SYS_open, at("open"), O_CREAT | O_RDWR, 0600)));
	close(MUST(openat(dir, "openat", O_CREAT | O_WRONLY, 0600)));
	close(MUST(syscall(SYS_openat2, dir, "creat", &how, sizeof(how))));
	close(MUST(openat(dir, "openat", O_RDONLY)));
	close(MUST(open("creat", O_PATH)));
	errno = 0;
	if (open("absent", O_RDONLY) >= 0)
		errx(1, "absent is there");
}

static void make_and_remove(int dir)
{
	MUST(syscall(SYS_mkdir, "mkdir", 0700));
	MUST(mkdirat(dir, "mkdirat", 0700));
	MUST(syscall(SYS_mknod, at("mknod"), S_IFREG | 0600, 0));
	MUST(mknodat(dir, "mknodat", S_IFIFO | 0600, 0));
	MUST(syscall(SYS_symlink, "creat", "symlink"));
	MUST(symlinkat("creat", dir, "symlinkat"));
	MUST(syscall(SYS_link, "creat", "link"));
	MUST(linkat(dir, "creat", dir, "linkat", 0));
	MUST(syscall(SYS_rename, "link", at("rename")));
	MUST(renameat(dir, "linkat", AT_FDCWD, "renameat"));
	MUST(renameat2(dir, "renameat", dir, "mkdir/renameat2", 0));
	MUST(syscall(SYS_unlink, "symlink"));
	MUST(unlinkat(dir, "symlinkat", 0));
	MUST(syscall(SYS_rmdir, at("mkdirat")));
}

static void change(int dir)
{
	const struct timeval times[2] = {};
	int fd = MUST(open("creat", O_RDWR));

	MUST(truncate("rename", 1));
	MUST(ftruncate(fd, 1));
	MUST(syscall(SYS_chmod, "rename", 0640));
	MUST(syscall(SYS_fchmod, fd, 0640));
	MUST(fchmodat(dir, "mknod", 0640, 0));
	MUST(syscall(SYS_chown, "open", getuid(), getgid()));
	MUST(syscall(SYS_lchown, "openat", getuid(), getgid()));
	MUST(fchown(fd, getuid(), getgid()));
	MUST(fchownat(dir, "mknodat", getuid(), getgid(), 0));
	MUST(syscall(SYS_utimes, "mkdir", times));
	MUST(utimensat(dir, "mkdir/renameat2", NULL, 0));
	MUST(futimens(fd, NULL));
	close(fd);
}

/* The same file by names that are written in other ways. */
static void spell(int dir)
{
	char climb[sizeof(folder) + 256] = "";

	MUST(chdir("mkdir"));
	MUST(syscall(SYS_mkdir, "../up", 0700));
	MUST(syscall(SYS_mkdir, ".././/a/../dots", 0700));
	/* More steps up than there are folders, then down again by the whole name. */
	for (int i = 0; i < 40; i++)
		strcat(climb, "../");
	strcat(climb, at("climbed"));
	MUST(syscall(SYS_mkdir, climb, 0700));
	MUST(chdir(".."));
	MUST(chdir("/"));
	MUST(mkdirat(dir, "from-root", 0700));
	MUST(chdir(folder));
}

static void map_program(void)
{
	int fd = MUST(open("/proc/self/exe", O_RDONLY));
	long page = sysconf(_SC_PAGESIZE);
	int data = MUST(open("openat", O_RDWR));
	void *text;

	text = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		err(1, "mmap");
	MUST(ftruncate(data, page));
	text = mmap(NULL, page, PROT_READ, MAP_PRIVATE, data, 0);
	if (text == MAP_FAILED)
		err(1, "mmap");
	MUST(mprotect(text, page, PROT_READ | PROT_EXEC));
	close(fd);
	close(data);
}

static int unix_socket(int type, const char *path, int bound)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(sa_family_t) + strlen(path);
	int fd = MUST(socket(AF_UNIX, type, 0));

	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = 0;
	if (bound) {
		MUST(bind(fd, (struct sockaddr *)&address, length));
		if (type == SOCK_STREAM)
			MUST(listen(fd, 4));
	} else {
		MUST(connect(fd, (struct sockaddr *)&address, length));
	}
	return fd;
}

static void talk(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "datagram"};
	struct iovec byte = {"x", 1};
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &byte, .msg_iovlen = 1};
	int fd = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	unix_socket(SOCK_STREAM, "stream", 1);
	unix_socket(SOCK_DGRAM, "datagram", 1);
	unix_socket(SOCK_STREAM, "@agentwatch-observed", 1);
	unix_socket(SOCK_STREAM, "stream", 0);
	unix_socket(SOCK_STREAM, "@agentwatch-observed", 0);
	unix_socket(SOCK_DGRAM, "second", 1);
	strcpy(to.sun_path, "second");
	MUST(sendmmsg(fd, &(struct mmsghdr){.msg_hdr = message}, 1, 0));
	strcpy(to.sun_path, "datagram");
	MUST(sendmsg(fd, &message, 0));
	MUST(unlink("stream"));
	MUST(unlink("datagram"));
	MUST(unlink("second"));
}

/* A system call of another table, whose number means something else in this one. */
static int call_foreign(void)
{
#ifdef __x86_64__
	long got = 20; /* getpid */

	asm volatile("int $0x80" : "+a"(got) : : "memory", "r8", "r9", "r10", "r11");
	return got == getpid() ? 0 : 1;
#else
	return 1;
#endif
}

int main(int argc, char **argv)
{
	int dir;

	if (argc == 2 && !strcmp(argv[1], "--foreign"))
		return call_foreign();
	if (argc != 2 || !realpath(argv[1], folder))
		errx(2, "usage: observed FOLDER");
	MUST(chdir(folder));
	dir = MUST(open(".", O_RDONLY | O_DIRECTORY));
	open_files(dir);
	make_and_remove(dir);
	change(dir);
	MUST(mkdir("a", 0700));
	spell(dir);
	map_program();
	talk();
	return 0;
}
