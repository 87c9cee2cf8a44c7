/*
 * A packed closure: one file whose digest stands for all that is in it. It is hashed and mounted
 * through one descriptor, and the sources in the store are taken from that mount, which the host
 * never sees: names of the host's store mean nothing. Must never mount what is not what the
 * config says, unless attestation is off. Sources: fsopen and fsconfig (no manual pages in Debian
 * 12), loop(4), fs/erofs/super.c of Linux.
 */
#include "run/image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/image-trailer.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "run/spawn.h"

enum { LOOP_TRIES = 16 };

bool image_wanted(const struct config *config)
{
	return config->closure && config->closure->image_sha256;
}

/* Only who could change what the runtime does anyway may have written it. */
static int file_check(int fd, const char *file, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return err_errno(err, "%s: look at it", file);
	if (!S_ISREG(status.st_mode))
		return err_set(err, EINVAL, "%s: not a regular file", file);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return err_set(
			err, EPERM, "%s: belongs to somebody else, uid %u", file, status.st_uid);
	if (status.st_mode & 022)
		return err_set(err, EPERM, "%s: others than its owner may write to it (mode %04o)",
			file, status.st_mode & 07777);
	return 0;
}

static int digest_check(int fd, const struct config_closure *closure, struct err *err)
{
	unsigned char wanted[SHA256_SIZE], sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	if (closure->attestation == ATTESTATION_OFF)
		return 0;
	if (image_digest(fd, text) < 0)
		return err_errno(err, "%s: read", closure->registration);
	if (digest_read(text, sum) && digest_read(closure->image_sha256, wanted) &&
		digest_equal(sum, wanted))
		return 0;
	return err_set(err, EINVAL, "%s: its SHA-256 is %s, not %s", closure->registration, text,
		closure->image_sha256);
}

/* A mount of what is at source; -1 with errno, and *step says what failed. */
static int source_mount(const char *source, const char **step)
{
	autoclose context = fsopen("erofs", FSOPEN_CLOEXEC);

	*step = "find erofs in the kernel";
	if (context < 0)
		return -1;
	*step = "mount it";
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0 ||
		fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
		fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(
		context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* The read-only device of the file; it is gone with its last user. -1 with errno. */
static int loop_open(int fd, char device[static FD_PATH_SIZE])
{
	const struct loop_config config = { .fd = (unsigned)fd,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };
	autoclose control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	for (int tries = 0; control >= 0 && tries < LOOP_TRIES; tries++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		autoclose loop = -1;

		if (number < 0)
			return -1;
		snprintf(device, FD_PATH_SIZE, "/dev/loop%d", number);
		loop = open(device, O_RDONLY | O_CLOEXEC);
		if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) == 0)
			return take_fd(&loop);
		/* Somebody else was faster. */
		if (loop >= 0 && errno != EBUSY)
			return -1;
	}
	return -1;
}

/* Kernels before Linux 6.12, and those that were built so, want a block device. */
static int loop_mount(int fd, const char **step)
{
	char device[FD_PATH_SIZE];
	autoclose loop = loop_open(fd, device);

	*step = "make a loop device of it, as this kernel's erofs wants a block device";
	return loop < 0 ? -1 : source_mount(device, step);
}

static int mount_fault(const struct config_closure *closure, const char *step, struct err *err)
{
	err_errno(err, "%s: %s", closure->registration, step);
	if (err->code == EPERM)
		return err_hint(err,
			"to mount a packed closure needs CAP_SYS_ADMIN on the host, as root has "
			"it; the store itself, bound path by path, does not");
	if (err->code == ENODEV)
		return err_hint(err, "the kernel needs erofs, CONFIG_EROFS_FS");
	return -1;
}

struct taking {
	struct run *run;
	int image, error; /* errno */
};

/*
 * Before Linux 6.15 only what is attached could be cloned. So a child that shares memory and
 * descriptors attaches the image where nobody else sees it.
 */
static int trees_take(void *argument)
{
	struct taking *taking = argument;
	const struct config *config = taking->run->config;
	autoclose place = -1;

	taking->error = 0;
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || mount_attach(taking->image, place) < 0)
		taking->error = errno;
	for (size_t i = 0; !taking->error && i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		autoclose inside = !mount_is_packed(config, mount)
			? -1
			: file_open_in_root(taking->image, mount->source, O_PATH | O_NOFOLLOW, 0);
		int tree = inside < 0 ? -1 : mount_clone(inside, 0);

		taking->run->image_trees[i] = tree < 0 ? -errno : tree;
	}
	return 0;
}

/* 0 or -1 with errno. */
static int image_take(struct run *run, int image)
{
	struct taking taking = { .run = run, .image = image, .error = ECHILD };
	int pidfd = -1;

	run->image_trees = arena_alloc(
		run->arena, run->config->mounts_count + 1, sizeof(*run->image_trees));
	if (spawn_program(trees_take, &taking, CLONE_FILES, &pidfd) < 0)
		return -1;
	pidfd_reap(pidfd);
	fd_close(&pidfd);
	errno = taking.error;
	return errno ? -1 : 0;
}

int image_apply(struct run *run, struct err *err)
{
	const struct config_closure *closure = run->config->closure;
	char path[FD_PATH_SIZE];
	const char *step = "mount it";

	/* Asked first, as root's files look like a stranger's in a user namespace. */
	if (run->rootless || run->ids.nested) {
		errno = EPERM;
		return mount_fault(closure, step, err);
	}
	autoclose fd = openat(run->bundle_dir, closure->registration,
		O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "%s: open", closure->registration);
	if (file_check(fd, closure->registration, err) < 0 || digest_check(fd, closure, err) < 0)
		return -1;
	autoclose image = source_mount(fd_path(fd, path), &step);
	if (image < 0 && errno == ENOTBLK)
		image = loop_mount(fd, &step);
	if (image < 0)
		return mount_fault(closure, step, err);
	return image_take(run, image) < 0 ? mount_fault(closure, "open what is in it", err) : 0;
}

void image_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "file", config->closure->registration);
	node_put_string(arena, params, "sha256", config->closure->image_sha256);
}
