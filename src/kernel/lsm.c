/*
 * AppArmor profiles and SELinux labels: proc(5) attr/exec, lsm_list_modules(2) (since Linux 6.8).
 * The label is written through a procfs of our own (CVE-2019-16884), by the very process that
 * executes the workload, since the kernel takes it from no other. A label that the kernel does not
 * enforce is an error: what asked for it believes the container confined.
 */
#include "kernel/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

/* linux/lsm.h of Linux 6.8. */
enum { LSM_LIST_MODULES = 461, MODULES_MOST = 64 };
enum module { SELINUX = 101, APPARMOR = 104 };

static bool given(const char *label)
{
	return label && *label;
}

/* Kernels that cannot be asked tell it in sysfs: 'Y', and a directory that is made at boot. */
static bool is_enabled_by_sysfs(enum module module)
{
	char text = 'N';

	if (module == SELINUX)
		return access("/sys/fs/selinux", F_OK) == 0;
	autoclose fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &text, 1) == 1 && text == 'Y';
}

static bool is_enabled(enum module module)
{
	uint64_t modules[MODULES_MOST];
	uint32_t size = sizeof(modules);
	long count = syscall(LSM_LIST_MODULES, modules, &size, 0);

	if (count < 0)
		return is_enabled_by_sysfs(module);
	while (count-- > 0)
		if (modules[count] == (uint64_t)module)
			return true;
	return false;
}

bool lsm_wanted(const struct config *config)
{
	return given(config->mount_label) || label_wanted(config);
}

static int absent(const char *property, const char *label, const char *module, struct err *err)
{
	err_set(err, EOPNOTSUPP, "%s \"%s\": this kernel does not run %s", property, label, module);
	return err_hint(err, "remove the property, or boot a kernel that runs %s", module);
}

/*
 * lsm_apply - know which modules enforce labels here
 *
 * Needs:  the host's sysfs on kernels before 6.8
 * Leaves: run->apparmor and run->selinux; only for "unconfined" is it no error to lack one
 */
int lsm_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	const char *profile = config->process.apparmor_profile,
		   *label = config->process.selinux_label;

	run->apparmor = given(profile) && is_enabled(APPARMOR);
	run->selinux = (given(label) || given(config->mount_label)) && is_enabled(SELINUX);
	if (given(profile) && !run->apparmor && strcmp(profile, "unconfined") != 0)
		return absent("process.apparmorProfile", profile, "AppArmor", err);
	if (given(label) && !run->selinux)
		return absent("process.selinuxLabel", label, "SELinux", err);
	return 0;
}

void lsm_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "mountLabel", config->mount_label);
}

bool label_wanted(const struct config *config)
{
	return given(config->process.apparmor_profile) || given(config->process.selinux_label);
}

static int attribute_write(int procfs, const char *name, const char *text)
{
	autoclose fd = process_own_open(procfs, name, O_WRONLY);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static int profile_write(int procfs, const char *profile, struct arena *arena, struct err *err)
{
	const char *text = arena_printf(arena, "exec %s", profile);
	int result = attribute_write(procfs, "attr/apparmor/exec", text);

	/* Before Linux 5.8 there is but one directory for all modules; a profile that is not loaded
	 * is the same error. */
	if (result < 0 && errno == ENOENT)
		result = attribute_write(procfs, "attr/exec", text);
	if (result < 0 && errno == ENOENT)
		return err_set(err, EINVAL, "AppArmor profile \"%s\" is not loaded", profile);
	return result < 0 ? err_errno(err, "take the AppArmor profile \"%s\"", profile) : 0;
}

/*
 * label_apply - have the workload's execve enter its profile or domain
 *
 * Needs:  what lsm_apply found; run->procfs, or the host's before an exec enters the container; to
 *         be the process that calls execve, or its parent
 * Leaves: this process as it was: the label is taken by the next execve
 * Mustn't run after Landlock, which closes the procfs, nor before the hooks, which execute too
 */
int label_apply(struct run *run, struct err *err)
{
	const struct config_process *process = &run->config->process;
	autoclose host = run->procfs < 0 ? open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int procfs = run->procfs < 0 ? host : run->procfs;

	if (!fd_has_magic(procfs, PROC_SUPER_MAGIC))
		return err_set(err, EINVAL, "/proc is not a proc file system");
	if (run->apparmor && profile_write(procfs, process->apparmor_profile, run->arena, err) < 0)
		return -1;
	if (!given(process->selinux_label) ||
		attribute_write(procfs, "attr/exec", process->selinux_label) == 0)
		return 0;
	if (errno == EINVAL)
		return err_set(err, EINVAL, "SELinux label \"%s\" is none of the loaded policy",
			process->selinux_label);
	return err_errno(err, "take the SELinux label \"%s\"", process->selinux_label);
}

void label_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "apparmorProfile", config->process.apparmor_profile);
	node_put_string(arena, params, "selinuxLabel", config->process.selinux_label);
}

const char *lsm_lack(const struct config *config)
{
	return given(config->mount_label) && !is_enabled(SELINUX)
		? "linux.mountLabel: this kernel does not run SELinux: mounts have no label"
		: NULL;
}

const char *lsm_context(const struct run *run, struct arena *arena)
{
	return run->selinux && given(run->config->mount_label)
		? arena_printf(arena, "context=%s", run->config->mount_label)
		: NULL;
}

int lsm_mount_label(const struct run *run, int mount, struct err *err)
{
	const char *label = run->config->mount_label;

	if (!run->selinux || !given(label))
		return 0;
	autoclose root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fsetxattr(root, "security.selinux", label, strlen(label), 0) < 0)
		return err_errno(err, "label it \"%s\"", label);
	return 0;
}
