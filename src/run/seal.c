/*
 * A process that enters a sandbox shows its binary as /proc/PID/exe. Where the sandbox's root is
 * the host's root, that is a way to overwrite the runtime. A detached read-only clone of the mount
 * the binary lies on, executed again, costs no copy and cannot be written through.
 */
#include "run/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

int seal_self(const struct config *config, char **argv, struct err *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statvfs where;

	if (config_has_new_namespace(config, NAMESPACE_USER))
		return 0;
	if (statvfs("/proc/self/exe", &where) < 0)
		return err_errno(err, "seal: statvfs of this program");
	if (where.f_flag & ST_RDONLY)
		return 0;
	autoclose self = (int)syscall(
		SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (self < 0)
		return err_errno(err, "seal: open_tree of this program");
	if (syscall(SYS_mount_setattr, self, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return err_errno(err, "seal: mount_setattr of this program read-only");
	syscall(SYS_execveat, self, "", argv, environ, AT_EMPTY_PATH);
	return err_errno(err, "seal: execute this program again");
}
