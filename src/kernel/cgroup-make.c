/*
 * Making a container's cgroup: controllers are placed on v1 or v2 as they are mounted, directories
 * made, limits written. On v1 only the hierarchies that a limit needs are joined, as each attach
 * waits for an RCU grace period, plus the freezer where nothing else could find the container's
 * processes again. What a limit turned on in a parent's cgroup.subtree_control stays on.
 *
 * Whatever cannot be limited as asked is an error, and a cgroup that is in use is never taken over:
 * so whatever lies at the path afterwards is ours to kill and remove. Rests on cgroups(7) and
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-devices.h"
#include "kernel/cgroup-parts.h"

bool cgroup_needed(const struct config *config)
{
	autoarena arena = { 0 };
	struct cgroup_writes limits = { .arena = &arena };
	struct err ignored = { 0 };

	if (config->cgroup_manager == MANAGER_DISABLED)
		return false;
	return config->cgroups_path || config->cgroup_manager == MANAGER_SYSTEMD ||
		!config_has_new_namespace(config, NAMESPACE_PID) ||
		config->resources.devices_count ||
		cgroup_limits(&config->resources, &limits, &ignored) < 0 || limits.count;
}

void cgroup_close(struct run_cgroup *cgroup)
{
	fd_close(&cgroup->v2);
	for (int i = 0; i < CGROUP_CONTROLLERS_MOST; i++)
		fd_close(&cgroup->v1[i]);
}

/* One start's work in progress. */
struct making {
	struct run *run;
	const char *path;
	struct cgroup_hierarchy hierarchies[CGROUP_CONTROLLERS + 1];
	const struct cgroup_hierarchy *v2;
	/* Bit sets of controllers: mounted on v1, joined there, wanted from v2, welcome there. */
	unsigned mounted_v1, join_v1, on_v2, others;
	struct device_rules devices;
	struct cgroup_writes writes;
};

/*
 * Whoever names the path looks there for how much is used, and may set limits later: so the path is
 * in all hierarchies that count or limit.
 */
enum {
	NAMED_CONTROLLERS = 1 << CGROUP_MEMORY | 1 << CGROUP_CPU | 1 << CGROUP_CPUACCT |
		1 << CGROUP_CPUSET | 1 << CGROUP_PIDS | 1 << CGROUP_IO | 1 << CGROUP_HUGETLB,
};

/* The freezer, without v2, finds processes again and stops them; any other that is joined finds. */
static unsigned tracking_v1(const struct making *making)
{
	unsigned freezer = making->mounted_v1 & 1u << CGROUP_FREEZER;

	if (making->v2->root >= 0 ||
		(!making->run->detached && !cgroup_needed(making->run->config)))
		return 0;
	if (freezer || making->join_v1)
		return freezer;
	return making->mounted_v1 & -making->mounted_v1;
}

/* Which writes there will be, and so which controllers are wanted. */
static int list_writes(struct making *making, struct err *err)
{
	const struct config *config = making->run->config;
	unsigned wanted = config->resources.devices_count ? 1u << CGROUP_DEVICES : 0;

	making->writes.arena = making->run->arena;
	making->writes.on_v1 = making->mounted_v1;
	if (making->v2->root < 0)
		making->writes.on_v1 |= 1u << CGROUP_NONE;
	if (device_rules_read(config, making->run->arena, &making->devices, err) < 0 ||
		cgroup_limits(&config->resources, &making->writes, err) < 0)
		return -1;
	for (size_t i = 0; i < making->writes.count; i++)
		if (making->writes.items[i].controller != CGROUP_NONE)
			wanted |= 1u << making->writes.items[i].controller;
	making->on_v2 = wanted & ~making->mounted_v1;
	if (config->cgroups_path)
		making->others = NAMED_CONTROLLERS;
	making->join_v1 = (wanted | making->others) & making->mounted_v1;
	making->join_v1 |= tracking_v1(making);
	making->join_v1 |= making->run->cgroup.by_systemd & making->mounted_v1;
	if (cgroup_check_v2(making->v2->root, making->on_v2, &making->writes, err) < 0)
		return -1;
	if (wanted & making->mounted_v1 & 1u << CGROUP_DEVICES)
		return device_rules_v1(&making->devices, &making->writes, err);
	return 0;
}

static int make_v1(const struct making *making, int controller, struct err *err)
{
	struct run_cgroup *cgroup = &making->run->cgroup;
	const struct cgroup_hierarchy *hierarchy = &making->hierarchies[controller];

	cgroup->v1[controller] = cgroup_tree_make(hierarchy, making->path, 0, 0,
		cgroup->by_systemd >> controller & 1 ||
			cgroup_shared_with(cgroup, controller, hierarchy->root) >= 0,
		err);
	return cgroup->v1[controller] < 0 ? -1 : 0;
}

/* Nobody else may have the path in a hierarchy we leave alone: removal goes by path. */
static int check_v1_free(const struct making *making, int controller, struct err *err)
{
	const struct cgroup_hierarchy *hierarchy = &making->hierarchies[controller];
	const char *path = making->path + 1;

	if (hierarchy->root < 0 ||
		cgroup_shared_with(&making->run->cgroup, CGROUP_CONTROLLERS, hierarchy->root) >= 0)
		return 0;
	if (faccessat(hierarchy->root, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	if (unlinkat(hierarchy->root, path, AT_REMOVEDIR) == 0)
		return 0;
	return err_errno(err, "reserve %s/%s", hierarchy->name, path);
}

/* Below a cgroup that has processes of its own ours may be of the kind no process can enter. */
static int check_type(const struct making *making, struct err *err)
{
	char type[64];

	if (cgroup_read(making->run->cgroup.v2, "cgroup.type", type, sizeof(type)) < 0)
		return err_errno(err, "read cgroup.type of %s", making->path);
	if (!strcmp(type, "domain"))
		return 0;
	return err_set(err, EOPNOTSUPP,
		"make %s%s: its type is \"%s\", as processes live in a cgroup above it",
		making->v2->name, making->path, type);
}

static int make_v2(const struct making *making, struct err *err)
{
	making->run->cgroup.v2 = cgroup_tree_make(making->v2, making->path, making->on_v2,
		making->others, making->run->cgroup.by_systemd >> CGROUP_NONE & 1, err);
	if (making->run->cgroup.v2 < 0)
		return -1;
	return making->run->config->cgroups_path ? check_type(making, err) : 0;
}

static int make_dirs(const struct making *making, struct err *err)
{
	if (making->v2->root >= 0 && make_v2(making, err) < 0)
		return -1;
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (making->join_v1 >> i & 1 && make_v1(making, i, err) < 0)
			return -1;
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (making->run->cgroup.v1[i] < 0 && check_v1_free(making, i, err) < 0)
			return -1;
	return 0;
}

int cgroup_make_late(const struct run *run, struct err *err)
{
	struct cgroup_writes writes = { .arena = run->arena };

	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (run->cgroup.v1[i] >= 0)
			writes.on_v1 |= 1u << i;
	if (cgroup_limits(&run->config->resources, &writes, err) < 0)
		return -1;
	return cgroup_write_limits(&run->cgroup, &writes, true, err);
}

static int limit(struct making *making, struct err *err)
{
	const struct run_cgroup *cgroup = &making->run->cgroup;

	if (cgroup_write_limits(cgroup, &making->writes, false, err) < 0)
		return -1;
	if (making->on_v2 >> CGROUP_DEVICES & 1)
		return device_rules_v2(&making->devices, cgroup->v2, making->run->arena, err);
	return 0;
}

/* Read-only or not ours: fine as long as nobody asked for anything. */
static bool may_do_without(const struct run *run, const struct err *err)
{
	return !cgroup_needed(run->config) && (err->code == EROFS || err->code == EACCES);
}

/* Nothing is left of a start that failed half-way; what will not go is left to cgroup_undo. */
static int discard(const struct making *making, struct err *err)
{
	struct run_cgroup *cgroup = &making->run->cgroup;
	struct err ignored = { 0 };

	if (cgroup_remove(cgroup, &ignored) == 0) {
		cgroup->path[0] = '\0';
		cgroup_close(cgroup);
	}
	if (!may_do_without(making->run, err))
		return -1;
	*err = (struct err){ 0 };
	return 0;
}

static int make_all(struct making *making, struct err *err)
{
	struct run_cgroup *cgroup = &making->run->cgroup;

	if (cgroup_needed(making->run->config) && !making->mounted_v1 && making->v2->root < 0)
		return err_set(err, EOPNOTSUPP,
			"no cgroup file system is mounted at " CGROUP_MOUNT
			", and limits or a cgroup are wanted");
	if (list_writes(making, err) < 0)
		return -1;
	if (making->v2->root < 0 && !making->join_v1)
		return 0;
	/* From here on the janitor may be called at any moment. */
	cgroup->stage = CGROUP_MAKING;
	snprintf(cgroup->path, sizeof(cgroup->path), "%s", making->path);
	if (make_dirs(making, err) < 0 || limit(making, err) < 0)
		return discard(making, err);
	cgroup->stage = CGROUP_MADE;
	return 0;
}

int cgroup_make(struct run *run, const char *path, struct err *err)
{
	struct making making = { .run = run, .path = path };
	int failed;

	making.mounted_v1 = cgroup_hierarchies_open(making.hierarchies);
	making.v2 = &making.hierarchies[CGROUP_NONE];
	failed = make_all(&making, err);
	cgroup_hierarchies_close(making.hierarchies);
	return failed;
}
