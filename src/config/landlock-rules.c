/*
 * Landlock rules derived from mounts, for a policy that names none: the kernel then guards by path
 * what the mounts guard by their flags. See landlock(7).
 */
#include "config/landlock-rules.h"

#include <string.h>

#include "base/lists.h"
#include "config/store-path.h"

void landlock_rule_add(struct config_landlock *landlock, struct arena *arena, const char *path,
	const char *access, const char *more)
{
	struct config_landlock_rule *rule;

	landlock->rules = arena_grow(
		arena, landlock->rules, landlock->rules_count, sizeof(*landlock->rules));
	rule = &landlock->rules[landlock->rules_count++];
	*rule = (struct config_landlock_rule){ .path = path };
	strings_add(&rule->access, arena, access);
	if (more)
		strings_add(&rule->access, arena, more);
}

static bool below(const char *path, const char *tree)
{
	return !strcmp(tree, "/") || path_inside(path, tree);
}

/* True if a rule so far lets programs at path be executed. */
static bool executable(const struct config_landlock *landlock, const char *path)
{
	for (size_t i = 0; i < landlock->rules_count; i++)
		if (below(path, landlock->rules[i].path) &&
			strings_hold(&landlock->rules[i].access, "execute"))
			return true;
	return false;
}

/* What a mount of files, from the host or empty, adds; a link leads to what another rule covers. */
static void mount_rule(struct config_landlock *landlock, const struct config *config,
	const struct config_mount *mount, struct arena *arena)
{
	const char *path = mount->destination;
	bool exec = !mount_has_option(mount, "noexec");

	if (mount_has_option(mount, "copy-symlink"))
		return;
	if (!mount_has_option(mount, "ro")) {
		landlock_rule_add(landlock, arena, path, exec ? "all" : "all_except_execute", NULL);
		return;
	}
	/* One rule for the store stands for its paths: nothing else of it is there. */
	if (config->closure && below(path, config->closure->store_dir))
		path = config->closure->store_dir;
	if (exec && !executable(landlock, path))
		landlock_rule_add(landlock, arena, path, "execute", NULL);
}

void landlock_derive(struct config_landlock *landlock, const struct config *config, bool root_exec,
	struct arena *arena)
{
	bool dev = false;

	landlock_rule_add(landlock, arena, "/", "read", "readdir");
	if (root_exec)
		strings_add(&landlock->rules[0].access, arena, "execute");
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		bool files = mount_binds(mount) || !strcmp(mount->type, "tmpfs");

		dev |= !strcmp(mount->destination, "/dev");
		/* The rule for /dev covers what is mounted in it. */
		if (files &&
			(!below(mount->destination, "/dev") || !strcmp(mount->destination, "/dev")))
			mount_rule(landlock, config, mount, arena);
	}
	if (root_exec && !dev)
		landlock_rule_add(landlock, arena, "/dev", "write", "ioctl_dev");
}
