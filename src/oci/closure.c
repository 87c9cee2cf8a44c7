/*
 * The closure of a bundle: the list that its annotation names is read, which must make the closure
 * that has the digest there, and each store path is given its mount if config.json lists none.
 */
#include <errno.h>
#include <string.h>

#include "config/closure-manifest.h"
#include "config/registration.h"
#include "config/signature.h"
#include "config/store-place.h"
#include "oci/parts.h"

#define CLOSURE "annotations.dev.nucleus.closure"

/* copy-symlink does nothing for what is no link, and is ignored by who does not know it. */
static const char *mount_options[] = { "bind", "ro", "nosuid", "nodev", "copy-symlink" };

static struct config_mount mount_make(const char *path, const char *source)
{
	return (struct config_mount){
		.destination = path,
		.type = "bind",
		.source = source,
		.options = { .set = true,
			.count = sizeof(mount_options) / sizeof(*mount_options),
			.items = mount_options },
	};
}

/* The store of an image is one mount. */
static void image_mount_complete(struct config *config, struct arena *arena)
{
	const char *store_dir = config->closure->closure.store_dir;
	size_t count = config->mounts_count;
	struct config_mount *mounts = arena_alloc(arena, count + 1, sizeof(*mounts));

	for (size_t i = 0; i < count; i++) {
		mounts[i] = config->mounts[i];
		if (mounts[i].destination && !strcmp(mounts[i].destination, store_dir))
			return;
	}
	mounts[count] = mount_make(store_dir, store_dir);
	config->mounts = mounts;
	config->mounts_count = count + 1;
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
			mounts[config->mounts_count++] = mount_make(closure->paths[i].path,
				store_place(closure->store, closure->paths[i].path, arena));
}

/* A bundle says what its root is, and not what leads there. */
static int roots_check(const struct strings *roots, const char *store_dir, struct err *err)
{
	for (size_t i = 0; i < roots->count; i++) {
		const char *fault = store_path_fault(
			roots->items[i], store_dir ? store_dir : "/nix/store");

		if (fault)
			return err_set(err, EINVAL, CLOSURE ".root: \"%.300s\" %s", roots->items[i],
				fault);
	}
	return 0;
}

/*
 * What is wrong with a list is told by its text, and whoever wrote the bundle may have named a file
 * that he could not read: its place in the file has to do.
 */
static int list_hush(const char *list, struct arena *arena, struct err *err)
{
	size_t length = strlen(list);
	const char *place = strncmp(err->text, list, length) != 0 ? "" : err->text + length;

	if (err->code != EINVAL)
		return err_where(err, CLOSURE);
	place = arena_copy(arena, place, strspn(place, ":0123456789"));
	err_set(err, EINVAL, CLOSURE ": %s%s%s is not what a closure's list has there", list, place,
		*place ? "" : ":");
	return err_hint(
		err, "`nucleus closure show --closure %s` tells more to who may read it", list);
}

int closure_settle(int bundle_dir, struct config *config, struct arena *arena, struct err *err)
{
	struct config_closure *closure = config->closure;
	const struct strings roots = closure ? closure->roots : (struct strings){ 0 };
	const char *wanted = closure ? closure->sha256 : NULL;
	const char *pinned = closure ? closure->image_sha256 : NULL;

	/* What is missing is named by config_check. */
	if (!closure || !closure->registration || !wanted)
		return 0;
	const struct closure_request request = {
		.dir_fd = bundle_dir,
		.list = closure->registration,
		.store_dir = closure->store_dir,
		.store = closure->store,
		.roots = &roots,
		.image_sha256 = pinned,
	};
	if (roots_check(&roots, closure->store_dir, err) < 0)
		return -1;
	if (closure_read(&request, closure, &config->warnings, arena, err) < 0)
		return list_hush(closure->registration, arena, err);
	if (closure->image_sha256 && !pinned)
		return err_set(err, EINVAL,
			CLOSURE
			": %s is a packed closure, so imageSha256 must say what it hashes to",
			closure->registration);
	if (!closure_identify(closure, wanted, arena))
		return err_set(err, EINVAL,
			CLOSURE ": %s makes a closure with the digest %s, not %s",
			closure->registration, closure->sha256, wanted);
	if (signatures_read_beside(bundle_dir, closure->registration, closure, arena, err) < 0)
		return err_where(err, "annotations.dev.nucleus.closure");
	if (closure->image_sha256)
		image_mount_complete(config, arena);
	else
		mounts_complete(config, arena);
	return 0;
}
