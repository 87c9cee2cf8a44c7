/*
 * nucleus features: the document of the OCI runtime specification 1.3, features-linux.md. Every
 * list is read off the table that does the work, and what a row of config.json refuses is not
 * claimed.
 */
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "cmd/commands.h"
#include "config/check.h"
#include "format/json.h"
#include "kernel/abilities.h"
#include "kernel/systemd.h"
#include "oci/spec.h"

/* Keys of annotations by which a config.json reaches beyond what the specification allows it. */
static const char *const unsafe_annotations[] = { ANNOTATION_PREFIX, SYSTEMD_ANNOTATION, NULL };

/* The row of a property by its path ("linux.netDevices"), or NULL. */
static const struct key *row(const char *path)
{
	const struct key *keys = spec_keys;

	for (;;) {
		size_t length = strcspn(path, ".");

		while (keys && keys->name &&
			(strlen(keys->name) != length || strncmp(keys->name, path, length) != 0))
			keys++;
		if (!keys || !keys->name || !path[length])
			return keys && keys->name ? keys : NULL;
		path += length + 1;
		keys = keys->keys;
	}
}

static bool is_done(const char *path)
{
	const struct key *key = row(path);

	return key && key->type != KEY_REFUSED && key->type != KEY_IGNORED;
}

/* A table in a table; gives the inner one. */
static struct node *table_put(struct call *call, struct node *table, const char *name)
{
	struct node *inner = node_new(call->arena, NODE_TABLE);

	node_put(call->arena, table, name, inner);
	return inner;
}

static void flag_put(struct call *call, struct node *table, const char *name, bool value)
{
	node_put(call->arena, table, name, node_bool(call->arena, value));
}

static void enabled_put(struct call *call, struct node *table, const char *name, const char *path)
{
	flag_put(call, table_put(call, table, name), "enabled", is_done(path));
}

static struct node *list_put(struct call *call, struct node *table, const char *name)
{
	struct node *list = node_new(call->arena, NODE_ARRAY);

	node_put(call->arena, table, name, list);
	return list;
}

static void name_append(struct call *call, struct node *list, const char *name)
{
	node_append(list, node_string(call->arena, name));
}

/* The names of a list that ends with NULL; one that is a row's choices begins with NULL too. */
static void names_put(
	struct call *call, struct node *table, const char *name, const char *const *names)
{
	struct node *list = list_put(call, table, name);

	for (names += !*names; *names; names++)
		name_append(call, list, *names);
}

static void hooks_put(struct call *call, struct node *document)
{
	struct node *list = list_put(call, document, "hooks");

	for (const struct key *key = is_done("hooks") ? row("hooks")->keys : NULL; key && key->name;
		key++)
		name_append(call, list, key->name);
}

static void mount_options_put(struct call *call, struct node *document)
{
	struct node *list = list_put(call, document, "mountOptions");
	const char *name;

	for (size_t i = 0; (name = mount_option_name(i, call->arena)); i++)
		if (*name)
			name_append(call, list, name);
}

static void capabilities_put(struct call *call, struct node *table)
{
	const char *names[CAPABILITIES + 1];

	for (int i = 0; i <= CAPABILITIES; i++)
		names[i] = capability_name(i);
	names_put(call, table, "capabilities", names);
}

static void cgroup_put(struct call *call, struct node *table)
{
	struct node *cgroup = table_put(call, table, "cgroup");

	flag_put(call, cgroup, "v1", true);
	flag_put(call, cgroup, "v2", true);
	flag_put(call, cgroup, "systemd", true);
	flag_put(call, cgroup, "systemdUser", true);
	flag_put(call, cgroup, "rdma", is_done("linux.resources.rdma"));
}

static void seccomp_put(struct call *call, struct node *table)
{
	struct node *seccomp = table_put(call, table, "seccomp");
	struct node *actions, *supported;
	const char *name;

	flag_put(call, seccomp, "enabled", is_done("linux.seccomp"));
	actions = list_put(call, seccomp, "actions");
	for (size_t i = 0; (name = seccomp_action(i)); i++)
		name_append(call, actions, name);
	names_put(call, seccomp, "operators", seccomp_operators);
	names_put(call, seccomp, "archs", seccomp_architectures);
	names_put(call, seccomp, "knownFlags", seccomp_flags);
	supported = list_put(call, seccomp, "supportedFlags");
	for (const char *const *flag = seccomp_flags; *flag; flag++)
		if (seccomp_flag_supported(*flag))
			name_append(call, supported, *flag);
}

static void linux_put(struct call *call, struct node *document)
{
	struct node *table = table_put(call, document, "linux"), *inner;

	names_put(call, table, "namespaces", namespace_names);
	capabilities_put(call, table);
	cgroup_put(call, table);
	seccomp_put(call, table);
	enabled_put(call, table, "apparmor", "process.apparmorProfile");
	enabled_put(call, table, "selinux", "process.selinuxLabel");
	enabled_put(call, table, "intelRdt", "linux.intelRdt");
	inner = node_get(table, "intelRdt");
	flag_put(call, inner, "schemata", is_done("linux.intelRdt.schemata"));
	flag_put(call, inner, "monitoring", is_done("linux.intelRdt.enableMonitoring"));
	inner = table_put(call, table, "memoryPolicy");
	if (is_done("linux.memoryPolicy")) {
		names_put(call, inner, "modes", memory_modes);
		names_put(call, inner, "flags", memory_flags);
	}
	inner = table_put(call, table, "mountExtensions");
	flag_put(call, table_put(call, inner, "idmap"), "enabled", true);
	enabled_put(call, table, "netDevices", "linux.netDevices");
}

static void annotations_put(struct call *call, struct node *document)
{
	struct node *table = table_put(call, document, "annotations");

	node_put_string(call->arena, table, ANNOTATION_PREFIX "version", NUCLEUS_VERSION);
	node_put_string(call->arena, table, ANNOTATION_PREFIX "landlock.abi",
		arena_printf(call->arena, "%d", landlock_abi()));
	node_put_string(call->arena, table, ANNOTATION_PREFIX "landlock.process",
		is_done("process.landlock") ? "true" : NULL);
	node_put_string(call->arena, table, "io.github.seccomp.libseccomp.version",
		seccomp_library(call->arena));
}

int features_main(struct call *call, struct err *err)
{
	struct node *document = node_new(call->arena, NODE_TABLE);

	if (call->args_count)
		return call_error(call, err, "no word goes with it");
	node_put_string(call->arena, document, "ociVersionMin", "1.0.0");
	node_put_string(call->arena, document, "ociVersionMax", OCI_VERSION);
	hooks_put(call, document);
	mount_options_put(call, document);
	linux_put(call, document);
	annotations_put(call, document);
	names_put(call, document, "potentiallyUnsafeConfigAnnotations", unsafe_annotations);
	fputs(json_write(call->arena, document, true), stdout);
	return 0;
}
