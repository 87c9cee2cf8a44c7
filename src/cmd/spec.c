/*
 * nucleus spec: a config.json to begin with. It is as tight as a program that is not known yet can
 * bear: every namespace its own, no capability, no new privileges, a read-only root, the built-in
 * seccomp profile, no device but the standard ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/commands.h"
#include "oci/spec.h"
#include "policy/policy.h"
#include "policy/seccomp-default.h"

const struct option spec_options[] = {
	{ "bundle", 'b', "DIR", "where to write it (default: the current directory)" },
	{ "rootless", 0, NULL,
		"for a caller who is not root: a user namespace that maps only him" },
	{ 0 },
};

#define STRINGS(...)                                                                            \
	{                                                                                       \
		.set = true, .count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
		.items = (const char *[])                                                       \
		{                                                                               \
			__VA_ARGS__                                                             \
		}                                                                               \
	}

/* The last is for root alone, and so is the last namespace for others. */
static struct config_mount mounts[] = {
	{ "/proc", "proc", "proc", STRINGS("nosuid", "noexec", "nodev") },
	{ "/dev", "tmpfs", "tmpfs", STRINGS("nosuid", "noexec", "mode=755", "size=65536k") },
	{ "/dev/pts", "devpts", "devpts",
		STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620") },
	{ "/dev/shm", "tmpfs", "shm",
		STRINGS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k") },
	{ "/dev/mqueue", "mqueue", "mqueue", STRINGS("nosuid", "noexec", "nodev") },
	{ "/sys", "sysfs", "sysfs", STRINGS("nosuid", "noexec", "nodev", "ro") },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", STRINGS("nosuid", "noexec", "nodev", "ro") },
};

static struct config_namespace namespaces[] = {
	{ NAMESPACE_PID, NULL },
	{ NAMESPACE_NETWORK, NULL },
	{ NAMESPACE_IPC, NULL },
	{ NAMESPACE_UTS, NULL },
	{ NAMESPACE_MOUNT, NULL },
	{ NAMESPACE_CGROUP, NULL },
	{ NAMESPACE_USER, NULL },
};

static struct config_device_rule no_device[] = { { .allow = false, .access = "rwm" } };
static struct config_seccomp seccomp;
static struct config_capabilities no_capability;

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct config_idmapping *mapping_of(struct arena *arena, int64_t id)
{
	struct config_idmapping *mapping = arena_alloc(arena, 1, sizeof(*mapping));

	*mapping = (struct config_idmapping){ { true, 0 }, { true, id }, { true, 1 } };
	return mapping;
}

static void rootless_settle(struct config *config, struct arena *arena)
{
	config->mounts_count--;
	config->namespaces_count++;
	config->uid_mappings = mapping_of(arena, geteuid());
	config->gid_mappings = mapping_of(arena, getegid());
	config->uid_mappings_count = config->gid_mappings_count = 1;
	/* Who is not root has no cgroups to limit devices in. */
	config->resources.devices_count = 0;
}

static char *default_text(const struct call *call)
{
	struct config config = {
		.oci_version = OCI_VERSION,
		.root = { .path = "rootfs", .readonly = true },
		.process = {
			.terminal = true,
			.cwd = "/",
			.args = STRINGS("sh"),
			.env = STRINGS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				"TERM=xterm"),
			.user = { .uid = { .set = true }, .gid = { .set = true } },
			.capabilities = &no_capability,
			.no_new_privileges = true,
		},
		.hostname = "nucleus",
		.mounts = mounts,
		.mounts_count = COUNT(mounts),
		.namespaces = namespaces,
		.namespaces_count = COUNT(namespaces) - 1,
		.resources = { .devices = no_device, .devices_count = COUNT(no_device) },
		.seccomp = &seccomp,
		.readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"),
	};
	const char **masked = (const char **)(uintptr_t)policy_masked_paths;

	seccomp = seccomp_default;
	config.masked_paths = (struct strings){ .set = true, .items = masked };
	while (masked[config.masked_paths.count])
		config.masked_paths.count++;
	if (call_option(call, "rootless"))
		rootless_settle(&config, call->arena);
	return spec_write(&config, call->arena);
}

int spec_main(struct call *call, struct err *err)
{
	const char *dir = call_option(call, "bundle") ? call_option(call, "bundle") : ".";
	const char *path = arena_printf(call->arena, "%s/config.json", dir);
	const char *text = default_text(call);

	if (call->args_count)
		return call_error(call, err, "no word goes with it");
	autoclose fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0) {
		err_errno(err, "write %s", path);
		return err->code == EEXIST ? err_hint(err, "remove it first") : -1;
	}
	if (fd_write_all(fd, text, strlen(text)) == 0)
		return 0;
	err_errno(err, "write %s", path);
	unlink(path);
	return -1;
}
