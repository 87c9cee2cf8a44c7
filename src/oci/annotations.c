/*
 * dev.nucleus.* annotations: what the specification has no word for travels in them, so that a
 * bundle stays valid for other runtimes. Their values are text: a word, a number of bytes, or a
 * JSON object. One that is not known is an error, since it asks for something that would silently
 * not be done.
 */
#include <string.h>

#include "config/profile.h"
#include "format/json.h"
#include "oci/parts.h"
#include "oci/spec.h"

#define TIME_ANNOTATION ANNOTATION_PREFIX "time"

/* clang-format off */
const struct key annotation_keys[] = {
	CHOICE(ANNOTATION_PREFIX "mode", struct config, mode, mode_names, "the policy's mode"),
	CHOICE(ANNOTATION_PREFIX "cgroup-manager", struct config, cgroup_manager, manager_names, "who makes the cgroup; the caller's word counts"),
	NAMED(ANNOTATION_PREFIX "root-tmpfs", struct config, root_tmpfs, "the root is a fresh tmpfs of so many bytes"),
	NAMED(ANNOTATION_PREFIX "init", struct config, init, "PID 1 reaps and forwards signals"),
	POINTER(ANNOTATION_PREFIX "stop", struct config, stop, stop_keys, "how it is stopped"),
	NAMED(ANNOTATION_PREFIX "limits-best-effort", struct config, limits_best_effort, "limits that cannot be set are left out, with a warning"),
	NAMED(ANNOTATION_PREFIX "verify-mounts", struct config, verify_mounts, "mount flags are read back"),
	CHOICE(ANNOTATION_PREFIX "ids", struct config, ids, ids_names, "a range of the host's ids is picked at the start"),
	NAMED(ANNOTATION_PREFIX "ids-size", struct config, ids_size, "how many"),
	NAMED(ANNOTATION_PREFIX "ids-best-effort", struct config, ids_best_effort, "the caller's groups are kept where they cannot be dropped"),
	PART(TIME_ANNOTATION, time_offset_keys, "a new time namespace: runtimes older than 1.1 refuse the word"),
	NAMED(ANNOTATION_PREFIX "policy-file", struct config, policy_file, "what the sandbox may do stands in " POLICY_FILE),
	LIST(ANNOTATION_PREFIX "secrets", struct config, secrets, secret_keys, "in a kept config alone: where secrets come from"),
	POINTER(ANNOTATION_PREFIX "landlock", struct config, landlock, landlock_keys, "Landlock rules"),
	POINTER(ANNOTATION_PREFIX "closure", struct config, closure, closure_keys, "the Nix closure that is the root"),
	POINTER(ANNOTATION_PREFIX "manifest", struct config, manifest, manifest_keys, "the files of a plain root are held against its manifest"),
	POINTER(ANNOTATION_PREFIX "workspace", struct config, workspace, tree_keys, "a copy of a tree, whose changes come back"),
	POINTER(ANNOTATION_PREFIX "context", struct config, context, tree_keys, "a copy of a tree to read"),
	NAMED(ANNOTATION_PREFIX "policy", struct config, policy, "a policy of the administrator's by name"),
	NAMED(ANNOTATION_PREFIX "policy.sha256", struct config, policy_sha256, "what its file must hash to"),
	LIST(ANNOTATION_PREFIX "seccomp-more", struct config, seccomp_more, seccomp_keys, "further profiles; the strictest answer counts"),
	LIST(ANNOTATION_PREFIX "landlock-more", struct config, landlock_more, landlock_keys, "further Landlock rule sets, all of which must allow"),
	{ 0 }
};
static const struct key wrapper_keys[] = { PART("annotations", annotation_keys, ""), { 0 } };
/* clang-format on */

static bool ours(const char *key)
{
	return !strncmp(key, ANNOTATION_PREFIX, strlen(ANNOTATION_PREFIX));
}

static const struct key *key_named(const char *name)
{
	for (const struct key *key = annotation_keys; key->name; key++)
		if (!strcmp(key->name, name))
			return key;
	return NULL;
}

/* Nodes of a text within the text stand where that does. */
static void node_move(struct node *node, unsigned line, unsigned column)
{
	node->line = node->key_line = line;
	node->column = node->key_column = column;
	for (struct node *child = node->kind >= NODE_ARRAY ? node->first : NULL; child;
		child = child->next)
		node_move(child, line, column);
}

/* The value as the rows want it: words and sizes stay text, all else is JSON. */
static struct node *value_parse(
	const struct node *from, const struct key *key, struct arena *arena, struct err *err)
{
	struct node *value;

	if (!key || key->type == KEY_CHOICE || key->type == KEY_MAYBE_SIZE ||
		key->type == KEY_STRING || from->kind != NODE_STRING) {
		value = node_new(arena, from->kind);
		*value = *from;
		value->next = NULL;
		return value;
	}
	value = json_read(arena, from->text, from->length, err);
	if (!value) {
		err_where(err, "annotations.%s: not the JSON it should be", key->name);
		return NULL;
	}
	node_move(value, from->line, from->column);
	value->key_line = from->key_line;
	value->key_column = from->key_column;
	return value;
}

static void namespace_add(struct config *config, struct arena *arena)
{
	struct config_namespace *wider;

	if (config_has_new_namespace(config, NAMESPACE_TIME))
		return;
	wider = arena_alloc(arena, config->namespaces_count + 1, sizeof(*wider));
	if (config->namespaces_count)
		memcpy(wider, config->namespaces, config->namespaces_count * sizeof(*wider));
	wider[config->namespaces_count++] = (struct config_namespace){ .type = NAMESPACE_TIME };
	config->namespaces = wider;
}

static void annotations_keep(struct pairs *annotations)
{
	size_t kept = 0;

	for (size_t i = 0; i < annotations->count; i++)
		if (!ours(annotations->items[i].key))
			annotations->items[kept++] = annotations->items[i];
	annotations->count = kept;
	annotations->set = kept > 0;
}

int annotations_read(const struct node *root, const char *file, struct config *config,
	struct arena *arena, struct err *err)
{
	const struct node *from = node_get(root, "annotations");
	struct node *wrapper = node_new(arena, NODE_TABLE), *table = node_new(arena, NODE_TABLE);

	annotations_keep(&config->annotations);
	if (!from || from->kind != NODE_TABLE)
		return 0;
	for (const struct node *child = from->first; child; child = child->next) {
		struct node *value;

		if (!ours(child->key))
			continue;
		value = value_parse(child, key_named(child->key), arena, err);
		if (!value)
			return rows_locate(root, file, err);
		node_put(arena, table, child->key, value);
	}
	node_put(arena, wrapper, "annotations", table);
	if (rows_read(wrapper_keys, wrapper, config, arena, UNKNOWN_REFUSED, file, err) < 0)
		return -1;
	if (node_get(table, TIME_ANNOTATION))
		namespace_add(config, arena);
	return 0;
}

void annotations_write(const struct config *config, struct node *annotations, struct arena *arena)
{
	struct node *table = rows_write(annotation_keys, config, arena);

	if (config_has_new_namespace(config, NAMESPACE_TIME) && !node_get(table, TIME_ANNOTATION))
		node_put(arena, table, TIME_ANNOTATION, node_new(arena, NODE_TABLE));
	for (struct node *child = table->first, *next; child; child = next) {
		next = child->next;
		child->next = NULL;
		if (child->kind != NODE_STRING)
			node_put(arena, annotations, child->key,
				node_string(arena, json_write(arena, child, false)));
		else
			node_append(annotations, child);
	}
}

struct pairs spec_annotations(const struct config *config, struct arena *arena)
{
	struct pairs shown = config->annotations;

	if (!config->policy)
		return shown;
	shown.items = arena_alloc(arena, shown.count + 2, sizeof(*shown.items));
	if (shown.count)
		memcpy(shown.items, config->annotations.items, shown.count * sizeof(*shown.items));
	shown.items[shown.count++] = (struct pair){ ANNOTATION_PREFIX "policy", config->policy };
	shown.items[shown.count++] = (struct pair){ ANNOTATION_PREFIX "policy.sha256",
		config->policy_sha256 };
	shown.set = true;
	return shown;
}
