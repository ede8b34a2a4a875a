/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jsonl sink: a queue of whole lines before a descriptor. Regular files and streams (pipes,
 * terminals, sockets, devices) fail in different ways, so each has its own way to write.
 */
#include "sink/jsonl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/buffer.h"

enum kind {
	KIND_FILE,
	KIND_STREAM,
	KIND_SOCKET,
};

struct jsonl {
	struct aw_sink sink;
	int fd;
	enum kind kind;
	struct aw_buffer queue; /* lines; a stream can have taken a part of the first one */
	size_t at;		/* what comes before is written */
};

static struct jsonl *jsonl_of(struct aw_sink *sink)
{
	return (struct jsonl *)sink; /* its first member */
}

static const char *rest(const struct jsonl *jsonl)
{
	return jsonl->queue.data + jsonl->at;
}

static size_t rest_length(const struct jsonl *jsonl)
{
	return jsonl->queue.length - jsonl->at;
}

/* Lines that end within the first n bytes. */
static uint64_t count_lines(const char *bytes, size_t n)
{
	uint64_t lines = 0;
	const char *end = bytes + n;

	while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
		lines++;
		bytes++;
	}
	return lines;
}

/* n bytes more are written. What lies before is moved away now and then, not each time. */
static void written(struct jsonl *jsonl, size_t n)
{
	uint64_t lines = n ? count_lines(rest(jsonl), n) : 0;

	jsonl->sink.stats.written += lines;
	jsonl->sink.stats.pending -= lines;
	jsonl->at += n;
	if (jsonl->at > jsonl->queue.length / 2) {
		aw_buffer_consume(&jsonl->queue, jsonl->at);
		jsonl->at = 0;
	}
}

/*
 * Takes a part of a line back that is at the end of the file. Where another process has appended
 * since, there is no taking back: the part is ended, so that it damages no other line.
 */
static void take_back(const struct jsonl *jsonl, size_t part)
{
	off_t end = lseek(jsonl->fd, 0, SEEK_CUR);
	struct stat st;

	if (part == 0 || end < (off_t)part || fstat(jsonl->fd, &st) < 0)
		return;
	if (st.st_size != end || ftruncate(jsonl->fd, end - (off_t)part) < 0)
		(void)!write(jsonl->fd, "\n", 1);
	else
		lseek(jsonl->fd, end - (off_t)part, SEEK_SET); /* not every file is appended to */
}

/* Whole lines of about AW_JSONL_BATCH_BYTES. */
static size_t batch_length(const struct jsonl *jsonl)
{
	const char *bytes = rest(jsonl), *end;
	size_t length = rest_length(jsonl);

	if (length <= AW_JSONL_BATCH_BYTES)
		return length;
	end = memrchr(bytes, '\n', AW_JSONL_BATCH_BYTES);
	if (!end)
		end = memchr(bytes, '\n', length);
	return end ? (size_t)(end - bytes) + 1 : length;
}

static int write_file(struct jsonl *jsonl)
{
	while (rest_length(jsonl) > 0) {
		size_t length = batch_length(jsonl), whole;
		ssize_t n = write(jsonl->fd, rest(jsonl), length);
		const char *last;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		last = n > 0 ? memrchr(rest(jsonl), '\n', (size_t)n) : NULL;
		whole = last ? (size_t)(last - rest(jsonl)) + 1 : 0;
		take_back(jsonl, (size_t)n - whole);
		written(jsonl, whole);
		/* Short for no reason given: the disk is full, or a limit on the file's size. */
		if ((size_t)n < length)
			return -ENOSPC;
	}
	return 0;
}

/* One write that does not wait: a pipe that polls writable takes PIPE_BUF bytes. */
static ssize_t write_some(const struct jsonl *jsonl)
{
	struct pollfd poll_fd = {.fd = jsonl->fd, .events = POLLOUT};
	size_t length = rest_length(jsonl) < PIPE_BUF ? rest_length(jsonl) : PIPE_BUF;
	ssize_t n;

	if (jsonl->kind == KIND_SOCKET) {
		n = send(jsonl->fd, rest(jsonl), rest_length(jsonl), MSG_DONTWAIT | MSG_NOSIGNAL);
		return n < 0 ? -errno : n;
	}
	if (poll(&poll_fd, 1, 0) < 0)
		return -errno;
	if (!poll_fd.revents)
		return -EAGAIN;
	n = write(jsonl->fd, rest(jsonl), length);
	return n < 0 ? -errno : n;
}

static int write_stream(struct jsonl *jsonl)
{
	while (rest_length(jsonl) > 0) {
		ssize_t n = write_some(jsonl);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		written(jsonl, (size_t)n);
	}
	return 0;
}

static int jsonl_flush(struct aw_sink *sink)
{
	struct jsonl *jsonl = jsonl_of(sink);
	int r = jsonl->kind == KIND_FILE ? write_file(jsonl) : write_stream(jsonl);

	/* A slow reader is no outage until lines are lost by it. */
	if (r != -EAGAIN)
		sink->stats.error = r;
	else if (rest_length(jsonl) < AW_JSONL_PENDING_MAX / 2)
		sink->stats.error = 0;
	return r;
}

static int jsonl_write(struct aw_sink *sink, const struct aw_event *event, const char *line,
		       size_t length)
{
	struct jsonl *jsonl = jsonl_of(sink);

	if (rest_length(jsonl) + length > AW_JSONL_PENDING_MAX)
		jsonl_flush(sink);
	if (rest_length(jsonl) + length > AW_JSONL_PENDING_MAX ||
	    aw_buffer_append(&jsonl->queue, line, length) < 0) {
		sink->stats.lost++;
		sink->stats.error = sink->stats.error ?: -ENOBUFS;
		return -ENOBUFS;
	}
	sink->stats.pending++;
	/* During an outage only flush tries again: not with every line. */
	if (rest_length(jsonl) >= AW_JSONL_BATCH_BYTES && sink->stats.error == 0)
		jsonl_flush(sink);
	return 0;
}

static void jsonl_close(struct aw_sink *sink)
{
	struct jsonl *jsonl = jsonl_of(sink);

	jsonl_flush(sink);
	if (jsonl->kind == KIND_FILE)
		fdatasync(jsonl->fd);
	close(jsonl->fd);
	aw_buffer_done(&jsonl->queue);
	free(jsonl);
}

/* A crash or another program may have left a part of a line at the end: it is ended. */
static void end_last_line(int fd, const char *path, const struct stat *st)
{
	_cleanup_close_ int reader = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat same;
	char last;

	if (reader < 0 || fstat(reader, &same) < 0 || same.st_ino != st->st_ino ||
	    same.st_dev != st->st_dev)
		return;
	if (st->st_size > 0 && pread(reader, &last, 1, st->st_size - 1) == 1 && last != '\n')
		(void)!write(fd, "\n", 1);
}

static int open_target(const char *target, struct aw_diag *reterr)
{
	int fd, r;

	if (strcmp(target, "-") == 0) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "standard output: %m")
			      : fd;
	}
	/* Non-blocking: opening a pipe that nobody reads fails instead of waiting. */
	fd = open(target,
		  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		  0600);
	if (fd >= 0)
		return fd;
	r = -errno;
	return aw_diag_set(reterr, r, target, 0, 0,
			   r == -ELOOP	 ? "events are not written through symbolic links"
			   : r == -ENXIO ? "nobody reads this pipe"
					 : NULL,
			   "cannot open for events: %m");
}

static int jsonl_open(struct aw_sink **ret, const char *target, struct aw_diag *reterr)
{
	_cleanup_close_ int fd = open_target(target, reterr);
	_cleanup_free_ struct jsonl *jsonl = NULL;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return aw_diag_set(reterr, -errno, target, 0, 0, NULL, "%m");
	jsonl = calloc(1, sizeof(*jsonl));
	if (!jsonl)
		return -ENOMEM;
	jsonl->sink.ops = &aw_sink_jsonl;
	jsonl->kind = S_ISREG(st.st_mode)    ? KIND_FILE
		      : S_ISSOCK(st.st_mode) ? KIND_SOCKET
					     : KIND_STREAM;
	if (jsonl->kind == KIND_FILE && strcmp(target, "-") != 0)
		end_last_line(fd, target, &st);
	jsonl->fd = TAKE_FD(fd);
	*ret = &TAKE_PTR(jsonl)->sink;
	return 0;
}

const struct aw_sink_ops aw_sink_jsonl = {
	.name = "jsonl",
	.target = "FILE",
	.open = jsonl_open,
	.write = jsonl_write,
	.flush = jsonl_flush,
	.close = jsonl_close,
};
