/*
 * [env]: the workload's environment, environ(7). PATH and HOME have defaults; nothing else is there
 * that the policy does not name.
 */
#include <string.h>

#include "policy/sections.h"

#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* clang-format off */
const struct key env_keys[] = {
	KEY(struct policy_env, set, "variables and their values; PATH and HOME have defaults, nothing is inherited", .order = ORDER_FREE),
	{ 0 }
};
/* clang-format on */

static int env_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct pairs *set = &policy->env.set;

	(void)rules;
	for (size_t i = 0; i < set->count; i++)
		if (!*set->items[i].key || strchr(set->items[i].key, '='))
			return policy_error(policy, err, "env.set",
				"\"%s\" cannot be the name of a variable", set->items[i].key);
	return 0;
}

static const char *env_get(const struct pairs *env, const char *name)
{
	for (size_t i = env->count; i-- > 0;)
		if (!strcmp(env->items[i].key, name))
			return env->items[i].value;
	return NULL;
}

static int env_translate(struct draft *draft, struct err *err)
{
	struct config_process *process = &draft->config->process;
	const struct pairs *set = &draft->policy->env.set;
	const struct pair defaults[] = {
		{ "PATH", SEARCH_PATH },
		{ "HOME", strcmp(process->cwd, "/") ? process->cwd : "/tmp" },
		{ "TERM", process->terminal ? "xterm" : NULL },
	};

	(void)err;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (defaults[i].value && !env_get(set, defaults[i].key))
			strings_add(&process->env, draft->arena,
				arena_printf(
					draft->arena, "%s=%s", defaults[i].key, defaults[i].value));
	for (size_t i = 0; i < set->count; i++)
		strings_add(&process->env, draft->arena,
			arena_printf(
				draft->arena, "%s=%s", set->items[i].key, set->items[i].value));
	return 0;
}

const struct section env_section = { env_check, env_translate };
