/*
 * "hooks" of config.json. Source: OCI runtime specification 1.3, config.md, "POSIX-platform Hooks".
 */
#include "oci/parts.h"

/* clang-format off */
static const struct key hook_keys[] = {
	KEY(struct config_hook, path, "the program, absolute"),
	KEY(struct config_hook, args, "its arguments, args[0] too; the path alone if absent"),
	KEY(struct config_hook, env, "NAME=value: its whole environment"),
	KEY(struct config_hook, timeout, "seconds after which it is killed"),
	{ 0 }
};

#define HOOKS(text, kind, about) LIST(text, struct config, hooks[kind].items, hook_keys, about)

const struct key hooks_keys[] = {
	HOOKS("prestart", HOOK_PRESTART, "by the runtime, before createRuntime; deprecated"),
	HOOKS("createRuntime", HOOK_CREATE_RUNTIME, "by the runtime, when all is mounted"),
	HOOKS("createContainer", HOOK_CREATE_CONTAINER, "in the container's namespaces, before its root is entered"),
	HOOKS("startContainer", HOOK_START_CONTAINER, "in the container, before the user's program"),
	HOOKS("poststart", HOOK_POSTSTART, "by the runtime, when the user's program runs"),
	HOOKS("poststop", HOOK_POSTSTOP, "by the runtime, when all is removed"),
	{ 0 }
};
/* clang-format on */
