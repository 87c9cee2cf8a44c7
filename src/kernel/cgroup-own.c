/*
 * Whose a cgroup is. A container that sees its own cgroup writable is given it, as far as the
 * kernel says that is safe. A caller without rights on the hierarchy's root makes cgroups in the
 * highest one around its own that was delegated to it, or, if that is asked for, in the one that
 * systemd delegated to its unit. Rests on OCI's config-linux.md ("Cgroup ownership"), cgroups(7)
 * ("Delegation") and Documentation/admin-guide/cgroup-v2.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/ids.h"

/* What is delegated where the kernel does not list it, as before Linux 4.15. */
static const char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

enum { LIST_SIZE = 4096 };

static bool sees_it_writable(const struct config *config)
{
	if (!config_has_new_namespace(config, NAMESPACE_CGROUP))
		return false;
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (mount->type && !strncmp(mount->type, "cgroup", 6) &&
			!strcmp(mount->destination, "/sys/fs/cgroup"))
			return !mount_has_option(mount, "ro") && !mount_has_option(mount, "rro");
	}
	return false;
}

/* Of the workload's user on the host; -1 if it has none, or one we do not know. */
static int64_t host_uid(const struct run *run)
{
	int64_t uid = run->config->process.user.uid.value;
	const struct id_maps maps = ids_maps(run);

	if (!config_has_namespace(run->config, NAMESPACE_USER))
		return uid;
	for (size_t i = 0; i < maps.uids_count; i++) {
		const struct config_idmapping *map = &maps.uids[i];

		if (uid >= map->container_id.value &&
			uid - map->container_id.value < map->size.value)
			return map->host_id.value + (uid - map->container_id.value);
	}
	return -1;
}

static int own_file(int dir, const char *name, uid_t uid, struct err *err)
{
	autoclose file = file_open_beneath(dir, name, O_PATH);

	if (file < 0 && errno == ENOENT)
		return 0;
	if (file < 0 || fchownat(file, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_errno(err, "give %s of the cgroup to user %u", name, uid);
	return 0;
}

int cgroup_own(const struct run *run, struct err *err)
{
	char list[LIST_SIZE], *rest = list, *name;
	int64_t uid = host_uid(run);

	if (run->cgroup.v2 < 0 || uid < 0 || uid == geteuid() || !sees_it_writable(run->config))
		return 0;
	autoclose kernel = open("/sys/kernel/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (kernel < 0 || cgroup_read(kernel, "delegate", list, sizeof(list)) < 0)
		snprintf(list, sizeof(list), "%s", fallback);
	if (own_file(run->cgroup.v2, ".", (uid_t)uid, err) < 0)
		return -1;
	while ((name = strsep(&rest, "\n")))
		if (*name && own_file(run->cgroup.v2, name, (uid_t)uid, err) < 0)
			return -1;
	return 0;
}

/* Children can be made in it and processes put there. */
static bool is_ours(int root, const char *path)
{
	autoclose dir = file_open_beneath(root, *path ? path + 1 : ".", O_PATH | O_DIRECTORY);

	return dir >= 0 && faccessat(dir, ".", W_OK, AT_EACCESS) == 0 &&
		faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* This process's path in v2, without a slash at its end; NULL with err. */
static char *own_path(struct arena *arena, struct err *err)
{
	struct bytes lines;
	char *path;

	if (file_read(AT_FDCWD, "/proc/self/cgroup", NULL, 64 << 10, arena, &lines, err) < 0)
		return NULL;
	path = strstr(lines.text, "0::/");
	if (!path) {
		err_set(err, EACCES, "there is no cgroup v2 to be in");
		return NULL;
	}
	path += strlen("0::");
	path[strcspn(path, "\n")] = '\0';
	return path[1] ? path : path + 1;
}

/* systemd says so of the cgroup of a unit with Delegate=. */
static bool is_marked(int root, const char *path)
{
	autoclose dir = file_open_beneath(root, *path ? path + 1 : ".", O_RDONLY | O_DIRECTORY);
	char mark[2];

	return dir >= 0 &&
		(fgetxattr(dir, "trusted.delegate", mark, sizeof(mark)) == 1 ||
			fgetxattr(dir, "user.delegate", mark, sizeof(mark)) == 1) &&
		mark[0] == '1';
}

const char *cgroup_of_unit(struct arena *arena, struct err *err)
{
	autohierarchy v2 = cgroup_hierarchy_open(CGROUP_NONE);
	char *path = own_path(arena, err), *end = path ? path + strlen(path) : NULL;

	for (; end && v2.root >= 0; end = strrchr(path, '/')) {
		*end = '\0';
		if (is_marked(v2.root, path))
			return path;
	}
	if (path)
		err_set(err, EACCES, "this process is in no cgroup that systemd delegated");
	return NULL;
}

const char *cgroup_delegated(struct arena *arena, struct err *err)
{
	autohierarchy v2 = cgroup_hierarchy_open(CGROUP_NONE);
	char *path = own_path(arena, err), *end, kept = '\0';
	bool ours = false;

	/* From its own upwards, as long as they are its own. */
	for (end = path ? path + strlen(path) : NULL; end && v2.root >= 0;
		end = strrchr(path, '/')) {
		kept = *end;
		*end = '\0';
		if (!is_ours(v2.root, path)) {
			*end = kept;
			break;
		}
		ours = true;
	}
	if (path && !ours)
		err_set(err, EACCES, "the cgroup %s is not delegated to this user",
			*path ? path : "/");
	return ours ? path : NULL;
}
