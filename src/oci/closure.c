/*
 * The closure of a bundle: the registration that its annotation names is read, with the digest it
 * must have, and each store path is given its mount if config.json lists none.
 */
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "config/registration.h"
#include "oci/parts.h"

static void mount_add(struct config *config, const char *path, struct arena *arena)
{
	/* copy-symlink does nothing for what is no link, and is ignored by who does not know it. */
	static const char *options[] = { "bind", "ro", "nosuid", "nodev", "copy-symlink" };

	config->mounts = arena_grow(
		arena, config->mounts, config->mounts_count, sizeof(*config->mounts));
	config->mounts[config->mounts_count++] = (struct config_mount){
		.destination = path,
		.type = "bind",
		.source = path,
		.options = { .set = true,
			.count = sizeof(options) / sizeof(*options),
			.items = options },
	};
}

/* Room in a power of two, which is what arena_grow counts on. */
static void mounts_widen(struct config *config, struct arena *arena)
{
	struct config_mount *wider;
	size_t room = 1;

	while (room < config->mounts_count)
		room *= 2;
	wider = arena_alloc(arena, room, sizeof(*wider));
	if (config->mounts_count)
		memcpy(wider, config->mounts, config->mounts_count * sizeof(*wider));
	config->mounts = wider;
}

static void mounts_complete(struct config *config, struct arena *arena)
{
	const struct closure *closure = &config->closure->closure;
	bool *mounted = arena_alloc(arena, closure->paths_count, sizeof(*mounted));

	for (size_t i = 0; i < config->mounts_count; i++) {
		const char *destination = config->mounts[i].destination;
		const struct store_path *path = NULL;

		if (destination)
			path = closure_find(closure, destination);
		if (path)
			mounted[path - closure->paths] = true;
	}
	mounts_widen(config, arena);
	for (size_t i = 0; i < closure->paths_count; i++)
		if (!mounted[i])
			mount_add(config, closure->paths[i].path, arena);
}

int closure_settle(int bundle_dir, struct config *config, struct arena *arena, struct err *err)
{
	struct config_closure *closure = config->closure;
	struct bytes bytes;

	/* What is missing is named by config_check. */
	if (!closure || !closure->registration || !closure->sha256)
		return 0;
	if (!closure->store_dir)
		closure->store_dir = "/nix/store";
	closure->closure.store_dir = closure->store_dir;
	if (file_read(bundle_dir, closure->registration, closure->sha256, REGISTRATION_SIZE_MOST,
		    arena, &bytes, err) < 0)
		return err_where(err, "annotations.dev.nucleus.closure");
	if (registration_read(bytes.text, bytes.length, closure->registration, &closure->closure,
		    arena, err) < 0)
		return err_where(err, "annotations.dev.nucleus.closure");
	mounts_complete(config, arena);
	return 0;
}
