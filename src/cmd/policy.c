/*
 * nucleus policy: the reference of every key, from the rows that read them, and what a policy of
 * several layers amounts to, each value with the place it is from. What `show` prints is a policy
 * again, and means the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "format/rows.h"
#include "policy/admin.h"
#include "policy/policy.h"

const char policy_synopsis[] = "--keys [--admin] | show [--mode MODE] [--json] FILE";

const struct option policy_options[] = {
	{ "keys", 0, NULL, "print every key with its type and meaning" },
	{ "admin", 0, NULL, "with --keys: those of /etc/nucleus/nucleus.toml" },
	{ "mode", 'm', "MODE", "with show: as in run" },
	{ "json", 0, NULL, "with show: as JSON" },
	{ 0 },
};

static void string_print(const char *text, size_t length)
{
	putchar('"');
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else if (byte < ' ' || byte == 0x7F)
			printf("\\u%04X", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static void key_print(const struct node *node)
{
	static const char bare[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	if (node->key_length && strspn(node->key, bare) == node->key_length)
		printf("%s", node->key);
	else
		string_print(node->key, node->key_length);
}

/* As a comment: nothing in it may end the line. */
static void origin_print(const struct node *node, struct arena *arena)
{
	printf("  # ");
	for (const char *at = policy_origin(node, arena); *at; at++)
		putchar((unsigned char)*at < ' ' || *at == 0x7F ? '?' : *at);
}

static bool same_place(const struct node *one, const struct node *other)
{
	return one->file == other->file ||
		(one->file && other->file && !strcmp(one->file, other->file));
}

/* Whether a list's items are from several files. */
static bool is_mixed(const struct node *node)
{
	for (const struct node *item = node->kind == NODE_ARRAY ? node->first : NULL; item;
		item = item->next)
		if (!same_place(item, node))
			return true;
	return false;
}

static void value_print(const struct node *node);

static void array_print(const struct node *node)
{
	putchar('[');
	for (const struct node *item = node->first; item; item = item->next) {
		value_print(item);
		printf("%s", item->next ? ", " : "");
	}
	putchar(']');
}

static void value_print(const struct node *node)
{
	switch (node->kind) {
	case NODE_BOOL:
		printf("%s", node->boolean ? "true" : "false");
		break;
	case NODE_INTEGER:
		printf("%lld", (long long)node->integer);
		break;
	case NODE_REAL:
		printf("%.15g", node->real);
		break;
	case NODE_ARRAY:
		array_print(node);
		break;
	default:
		string_print(node->text, node->length);
	}
}

static bool is_tables(const struct node *node)
{
	return node->kind == NODE_TABLE ||
		(node->kind == NODE_ARRAY && node->first && node->first->kind == NODE_TABLE);
}

static void leaf_print(const struct node *node, struct arena *arena)
{
	key_print(node);
	printf(" = ");
	if (!is_mixed(node)) {
		value_print(node);
		origin_print(node, arena);
		putchar('\n');
		return;
	}
	printf("[\n");
	for (const struct node *item = node->first; item; item = item->next) {
		putchar('\t');
		value_print(item);
		putchar(',');
		origin_print(item, arena);
		putchar('\n');
	}
	printf("]\n");
}

static void table_print(const struct node *table, const char *path, struct arena *arena);

/* Tables under their headings: values first, for a heading ends those of the table above it. */
static void inner_print(const struct node *node, const char *path, struct arena *arena)
{
	const char *inner = arena_printf(arena, "%s%s%s", path, *path ? "." : "", node->key);

	if (node->kind == NODE_TABLE) {
		printf("\n[%s]\n", inner);
		table_print(node, inner, arena);
		return;
	}
	for (const struct node *item = node->first; item; item = item->next) {
		printf("\n[[%s]]\n", inner);
		table_print(item, inner, arena);
	}
}

static void table_print(const struct node *table, const char *path, struct arena *arena)
{
	for (const struct node *node = table->first; node; node = node->next)
		if (!is_tables(node))
			leaf_print(node, arena);
	for (const struct node *node = table->first; node; node = node->next)
		if (is_tables(node))
			inner_print(node, path, arena);
}

static const char *layer_digest(const struct policy_layer *layer, struct arena *arena)
{
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	digest_bytes(layer->text, layer->length, sum);
	digest_text(sum, text);
	return arena_strdup(arena, text);
}

static void layers_print(const struct policy *policy, struct arena *arena)
{
	printf("# What these amount to, each later one within the earlier:\n");
	for (size_t i = 0; i < policy->layers_count; i++) {
		const struct policy_layer *layer = policy->layers[i];

		printf("#\t");
		for (const char *at = layer->file; *at; at++)
			putchar((unsigned char)*at < ' ' || *at == 0x7F ? '?' : *at);
		printf("%s sha256 %s\n", layer->included ? " (included)" : "",
			layer_digest(layer, arena));
	}
	putchar('\n');
}

static struct node *layers_node(const struct policy *policy, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < policy->layers_count; i++) {
		const struct policy_layer *layer = policy->layers[i];
		struct node *table = node_new(arena, NODE_TABLE);

		node_put_string(arena, table, "file", layer->file);
		node_put_string(arena, table, "sha256", layer_digest(layer, arena));
		node_put(arena, table, "builtIn", node_bool(arena, layer->builtin));
		node_put(arena, table, "included", node_bool(arena, layer->included));
		node_append(list, table);
	}
	return list;
}

/* Where each value is from, by its path. */
static void origins_add(
	const struct node *node, const char *path, struct node *origins, struct arena *arena)
{
	struct node *origin;
	size_t index = 0;

	if (node->kind == NODE_TABLE || is_tables(node) || is_mixed(node)) {
		for (const struct node *item = node->first; item; item = item->next)
			origins_add(item,
				node->kind == NODE_ARRAY
					? arena_printf(arena, "%s[%zu]", path, index++)
					: arena_printf(arena, "%s%s%s", path, *path ? "." : "",
						  item->key),
				origins, arena);
		return;
	}
	origin = node_new(arena, NODE_TABLE);
	if (node->line) {
		node_put_string(arena, origin, "file", node->file);
		node_put_integer(arena, origin, "line", node->line);
		node_put_integer(arena, origin, "column", node->column);
	} else {
		node_put_string(arena, origin, "from", policy_origin(node, arena));
	}
	node_put(arena, origins, path, origin);
}

static void json_print(const struct policy *policy, struct node *effective, struct arena *arena)
{
	struct node *document = node_new(arena, NODE_TABLE);
	struct node *origins = node_new(arena, NODE_TABLE);

	origins_add(effective, "", origins, arena);
	node_put(arena, document, "layers", layers_node(policy, arena));
	node_put(arena, document, "policy", effective);
	node_put(arena, document, "origins", origins);
	printf("%s\n", json_write(arena, document, true));
}

static int show(const struct call *call, const char *file, struct err *err)
{
	struct policy *policy = policy_read(file, call->arena, err);
	struct node *effective;
	int mode;

	if (!policy || prepare_mode(call_option(call, "mode"), &mode, err) < 0 ||
		policy_check(policy, mode, err) < 0)
		return -1;
	effective = policy_effective(policy, mode, call->arena);
	if (call_option(call, "json")) {
		json_print(policy, effective, call->arena);
		return 0;
	}
	layers_print(policy, call->arena);
	table_print(effective, "", call->arena);
	return 0;
}

int policy_main(struct call *call, struct err *err)
{
	if (call_option(call, "keys") && !call->args_count) {
		if (call_option(call, "admin"))
			rows_print(admin_keys, "", false, stdout);
		else
			rows_print(policy_keys, "", true, stdout);
		return 0;
	}
	if (call->args_count != 2 || strcmp(call->args[0], "show") != 0)
		return call_error(call, err, "--keys, or show and one policy");
	return show(call, call->args[1], err);
}
