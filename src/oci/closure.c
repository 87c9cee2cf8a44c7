/*
 * The closure of a bundle: the registration that its annotation names is read, which must make
 * the closure that has the digest there, and each store path is given its mount if config.json
 * lists none.
 */
#include <errno.h>

#include "base/fd.h"
#include "base/file.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "oci/parts.h"

/* copy-symlink does nothing for what is no link, and is ignored by who does not know it. */
static const char *mount_options[] = { "bind", "ro", "nosuid", "nodev", "copy-symlink" };

static struct config_mount mount_make(const char *path)
{
	return (struct config_mount){
		.destination = path,
		.type = "bind",
		.source = path,
		.options = { .set = true,
			.count = sizeof(mount_options) / sizeof(*mount_options),
			.items = mount_options },
	};
}

static void mounts_complete(struct config *config, struct arena *arena)
{
	const struct closure *closure = &config->closure->closure;
	size_t most = config->mounts_count + closure->paths_count;
	struct config_mount *mounts = arena_alloc(arena, most, sizeof(*mounts));
	bool *mounted = arena_alloc(arena, closure->paths_count, sizeof(*mounted));

	for (size_t i = 0; i < config->mounts_count; i++) {
		const char *destination = config->mounts[i].destination;
		const struct store_path *path = NULL;

		mounts[i] = config->mounts[i];
		if (destination)
			path = closure_find(closure, destination);
		if (path)
			mounted[path - closure->paths] = true;
	}
	config->mounts = mounts;
	for (size_t i = 0; i < closure->paths_count; i++)
		if (!mounted[i])
			mounts[config->mounts_count++] = mount_make(closure->paths[i].path);
}

int closure_settle(int bundle_dir, struct config *config, struct arena *arena, struct err *err)
{
	struct config_closure *closure = config->closure;
	const char *wanted;
	struct bytes bytes;

	/* What is missing is named by config_check. */
	if (!closure || !closure->registration || !closure->sha256)
		return 0;
	if (!closure->store_dir)
		closure->store_dir = "/nix/store";
	closure->closure.store_dir = closure->store_dir;
	if (file_read(bundle_dir, closure->registration, NULL, REGISTRATION_SIZE_MOST, arena,
		    &bytes, err) < 0 ||
		registration_read(bytes.text, bytes.length, closure->registration,
			&closure->closure, arena, err) < 0)
		return err_where(err, "annotations.dev.nucleus.closure");
	wanted = closure->sha256;
	if (!closure_identify(closure, wanted, arena))
		return err_set(err, EINVAL,
			"annotations.dev.nucleus.closure: %s makes a closure with the digest %s, not %s",
			closure->registration, closure->sha256, wanted);
	mounts_complete(config, arena);
	return 0;
}
