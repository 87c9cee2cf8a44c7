/*
 * uid_map, gid_map and setgroups of user_namespaces(7). The process they belong to is our own
 * child, not yet waited for, so its number cannot come to mean another one; its directory in /proc
 * is opened once and everything is written below that descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/caps.h"
#include "kernel/idmap.h"
#include "kernel/ids.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

/* The kernel takes less than one page in one write, and writes numbers in columns. */
enum { MAP_SIZE = 4096, MAP_TEXT_SIZE = 16384 };

bool idmap_wanted(const struct config *config)
{
	return config_has_new_namespace(config, NAMESPACE_USER) || config->uid_mappings_count ||
		config->gid_mappings_count;
}

static int map_text(const struct config_idmapping *map, size_t count, const char *name,
	char text[static MAP_SIZE], struct err *err)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, MAP_SIZE - used, "%lld %lld %lld\n",
			(long long)map[i].container_id.value, (long long)map[i].host_id.value,
			(long long)map[i].size.value);
		if (used >= MAP_SIZE)
			return err_set(err, EINVAL, "%s: longer than the %d bytes the kernel takes",
				name, MAP_SIZE - 1);
	}
	return 0;
}

static int map_write(int process, const char *name, const struct config_idmapping *map,
	size_t count, struct err *err)
{
	char text[MAP_SIZE];

	if (map_text(map, count, name, text, err) < 0)
		return -1;
	if (file_write_beneath(process, name, text) == 0)
		return 0;
	err_errno(err, "write %s", name);
	if (err->code == EPERM)
		err_hint(err, "mapping ids that are not one's own takes CAP_SETUID and CAP_SETGID");
	return -1;
}

int idmap_write(pid_t pid, const struct config_idmapping *uids, size_t uids_count,
	const struct config_idmapping *gids, size_t gids_count, struct err *err)
{
	autoclose process = process_dir_open(pid, err);
	if (process < 0)
		return -1;
	if (geteuid() != 0 && !caps_have(CAP_SETGID) &&
		file_write_beneath(process, "setgroups", "deny") < 0)
		return err_errno(err, "deny setgroups");
	if (map_write(process, "uid_map", uids, uids_count, err) < 0)
		return -1;
	return map_write(process, "gid_map", gids, gids_count, err);
}

static bool map_has(const struct config_idmapping *map, size_t count, const long long line[3])
{
	for (size_t i = 0; i < count; i++)
		if (map[i].container_id.value == line[0] && map[i].host_id.value == line[1] &&
			map[i].size.value == line[2])
			return true;
	return false;
}

/* A joined namespace has its maps; the config may repeat them, in any order. */
static int map_compare(int process, const char *name, const struct config_idmapping *map,
	size_t count, struct err *err)
{
	char text[MAP_TEXT_SIZE] = "";
	long long line[3];
	size_t lines = 0;
	bool same = true;

	if (!count)
		return 0;
	autoclose fd = file_open_beneath(process, name, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return err_errno(err, "read %s", name);
	for (const char *next = text; *next; next += strcspn(next, "\n"), next += *next == '\n') {
		same &= sscanf(next, "%lld %lld %lld", &line[0], &line[1], &line[2]) == 3 &&
			map_has(map, count, line);
		lines++;
	}
	if (same && lines == count)
		return 0;
	err_set(err, EINVAL, "%s: the user namespace that is joined has other mappings", name);
	return err_hint(err, "leave out linux.uidMappings and linux.gidMappings");
}

/*
 * idmap_apply - say which host ids the sandbox's ids are
 *
 * Needs:  the first process waiting in its user namespace
 * Leaves: that process may become uid 0 there; setgroups is denied unless we could have done it
 */
int idmap_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	const struct id_maps maps = ids_maps(run);
	autoclose process = -1;

	if (config_has_new_namespace(config, NAMESPACE_USER))
		return idmap_write(
			run->pid, maps.uids, maps.uids_count, maps.gids, maps.gids_count, err);
	process = process_dir_open(run->pid, err);
	if (process < 0 ||
		map_compare(process, "uid_map", config->uid_mappings, config->uid_mappings_count,
			err) < 0)
		return -1;
	return map_compare(
		process, "gid_map", config->gid_mappings, config->gid_mappings_count, err);
}

static struct node *map_node(const struct config_idmapping *map, size_t count, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < count; i++)
		node_append(list,
			node_printf(arena, "%lld %lld %lld", (long long)map[i].container_id.value,
				(long long)map[i].host_id.value, (long long)map[i].size.value));
	return list;
}

void idmap_maps_print(const struct config_idmapping *uids, size_t uids_count,
	const struct config_idmapping *gids, size_t gids_count, struct node *params,
	struct arena *arena)
{
	node_put(arena, params, "uid", map_node(uids, uids_count, arena));
	node_put(arena, params, "gid", map_node(gids, gids_count, arena));
}

void idmap_print(const struct config *config, struct node *params, struct arena *arena)
{
	/* The step ids has said which. */
	if (ids_wanted(config))
		return;
	idmap_maps_print(config->uid_mappings, config->uid_mappings_count, config->gid_mappings,
		config->gid_mappings_count, params, arena);
}
