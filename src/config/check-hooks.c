/* Checks of hooks; see check.h. Whether the program is there is found out when it is its turn. */
#include <limits.h>

#include "config/check-parts.h"

static int hook_check(
	const struct config_hook *hook, const char *kind, size_t index, struct err *err)
{
	if (!hook->path)
		return fault(err, "hooks.%s[%zu].path: missing", kind, index);
	if (hook->path[0] != '/')
		return fault(err, "hooks.%s[%zu].path: \"%.200s\" is not absolute", kind, index,
			hook->path);
	return bound_check(hook->timeout, 1, INT_MAX, err, "hooks.%s[%zu].timeout", kind, index);
}

int hooks_check(const struct config *config, struct err *err)
{
	for (size_t kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < config->hooks[kind].items_count; i++)
			if (hook_check(&config->hooks[kind].items[i], hook_names[kind], i, err) < 0)
				return -1;
	return 0;
}
