/* SPDX-License-Identifier: Apache-2.0 */
/* Reads resolv.conf(5): lines `nameserver ADDRESS`, with an interface behind a % perhaps. */
#include "agent/resolvers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define ADDRESS_MAX 127

static int parse_address(const char *text, struct aw_resolver *ret)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};

	*ret = (struct aw_resolver){.port = AW_RESOLVER_PORT};
	if (inet_pton(AF_INET, text, ret->address + 12) == 1) {
		memcpy(ret->address, mapped, sizeof(mapped));
		return 1;
	}
	return inet_pton(AF_INET6, text, ret->address) == 1;
}

size_t aw_resolvers_read(const char *path, struct aw_resolver ret[AW_RESOLVERS_MAX])
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	char address[ADDRESS_MAX + 1];
	size_t size = 0, n = 0;

	while (file && n < AW_RESOLVERS_MAX && getline(&line, &size, file) >= 0) {
		if (sscanf(line, "nameserver %127s", address) != 1)
			continue;
		address[strcspn(address, "%")] = '\0';
		n += parse_address(address, &ret[n]) ? 1 : 0;
	}
	if (n == 0)
		n = parse_address("127.0.0.1", &ret[0]) ? 1 : 0;
	return n;
}
