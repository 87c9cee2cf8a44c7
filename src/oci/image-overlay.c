/*
 * How many layers an overlay mount has. The mount is found by its ID, statx(2) STATX_MNT_ID, in
 * /proc/self/mountinfo (proc_pid_mountinfo(5)), never by comparing paths.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "config/store-path.h"
#include "oci/image-parts.h"

/* mountinfo writes space, tab, newline, comma and backslash as \ooo. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		char digits[4] = "";

		if (text[0] != '\\' || strspn(text + 1, "01234567") < 3) {
			*out++ = *text;
			continue;
		}
		memcpy(digits, text + 1, 3);
		*out++ = (char)strtol(digits, NULL, 8);
		text += 3;
	}
	*out = '\0';
}

/* One "a:b:c" list, where overlayfs escapes a colon in a name by a backslash. */
static unsigned lowers_count(char *list, const char *store_dir)
{
	unsigned count = 0;

	for (char *path = list; path;) {
		char *end = path;

		while (*end && *end != ':')
			end += end[0] == '\\' && end[1] ? 2 : 1;
		char *next = *end ? end + 1 : NULL;
		*end = '\0';
		if (*path && !path_inside(path, store_dir))
			count++;
		path = next;
	}
	return count;
}

unsigned overlay_lowers(const char *options, const char *store_dir)
{
	autofree char *copy = strdup(options);
	unsigned count = 0;
	char *rest = copy, *option;

	while (rest && (option = strsep(&rest, ","))) {
		unescape(option);
		if (!strncmp(option, "lowerdir=", 9))
			count += lowers_count(option + 9, store_dir);
		else if (!strncmp(option, "lowerdir+=", 10) || !strncmp(option, "datadir+=", 9))
			count += !path_inside(strchr(option, '=') + 1, store_dir);
	}
	return count;
}

static int mount_id(int fd, const char *path, uint64_t *id)
{
	struct statx found;

	if (statx(fd, path, AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &found) < 0)
		return -1;
	*id = found.stx_mnt_id;
	return 0;
}

/* The super options of the mount with this ID, in the caller's line; NULL if there is none. */
static char *mount_options(FILE *mounts, uint64_t id, char **line, size_t *room)
{
	while (getline(line, room, mounts) > 0) {
		char *dash;

		if (strtoull(*line, NULL, 10) != id)
			continue;
		(*line)[strcspn(*line, "\n")] = '\0';
		dash = strstr(*line, " - ");
		/* Behind it: type, source, options. */
		for (int field = 0; dash && field < 3; field++)
			dash = strchr(dash + 1, ' ');
		return dash ? dash + 1 : NULL;
	}
	return NULL;
}

int overlay_refuse(int fd, const char *name, const char *store_dir, struct err *err)
{
	struct statfs system;
	uint64_t id, root_id;
	autofree char *line = NULL;
	const char *options;
	unsigned count = 0;
	size_t room = 0;
	FILE *mounts;

	if (fstatfs(fd, &system) < 0)
		return err_errno(err, "%s: look at its file system", name);
	if (system.f_type != OVERLAYFS_SUPER_MAGIC)
		return 0;
	if (mount_id(fd, "", &id) < 0 || mount_id(AT_FDCWD, "/", &root_id) < 0)
		return err_errno(err, "%s: find its mount", name);
	/* A host that lives on an overlay itself is no image of ours. */
	if (id == root_id)
		return 0;
	mounts = fopen("/proc/self/mountinfo", "re");
	if (!mounts)
		return err_errno(err, "%s: open /proc/self/mountinfo", name);
	options = mount_options(mounts, id, &line, &room);
	if (options)
		count = overlay_lowers(options, store_dir);
	fclose(mounts);
	if (!options)
		return err_set(err, EINVAL, "%s: on an overlay whose layers cannot be seen", name);
	if (count < 2)
		return 0;
	err_set(err, EINVAL, "%s: on an overlay mount of %u lower directories: a layered image",
		name, count);
	return image_hint(err);
}
