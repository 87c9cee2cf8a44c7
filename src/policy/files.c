/*
 * The files that a policy rests on: those it is made of, and those its values name. Whoever can
 * write one of them decides what the next run may do.
 */
#include "policy/layers.h"

static void files_add(const struct policy *policy, const struct key *keys, const struct node *table,
	const char *path, struct strings *files, struct arena *arena);

static void value_add(const struct policy *policy, const struct key *key, const struct node *node,
	const char *path, struct strings *files, struct arena *arena)
{
	size_t index = 0;

	if (order_names_file(key, node))
		strings_add(files, arena, policy_path(policy, path, node->text, arena));
	if (!key->keys)
		return;
	if (key->type != KEY_LIST)
		files_add(policy, key->keys, node, path, files, arena);
	else
		for (const struct node *item = node->first; item; item = item->next)
			files_add(policy, key->keys, item,
				arena_printf(arena, "%s[%zu]", path, index++), files, arena);
}

static void files_add(const struct policy *policy, const struct key *keys, const struct node *table,
	const char *path, struct strings *files, struct arena *arena)
{
	for (const struct node *node = table->first; node; node = node->next) {
		const struct key *key = order_row(keys, node);

		if (key && !layers_skip(path, node))
			value_add(policy, key, node,
				arena_printf(arena, "%s%s%s", path, *path ? "." : "", key->name),
				files, arena);
	}
}

struct strings policy_files(const struct policy *policy, struct arena *arena)
{
	struct strings files = { 0 };

	for (size_t i = policy->layers_count; i-- > 0;)
		if (!policy->layers[i]->builtin)
			strings_add(&files, arena, policy->layers[i]->file);
	files_add(policy, policy_keys, policy->document, "", &files, arena);
	return files;
}
