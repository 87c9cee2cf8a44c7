/*
 * Reads the flags of every mount back from the kernel and compares them with what the config asked
 * for. It must only look: a difference is an error, never repaired here. Rests on statvfs(3).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-options.h"
#include "kernel/mount.h"

static const struct {
	uint64_t asked;
	unsigned long seen;
	const char *name;
} flag_table[] = {
	{ MOUNT_ATTR_RDONLY, ST_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, ST_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec" },
};

static int flags_verify(int root, const char *place, int flags, uint64_t asked, struct err *err)
{
	autoclose fd = file_open_in_root(root, place, O_PATH | flags, 0);
	struct statvfs seen;

	if (fd < 0)
		return err_errno(err, "mount %s: open it to read its flags back", place);
	if (fstatvfs(fd, &seen) < 0)
		return err_errno(err, "mount %s: read its flags back", place);
	for (size_t i = 0; i < sizeof(flag_table) / sizeof(flag_table[0]); i++)
		if (asked & flag_table[i].asked && !(seen.f_flag & flag_table[i].seen))
			return err_set(err, EINVAL, "mount %s: it should be %s but is not", place,
				flag_table[i].name);
	return 0;
}

static uint64_t root_flags(const struct config *config)
{
	uint64_t flags = config->root.readonly ? MOUNT_ATTR_RDONLY : 0;

	if (config->root_tmpfs.set || config->mode != MODE_UNSET)
		flags |= MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return flags;
}

bool verify_mounts_wanted(const struct config *config)
{
	return config->verify_mounts;
}

/*
 * verify_mounts_apply - no mount has fewer restrictions than were asked for
 *
 * Needs:  the pivot done, the root read-only if it shall be
 * Leaves: nothing changed
 * Mustn't be left out in production: it is what tells a kernel that ignored a flag
 */
int verify_mounts_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct mount_options options;

	if (flags_verify(run->rootfs, "/", 0, root_flags(config), err) < 0)
		return -1;
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (mount_options_read(config, mount, &options, err) < 0 ||
			flags_verify(run->rootfs, mount->destination,
				options.copy_symlink ? O_NOFOLLOW : 0,
				options.top.set | options.below.set, err) < 0)
			return -1;
	}
	return 0;
}
