/*
 * New file systems by fsopen, fsconfig and fsmount (no manual page in Debian 12; see
 * Documentation/filesystems/mount_api.rst). What protects is set on the mount, not the superblock,
 * because proc, sysfs and mqueue share theirs; a file system of any other type gets "ro" on both.
 * Must never take a place by its path, and never hide what the kernel said about a parameter.
 */
#include "kernel/mount-types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "kernel/lsm.h"
#include "kernel/mount-api.h"
#include "kernel/steps.h"

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

static int parameter_set(int context, const char *parameter, struct err *err)
{
	char key[64], doing[300];
	const char *equals = strchr(parameter, '=');
	size_t length = equals ? (size_t)(equals - parameter) : strlen(parameter);

	snprintf(doing, sizeof(doing), "option \"%s\"", parameter);
	if (length >= sizeof(key))
		return err_set(err, EINVAL, "option \"%.80s\": its name is too long", parameter);
	memcpy(key, parameter, length);
	key[length] = '\0';
	if (fsconfig(context, equals ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key,
		    equals ? equals + 1 : NULL, 0) < 0)
		return context_errno(context, err, doing);
	return 0;
}

int mount_make(const char *type, const char *source, const char *const *parameters, uint64_t flags,
	struct err *err)
{
	autoclose context = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0 && errno == ENODEV)
		return err_set(err, ENODEV, "the kernel knows no file system \"%s\"", type);
	if (context < 0)
		return err_errno(err, "open the file system %s", type);
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return context_errno(context, err, "set the source");
	for (; *parameters; parameters++)
		if (parameter_set(context, *parameters, err) < 0)
			return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return context_errno(context, err, "create the file system");
	fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)flags);
	return fd < 0 ? context_errno(context, err, "create the mount") : fd;
}

int mount_reconfigure(const struct config_mount *mount, int place, struct err *err)
{
	autoclose context = -1;

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *parameter = mount->options.items[i];

		if (!mount_option_is_for_file_system(parameter))
			continue;
		if (context < 0)
			context = fspick(place, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
		if (context < 0)
			return err_errno(err, "take hold of its file system");
		if (parameter_set(context, parameter, err) < 0)
			return -1;
	}
	if (context >= 0 && fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return context_errno(context, err, "change its file system");
	return 0;
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
				"in a user namespace a fresh %s needs a %s namespace that belongs to it; or bind the host's",
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

/* Types that take no SELinux context when they are mounted: their superblock is there before. */
static bool has_fixed_labels(const char *type)
{
	return !strcmp(type, "proc") || !strcmp(type, "sysfs") || !strcmp(type, "mqueue");
}

static bool has_parameter(const struct config_mount *mount, const char *name)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strncmp(mount->options.items[i], name, strlen(name)))
			return true;
	return false;
}

/* A tmpfs looks like the directory it covers unless an option says otherwise. */
static size_t looks_add(struct arena *arena, const struct config_mount *mount,
	const struct stat *covered, const char **list)
{
	/* What an id looks like that the user namespace does not map. */
	enum { UNMAPPED = 65534 };
	size_t count = 0;

	if (strcmp(mount->type, "tmpfs") != 0)
		return 0;
	if (!has_parameter(mount, "mode="))
		list[count++] = arena_printf(arena, "mode=%o", covered->st_mode & 07777);
	if (covered->st_uid && covered->st_uid != UNMAPPED && !has_parameter(mount, "uid="))
		list[count++] = arena_printf(arena, "uid=%u", covered->st_uid);
	if (covered->st_gid && covered->st_gid != UNMAPPED && !has_parameter(mount, "gid="))
		list[count++] = arena_printf(arena, "gid=%u", covered->st_gid);
	return count;
}

/* The options that are the file system's own, and what we add to them. */
static const char **parameters_list(struct arena *arena, const struct config_mount *mount,
	const struct mount_options *options, const struct stat *covered, const char *label)
{
	const char **list = arena_alloc(arena, mount->options.count + 6, sizeof(*list));
	size_t count = looks_add(arena, mount, covered, list);

	if (label)
		list[count++] = label;
	if (options->top.set & MOUNT_ATTR_RDONLY && !is_virtual(mount->type))
		list[count++] = "ro";
	for (size_t i = 0; i < mount->options.count; i++)
		if (mount_option_is_for_file_system(mount->options.items[i]))
			list[count++] = mount->options.items[i];
	return list;
}

int mount_type_make(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int destination, struct err *err)
{
	bool takes_label = !has_fixed_labels(mount->type);
	struct stat covered = { 0 };

	if (destination >= 0 && fstat(destination, &covered) < 0)
		return err_errno(err, "stat the directory it covers");
	autoclose fd = mount_make(mount->type,
		mount->source && mount->source[0] ? mount->source : mount->type,
		parameters_list(run->arena, mount, options, &covered,
			takes_label ? lsm_context(run, run->arena) : NULL),
		options->top.set | options->below.set, err);
	if (fd < 0 && config_has_namespace(run->config, NAMESPACE_USER))
		hint_add(run->config, mount->type, err);
	if (fd >= 0 && !strcmp(mount->type, "mqueue") && lsm_mount_label(run, fd, err) < 0)
		return -1;
	return take_fd(&fd);
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
	static const struct config_mount mount = { .type = "proc" };
	const struct config *config = run->config;

	/*
	 * A user namespace may not mount a procfs of process ids that are not its own: the host's
	 * is right then, as it is seen before the new root covers it.
	 */
	run->procfs = mount_type_make(run, &mount, &none, -1, err);
	if (run->procfs < 0 && err->code == EPERM && config_has_namespace(config, NAMESPACE_USER) &&
		!config_has_new_namespace(config, NAMESPACE_PID) &&
		!(config->init && config_has_namespace(config, NAMESPACE_PID)))
		run->procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run->procfs < 0)
		return -1;
	if (!fd_has_magic(run->procfs, PROC_SUPER_MAGIC))
		return err_set(err, EINVAL, "/proc on this host is not a proc file system");
	return 0;
}
