/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive has the policy before the kernel does, so that the agent's owner finds it when the
 * first event under it comes; the registry says what holds after it holds.
 */
#include "daemon/apply.h"

#include <errno.h>
#include <string.h>

#include "agent/registry.h"
#include "base/buffer.h"
#include "base/hex.h"
#include "daemon/policy_archive.h"
#include "daemon/run_names.h"
#include "kernel/agents.h"
#include "policy/align.h"
#include "policy/check.h"
#include "policy/compile.h"

struct apply {
	const struct aw_apply_config *config;
	struct aw_registry_list list;
	struct aw_registry_entry entry; /* of the list's; its texts are the list's */
	struct aw_host *host;
	struct aw_agent_handle agent;
	struct aw_parse_options parse_options;
	struct aw_policy *policy;
	struct aw_image *image;
	char *anchors[AW_ANCHORS_MAX + 1]; /* names */
	size_t n_anchors;
	char policy_hash[65];
	enum aw_mode modes[AW_OP_CLASSES];
};

static void apply_done(struct apply *apply)
{
	for (size_t i = 0; i < apply->n_anchors; i++)
		free(apply->anchors[i]);
	aw_image_free(apply->image);
	aw_policy_free(apply->policy);
	aw_host_close(apply->host);
	aw_registry_clear(&apply->list);
}

static int several(const struct apply *apply, struct aw_diag *reterr)
{
	_cleanup_buffer_ struct aw_buffer hint = {};

	aw_buffer_append_string(&hint, "name one by the id of its run:");
	for (size_t i = 0; i < apply->list.n_items; i++)
		if (!strcmp(apply->list.items[i].name, apply->config->agent))
			aw_buffer_append_format(&hint, " %s", apply->list.items[i].run ?: "-");
	return aw_diag_set(reterr, -ENOTUNIQ, NULL, 0, 0, aw_buffer_string(&hint),
			   "several agents are called %s", apply->config->agent);
}

static int find_entry(struct apply *apply, struct aw_diag *reterr)
{
	const struct aw_registry_entry *found = NULL;
	const char *wanted = apply->config->agent;
	size_t damaged;
	int r = aw_registry_read(AW_REGISTRY_DIR, &apply->list, &damaged);

	if (r < 0)
		return aw_diag_set(reterr, r, AW_REGISTRY_DIR, 0, 0, NULL, "cannot be read: %s",
				   strerror(-r));
	for (size_t i = 0; i < apply->list.n_items; i++) {
		const struct aw_registry_entry *entry = &apply->list.items[i];

		if (entry->run && !strcmp(entry->run, wanted)) {
			found = entry;
			break;
		}
		if (strcmp(entry->name, wanted) != 0)
			continue;
		if (found)
			return several(apply, reterr);
		found = entry;
	}
	if (!found)
		return aw_diag_set(reterr, -ESRCH, NULL, 0, 0, "agentwatch status lists them",
				   "there is no agent \"%s\"", wanted);
	apply->entry = *found;
	apply->agent =
		(struct aw_agent_handle){.slot = found->slot, .generation = found->generation};
	return 0;
}

/* The programs are loaded where an agent is; if they are not, it is left over from one. */
static int open_host(struct apply *apply, struct aw_agent_state_now *retnow, struct aw_diag *reterr)
{
	struct aw_host_options options = {.attach = -1, .allow_observe = true};
	int r;

	if (access(AW_PIN_DIR, F_OK) == 0)
		r = aw_host_open(&apply->host, &options, reterr);
	else
		r = errno == ENOENT ? -ESRCH : -errno;
	if (r == 0)
		r = aw_agent_read(apply->host, apply->agent, retnow);
	if (r == -ESRCH)
		return aw_diag_set(reterr, r, NULL, 0, 0, NULL, "agent %s has ended",
				   apply->entry.name);
	return r;
}

static int check_anchors(struct apply *apply, struct aw_diag *reterr)
{
	struct aw_anchor_binding bindings[AW_ANCHORS_MAX];
	int r;

	for (size_t i = 0; apply->entry.anchors[i] && i < AW_ANCHORS_MAX; i++) {
		const char *text = apply->entry.anchors[i];
		size_t length = strcspn(text, "=");

		apply->anchors[i] = strndup(text, length);
		if (!apply->anchors[i])
			return -ENOMEM;
		bindings[i].name = apply->anchors[i];
		bindings[i].folder = text[length] ? text + length + 1 : "";
		apply->n_anchors = i + 1;
	}
	r = aw_policy_align_anchors(apply->policy, (const char *const *)apply->anchors,
				    apply->n_anchors, reterr);
	if (r == 0)
		r = aw_policy_check_anchors(apply->policy, bindings, apply->n_anchors, reterr);
	return r;
}

static int read_policy(struct apply *apply, struct aw_diag *reterr)
{
	const char *file = apply->config->policy_file;
	int r;

	if (!file)
		return 0;
	apply->parse_options = (struct aw_parse_options){
		.home = apply->entry.home,
		.pack_dir = getenv("AGENTWATCH_PACK_DIR"),
		.variables = apply->config->variables,
	};
	r = aw_policy_parse_file(&apply->policy, file, &apply->parse_options, reterr);
	if (r == 0)
		r = check_anchors(apply, reterr);
	if (r == 0)
		r = aw_policy_compile(&apply->image, apply->policy, reterr);
	if (r == 0)
		aw_hex_encode(apply->image->head->hash, sizeof(apply->image->head->hash),
			      apply->policy_hash);
	return r;
}

static int choose_modes(struct apply *apply, const struct aw_agent_state_now *now,
			struct aw_diag *reterr)
{
	bool has_policy = now->has_policy || apply->image;
	bool only_observes = aw_host_attach(apply->host) == AW_ATTACH_OBSERVE;

	for (enum aw_op_class c = 0; c < AW_OP_CLASSES; c++) {
		int wanted = apply->config->modes[c];

		apply->modes[c] = wanted < 0 ? now->modes[c] : (enum aw_mode)wanted;
		if (apply->modes[c] != AW_MODE_OBSERVE && !has_policy)
			return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "give it one by --policy",
					   "agent %s has no policy to %s", apply->entry.name,
					   aw_mode_name(apply->modes[c]));
		if (wanted == AW_MODE_ENFORCE && only_observes && c != AW_CLASS_NET)
			return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0,
					   "run 'agentwatch doctor' for the cause",
					   "this host can only observe %s operations, and only "
					   "after the fact",
					   aw_op_class_name(c));
	}
	return 0;
}

static int write_down(struct apply *apply, struct aw_diag *reterr)
{
	_cleanup_free_ char *file =
		apply->config->policy_file ? realpath(apply->config->policy_file, NULL) : NULL;
	struct aw_registry_entry *entry = &apply->entry;
	int r;

	if (apply->image) {
		entry->policy_name = apply->policy->name;
		entry->policy_hash = apply->policy_hash;
		entry->policy_file = file;
	}
	for (enum aw_op_class c = 0; c < AW_OP_CLASSES; c++)
		entry->modes[c] = aw_mode_name(apply->modes[c]);
	r = aw_registry_write(AW_REGISTRY_DIR, entry);
	if (r < 0)
		return aw_diag_set(reterr, r, AW_REGISTRY_DIR, 0, 0, NULL,
				   "the agent was changed, but that cannot be written down: %s",
				   strerror(-r));
	return 0;
}

static int carry_out(struct apply *apply, struct aw_diag *reterr)
{
	struct aw_agent_names names = {};
	int r = 0;

	if (apply->image)
		r = aw_policy_archive_put(AW_POLICY_ARCHIVE_DIR, apply->policy_hash,
					  apply->config->policy_file, &apply->parse_options,
					  (const char *const *)apply->anchors);
	if (r < 0)
		return aw_diag_set(reterr, r, AW_POLICY_ARCHIVE_DIR, 0, 0, NULL,
				   "cannot keep the policy here: %s", strerror(-r));
	if (apply->policy)
		names = aw_run_names(apply->policy);
	r = aw_agent_change(apply->host, apply->agent, apply->modes, apply->image,
			    apply->policy ? &names : NULL, reterr);
	return r < 0 ? r : write_down(apply, reterr);
}

int aw_apply(const struct aw_apply_config *config, struct aw_apply_result *ret,
	     struct aw_diag *reterr)
{
	_cleanup_(apply_done) struct apply apply = {.config = config};
	struct aw_agent_state_now now;
	int r = find_entry(&apply, reterr);

	if (r == 0)
		r = open_host(&apply, &now, reterr);
	if (r == 0)
		r = read_policy(&apply, reterr);
	if (r == 0)
		r = choose_modes(&apply, &now, reterr);
	if (r == 0)
		r = carry_out(&apply, reterr);
	if (r < 0)
		return r;
	*ret = (struct aw_apply_result){};
	snprintf(ret->policy_name, sizeof(ret->policy_name), "%s", apply.entry.policy_name ?: "");
	snprintf(ret->policy_hash, sizeof(ret->policy_hash), "%s", apply.entry.policy_hash ?: "");
	memcpy(ret->modes, apply.modes, sizeof(ret->modes));
	return 0;
}
