/*
 * The container's control group as steps: made before the clone, joined after it on v1, removed at
 * the end by the path kept in the state. The path never leads above a hierarchy's root, and a
 * cgroup is removed, with all that lives in it, only at a path that this program made. Rests on
 * cgroups(7), clone(2) on CLONE_INTO_CGROUP, and OCI's config-linux.md.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/cgroup-devices.h"
#include "kernel/cgroup-parts.h"
#include "kernel/steps.h"

static int check_path(const char *path, struct err *err)
{
	for (const char *at = path; *at; at += strcspn(at, "/")) {
		size_t length = strcspn(++at, "/");

		if (length == 0 || (length == 1 && at[0] == '.') ||
			(length == 2 && at[0] == '.' && at[1] == '.'))
			return err_set(err, EINVAL,
				"linux.cgroupsPath: \"%s\" has an empty, \".\" or \"..\" component",
				path);
		if (strcspn(at, "\n") < length)
			return err_set(err, EINVAL, "linux.cgroupsPath: has a line break");
	}
	return 0;
}

int cgroup_path(const struct config *config, const char *id, char path[static 512], struct err *err)
{
	const char *wanted = config->cgroups_path, *colon = wanted ? strchr(wanted, ':') : NULL;
	int length;

	if (colon && wanted[0] != '/' && strchr(colon + 1, ':')) {
		err_set(err, EINVAL, "linux.cgroupsPath: \"%.200s\" names a systemd slice", wanted);
		return err_hint(
			err, "give a path, or let systemd make it: --cgroup-manager systemd");
	}
	if (wanted && wanted[0] == '/')
		length = snprintf(path, 512, "%s", wanted);
	else
		length = snprintf(path, 512, "/" CGROUP_PARENT "/%s", wanted ? wanted : id);
	if (length >= 512)
		return err_set(err, ENAMETOOLONG, "linux.cgroupsPath: longer than 511 bytes");
	if (!strcmp(path, "/" CGROUP_PARENT) || !strcmp(path, "/"))
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%s\" holds other containers' cgroups", path);
	return check_path(path, err);
}

static bool path_is_given(const struct config *config)
{
	return config->cgroups_path && config->cgroups_path[0] == '/';
}

/* The policy has named it. */
static int do_without(struct run *run, const struct err *why)
{
	cgroup_close(&run->cgroup);
	run->cgroup.path[0] = '\0';
	run->warn(arena_printf(run->arena,
		"the limits of [resources] are not set: %.*s; it may use all that this user may",
		(int)strcspn(why->text, "\n"), why->text));
	return 0;
}

static int failed(struct run *run, const struct err *err)
{
	return run->config->limits_best_effort && !run->cgroup.unit[0] ? do_without(run, err) : -1;
}

/* Without any cgroup a limit would not be held. */
static int check_none(const struct run *run, struct err *err)
{
	struct cgroup_writes writes = { .arena = run->arena };

	if (cgroup_limits(&run->config->resources, &writes, err) < 0)
		return -1;
	if (!writes.count)
		return 0;
	err_set(err, EINVAL, "resources.%s: cannot be held to, as no cgroup is made",
		writes.items[0].limit);
	return err_hint(err, "remove it, or use another --cgroup-manager than disabled");
}

/* For a caller who may not make it where a privileged one would, or who wants it in his own. */
static int make_delegated(struct run *run, const char *path, struct err *err)
{
	bool of_unit = run->config->cgroup_manager == MANAGER_DELEGATED;
	const char *base = of_unit ? cgroup_of_unit(run->arena, err)
				   : cgroup_delegated(run->arena, err);
	char below[sizeof(run->cgroup.path)];

	if (base && snprintf(below, sizeof(below), "%s%s", base, path) >= (int)sizeof(below))
		return err_set(
			err, ENAMETOOLONG, "make %s in %s: the path is too long", path, base);
	if (base && cgroup_make(run, below, err) == 0)
		return 0;
	if (of_unit)
		return err_hint(err,
			"a unit needs Delegate=yes and DelegateSubgroup=, as no process may live in "
			"the delegated cgroup itself");
	return err_hint(err,
		"try `systemd-run --user --scope -p Delegate=yes nucleus ...`, or "
		"--cgroup-manager systemd");
}

/* Where it is made if the caller may: in what was delegated to him only if he says so. */
static int make_cgroup(struct run *run, const char *path, struct err *err)
{
	if (run->config->cgroup_manager == MANAGER_DELEGATED)
		return make_delegated(run, path, err);
	if (cgroup_make(run, path, err) == 0)
		return 0;
	if (err->code != EACCES || run->cgroup.unit[0] || path_is_given(run->config))
		return -1;
	return make_delegated(run, path, err);
}

/*
 * cgroup_apply - make the container's cgroup and limit it
 *
 * Needs:  nothing but the config, or run->cgroup as systemd made it; runs before the clone
 * Leaves: the limits in force in run->cgroup's directories, v2 the one to clone into; its path is
 *         empty if there is no cgroup and none is needed
 * Mustn't run after the clone: the cgroup namespace takes its root from where the child is born
 */
int cgroup_apply(struct run *run, struct err *err)
{
	char path[sizeof(run->cgroup.path)];

	cgroup_close(&run->cgroup);
	memcpy(path, run->cgroup.path, sizeof(path));
	run->cgroup.path[0] = '\0';
	if (run->config->cgroup_manager == MANAGER_DISABLED)
		return check_none(run, err) < 0 ? failed(run, err) : 0;
	if (!run->cgroup.unit[0] && cgroup_path(run->config, run->name, path, err) < 0)
		return -1;
	if (make_cgroup(run, path, err) < 0)
		return failed(run, err);
	if (run->cgroup.unit[0])
		cgroup_scope_note(&run->cgroup);
	return cgroup_own(run, err);
}

/*
 * cgroup_undo - kill what is in the container's cgroup and remove it
 *
 * Needs:  run->cgroup.path, as apply left it or as read from the state; apply may have been killed
 *         half-way, so nothing is allocated
 * Leaves: no process, no directory of the container in any hierarchy
 */
int cgroup_undo(struct run *run, struct err *err)
{
	int failed = -1;

	if (!run->cgroup.path[0])
		return 0;
	if (check_path(run->cgroup.path, err) < 0)
		return err_where(err, "remove the cgroup");
	/* There is nobody after us to do it, so a failure other than a busy cgroup gets a second
	 * go. */
	for (int tries = 0; failed && tries < 2; tries++) {
		failed = cgroup_remove(&run->cgroup, err);
		if (failed && err->code == EBUSY)
			break;
	}
	if (failed)
		return -1;
	run->cgroup.path[0] = '\0';
	cgroup_close(&run->cgroup);
	return 0;
}

/* Whether the path is ours to choose. */
static bool names_path(const struct config *config)
{
	return config->cgroup_manager != MANAGER_SYSTEMD &&
		config->cgroup_manager != MANAGER_DISABLED;
}

/* The limits as v2 takes them: one language for the plan, whatever this machine has mounted. */
void cgroup_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct cgroup_writes writes = { .arena = arena };
	struct device_rules devices = { 0 };
	struct node *limits = node_new(arena, NODE_ARRAY), *rules = node_new(arena, NODE_ARRAY);
	struct err err = { 0 };
	char path[512];

	if ((names_path(config) && cgroup_path(config, "<id>", path, &err) < 0) ||
		cgroup_limits(&config->resources, &writes, &err) < 0 ||
		device_rules_read(config, arena, &devices, &err) < 0) {
		node_put_string(arena, params, "invalid", err.text);
		return;
	}
	if (names_path(config))
		node_put_string(arena, params, "path",
			arena_printf(arena, "%s%s",
				config->cgroup_manager == MANAGER_DELEGATED ? "<delegated>" : "",
				path));
	for (size_t i = 0; i < writes.count; i++) {
		const struct cgroup_write *write = &writes.items[i];

		node_append(limits,
			node_printf(arena, "%s = %s",
				write->other_file ? write->other_file : write->file,
				write->other_file ? write->other_value : write->value));
	}
	for (size_t i = 0; i < devices.count; i++)
		node_append(rules, node_string(arena, device_rule_text(&devices.items[i], arena)));
	if (writes.count)
		node_put(arena, params, "limits", limits);
	if (devices.count)
		node_put(arena, params, "devices", rules);
}

/* Also without limits: a container that outlives its creator is found and paused by its cgroup. */
bool cgroup_attach_wanted(const struct config *config)
{
	return config->cgroup_manager != MANAGER_DISABLED;
}

/*
 * A thread that moves itself by writing "0" to v1's tasks file is spared the lock on all thread
 * groups (since Linux 5.8), for which any other attach waits an RCU grace period of 8 to 20 ms.
 */
static int attach_v1(const struct run *run, int controller, struct err *err)
{
	int dir = run->cgroup.v1[controller];

	if (dir < 0 || cgroup_shared_with(&run->cgroup, controller, dir) >= 0)
		return 0;
	if (file_write_beneath(dir, "tasks", "0") < 0)
		return err_errno(err, "move the first process into cgroup " CGROUP_MOUNT "/%s%s",
			cgroup_v1_names[controller], run->cgroup.path);
	return 0;
}

/*
 * cgroup_attach_apply - move the first process into the v1 hierarchies
 *
 * Needs:  the cgroup made; a single thread that still has the host root's user id, which owns the
 *         files. On v2 it is in already
 * Leaves: every limit in force for it and for all it will start
 * Mustn't run after the child unshares its cgroup namespace, whose root would be wrong
 */
int cgroup_attach_apply(struct run *run, struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (attach_v1(run, i, err) < 0)
			return -1;
	if (run->cgroup.named >= 0 && file_write_beneath(run->cgroup.named, "tasks", "0") < 0)
		return err_errno(err, "move the first process into %s", run->cgroup.unit);
	return run->target.entered ? 0 : cgroup_make_late(run, err);
}
