/*
 * Joining namespaces by path, setns(2). Every path is opened before anything is made and checked to
 * be a namespace of its kind (ioctl_ns(2)); a path is looked at without opening what it names, so
 * that no pipe blocks and no device notices.
 *
 * Most are joined by the first process itself. Where a user namespace is joined or new, or a pid
 * namespace joined, another process goes first (run/spawn.c): a new namespace belongs to the user
 * namespace of its maker, and from a new one nothing of the host's can be joined any more. The
 * runtime itself joins nothing: its hooks and whoever undoes live where it was started. A joined
 * mount namespace is entered last of all, see rootfs.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/ns.h"
#include "kernel/steps.h"

static bool joins(const struct config *config, enum namespace_type type)
{
	return config_joined_namespace(config, type) != NULL;
}

bool namespaces_wanted(const struct config *config)
{
	for (int type = NAMESPACE_UNSET + 1; type < NAMESPACE_TYPES; type++)
		if (joins(config, type))
			return true;
	return !config_has_namespace(config, NAMESPACE_MOUNT);
}

/* The kind of namespace with that clone flag. */
static const char *kind_name(int flag)
{
	for (int type = NAMESPACE_UNSET + 1; type < NAMESPACE_TYPES; type++)
		if (ns_flags[type] == (uint64_t)flag)
			return namespace_names[type];
	return "other";
}

/* Opens path as a namespace of this type; -1 with err. */
static int namespace_open(enum namespace_type type, const char *path, struct err *err)
{
	char name[FD_PATH_SIZE];
	int fd, kind;

	autoclose place = open(path, O_PATH | O_CLOEXEC);
	if (place < 0)
		return err_errno(err, "open");
	if (!fd_has_magic(place, NSFS_MAGIC))
		return err_set(err, EINVAL, "it is no namespace");
	fd = open(fd_path(place, name), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "open");
	kind = ioctl(fd, NS_GET_NSTYPE);
	if (kind < 0)
		err_errno(err, "ask for its kind");
	else if ((uint64_t)kind == ns_flags[type])
		return fd;
	else
		err_set(err, EINVAL, "it is a namespace of the kind %s", kind_name(kind));
	close(fd);
	return -1;
}

/* The kernel gives the machine's first namespaces fixed inode numbers, linux/proc_ns.h; those of
 * network and mount since 6.17. */
static bool is_numbered(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_ino >= 0xeffffff0 &&
		status.st_ino <= 0xefffffff;
}

/*
 * Whether fd is the host's namespace of this type: the runtime's own, or that of the host's first
 * process. Who may not look at that process goes by the number; where that cannot tell either, it
 * is taken for the host's.
 */
static bool is_host(enum namespace_type type, int fd, int own)
{
	char path[32];
	autoclose first = -1;

	if (file_is_same(fd, own))
		return true;
	snprintf(path, sizeof(path), "/proc/1/ns/%s", ns_files[type]);
	first = open(path, O_RDONLY | O_CLOEXEC);
	if (first >= 0)
		return file_is_same(fd, first);
	return is_numbered(fd) || (type == NAMESPACE_NETWORK && !is_numbered(own));
}

/* What is set for a namespace must not be set for the whole host by joining the host's. */
static int own_check(const struct config *config, enum namespace_type type, struct err *err)
{
	if (type == NAMESPACE_UTS && hostname_wanted(config))
		return err_set(err, EINVAL,
			"it is the runtime's own: its hostname and domainname are not set");
	for (size_t i = 0; i < config->sysctl.count; i++)
		if (config_sysctl_namespace(config->sysctl.items[i].key) == type)
			return err_set(err, EINVAL, "it is the runtime's own: %.80s is not set",
				config->sysctl.items[i].key);
	return 0;
}

static int joined_open(struct run *run, enum namespace_type type, struct err *err)
{
	const char *path = config_joined_namespace(run->config, type);
	char own_path[32];
	autoclose own = -1;

	snprintf(own_path, sizeof(own_path), "/proc/self/ns/%s", ns_files[type]);
	if (path && (run->namespaces[type] = namespace_open(type, path, err)) < 0)
		return err_where(err, "join the %s namespace %s", namespace_names[type], path);
	own = open(own_path, O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return err_errno(err, "open %s", own_path);
	/* The first process leaves the runtime's mount namespace, and returns at the end. */
	if (type == NAMESPACE_MOUNT) {
		if (!path)
			run->namespaces[type] = take_fd(&own);
		return 0;
	}
	if (run->config->policy && path && is_host(type, run->namespaces[type], own))
		return err_set(err, EPERM,
			"join the %s namespace %s: it is the host's, which the policy keeps out",
			namespace_names[type], path);
	if (!file_is_same(run->namespaces[type], own))
		return 0;
	fd_close(&run->namespaces[type]);
	if (own_check(run->config, type, err) < 0)
		return err_where(err, "join the %s namespace %s", namespace_names[type], path);
	return 0;
}

/*
 * namespaces_apply - open every namespace that is to be joined
 *
 * Leaves: run->namespaces; one that is the runtime's own is left out, as if it were not named
 * Mustn't run after anything is made: what is wrong with a path is said before
 */
int namespaces_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;

	for (int type = NAMESPACE_UNSET + 1; type < NAMESPACE_TYPES; type++)
		if ((joins(config, type) ||
			    (type == NAMESPACE_MOUNT && !config_has_namespace(config, type))) &&
			joined_open(run, type, err) < 0)
			return -1;
	return 0;
}

void namespaces_print(const struct config *config, struct node *params, struct arena *arena)
{
	for (size_t i = 0; i < config->namespaces_count; i++)
		node_put_string(arena, params, namespace_names[config->namespaces[i].type],
			config->namespaces[i].path);
	if (!config_has_namespace(config, NAMESPACE_MOUNT))
		node_put_string(arena, params, "mount", "the runtime's own");
}

static int join(struct run *run, enum namespace_type type, struct err *err)
{
	int fd = run->namespaces[type];

	if (fd < 0)
		return 0;
	if (setns(fd, (int)ns_flags[type]) < 0)
		return err_errno(err, "join the %s namespace %s", namespace_names[type],
			config_joined_namespace(run->config, type));
	/* Its descriptor may be shared with the runtime, which closes it. */
	run->namespaces[type] = -1;
	return 0;
}

static const enum namespace_type plain[] = { NAMESPACE_NETWORK, NAMESPACE_IPC, NAMESPACE_UTS,
	NAMESPACE_PID, NAMESPACE_TIME };

bool ns_joiner_wanted(const struct config *config)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		any |= joins(config, plain[i]);
	return joins(config, NAMESPACE_PID) || joins(config, NAMESPACE_USER) ||
		(any && config_has_new_namespace(config, NAMESPACE_USER)) || timens_wanted(config);
}

/* Whoever lives in a namespace that is joined may see the newcomer before it is anything else. */
static int hide(const struct config *config, struct err *err)
{
	if (!joins(config, NAMESPACE_PID) && !joins(config, NAMESPACE_USER))
		return 0;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_errno(err, "prctl PR_SET_DUMPABLE") : 0;
}

/*
 * ns_join_first - join what the first process must be born into
 *
 * Needs:  a process of its own, with a memory of its own (setns of a time namespace)
 * Leaves: the next process it makes in those namespaces, its new ones owned by a joined user
 *         namespace; not dumpable, so that nobody who is there can trace it (CVE-2016-9962)
 */
int ns_join_first(struct run *run, struct err *err)
{
	bool user = run->namespaces[NAMESPACE_USER] >= 0;

	if (hide(run->config, err) < 0)
		return -1;

	/* Before the user namespace what the host's owns, after it what it owns itself. */
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (join(run, plain[i], err) < 0 && !(user && err->code == EPERM))
			return -1;
	if (join(run, NAMESPACE_USER, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (join(run, plain[i], err) < 0)
			return -1;
	if (timens_wanted(run->config) && timens_make(run->config, err) < 0)
		return -1;
	/* Joining a user namespace made it dumpable again where fs.suid_dumpable says so. */
	return hide(run->config, err);
}

bool join_wanted(const struct config *config)
{
	return !ns_joiner_wanted(config) &&
		(joins(config, NAMESPACE_NETWORK) || joins(config, NAMESPACE_IPC) ||
			joins(config, NAMESPACE_UTS) || joins(config, NAMESPACE_TIME));
}

/*
 * join_apply - join what the first process can join itself
 *
 * Needs:  run->namespaces, CAP_SYS_ADMIN on the host
 * Leaves: the first process in all of its namespaces but those of mounts and cgroups
 */
int join_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (join(run, plain[i], err) < 0)
			return -1;
	return 0;
}

bool cgroupns_wanted(const struct config *config)
{
	return config_has_namespace(config, NAMESPACE_CGROUP);
}

/*
 * cgroupns_apply - hide where in the host's tree of cgroups this one lies
 *
 * Needs:  to be in the container's cgroup, CAP_SYS_ADMIN in its user namespace
 * Leaves: /proc/self/cgroup and new cgroup mounts rooted at that cgroup, or where the joined
 *         namespace's are
 */
int cgroupns_apply(struct run *run, struct err *err)
{
	bool new = config_has_new_namespace(run->config, NAMESPACE_CGROUP);

	run->cgroupns = new || run->namespaces[NAMESPACE_CGROUP] >= 0;
	if (!new)
		return join(run, NAMESPACE_CGROUP, err);
	return unshare(CLONE_NEWCGROUP) < 0 ? err_errno(err, "unshare the cgroup namespace") : 0;
}
