/* SPDX-License-Identifier: Apache-2.0 */
/* Two questions about a host name: is it one, and can a policy hold it. */
#include "event/host_name.h"

#include <arpa/inet.h>
#include <string.h>

#include "abi/policy.h"

#define LABEL_MAX   63 /* RFC 1035, 2.3.4 */
#define LABEL_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-_"

bool aw_host_name_is_valid(const char *name, size_t length)
{
	if (length == 0 || length > AW_HOST_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] < 0x21 || name[i] > 0x7e || name[i] == '/')
			return false;
	return true;
}

static bool is_label(const char *label, size_t length)
{
	return length > 0 && length <= LABEL_MAX && label[0] != '-' && label[length - 1] != '-' &&
	       strspn(label, LABEL_BYTES) >= length;
}

bool aw_host_name_is_plain(const char *name, size_t length)
{
	char text[AW_HOST_MAX + 1];
	struct in_addr address; /* the larger kind of address has colons */

	if (!aw_host_name_is_valid(name, length))
		return false;
	memcpy(text, name, length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, &address) == 1)
		return false;
	for (const char *label = text;; label++) {
		const size_t n = strcspn(label, ".");

		if (!is_label(label, n))
			return false;
		label += n;
		if (!*label)
			return true;
	}
}
