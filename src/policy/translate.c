/*
 * The translation of a checked policy into struct config, section by section. The order matters
 * where a later section builds on an earlier one: the root's files name the user, the user owns
 * the workdir, and the mounts tell Landlock what is writable.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/sections.h"

static const struct section *const order[] = {
	&namespaces_section,
	&closure_section,
	&process_section,
	&env_section,
	&capabilities_section,
	&filesystem_section,
	&workspace_section,
	&context_section,
	&volume_section,
	&secret_section,
	&resources_section,
	&seccomp_section,
	&landlock_section,
	&network_section,
	&limits_section,
};

void draft_warn(struct draft *draft, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	strings_add(&draft->translation->warnings, draft->arena, arena_strdup(draft->arena, text));
}

void draft_mount(struct draft *draft, const char *destination, const char *type, const char *source,
	const char *options)
{
	struct config *config = draft->config;
	struct config_mount *mount;

	config->mounts = arena_grow(
		draft->arena, config->mounts, config->mounts_count, sizeof(*config->mounts));
	mount = &config->mounts[config->mounts_count++];
	*mount =
		(struct config_mount){ .destination = destination, .type = type, .source = source };
	while (*options) {
		size_t length = strcspn(options, ",");

		strings_add(
			&mount->options, draft->arena, arena_copy(draft->arena, options, length));
		options += length + (options[length] == ',');
	}
}

const struct config_mount *draft_covering(const struct draft *draft, const char *path)
{
	for (size_t i = draft->config->mounts_count; i-- > 0;)
		if (path_below(path, draft->config->mounts[i].destination))
			return &draft->config->mounts[i];
	return NULL;
}

int policy_translate(const struct policy *policy, struct translation *translation,
	struct config *config, struct arena *arena, struct err *err)
{
	struct draft draft = {
		.policy = policy, .translation = translation, .config = config, .arena = arena
	};

	if (policy_check(policy, translation->mode, err) < 0)
		return -1;
	config->oci_version = "1.2.0";
	config->mode = translation->mode ? translation->mode : policy->mode;
	if (config->mode == MODE_UNSET)
		config->mode = MODE_STRICT_AGENT;
	draft.rules = mode_find(config->mode);
	config->init = draft.rules->init;
	config->verify_mounts = draft.rules->verify_mounts;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i]->translate && order[i]->translate(&draft, err) < 0)
			return -1;
	return 0;
}
