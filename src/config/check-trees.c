/* Checks of the trees that are copied into a sandbox; see check.h. */
#include <string.h>

#include "base/digest.h"
#include "config/check-parts.h"

#define WORKSPACE "annotations." ANNOTATION_PREFIX "workspace"
#define CONTEXT "annotations." ANNOTATION_PREFIX "context"

/* The mount that takes the copy; the last one at a place is the one that is seen. */
static const struct config_mount *mount_find(const struct config *config, const char *target)
{
	for (size_t i = config->mounts_count; i-- > 0;)
		if (!strcmp(config->mounts[i].destination, target))
			return &config->mounts[i];
	return NULL;
}

static int tree_check(const struct config *config, const struct config_tree *tree,
	const char *place, struct err *err)
{
	const struct config_mount *mount;
	unsigned char sum[SHA256_SIZE];

	if (!tree->source || tree->source[0] != '/' || path_climbs(tree->source))
		return fault(err, "%s.source: must be absolute and without \"..\"", place);
	if (!tree->target || tree->target[0] != '/')
		return fault(err, "%s.target: must be absolute", place);
	mount = mount_find(config, tree->target);
	if (!mount || mount_binds(mount) || strcmp(mount->type, "tmpfs") != 0 ||
		mount_has_option(mount, "tmpcopyup"))
		return fault(err, "%s.target: mounts has no tmpfs at %.200s", place, tree->target);
	if (!tree->size.set || tree->size.value < 4096 || tree->size.value > INT64_MAX)
		return fault(err, "%s.size: must be at least 4K and below 2^63", place);
	if (!tree->files.set || !tree->files.value || tree->files.value > INT32_MAX)
		return fault(err, "%s.files: must be from 1 to 2147483647", place);
	if (tree->sha256 && !digest_read(tree->sha256, sum))
		return fault(err, "%s.sha256: must be 64 hexadecimal digits", place);
	return 0;
}

int trees_check(const struct config *config, struct err *err)
{
	if (config->context && tree_check(config, config->context, CONTEXT, err) < 0)
		return -1;
	if (config->context && !mount_has_option(mount_find(config, config->context->target), "ro"))
		return fault(err, CONTEXT ".target: its mount must be \"ro\"");
	if (!config->workspace)
		return 0;
	if (tree_check(config, config->workspace, WORKSPACE, err) < 0)
		return -1;
	/* Who could still write in it must be gone when it is read. */
	if (!config_has_new_namespace(config, NAMESPACE_PID))
		return fault(err, WORKSPACE ": needs a new pid namespace");
	return 0;
}
