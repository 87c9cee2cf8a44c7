/*
 * A masked file is covered by the host's /dev/null, which was checked by descriptor before the
 * container existed (CVE-2025-31133), a masked directory by one empty read-only tmpfs that all of
 * them share. A read-only path is bound over itself, with everything below it. A path that is not
 * there needs no mask; any other failure to cover one is an error, never skipped.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/mount-types.h"
#include "kernel/steps.h"

/* A cover is attached where it is first needed and cloned from there for every further place. */
struct cover {
	int fd;
	bool attached;
};

static int cover_attach(struct cover *cover, int place)
{
	autoclose clone = cover->attached ? mount_clone(cover->fd, 0) : -1;

	if (cover->attached && clone < 0)
		return -1;
	if (mount_attach(cover->attached ? clone : cover->fd, place) < 0)
		return -1;
	cover->attached = true;
	return 0;
}

static int empty_directory_make(struct err *err)
{
	static const char *const parameters[] = { "size=4k", "mode=0555", "ro", NULL };

	return mount_make("tmpfs", "tmpfs", parameters,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

/* The place by descriptor; -1 with errno 0 if there is nothing to cover. */
static int place_open(const struct run *run, const char *path)
{
	int fd = file_open_in_root(run->rootfs, path, O_PATH, 0);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		errno = 0;
	return fd;
}

static int path_mask(const struct run *run, const char *path, struct cover *null,
	struct cover *directory, struct err *err)
{
	autoclose place = place_open(run, path);
	struct cover *cover = null;
	struct stat stat;

	if (place < 0)
		return errno ? err_errno(err, "open") : 0;
	if (fstat(place, &stat) < 0)
		return err_errno(err, "stat");
	if (S_ISDIR(stat.st_mode))
		cover = directory;
	if (cover->fd < 0 && (cover->fd = empty_directory_make(err)) < 0)
		return -1;
	if (cover_attach(cover, place) < 0)
		return err_errno(err, "cover it");
	return 0;
}

static int path_make_readonly(const struct run *run, const char *path, struct err *err)
{
	autoclose place = place_open(run, path), tree = -1;

	if (place < 0)
		return errno ? err_errno(err, "open") : 0;
	tree = mount_clone(place, AT_RECURSIVE);
	if (tree < 0)
		return err_errno(err, "bind");
	if (mount_make_readonly(tree, AT_RECURSIVE) < 0)
		return err_errno(err, "change its flags");
	if (mount_attach(tree, place) < 0)
		return err_errno(err, "attach");
	return 0;
}

bool masks_wanted(const struct config *config)
{
	return config->masked_paths.count || config->readonly_paths.count;
}

/*
 * masks_apply - cover the masked paths and write-protect the read-only ones
 *
 * Needs:  every mount made, run->null_device still detached
 * Leaves: masked files read as empty, masked directories are empty, neither can be written
 * Mustn't run before the mounts: a later mount would show what was masked
 */
int masks_apply(struct run *run, struct err *err)
{
	const struct strings *readonly = &run->config->readonly_paths;
	const struct strings *masked = &run->config->masked_paths;
	struct cover null = { .fd = run->null_device }, directory = { .fd = -1 };
	int result = 0;

	for (size_t i = 0; result == 0 && i < readonly->count; i++)
		if ((result = path_make_readonly(run, readonly->items[i], err)) < 0)
			err_where(err, "make %s read-only", readonly->items[i]);
	for (size_t i = 0; result == 0 && i < masked->count; i++)
		if ((result = path_mask(run, masked->items[i], &null, &directory, err)) < 0)
			err_where(err, "mask %s", masked->items[i]);
	fd_close(&directory.fd);
	return result;
}

void masks_print(const struct config *config, struct node *params, struct arena *arena)
{
	if (config->masked_paths.count)
		node_put_strings(arena, params, "masked", &config->masked_paths);
	if (config->readonly_paths.count)
		node_put_strings(arena, params, "readonly", &config->readonly_paths);
}
