/*
 * New file systems by fsopen, fsconfig and fsmount (no manual page in Debian 12; see
 * Documentation/filesystems/mount_api.rst). What protects is set on the mount, not the superblock,
 * because proc, sysfs and mqueue share theirs; a file system of any other type gets "ro" on both.
 * Must never take a place by its path, and never hide what the kernel said about a parameter.
 */
#include "kernel/mount-types.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount.h"

/* Appends what the kernel logged about the last call on context, "proc: Unknown parameter 'x'". */
static int context_errno(int context, struct err *err, const char *doing)
{
	char said[256];
	int code = errno;
	ssize_t length = read(context, said, sizeof(said) - 1);

	if (length > 0)
		said[length] = '\0';
	while (length > 0 && (said[length - 1] == '\n' || said[length - 1] == '\0'))
		said[--length] = '\0';
	errno = code;
	/* A message starts with its kind: "e ", "w " or "i ". */
	if (length <= 2)
		return err_errno(err, "%s", doing);
	return err_set(err, code, "%s: %s (%s)", doing, strerror(code), said + 2);
}

int mount_parameter_set(int context, const char *option, struct err *err)
{
	char key[64], doing[300];
	const char *equals = strchr(option, '=');
	size_t length = equals ? (size_t)(equals - option) : strlen(option);

	snprintf(doing, sizeof(doing), "option \"%s\"", option);
	if (length >= sizeof(key))
		return err_set(err, EINVAL, "option \"%.80s\": its name is too long", option);
	memcpy(key, option, length);
	key[length] = '\0';
	if (fsconfig(context, equals ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key,
		    equals ? equals + 1 : NULL, 0) < 0)
		return context_errno(context, err, doing);
	return 0;
}

int mount_context_finish(int context, uint64_t flags, struct err *err)
{
	int fd;

	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return context_errno(context, err, "create the file system");
	fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)flags);
	return fd < 0 ? context_errno(context, err, "create the mount") : fd;
}

/* Why a fresh file system of this type is refused in a user namespace. */
static void hint_add(const struct config *config, const char *type, struct err *err)
{
	static const struct {
		const char *type, *name;
		enum namespace_type needs;
	} needs[] = {
		{ "proc", "pid", NAMESPACE_PID },
		{ "sysfs", "network", NAMESPACE_NETWORK },
		{ "mqueue", "ipc", NAMESPACE_IPC },
		{ "cgroup", "cgroup", NAMESPACE_CGROUP },
		{ "cgroup2", "cgroup", NAMESPACE_CGROUP },
	};

	if (err->code != EPERM)
		return;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (strcmp(type, needs[i].type))
			continue;
		if (!config_has_new_namespace(config, needs[i].needs))
			err_hint(err,
				"in a user namespace a fresh %s needs a new %s namespace too; or bind the host's",
				type, needs[i].name);
		else
			err_hint(err,
				"the kernel refuses a fresh %s where the one outside is itself partly hidden",
				type);
		return;
	}
	err_hint(err, "the kernel lets no user namespace mount a file system of this type");
}

/* Types whose superblock stays writable: shared with other mounts, or read-only per mount as well.
 */
static bool is_virtual(const char *type)
{
	static const char *const types[] = { "proc", "sysfs", "tmpfs", "devpts", "mqueue" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

/* A tmpfs looks like the directory it covers unless an option says otherwise. */
static int tmpfs_mode_set(
	const struct config_mount *mount, int context, int destination, struct err *err)
{
	char mode[32];
	struct stat stat;

	for (size_t i = 0; i < mount->options.count; i++)
		if (!strncmp(mount->options.items[i], "mode=", 5))
			return 0;
	if (fstat(destination, &stat) < 0)
		return err_errno(err, "stat the directory it covers");
	snprintf(mode, sizeof(mode), "mode=%o", stat.st_mode & 07777);
	return mount_parameter_set(context, mode, err);
}

static int parameters_set(const struct config_mount *mount, const struct mount_options *options,
	int context, int destination, struct err *err)
{
	const char *source = mount->source && mount->source[0] ? mount->source : mount->type;

	if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return context_errno(context, err, "set the source");
	if (!strcmp(mount->type, "tmpfs") && tmpfs_mode_set(mount, context, destination, err) < 0)
		return -1;
	if (options->top.set & MOUNT_ATTR_RDONLY && !is_virtual(mount->type) &&
		mount_parameter_set(context, "ro", err) < 0)
		return -1;
	for (size_t i = 0; i < mount->options.count; i++)
		if (mount_option_is_for_file_system(mount->options.items[i]) &&
			mount_parameter_set(context, mount->options.items[i], err) < 0)
			return -1;
	return 0;
}

static int type_make(const struct config_mount *mount, const struct mount_options *options,
	int destination, struct err *err)
{
	autoclose context = fsopen(mount->type, FSOPEN_CLOEXEC);

	if (context < 0 && errno == ENODEV)
		return err_set(err, ENODEV, "the kernel knows no file system \"%s\"", mount->type);
	if (context < 0)
		return err_errno(err, "open the file system");
	if (parameters_set(mount, options, context, destination, err) < 0)
		return -1;
	return mount_context_finish(context, options->top.set | options->below.set, err);
}

int mount_type_make(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int destination, struct err *err)
{
	int fd;

	if (!mount->type)
		return err_set(err, EINVAL,
			"mount %s: it has neither a type nor \"bind\" among its options",
			mount->destination);
	fd = type_make(mount, options, destination, err);
	if (fd >= 0)
		return fd;
	if (config_has_new_namespace(run->config, NAMESPACE_USER))
		hint_add(run->config, mount->type, err);
	return err_where(err, "mount %s on %s", mount->type, mount->destination);
}

/*
 * The host's /proc as it is seen before the new root covers it. Right for a container that shares
 * the host's process ids, where a user namespace may not mount its own.
 */
static int procfs_open_host(struct err *err)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_errno(err, "open /proc") : fd;
}

/*
 * procfs_apply - hold a procfs that no mount inside the container can cover or fake
 *
 * Needs:  the new pid namespace; the old root still in place
 * Leaves: run->procfs, never attached anywhere
 * Mustn't be handed to the workload: it is writable
 */
int procfs_apply(struct run *run, struct err *err)
{
	static const struct mount_options none;
	static const struct config_mount mount = { .destination = "a private descriptor",
		.type = "proc" };
	struct statfs seen;

	if (config_has_new_namespace(run->config, NAMESPACE_USER) &&
		!config_has_new_namespace(run->config, NAMESPACE_PID))
		run->procfs = procfs_open_host(err);
	else
		run->procfs = mount_type_make(run, &mount, &none, -1, err);
	if (run->procfs < 0)
		return -1;
	if (fstatfs(run->procfs, &seen) < 0)
		return err_errno(err, "check that /proc is a proc file system");
	if (seen.f_type != PROC_SUPER_MAGIC)
		return err_set(err, EINVAL, "/proc on this host is not a proc file system");
	return 0;
}
