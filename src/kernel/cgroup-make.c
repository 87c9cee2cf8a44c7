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
#include "kernel/cgroup-make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-devices.h"
#include "kernel/cgroup-layout.h"
#include "kernel/cgroup-v1.h"
#include "kernel/cgroup-v2.h"

bool cgroup_needed(const struct config *config)
{
	return cgroup_controllers_wanted(&config->resources) || config->cgroups_path ||
		config->resources.unified.count || !config_has_new_namespace(config, NAMESPACE_PID);
}

bool cgroup_is_open(const struct run_cgroup *cgroup)
{
	bool open = cgroup->v2 >= 0;

	for (int i = 0; i < CGROUP_CONTROLLERS_MOST; i++)
		open = open || cgroup->v1[i] >= 0;
	return open;
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
	struct cgroup_layout layout;
	const char *path;
	unsigned wanted; /* controllers, bit set; those on v1 and on v2: */
	unsigned on_v1, on_v2;
	struct device_rules devices;
	struct cgroup_writes v1, v2;
};

/* Which limit asks for the controller, for an error about it. */
static const char *limit_of(const struct making *making, int controller)
{
	for (size_t i = 0; i < making->v2.count; i++)
		if ((int)making->v2.items[i].controller == controller)
			return making->v2.items[i].limit;
	return controller == CGROUP_DEVICES ? "devices" : "unified";
}

/* Whether each controller wanted is on v1 or on v2; what is on neither is an error. */
static int place_controllers(struct making *making, struct err *err)
{
	int missing;

	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		autoclose v1 = making->wanted & 1u << i ? cgroup_layout_v1(&making->layout, i) : -1;

		if (v1 >= 0)
			making->on_v1 |= 1u << i;
	}
	making->on_v2 = making->wanted & ~making->on_v1;
	if (!making->on_v2)
		return 0;
	missing = making->layout.v2 < 0 ? __builtin_ctz(making->on_v2)
					: cgroup_v2_missing(making->layout.v2, making->on_v2);
	if (missing < 0)
		return 0;
	return err_set(err, EOPNOTSUPP,
		"resources.%s: the %s controller is not available at " CGROUP_MOUNT,
		limit_of(making, missing), cgroup_v1_names[missing]);
}

/* v2's names for files mean nothing to a controller on v1. */
static int check_unified(const struct making *making, struct err *err)
{
	const struct pairs *unified = &making->run->config->resources.unified;

	for (size_t i = 0; i < unified->count; i++) {
		int controller = cgroup_controller_of(unified->items[i].key);

		if (making->layout.v2 < 0 ||
			(controller >= 0 && controller < CGROUP_CONTROLLERS &&
				making->on_v1 & 1u << controller))
			return err_set(err, EOPNOTSUPP,
				"resources.unified: %s is a file of cgroup v2, which is not what limits "
				"this here",
				unified->items[i].key);
	}
	return 0;
}

static int list_writes(struct making *making, struct err *err)
{
	const struct config_resources *resources = &making->run->config->resources;
	struct arena *arena = making->run->arena;

	making->v1.arena = making->v2.arena = arena;
	if (device_rules_read(making->run->config, arena, &making->devices, err) < 0 ||
		cgroup_v2_limits(resources, &making->v2, err) < 0 ||
		place_controllers(making, err) < 0 || check_unified(making, err) < 0)
		return -1;
	if (making->on_v1 && cgroup_v1_limits(resources, &making->v1, err) < 0)
		return -1;
	if (making->on_v1 & 1u << CGROUP_DEVICES)
		return device_rules_v1(&making->devices, &making->v1, err);
	return 0;
}

static int make_v1(struct making *making, int controller, struct err *err)
{
	autoclose root = cgroup_layout_v1(&making->layout, controller);
	int *fds = making->run->cgroup.v1;
	char name[64];
	struct cgroup_hierarchy hierarchy = {
		.root = root,
		.version = 1,
		.controllers = 1u << controller,
		.name = name,
	};

	if (root < 0)
		return err_set(err, EIO, "the %s hierarchy at " CGROUP_MOUNT " has vanished",
			cgroup_v1_names[controller]);
	snprintf(name, sizeof(name), CGROUP_MOUNT "/%s", cgroup_v1_names[controller]);
	hierarchy.joined = cgroup_shared_with(&making->run->cgroup, controller, root) >= 0;
	fds[controller] = cgroup_tree_make(&hierarchy, making->path, err);
	return fds[controller] < 0 ? -1 : 0;
}

/* Nobody else may have the path in a hierarchy we leave alone: removal goes by path. */
static int check_v1_free(const struct making *making, int controller, struct err *err)
{
	autoclose root = cgroup_layout_v1(&making->layout, controller);

	if (root < 0 || cgroup_shared_with(&making->run->cgroup, CGROUP_CONTROLLERS, root) >= 0)
		return 0;
	if (faccessat(root, making->path + 1, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	if (unlinkat(root, making->path + 1, AT_REMOVEDIR) == 0)
		return 0;
	return err_errno(
		err, "reserve " CGROUP_MOUNT "/%s%s", cgroup_v1_names[controller], making->path);
}

/* The hierarchy to find processes again where no limit needs one: the freezer if it is there. */
static unsigned tracking_v1(const struct making *making)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int controller = (i + CGROUP_FREEZER) % CGROUP_CONTROLLERS;
		autoclose root = cgroup_layout_v1(&making->layout, controller);

		if (root >= 0)
			return 1u << controller;
	}
	return 0;
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
		making->layout.v2_name, making->path, type);
}

static int make_v2(const struct making *making, struct err *err)
{
	struct cgroup_hierarchy hierarchy = {
		.root = making->layout.v2,
		.version = 2,
		.controllers = making->on_v2,
		.name = making->layout.v2_name,
	};

	making->run->cgroup.v2 = cgroup_tree_make(&hierarchy, making->path, err);
	if (making->run->cgroup.v2 < 0)
		return -1;
	return making->run->config->cgroups_path ? check_type(making, err) : 0;
}

static int make_dirs(struct making *making, struct err *err)
{
	unsigned on_v1 = making->on_v1;

	if (making->layout.v2 >= 0) {
		if (make_v2(making, err) < 0)
			return -1;
	} else if (!on_v1 && cgroup_needed(making->run->config)) {
		on_v1 = tracking_v1(making);
		if (!on_v1)
			return err_set(err, EOPNOTSUPP,
				"no cgroup hierarchy at " CGROUP_MOUNT " can hold the container");
	}
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (on_v1 & 1u << i && make_v1(making, i, err) < 0)
			return -1;
	for (int i = 0; making->layout.base >= 0 && i < CGROUP_CONTROLLERS; i++)
		if (making->run->cgroup.v1[i] < 0 && check_v1_free(making, i, err) < 0)
			return -1;
	return 0;
}

static int write_limit(const struct cgroup_write *write, int dir, const char *path, struct err *err)
{
	if (file_write_beneath(dir, write->file, write->value) == 0)
		return 0;
	if (errno == ENOENT && write->optional)
		return 0;
	if (errno == ENOENT && write->other_file) {
		struct cgroup_write other = *write;

		other.file = write->other_file;
		other.value = write->other_value ? write->other_value : write->value;
		other.other_file = NULL;
		return write_limit(&other, dir, path, err);
	}
	if (errno == ENOENT)
		return err_set(err, EOPNOTSUPP,
			"resources.%s: this kernel has no %s in cgroup %s to write \"%s\" to",
			write->limit, write->file, path, write->value);
	return err_errno(err, "resources.%s: write \"%s\" to %s of cgroup %s", write->limit,
		write->value, write->file, path);
}

static int write_v2(const struct making *making, struct err *err)
{
	for (size_t i = 0; i < making->v2.count; i++) {
		const struct cgroup_write *write = &making->v2.items[i];

		if (write->late ||
			(write->controller < CGROUP_CONTROLLERS &&
				!(making->on_v2 & 1u << write->controller)))
			continue;
		if (write_limit(write, making->run->cgroup.v2, making->path, err) < 0)
			return -1;
	}
	return 0;
}

static int write_limits(const struct making *making, struct err *err)
{
	for (size_t i = 0; i < making->v1.count; i++) {
		const struct cgroup_write *write = &making->v1.items[i];

		if (making->on_v1 & 1u << write->controller &&
			write_limit(write, making->run->cgroup.v1[write->controller], making->path,
				err) < 0)
			return -1;
	}
	if (write_v2(making, err) < 0)
		return -1;
	if (making->on_v2 & 1u << CGROUP_DEVICES)
		return device_rules_v2(
			&making->devices, making->run->cgroup.v2, making->run->arena, err);
	return 0;
}

/* Nothing is left of a start that failed half-way; what will not go is left to cgroup_undo. */
static int discard(struct making *making)
{
	struct run_cgroup *cgroup = &making->run->cgroup;
	struct err ignored = { 0 };

	if (cgroup_layout_remove(&making->layout, cgroup, &ignored) == 0) {
		cgroup->path[0] = '\0';
		cgroup_close(cgroup);
	}
	return -1;
}

/* Read-only or not ours: fine as long as nobody asked for anything. */
static bool may_do_without(const struct run *run, const struct err *err)
{
	return !cgroup_needed(run->config) && (err->code == EROFS || err->code == EACCES);
}

static int make_all(struct making *making, struct err *err)
{
	struct run_cgroup *cgroup = &making->run->cgroup;

	if (making->layout.base < 0 && making->layout.v2 < 0) {
		if (!cgroup_needed(making->run->config))
			return 0;
		return err_set(err, EOPNOTSUPP,
			"no cgroup file system is mounted at " CGROUP_MOUNT ", and %s wanted",
			making->wanted ? "limits are" : "a cgroup is");
	}
	if (list_writes(making, err) < 0)
		return -1;
	/* From here on the janitor may be called at any moment. */
	cgroup->stage = CGROUP_MAKING;
	snprintf(cgroup->path, sizeof(cgroup->path), "%s", making->path);
	if (make_dirs(making, err) < 0) {
		discard(making);
		if (!may_do_without(making->run, err))
			return -1;
		*err = (struct err){ 0 };
		return 0;
	}
	if (write_limits(making, err) < 0)
		return discard(making);
	cgroup->stage = CGROUP_MADE;
	if (!cgroup_is_open(cgroup))
		cgroup->path[0] = '\0';
	return 0;
}

int cgroup_make(struct run *run, const char *path, struct err *err)
{
	struct making making = {
		.run = run,
		.path = path,
		.wanted = cgroup_controllers_wanted(&run->config->resources),
		.layout = cgroup_layout_open(),
	};
	int failed = make_all(&making, err);

	cgroup_layout_close(&making.layout);
	return failed;
}

int cgroup_make_late(const struct run *run, struct err *err)
{
	struct cgroup_writes writes = { .arena = run->arena };

	if (run->cgroup.v2 < 0 || run->cgroup.v1[CGROUP_PIDS] >= 0)
		return 0;
	if (cgroup_v2_limits(&run->config->resources, &writes, err) < 0)
		return -1;
	for (size_t i = 0; i < writes.count; i++)
		if (writes.items[i].late &&
			write_limit(&writes.items[i], run->cgroup.v2, run->cgroup.path, err) < 0)
			return -1;
	return 0;
}
