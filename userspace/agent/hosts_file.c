/* SPDX-License-Identifier: Apache-2.0 */
/* Reads hosts(5): an address, then its names; # begins a comment. */
#include "agent/hosts_file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BLANKS " \t\r\n"

static bool parse_address(char *text, uint8_t ret[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t none4[4], none6[16];

	text[strcspn(text, "%")] = '\0';
	memcpy(ret, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, ret + 12) == 1)
		return memcmp(ret + 12, none4, sizeof(none4)) != 0;
	return inet_pton(AF_INET6, text, ret) == 1 && memcmp(ret, none6, sizeof(none6)) != 0;
}

/* As the kernel programs have names: see abi/dns.h. */
static bool parse_name(const char *text, char ret[AW_HOST_MAX + 1])
{
	size_t length = strlen(text);

	length -= length && text[length - 1] == '.';
	if (length == 0 || length > AW_HOST_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '/')
			return false;
		ret[i] = (char)tolower((unsigned char)text[i]);
	}
	ret[length] = '\0';
	return true;
}

static void read_line(char *line, struct aw_hosts *hosts)
{
	char *next = NULL, *word;
	uint8_t address[16];

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANKS, &next);
	if (!word || !parse_address(word, address))
		return;
	while (hosts->n < AW_HOSTS_FILE_MAX && (word = strtok_r(NULL, BLANKS, &next))) {
		struct aw_hosts_line *to = &hosts->lines[hosts->n];

		memcpy(to->address, address, sizeof(to->address));
		hosts->n += parse_name(word, to->name) ? 1 : 0;
	}
}

int aw_hosts_read(const char *path, struct aw_hosts *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	*ret = (struct aw_hosts){.lines = calloc(AW_HOSTS_FILE_MAX, sizeof(*ret->lines))};
	if (!ret->lines)
		return -ENOMEM;
	while (file && getline(&line, &size, file) >= 0)
		read_line(line, ret);
	return 0;
}

void aw_hosts_clear(struct aw_hosts *hosts)
{
	free(hosts->lines);
	*hosts = (struct aw_hosts){};
}
