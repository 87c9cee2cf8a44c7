/*
 * Sources are cloned as detached mounts before a sandbox has namespaces of its own, and that takes
 * CAP_SYS_ADMIN over the mounts they are on. Rests on user_namespaces(7): one user and one group
 * can be mapped without privilege, once setgroups(2) is given up.
 */
#include "run/rootless.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

static bool may_mount(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, sets) == 0 &&
		sets[0].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

static int map_write(const char *path, const char *text, struct err *err)
{
	autoclose fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, "write \"%s\" to %s", text, path);
	return 0;
}

int rootless_enter(struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char users[40], groups[40];

	if (may_mount())
		return 0;
	snprintf(users, sizeof(users), "%u %u 1", uid, uid);
	snprintf(groups, sizeof(groups), "%u %u 1", gid, gid);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
		err_errno(err, "make a user namespace for a caller who is not root");
		return err_hint(err, "run it as root, or allow unprivileged user namespaces");
	}
	if (map_write("/proc/self/setgroups", "deny", err) < 0 ||
		map_write("/proc/self/uid_map", users, err) < 0)
		return -1;
	return map_write("/proc/self/gid_map", groups, err);
}
