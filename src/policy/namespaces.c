/*
 * [namespaces]: what is the sandbox's own and what it shares with the host, and which users of the
 * host stand behind its users. Everything is its own unless the policy says otherwise, which only
 * agent mode lets it. See namespaces(7), user_namespaces(7).
 */

#include "policy/sections.h"

/*
 * What stands for a range that is picked at the start, for runtimes that do not know of it; and the
 * groups, or users, of a policy in which root maps only the others.
 */
enum { RANGE_FIRST = 0x78000000, HOST_FIRST = 100000, IDS = 65536 };

/* clang-format off */
static const struct key idmap_keys[] = {
	BOUND("container", struct policy_idmap, container, 0, 4294967294, "the first id inside", .order = ORDER_FIXED),
	BOUND("host", struct policy_idmap, host, 0, 4294967294, "the host's id it stands for; 0, its root, in agent mode only", .order = ORDER_FIXED),
	BOUND("size", struct policy_idmap, size, 1, 4294967295, "how many ids follow one another", .order = ORDER_FIXED),
	{ 0 }
};

const struct key namespaces_keys[] = {
	KEY(struct policy_namespaces, user, "users of its own; false is real root, agent mode only like the rest", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, pid, "process ids of its own", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, mount, "mounts of its own; cannot be switched off", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, network, "a network of its own; cannot be switched off yet", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, uts, "a host name of its own", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, ipc, "message queues and shared memory of its own", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, cgroup, "its control group seen as the root", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_namespaces, time, "clocks of its own", .order = ORDER_MORE, .absent = "true"),
	CHOICE("ids", struct policy_namespaces, ids, ids_names, "whose ids its users have on the host: auto, a range that no other sandbox has (who is not root needs newuidmap and a line in /etc/subuid and /etc/subgid); keep-id, the caller's own, under the same number; if absent auto, but in agent mode keep-id for who is not root", .order = ORDER_LESS),
	BOUND("ids_size", struct policy_namespaces, ids_size, 2, 4294967295, "how many ids, from 0; 65536 if absent, or fewer where few are to be had, and one with keep-id", .order = ORDER_LESS),
	LIST("uid_map", struct policy_namespaces, uid_map, idmap_keys, "users inside and out, instead of ids; nothing keeps them from being other sandboxes' too", .order = ORDER_FIXED),
	LIST("gid_map", struct policy_namespaces, gid_map, idmap_keys, "groups, likewise", .order = ORDER_FIXED),
	{ 0 }
};
/* clang-format on */

/* One namespace: its key, its member, and what sharing it means. */
static const struct namespace_row {
	const char *path;
	enum namespace_type type;
	size_t member;
	const char *shared;
} namespaces[] = {
#define ROW(name, TYPE, shared_)                                                                 \
	{                                                                                        \
		"namespaces." #name, NAMESPACE_##TYPE, offsetof(struct policy_namespaces, name), \
			shared_                                                                  \
	}
	ROW(user, USER, "its root is the host's real root, uid 0"),
	ROW(pid, PID, "it sees the host's processes"),
	ROW(network, NETWORK, NULL),
	ROW(mount, MOUNT, NULL),
	ROW(ipc, IPC, "it reaches the host's message queues and shared memory"),
	ROW(uts, UTS, "it sees the host's name"),
	ROW(cgroup, CGROUP, "it sees the host's control groups"),
	ROW(time, TIME, "it sees the host's clocks since boot"),
#undef ROW
};

enum { NAMESPACES = sizeof(namespaces) / sizeof(*namespaces) };

static bool switched_off(const struct policy *policy, const struct namespace_row *row)
{
	const struct maybe_bool *own = (const void *)((const char *)&policy->namespaces +
		row->member);

	return own->set && !own->value;
}

static int map_check(const struct policy *policy, const struct mode_rules *rules,
	const struct policy_idmap *map, size_t count, const char *path, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct policy_idmap *row = &map[i];

		if (!row->container.set || !row->host.set || !row->size.set)
			return policy_item_error(
				policy, err, path, i, NULL, "needs container, host and size");
		if (row->container.value + row->size.value > 4294967295 ||
			row->host.value + row->size.value > 4294967295)
			return policy_item_error(policy, err, path, i, "size",
				"reaches beyond the last id, 4294967294");
		if (!row->host.value && rules->sharing_refused)
			return policy_item_error(policy, err, path, i, "host",
				"0 is the host's root; only agent mode may map it, so name ids "
				"that own nothing, such as 100000");
		for (size_t j = 0; j < i; j++)
			if (row->container.value < map[j].container.value + map[j].size.value &&
				map[j].container.value < row->container.value + row->size.value)
				return policy_item_error(policy, err, path, i, "container",
					"overlaps an earlier range");
	}
	return 0;
}

static int off_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	for (size_t i = 0; i < NAMESPACES; i++) {
		const struct namespace_row *row = &namespaces[i];

		if (!switched_off(policy, row))
			continue;
		if (row->type == NAMESPACE_MOUNT)
			return policy_error(policy, err, row->path,
				"cannot be switched off: the sandbox's root is built in it");
		if (row->type == NAMESPACE_NETWORK)
			return policy_error(policy, err, row->path,
				"the host's network is not supported yet; remove this line");
		if (rules->sharing_refused)
			return policy_error(policy, err, row->path,
				"only agent mode may share this with the host; remove this line");
	}
	return 0;
}

static int ids_check(const struct policy *policy, bool user, struct err *err)
{
	const struct policy_namespaces *own = &policy->namespaces;
	const char *map = own->uid_map_count ? "namespaces.uid_map"
		: own->gid_map_count         ? "namespaces.gid_map"
					     : NULL;
	const char *ids = own->ids  ? "namespaces.ids"
		: own->ids_size.set ? "namespaces.ids_size"
				    : NULL;

	if (!user && (map || ids))
		return policy_error(policy, err, map ? map : ids,
			"means nothing while namespaces.user is false");
	if (map && ids)
		return policy_error(policy, err, ids,
			"does not go with %s, which says what the ids are; remove one of them",
			map);
	return 0;
}

static int namespaces_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_namespaces *own = &policy->namespaces;
	bool user = !own->user.set || own->user.value;

	if (off_check(policy, rules, err) < 0)
		return -1;
	if (own->pid.set && !own->pid.value && user)
		return policy_error(policy, err, "namespaces.pid",
			"the host's /proc cannot be mounted from a user namespace; "
			"either keep pid or set user = false too");
	if (ids_check(policy, user, err) < 0)
		return -1;
	if (map_check(policy, rules, own->uid_map, own->uid_map_count, "namespaces.uid_map", err) <
		0)
		return -1;
	return map_check(
		policy, rules, own->gid_map, own->gid_map_count, "namespaces.gid_map", err);
}

static void map_warn(
	struct draft *draft, const struct policy_idmap *map, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (!map[i].host.value)
			draft_warn(draft, "%s[%zu] maps the host's root, id 0", path, i);
}

static void map_set(struct draft *draft, const struct policy_idmap *map, size_t count,
	struct config_idmapping **made, size_t *made_count)
{
	*made = arena_alloc(draft->arena, count, sizeof(**made));
	*made_count = count;
	for (size_t i = 0; i < count; i++)
		(*made)[i] = (struct config_idmapping){ .container_id = map[i].container,
			.host_id = map[i].host,
			.size = map[i].size };
}

static struct policy_idmap map_row(int64_t container, int64_t host, int64_t size)
{
	return (struct policy_idmap){ { true, container }, { true, host }, { true, size } };
}

/* What the policy maps by itself; the half that it leaves out is what it always was. */
static void maps_own(struct draft *draft)
{
	const struct policy_namespaces *own = &draft->policy->namespaces;
	const struct translation *caller = draft->translation;
	struct config *config = draft->config;
	const bool root = caller->uid == 0;
	const struct policy_idmap user = root ? map_row(0, HOST_FIRST, IDS)
					      : map_row(0, caller->uid, 1);
	const struct policy_idmap group = root ? map_row(0, HOST_FIRST, IDS)
					       : map_row(0, caller->gid, 1);

	map_set(draft, own->uid_map_count ? own->uid_map : &user,
		own->uid_map_count ? own->uid_map_count : 1, &config->uid_mappings,
		&config->uid_mappings_count);
	map_set(draft, own->gid_map_count ? own->gid_map : &group,
		own->gid_map_count ? own->gid_map_count : 1, &config->gid_mappings,
		&config->gid_mappings_count);
}

/* The caller's own ids, and no others unless ids_size asks for them. */
static int maps_keep(struct draft *draft, struct err *err)
{
	const struct translation *caller = draft->translation;
	const struct policy_idmap user = map_row(caller->uid, caller->uid, 1);
	const struct policy_idmap group = map_row(caller->gid, caller->gid, 1);
	struct config *config = draft->config;

	if (caller->uid == 0 && draft->rules->sharing_refused)
		return policy_error(draft->policy, err, "namespaces.ids",
			"keep-id would make its root that of the caller, who is root; only agent "
			"mode lets it, so write ids = \"auto\"");
	if (caller->uid == 0)
		draft_warn(draft, "namespaces.ids: its root is the caller's, uid 0");
	config->ids_best_effort = !draft->rules->sharing_refused;
	map_set(draft, &user, 1, &config->uid_mappings, &config->uid_mappings_count);
	map_set(draft, &group, 1, &config->gid_mappings, &config->gid_mappings_count);
	return 0;
}

static int ids_translate(struct draft *draft, struct err *err)
{
	const struct policy_namespaces *own = &draft->policy->namespaces;
	struct config *config = draft->config;
	const bool given = own->ids_size.set;
	const struct policy_idmap range = map_row(
		0, RANGE_FIRST, given ? own->ids_size.value : IDS);

	if (own->uid_map_count || own->gid_map_count) {
		maps_own(draft);
		return 0;
	}
	config->ids = own->ids;
	config->ids_size = own->ids_size;
	if (!own->ids)
		config->ids = IDS_AUTO;
	if (!own->ids && !draft->rules->sharing_refused &&
		(draft->translation->uid || draft->translation->ids_short)) {
		config->ids = IDS_KEEP;
		draft_warn(draft,
			"namespaces.ids: its processes are uid %u on the host, the caller's own; "
			"write ids = \"keep-id\" to say so, or ids = \"auto\" for others",
			draft->translation->uid);
	}
	if (config->ids == IDS_KEEP)
		return maps_keep(draft, err);
	map_set(draft, &range, 1, &config->uid_mappings, &config->uid_mappings_count);
	map_set(draft, &range, 1, &config->gid_mappings, &config->gid_mappings_count);
	return 0;
}

static int namespaces_translate(struct draft *draft, struct err *err)
{
	const struct policy_namespaces *own = &draft->policy->namespaces;
	struct config *config = draft->config;

	config->namespaces = arena_alloc(draft->arena, NAMESPACES, sizeof(*config->namespaces));
	for (size_t i = 0; i < NAMESPACES; i++) {
		const struct namespace_row *row = &namespaces[i];

		if (!switched_off(draft->policy, row))
			config->namespaces[config->namespaces_count++].type = row->type;
		else
			draft_warn(draft, "%s is false: %s", row->path, row->shared);
	}
	map_warn(draft, own->uid_map, own->uid_map_count, "namespaces.uid_map");
	map_warn(draft, own->gid_map, own->gid_map_count, "namespaces.gid_map");
	if (!config_has_new_namespace(config, NAMESPACE_USER))
		return 0;
	return ids_translate(draft, err);
}

const struct section namespaces_section = { namespaces_check, namespaces_translate };
