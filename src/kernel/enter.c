/*
 * Entering the namespaces of a running container: setns(2) on the pidfd of its first process, which
 * takes all of them or none and whose order is the kernel's: the user namespace first, everything
 * judged by the credentials from before. Must never be seen inside while it still has something of
 * the host's that could be traced out of it or stolen: see enter_look_apply.
 *
 * A process cannot change its own pid namespace, only that of those it makes; the runtime does so
 * last of all, and makes one process. Rests on setns(2), pid_namespaces(7), user_namespaces(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/ns.h"
#include "kernel/steps.h"

/* The inode of /proc/WHO/ns/TYPE; 0 if the kernel has no such namespaces, -1 with errno. */
static int64_t namespace_inode(const char *who, enum namespace_type type)
{
	char path[64];
	struct stat stat_of;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", who, ns_files[type]);
	if (stat(path, &stat_of) == 0)
		return (int64_t)stat_of.st_ino;
	return errno == ENOENT && type == NAMESPACE_TIME ? 0 : -1;
}

/*
 * enter_look_apply - find out what the container has that this process has not
 *
 * Needs:  run->target's process, pinned by its pidfd; where all namespaces are shared no setns
 * would fail if it has ended and its number names one of the host's Leaves: run->target.namespaces;
 * this process not dumpable, so that its child is not from birth: nothing inside can trace it, read
 * its memory or take its descriptors, but for a container that has CAP_SYS_PTRACE in the host's own
 * user namespace (CVE-2016-9962)
 */
int enter_look_apply(struct run *run, struct err *err)
{
	char who[16];

	snprintf(who, sizeof(who), "%d", run->target.pid);
	run->target.namespaces = 0;
	for (int type = NAMESPACE_UNSET + 1; type < NAMESPACE_TYPES; type++) {
		int64_t theirs = namespace_inode(who, type), ours = namespace_inode("self", type);

		if (theirs < 0 || ours < 0)
			return err_errno(
				err, "look at the container's %s namespace", namespace_names[type]);
		if (theirs != ours)
			run->target.namespaces |= ns_flags[type];
	}
	/* While it is there its number is its own, so all that was looked up by that was its. */
	if (pidfd_signal(run->target.process, 0) < 0 && errno == ESRCH)
		return err_errno(err, "look at the container's first process again");
	/* Where setgroups(2) is denied inside, the child can ask only the host's procfs. */
	if (run->target.namespaces & CLONE_NEWUSER)
		run->procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_errno(err, "prctl PR_SET_DUMPABLE") : 0;
}

/*
 * enter_pid_apply - let the next process be born in the container's pid namespace
 *
 * Leaves: this process where it was, but that without CAP_SYS_ADMIN (rootless) the way there leads
 *         through the container's user namespace, for good: nothing it still does needs privilege
 * Mustn't run before anything else of this side: what it makes from here on is seen inside
 */
int enter_pid_apply(struct run *run, struct err *err)
{
	uint64_t both = CLONE_NEWUSER | CLONE_NEWPID, joined = run->target.namespaces & both;
	int result = 0;

	if (!(joined & CLONE_NEWPID))
		return 0;
	joined = CLONE_NEWPID;
	result = setns(run->target.process, CLONE_NEWPID);
	if (result < 0 && errno == EPERM && run->target.namespaces & CLONE_NEWUSER) {
		joined = both;
		result = setns(run->target.process, (int)both);
	}
	run->target.namespaces &= ~joined;
	return result < 0 ? err_errno(err, "join the container's pid namespace") : 0;
}

/* A container without a mount namespace of its own sees its root by chroot(2) alone. */
static int root_enter(struct run *run, struct err *err)
{
	if (!config_has_new_namespace(run->config, NAMESPACE_MOUNT) &&
		(fchdir(run->target.root) < 0 || chroot(".") < 0))
		return err_errno(err, "enter the container's root");
	run->rootfs = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return run->rootfs < 0 ? err_errno(err, "open the container's root") : 0;
}

/*
 * enter_apply - join the container's namespaces
 *
 * Needs:  to be in the container's cgroup; not dumpable
 * Leaves: this process in every namespace of the container's, with all capabilities in its user
 *         namespace; run->rootfs; no descriptor of the container's first process
 */
int enter_apply(struct run *run, struct err *err)
{
	int flags = (int)run->target.namespaces;

	if (flags && setns(run->target.process, flags) < 0)
		return err_errno(err, "join the container's namespaces");
	fd_close(&run->target.process);
	if (root_enter(run, err) < 0)
		return -1;
	fd_close(&run->target.root);
	return 0;
}
