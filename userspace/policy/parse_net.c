/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of net rules: ranges of addresses, ports and host names.
 */
#include "policy/parse_state.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define RANGE_TEXT_MAX 256
#define HOST_TEXT_MAX  1024 /* of a name with variables put in */
#define LABEL_MAX      63   /* RFC 1035, 2.3.4 */

/* Digits alone, at most max; −1 otherwise. */
static int small_number(const char *text, size_t length, int max)
{
	int value = 0;

	if (length == 0 || length > 5)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value <= max ? value : -1;
}

static void clear_host_bits(uint8_t address[16], unsigned int prefix)
{
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int kept = prefix > i * 8 ? prefix - i * 8 : 0;

		if (kept < 8)
			address[i] &= (uint8_t)(0xff00u >> kept);
	}
}

static int host_bits_set(struct aw_parse *p, const struct aw_yaml_node *at, const char *text,
			 const uint8_t *network, bool is_v4, int prefix)
{
	char normal[INET6_ADDRSTRLEN] = "", hint[160];

	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? network + 12 : network, normal,
		  sizeof(normal));
	snprintf(hint, sizeof(hint), "write %s/%d for the network, or /%d for the one address",
		 normal, prefix, is_v4 ? 32 : 128);
	return aw_parse_error(p, at, hint, "%s: address bits are set behind the prefix", text);
}

int aw_parse_cidr(struct aw_parse *p, const struct aw_yaml_node *at, struct aw_cidr *ret)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[RANGE_TEXT_MAX], shown[RANGE_TEXT_MAX], hint[320];
	uint8_t address[16], network[16];
	bool is_v4;
	char *slash;
	int prefix, err;

	err = aw_parse_expand(p, at, text, sizeof(text));
	if (err)
		return err;
	memcpy(shown, text, sizeof(shown));
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	is_v4 = inet_pton(AF_INET, text, address + 12) == 1;
	if (is_v4)
		memcpy(address, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, text, address) != 1)
		return aw_parse_error(p, at, "names stand under host:",
				      "\"%.80s\" is no range of addresses", shown);
	if (!slash) {
		snprintf(hint, sizeof(hint), "write %s/%d for the one address", text,
			 is_v4 ? 32 : 128);
		return aw_parse_error(p, at, hint, "%s: the prefix length is missing", text);
	}
	prefix = small_number(slash + 1, strlen(slash + 1), is_v4 ? 32 : 128);
	if (prefix < 0)
		return aw_parse_error(p, at, NULL, "%.80s: the prefix length must be 0 to %d",
				      shown, is_v4 ? 32 : 128);
	memcpy(network, address, sizeof(network));
	clear_host_bits(network, (unsigned int)prefix + (is_v4 ? 96 : 0));
	if (memcmp(network, address, sizeof(network)) != 0)
		return host_bits_set(p, at, shown, network, is_v4, prefix);
	memcpy(ret->address, address, sizeof(ret->address));
	ret->prefix = (uint8_t)(prefix + (is_v4 ? 96 : 0));
	ret->source = aw_parse_source(p, at);
	return 0;
}

int aw_parse_ports(struct aw_parse *p, const struct aw_yaml_node *at, struct aw_ports *ret)
{
	static const char hint[] = "a number from 0 to 65535, or a range such as \"8000-8010\"";
	const char *text = at->text, *dash;
	char mend[64];
	int first, last;

	if (at->kind != AW_YAML_SCALAR)
		return aw_parse_error(p, at, hint, "port: expected a port or a range of ports");
	dash = strchr(text, '-');
	first = small_number(text, dash ? (size_t)(dash - text) : strlen(text), 65535);
	last = dash ? small_number(dash + 1, strlen(dash + 1), 65535) : first;
	if (first < 0 || last < 0)
		return aw_parse_error(p, at, hint,
				      "port: \"%.40s\" is not a port or range of ports", text);
	if (last < first) {
		snprintf(mend, sizeof(mend), "write \"%d-%d\"", last, first);
		return aw_parse_error(p, at, mend, "port: the range %.40s runs backwards", text);
	}
	ret->first = (uint16_t)first;
	ret->last = (uint16_t)last;
	return 0;
}

static bool is_label(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return false;
	return true;
}

static bool is_ascii(const char *text)
{
	while (*text && !(*text & 0x80))
		text++;
	return !*text;
}

static const char *host_problem(const char *name)
{
	uint8_t address[16];

	if (!is_ascii(name))
		return "write it as it is asked for, in ASCII: xn--…";
	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return "addresses stand under cidr:";
	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	if (strchr(name, '*'))
		return "* stands only for all labels at the start: \"*.example.org\"";
	for (;;) {
		size_t length = strcspn(name, ".");

		if (!is_label(name, length))
			return "labels of ASCII letters, digits, - and _ with dots between them";
		if (!name[length])
			return NULL;
		name += length + 1;
	}
}

int aw_parse_host(struct aw_parse *p, const struct aw_yaml_node *at, char **ret)
{
	char name[HOST_TEXT_MAX];
	const char *problem;
	size_t length;
	int err;

	err = aw_parse_expand(p, at, name, sizeof(name));
	if (err)
		return err;
	length = strlen(name);
	if (length > 1 && name[length - 1] == '.')
		name[--length] = '\0'; /* the root, which names have anyway */
	problem = host_problem(name);
	if (problem)
		return aw_parse_error(p, at, problem, "host: \"%.80s\" is not a host name", name);
	if (length > AW_HOST_MAX)
		return aw_parse_fail(p, at, -E2BIG, NULL,
				     "host: longer than AW_HOST_MAX (%d) bytes", AW_HOST_MAX);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}
