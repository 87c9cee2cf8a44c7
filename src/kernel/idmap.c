/*
 * uid_map, gid_map and setgroups of user_namespaces(7). The process they belong to is our own
 * child, not yet waited for, so its number cannot come to mean another one; its directory in /proc
 * is opened once and everything is written below that descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

/* The kernel takes less than one page in one write. */
enum { MAP_SIZE = 4096 };

bool idmap_wanted(const struct config *config)
{
	return config_has_new_namespace(config, NAMESPACE_USER);
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

/*
 * idmap_apply - say which host ids the sandbox's ids are
 *
 * Needs:  the first process waiting in its new user namespace
 * Leaves: that process may become uid 0 there; setgroups is denied unless we could have done it
 */
int idmap_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;

	autoclose process = process_dir_open(run->pid, err);
	if (process < 0)
		return -1;
	if (geteuid() != 0 && file_write_beneath(process, "setgroups", "deny") < 0)
		return err_errno(err, "deny setgroups");
	if (map_write(process, "uid_map", config->uid_mappings, config->uid_mappings_count, err) <
		0)
		return -1;
	return map_write(process, "gid_map", config->gid_mappings, config->gid_mappings_count, err);
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

void idmap_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put(arena, params, "uid",
		map_node(config->uid_mappings, config->uid_mappings_count, arena));
	node_put(arena, params, "gid",
		map_node(config->gid_mappings, config->gid_mappings_count, arena));
}
