/*
 * Intel's Resource Director Technology (and its like) through resctrl, see
 * Documentation/arch/x86/resctrl.rst. A class of the container's own is made and removed with it;
 * one that the config names is shared and stays. Must never touch a resctrl that the config does
 * not ask for, nor change the shares of a class that others are in already.
 */
#include "kernel/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/steps.h"

#define RESCTRL "/sys/fs/resctrl"

enum { RESCTRL_MAGIC = 0x7655821, SCHEMATA_SIZE_MOST = 1 << 16 };

bool rdt_wanted(const struct config *config)
{
	return config->rdt != NULL;
}

/* The number of one cache or memory controller in the line of that name; false if it has none. */
static bool value_find(const char *schemata, const char *name, size_t length, unsigned long domain,
	unsigned long *value)
{
	for (const char *line = schemata; *line; line += strcspn(line, "\n"), line += *line != 0) {
		char *at;

		line += strspn(line, " ");
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		at = (char *)line + length;
		do {
			unsigned long number = strtoul(at + 1, &at, 10);

			if (*at != '=')
				return false;
			*value = strtoul(at + 1, &at, 16);
			if (number == domain)
				return true;
		} while (*at == ';');
		return false;
	}
	return false;
}

bool rdt_schema_held(const char *schemata, const char *wanted)
{
	for (const char *line = wanted; *line; line += strcspn(line, "\n"), line += *line != 0) {
		size_t length = strcspn(line, ":\n");
		char *at = (char *)line + length;

		if (length && *at != ':')
			return false;
		while (*at == ':' || *at == ';') {
			unsigned long domain = strtoul(at + 1, &at, 10), value, held;

			if (*at != '=')
				return false;
			value = strtoul(at + 1, &at, 16);
			if (!value_find(schemata, line, length, domain, &held) || held != value)
				return false;
		}
		if (*at && *at != '\n')
			return false;
	}
	return true;
}

static bool has_schema(const struct config_rdt *rdt)
{
	return rdt->l3_cache_schema || rdt->mem_bw_schema || rdt->schemata.count;
}

static int group_check(
	int group, const struct config_rdt *rdt, struct arena *arena, struct err *err)
{
	const char *const wanted[] = { rdt->l3_cache_schema, rdt->mem_bw_schema };
	struct bytes schemata;

	if (!wanted[0] && !wanted[1])
		return 0;
	if (file_read(group, "schemata", NULL, SCHEMATA_SIZE_MOST, arena, &schemata, err) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if (wanted[i] && !rdt_schema_held(schemata.text, wanted[i]))
			return err_set(err, EINVAL,
				"class \"%s\" is there already, with other shares than \"%s\"",
				rdt->clos_id, wanted[i]);
	return 0;
}

static int group_make(int resctrl, const char *name, struct err *err)
{
	int group;

	if (mkdirat(resctrl, name, 0755) < 0) {
		err_errno(err, "make the resctrl group %s", name);
		return err->code == ENOSPC ? err_hint(err, "the processor has no class left") : -1;
	}
	group = file_open_beneath(resctrl, name, O_PATH | O_DIRECTORY);
	return group < 0 ? err_errno(err, "open the resctrl group %s", name) : group;
}

/* The class: the default one, one that is there, or a new one. */
static int group_open(int resctrl, const struct config_rdt *rdt, const char *id, bool *own,
	struct arena *arena, struct err *err)
{
	const char *name = rdt->clos_id && *rdt->clos_id ? rdt->clos_id : NULL;
	autoclose group = -1;

	*own = !name;
	if (!name)
		return group_make(resctrl, id, err);
	group = file_open_beneath(resctrl, strcmp(name, "/") ? name : ".", O_PATH | O_DIRECTORY);
	if (group < 0 && errno == ENOENT && has_schema(rdt))
		return group_make(resctrl, name, err);
	if (group < 0 && errno == ENOENT)
		return err_set(err, EINVAL,
			"class \"%s\" is not there, and no shares are given to make it with", name);
	if (group < 0)
		return err_errno(err, "open the resctrl group %s", name);
	return group_check(group, rdt, arena, err) < 0 ? -1 : take_fd(&group);
}

/* With what the kernel says of its last refusal. */
static int refused(int resctrl, struct arena *arena, struct err *err, const char *doing)
{
	struct bytes said;
	struct err ignored;

	err_errno(err, "%s", doing);
	if (file_read(resctrl, "info/last_cmd_status", NULL, 4096, arena, &said, &ignored) == 0)
		err_hint(err, "the kernel says: %.*s", (int)strcspn(said.text, "\n"), said.text);
	return -1;
}

static int schemata_write(
	int resctrl, int group, const char *lines, struct arena *arena, struct err *err)
{
	const char *text = arena_printf(arena, "%s\n", lines);

	if (file_write_beneath(group, "schemata", text) == 0)
		return 0;
	return refused(resctrl, arena, err, arena_printf(arena, "write \"%s\" to schemata", lines));
}

static int shares_write(
	int resctrl, int group, const struct config_rdt *rdt, struct arena *arena, struct err *err)
{
	if (rdt->l3_cache_schema &&
		schemata_write(resctrl, group, rdt->l3_cache_schema, arena, err) < 0)
		return -1;
	if (rdt->mem_bw_schema &&
		schemata_write(resctrl, group, rdt->mem_bw_schema, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < rdt->schemata.count; i++)
		if (schemata_write(resctrl, group, rdt->schemata.items[i], arena, err) < 0)
			return -1;
	return 0;
}

static int task_add(int resctrl, int group, pid_t pid, struct arena *arena, struct err *err)
{
	if (file_write_beneath(group, "tasks", arena_printf(arena, "%d", pid)) == 0)
		return 0;
	return refused(resctrl, arena, err, "put the first process into the resctrl group");
}

int rdt_join(int resctrl, const struct config_rdt *rdt, const char *id, pid_t pid,
	char made[static RESCTRL_PATH_SIZE], struct arena *arena, struct err *err)
{
	const char *monitor = arena_printf(arena, "mon_groups/%s", id);
	bool own;

	autoclose group = group_open(resctrl, rdt, id, &own, arena, err), monitored = -1;
	if (group < 0)
		return -1;
	if (own)
		snprintf(made, RESCTRL_PATH_SIZE, "%s", id);
	if (shares_write(resctrl, group, rdt, arena, err) < 0 ||
		task_add(resctrl, group, pid, arena, err) < 0)
		return -1;
	if (!rdt->enable_monitoring)
		return 0;
	monitored = group_make(group, monitor, err);
	if (monitored < 0)
		return -1;
	/* A class takes its monitoring groups with it. */
	if (!own)
		snprintf(made, RESCTRL_PATH_SIZE, "%s/%s",
			strcmp(rdt->clos_id, "/") ? rdt->clos_id : ".", monitor);
	return task_add(resctrl, monitored, pid, arena, err);
}

static int resctrl_open(struct err *err)
{
	autoclose resctrl = open(RESCTRL, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (resctrl >= 0 && fd_has_magic(resctrl, RESCTRL_MAGIC))
		return take_fd(&resctrl);
	err_set(err, ENOTSUP, "linux.intelRdt: no resctrl is mounted at " RESCTRL);
	return err_hint(err, "where the processor has it: mount -t resctrl resctrl " RESCTRL);
}

/*
 * rdt_apply - give the first process its class of service
 *
 * Needs:  the first process waiting; the host's resctrl
 * Leaves: the process, and all it starts, in the class; run->resctrl_made for delete
 */
int rdt_apply(struct run *run, struct err *err)
{
	autoclose resctrl = resctrl_open(err);

	return resctrl < 0 ? -1
			   : rdt_join(resctrl, run->config->rdt, run->name, run->pid,
				     run->resctrl_made, run->arena, err);
}

/*
 * rdt_enter_apply - have a process that exec adds in the container's group
 *
 * Needs:  to be that process, with the host's resctrl in sight
 */
int rdt_enter_apply(struct run *run, struct err *err)
{
	const struct config_rdt *rdt = run->config->rdt;
	const char *class = rdt->clos_id && *rdt->clos_id ? rdt->clos_id : run->name;
	const char *groups[] = { strcmp(class, "/") ? class : ".", NULL };
	autoclose resctrl = resctrl_open(err);

	if (resctrl < 0)
		return -1;
	if (rdt->enable_monitoring)
		groups[1] = arena_printf(run->arena, "%s/mon_groups/%s", groups[0], run->name);
	for (int i = 0; i < 2 && groups[i]; i++) {
		autoclose group = file_open_beneath(resctrl, groups[i], O_PATH | O_DIRECTORY);

		/* 0 is the writer itself. */
		if (group < 0 || file_write_beneath(group, "tasks", "0") < 0)
			return err_errno(err, "join the resctrl group %s", groups[i]);
	}
	return 0;
}

int rdt_undo(struct run *run, struct err *err)
{
	if (!run->resctrl_made[0])
		return 0;
	autoclose resctrl = resctrl_open(err);
	if (resctrl >= 0 && unlinkat(resctrl, run->resctrl_made, AT_REMOVEDIR) < 0 &&
		errno != ENOENT)
		return err_errno(err, "remove the resctrl group %s", run->resctrl_made);
	/* With the file system its groups are gone too. */
	run->resctrl_made[0] = '\0';
	return 0;
}

void rdt_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_rdt *rdt = config->rdt;

	node_put_string(arena, params, "closID", rdt->clos_id);
	node_put_string(arena, params, "l3CacheSchema", rdt->l3_cache_schema);
	node_put_string(arena, params, "memBwSchema", rdt->mem_bw_schema);
	node_put_strings(arena, params, "schemata", &rdt->schemata);
	node_put(arena, params, "monitoring", node_bool(arena, rdt->enable_monitoring));
}
