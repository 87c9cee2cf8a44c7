/*
 * The effective policy as a workload reads it in POLICY_FILE, so that an agent knows its limits
 * before it runs into them. Made from the config that is carried out, not from what a policy said.
 * Must never tell of the host: no source of a volume, a secret or a root, no path of a policy, no
 * value of a variable. Members are added but keep their meaning within one version. It is written
 * at every start, so it touches as little memory as can be.
 */
#include "config/describe.h"

#include <string.h>

#include "format/json.h"

enum { DESCRIBE_VERSION = 1, DESCRIBE_ROOM = 8000 };

static void text_put(struct json_writer *to, const char *key, const char *text)
{
	if (text)
		json_put_string(to, key, text, strlen(text));
}

static void texts_put(struct json_writer *to, const char *key, const struct strings *texts)
{
	json_begin(to, key, '[');
	for (size_t i = 0; i < texts->count; i++)
		text_put(to, NULL, texts->items[i]);
	json_end(to, ']');
}

static void user_describe(const struct config *config, struct json_writer *to)
{
	const struct config_user *user = &config->process.user;

	json_begin(to, "user", '{');
	json_put_integer(to, "uid", user->uid.value);
	json_put_integer(to, "gid", user->gid.value);
	json_begin(to, "groups", '[');
	for (size_t i = 0; i < user->additional_gids.count; i++)
		json_put_integer(to, NULL, user->additional_gids.items[i]);
	json_end(to, ']');
	json_end(to, '}');
}

/* Mounts that hold files of a workload: not the kernel's own file systems, nor /dev. */
static bool holds_files(const struct config_mount *mount)
{
	static const char *const types[] = { "proc", "sysfs", "devpts", "mqueue", "cgroup",
		"cgroup2" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!mount_binds(mount) && !strcmp(mount->type, types[i]))
			return false;
	return strcmp(mount->destination, "/dev") && !mount_has_option(mount, "remount");
}

static bool is_writable(const struct config_mount *mount)
{
	return !mount_has_option(mount, "ro") && !mount_has_option(mount, "rro");
}

static void place_describe(const struct config_mount *mount, struct json_writer *to)
{
	json_begin(to, NULL, '{');
	text_put(to, "path", mount->destination);
	text_put(to, "kind", mount_binds(mount) ? "volume" : "memory");
	for (size_t i = 0; i < mount->options.count; i++)
		if (!mount_binds(mount) && !strncmp(mount->options.items[i], "size=", 5))
			text_put(to, "size", mount->options.items[i] + 5);
	json_put_bool(to, "exec", !mount_has_option(mount, "noexec"));
	json_end(to, '}');
}

static void filesystem_describe(const struct config *config, struct json_writer *to)
{
	json_begin(to, "filesystem", '{');
	json_put_bool(to, "root_writable", !config->root.readonly);
	json_begin(to, "writable", '[');
	for (size_t i = 0; i < config->mounts_count; i++)
		if (holds_files(&config->mounts[i]) && is_writable(&config->mounts[i]))
			place_describe(&config->mounts[i], to);
	json_end(to, ']');
	json_begin(to, "executable", '[');
	/* In a root that is assembled, only what is mounted in it holds programs. */
	if (!config->root_tmpfs.set)
		text_put(to, NULL, "/");
	for (size_t i = 0; i < config->mounts_count; i++)
		if (holds_files(&config->mounts[i]) &&
			!mount_has_option(&config->mounts[i], "noexec"))
			text_put(to, NULL, config->mounts[i].destination);
	json_end(to, ']');
	json_end(to, '}');
}

/* Copies of the host's files: the workspace's changes come back when the sandbox ends. */
static void tree_describe(const struct config_tree *tree, const char *key, struct json_writer *to)
{
	if (!tree)
		return;
	json_begin(to, key, '{');
	text_put(to, "path", tree->target);
	if (tree->size.set && tree->size.value <= INT64_MAX)
		json_put_integer(to, "size", (int64_t)tree->size.value);
	if (tree->files.set && tree->files.value <= INT64_MAX)
		json_put_integer(to, "files", (int64_t)tree->files.value);
	json_end(to, '}');
}

static void network_describe(const struct config *config, struct json_writer *to)
{
	json_begin(to, "network", '{');
	text_put(to, "mode",
		config_has_new_namespace(config, NAMESPACE_NETWORK)          ? "none"
			: config_joined_namespace(config, NAMESPACE_NETWORK) ? "joined"
									     : "host");
	json_end(to, '}');
}

static void limit_put(struct json_writer *to, const char *key, struct maybe_int limit)
{
	if (limit.set && limit.value >= 0)
		json_put_integer(to, key, limit.value);
}

static void limits_describe(const struct config *config, struct json_writer *to)
{
	const struct config_resources *resources = &config->resources;

	json_begin(to, "limits", '{');
	limit_put(to, "memory", resources->memory.limit);
	limit_put(to, "memory_and_swap", resources->memory.swap);
	limit_put(to, "pids", resources->pids.limit);
	limit_put(to, "cpu_quota_us", resources->cpu.quota);
	if (resources->cpu.period.set)
		json_put_integer(to, "cpu_period_us", (int64_t)resources->cpu.period.value);
	json_begin(to, "each_process", '{');
	for (size_t i = 0; i < config->process.rlimits_count; i++) {
		const struct config_rlimit *limit = &config->process.rlimits[i];

		if (limit->type && limit->hard.set && limit->hard.value <= INT64_MAX)
			json_put_integer(to, limit->type, (int64_t)limit->hard.value);
	}
	json_end(to, '}');
	json_end(to, '}');
}

static void calls_describe(const struct config_seccomp *seccomp, struct json_writer *to)
{
	json_begin(to, NULL, '{');
	text_put(to, "default", seccomp->default_action);
	json_begin(to, "rules", '[');
	for (size_t i = 0; i < seccomp->syscalls_count; i++) {
		const struct config_syscall *call = &seccomp->syscalls[i];

		json_begin(to, NULL, '{');
		text_put(to, "action", call->action);
		/* Only some arguments are meant. */
		if (call->args_count)
			json_put_bool(to, "conditional", true);
		texts_put(to, "calls", &call->names);
		json_end(to, '}');
	}
	json_end(to, ']');
	json_end(to, '}');
}

static void syscalls_describe(const struct config *config, struct json_writer *to)
{
	json_begin(to, "syscalls", '[');
	if (config->seccomp)
		calls_describe(config->seccomp, to);
	for (size_t i = 0; i < config->seccomp_more_count; i++)
		calls_describe(&config->seccomp_more[i], to);
	json_end(to, ']');
}

static void rules_describe(const struct config_landlock *landlock, struct json_writer *to)
{
	json_begin(to, NULL, '{');
	json_begin(to, "rules", '[');
	for (size_t i = 0; i < landlock->rules_count; i++) {
		json_begin(to, NULL, '{');
		text_put(to, "path", landlock->rules[i].path);
		texts_put(to, "access", &landlock->rules[i].access);
		json_end(to, '}');
	}
	json_end(to, ']');
	texts_put(to, "scope", &landlock->scope);
	if (landlock->net_handled) {
		json_begin(to, "tcp", '[');
		for (size_t i = 0; i < landlock->net_count; i++) {
			json_begin(to, NULL, '{');
			json_put_integer(to, "port", landlock->net[i].port.value);
			texts_put(to, "access", &landlock->net[i].access);
			json_end(to, '}');
		}
		json_end(to, ']');
	}
	json_end(to, '}');
}

static void landlock_describe(const struct config *config, struct json_writer *to)
{
	json_begin(to, "landlock", '[');
	if (config->landlock)
		rules_describe(config->landlock, to);
	for (size_t i = 0; i < config->landlock_more_count; i++)
		rules_describe(&config->landlock_more[i], to);
	json_end(to, ']');
}

static void secrets_describe(const struct config *config, struct json_writer *to)
{
	json_begin(to, "secrets", '[');
	for (size_t i = 0; i < config->secrets_count; i++) {
		json_begin(to, NULL, '{');
		text_put(to, "name", config->secrets[i].name);
		text_put(to, "path", config->secrets[i].target);
		json_end(to, '}');
	}
	json_end(to, ']');
}

static void env_describe(const struct config *config, struct json_writer *to)
{
	const struct strings *env = &config->process.env;

	json_begin(to, "env", '[');
	for (size_t i = 0; i < env->count; i++)
		json_put_string(to, NULL, env->items[i], strcspn(env->items[i], "="));
	json_end(to, ']');
}

const char *config_describe(const struct config *config, struct arena *arena)
{
	static const struct strings none;
	const struct config_capabilities *sets = config->process.capabilities;
	struct json_writer to = {
		.arena = arena, .text = arena_alloc(arena, DESCRIBE_ROOM, 1), .size = DESCRIBE_ROOM
	};

	json_begin(&to, NULL, '{');
	json_put_integer(&to, "version", DESCRIBE_VERSION);
	text_put(&to, "mode", mode_names[config->mode]);
	user_describe(config, &to);
	text_put(&to, "workdir", config->process.cwd ? config->process.cwd : "/");
	filesystem_describe(config, &to);
	tree_describe(config->workspace, "workspace", &to);
	tree_describe(config->context, "context", &to);
	network_describe(config, &to);
	limits_describe(config, &to);
	texts_put(&to, "capabilities", sets ? &sets->bounding : &none);
	landlock_describe(config, &to);
	secrets_describe(config, &to);
	env_describe(config, &to);
	syscalls_describe(config, &to);
	json_end(&to, '}');
	return to.text;
}
