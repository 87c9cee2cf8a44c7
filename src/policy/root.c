/*
 * The entries of one directory, or of several, as the sandbox's "/": each is mounted where it
 * belongs. Where several roots have a directory of the same name it is made, and their entries meet
 * in it; anything else of the same name is an error, so that no root hides a part of another.
 * Directories called proc, sys, dev and tmp, and the one the store is in, are left out: they are
 * mount points of the sandbox's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "config/store-place.h"
#include "policy/sections.h"

/* Nothing may be mounted below a store path that was verified; a plain directory may have mounts.
 */
#define STORE_OPTIONS "bind,ro,nosuid,nodev"
#define DIRECTORY_OPTIONS "rbind,ro,nosuid,nodev"

#define SHARED_PLACE "/run"

/* What appears at path ("" for the root itself): these directories of the host. */
struct place {
	const char *path;
	const char **sources;
	int *fds;
	size_t count;
};

/* A name in the place's directory of that number. */
struct entry {
	const char *name;
	size_t directory;
	struct stat status;
};

/* True for a top-level place where the sandbox mounts its own. */
static bool own_place(const struct draft *draft, const char *destination)
{
	static const char *const own[] = { "/dev", "/proc", "/sys", "/tmp" };
	const char *store = draft->policy->closure.store_dir;

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcmp(destination, own[i]))
			return true;
	return path_below(store ? store : "/nix/store", destination);
}

/* True for a directory in which the sandbox makes places of its own beside what the root has. */
static bool shared_place(const struct draft *draft, const char *destination)
{
	return !strcmp(destination, SHARED_PLACE) &&
		(draft->packing || secret_places_wanted(draft->policy));
}

void root_bind(struct draft *draft, const char *destination, const char *source, mode_t mode)
{
	const char *options = draft->config->closure ? STORE_OPTIONS : DIRECTORY_OPTIONS;

	if (S_ISLNK(mode))
		options = arena_printf(draft->arena, "%s,copy-symlink", options);
	draft_mount(draft, destination, "bind", source, options);
}

static int place_mounts(struct draft *draft, const struct place *place, struct err *err);

static int place_open(struct draft *draft, const struct place *above, const struct entry *entries,
	struct place *place, struct err *err)
{
	for (size_t i = 0; i < place->count; i++) {
		size_t directory = entries[i].directory;

		place->sources[i] = arena_printf(
			draft->arena, "%s/%s", above->sources[directory], entries[i].name);
		place->fds[i] = openat(above->fds[directory], entries[i].name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (place->fds[i] < 0)
			return err_errno(err, "open the root's %s", place->sources[i]);
	}
	return place_mounts(draft, place, err);
}

static struct place place_make(struct arena *arena, const char *path, size_t count)
{
	struct place place = { .path = path, .count = count };

	place.sources = arena_alloc(arena, count, sizeof(*place.sources));
	place.fds = arena_alloc(arena, count, sizeof(*place.fds));
	for (size_t i = 0; i < count; i++)
		place.fds[i] = -1;
	return place;
}

static void place_release(const struct place *place)
{
	for (size_t i = 0; i < place->count; i++)
		if (place->fds[i] >= 0)
			close(place->fds[i]);
}

/* The entries of one name as one directory, in which each has its own. */
static int entries_merge(struct draft *draft, const struct place *above, const char *path,
	const struct entry *entries, size_t count, struct err *err)
{
	struct place place = place_make(draft->arena, path, count);
	int result = place_open(draft, above, entries, &place, err);

	place_release(&place);
	return result;
}

/* The first of the entries that is no directory; NULL if each is one. */
static const struct entry *entries_other(const struct entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!S_ISDIR(entries[i].status.st_mode))
			return &entries[i];
	return NULL;
}

/* What the directories of a place have of one name. */
static int entries_mount(struct draft *draft, const struct place *place,
	const struct entry *entries, size_t count, struct err *err)
{
	const char *path = arena_printf(draft->arena, "%s/%s", place->path, entries->name);
	const struct entry *other = entries_other(entries, count);
	const char *source = place->sources[(other ? other : entries)->directory];

	if (own_place(draft, path))
		return !other
			? 0
			: err_set(err, EINVAL,
				  "%s%s: the root may have no %s but a directory: the sandbox mounts its "
				  "own there",
				  source, path, path);
	if (count > 1 && other)
		return err_set(err, EINVAL,
			"%s/%s and %s/%s: two roots may have a directory of the same name, and nothing "
			"else",
			place->sources[entries[0].directory], entries->name,
			place->sources[entries[1].directory], entries->name);
	if (draft->packing && count == 1 && !other && !strcmp(path, SHARED_PLACE))
		root_bind(draft, path, arena_printf(draft->arena, "%s/%s", source, entries->name),
			entries->status.st_mode);
	if (count > 1 || (!other && shared_place(draft, path)))
		return entries_merge(draft, place, path, entries, count, err);
	root_bind(draft, path, arena_printf(draft->arena, "%s/%s", source, entries->name),
		entries->status.st_mode);
	return 0;
}

static int entry_compare(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->directory > b->directory) - (a->directory < b->directory);
}

static int entries_read(struct draft *draft, const struct place *place, size_t directory,
	struct entry **entries, size_t *count, struct err *err)
{
	DIR *list = file_entries(place->fds[directory]);
	int result = list ? 0 : err_errno(err, "list the root's %s", place->sources[directory]);
	const char *name;

	while (result == 0 && (name = file_entry_next(list))) {
		struct entry entry = { .name = arena_strdup(draft->arena, name),
			.directory = directory };

		if (fstatat(place->fds[directory], name, &entry.status, AT_SYMLINK_NOFOLLOW) < 0)
			result = err_errno(err, "look at %s/%s", place->sources[directory], name);
		*entries = arena_grow(draft->arena, *entries, *count, sizeof(entry));
		(*entries)[(*count)++] = entry;
	}
	if (list)
		closedir(list);
	return result;
}

/* Sorted, so that the same roots always make the same config. */
static int place_mounts(struct draft *draft, const struct place *place, struct err *err)
{
	struct entry *entries = NULL;
	size_t count = 0;

	for (size_t i = 0; i < place->count; i++)
		if (entries_read(draft, place, i, &entries, &count, err) < 0)
			return -1;
	if (count > 1)
		qsort(entries, count, sizeof(*entries), entry_compare);
	for (size_t first = 0, next; first < count; first = next) {
		for (next = first + 1; next < count; next++)
			if (strcmp(entries[first].name, entries[next].name) != 0)
				break;
		if (entries_mount(draft, place, &entries[first], next - first, err) < 0)
			return -1;
	}
	return 0;
}

int root_open(const struct draft *draft, size_t index, int flags)
{
	const struct config_closure *closure = draft->config->closure;

	if (closure)
		return store_open(closure->store, closure->roots.items[index], flags);
	return open(draft->roots.items[index], flags | O_CLOEXEC);
}

int root_mounts(struct draft *draft, struct err *err)
{
	struct place root = place_make(draft->arena, "", draft->roots.count);
	int result = 0;

	for (size_t i = 0; i < root.count && result == 0; i++) {
		root.sources[i] = draft->roots.items[i];
		root.fds[i] = root_open(draft, i, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		if (root.fds[i] < 0)
			result = err_errno(err, "open the root %s", root.sources[i]);
	}
	if (result == 0)
		result = place_mounts(draft, &root, err);
	place_release(&root);
	return result;
}

/* Not below a place of the sandbox's own, nor in the store, where the entries do not belong. */
static bool entry_fits(const struct draft *draft, const char *path)
{
	const char *top = arena_copy(draft->arena, path, 1 + strcspn(path + 1, "/"));
	const char *store = draft->config->closure->closure.store_dir;

	return !own_place(draft, top) && !path_below(path, store) && !path_below(store, path);
}

/* One whole directory and what is in it are both named: which it is depends on the policy. */
static bool entry_wanted(const struct draft *draft, const char *path, bool whole)
{
	if (!whole || !path_below(path, SHARED_PLACE))
		return true;
	return !strcmp(path, SHARED_PLACE) != shared_place(draft, SHARED_PLACE);
}

int root_entries_mount(struct draft *draft, const struct config_closure *closure, struct err *err)
{
	bool whole = false;

	for (size_t i = 0; i < closure->image_entries_count; i++)
		if (!strcmp(closure->image_entries[i].path, SHARED_PLACE))
			whole = !closure->image_entries[i].symlink;
	for (size_t i = 0; i < closure->image_entries_count; i++) {
		const struct config_image_entry *entry = &closure->image_entries[i];
		const char *root = closure->roots.items[entry->root.value];

		if (!entry_fits(draft, entry->path))
			return err_set(err, EINVAL,
				"%s: its entry %s is in the way of the sandbox's own mounts",
				closure->registration, entry->path);
		if (entry_wanted(draft, entry->path, whole))
			root_bind(draft, entry->path,
				arena_printf(draft->arena, "%s%s", root, entry->path),
				entry->symlink ? S_IFLNK : S_IFDIR);
	}
	return 0;
}

/* The mounts that made the root, as entries: each is a part of a root at its own place. */
static void entries_take(
	struct config_closure *closure, const struct config *config, struct arena *arena)
{
	closure->image_entries_count = config->mounts_count;
	closure->image_entries = arena_alloc(
		arena, config->mounts_count, sizeof(*closure->image_entries));
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		struct config_image_entry *entry = &closure->image_entries[i];
		size_t length = strlen(mount->source) - strlen(mount->destination);

		entry->path = mount->destination;
		entry->symlink = mount_has_option(mount, "copy-symlink");
		for (size_t k = 0; k < closure->roots.count; k++)
			if (!strncmp(store_place(closure->store, closure->roots.items[k], arena),
				    mount->source, length))
				entry->root = (struct maybe_int){ true, (int64_t)k };
	}
}

int policy_pack(struct config_closure *closure, struct arena *arena, struct err *err)
{
	const struct policy policy = { .closure.store_dir = closure->closure.store_dir };
	struct config config = { .closure = closure };
	struct draft draft = {
		.policy = &policy, .config = &config, .arena = arena, .packing = true
	};

	for (size_t i = 0; i < closure->roots.count; i++)
		strings_add(&draft.roots, arena,
			store_place(closure->store, closure->roots.items[i], arena));
	if (root_mounts(&draft, err) < 0)
		return -1;
	entries_take(closure, &config, arena);
	return 0;
}
