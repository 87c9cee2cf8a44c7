/*
 * The lists of a launch request: variables, volumes, secrets and tmpfs places, as text whose parts
 * are separated by colons or as tables. What such a text leaves open about power is asked for, not
 * guessed.
 */
#include <string.h>

#include "policy/launch.h"

static void put_text(struct launch_request *request, struct node *table, const char *key,
	const char *text, const struct node *where)
{
	node_put(request->arena, table, key, launch_at(node_string(request->arena, text), where));
}

/* An item of a list of tables at the policy's top. */
static struct node *item(struct launch_request *request, const char *list, const struct node *where)
{
	struct node *items = node_get(request->to, list);
	struct node *table = launch_at(node_new(request->arena, NODE_TABLE), where);

	if (!items) {
		items = launch_at(node_new(request->arena, NODE_ARRAY), where);
		node_put(request->arena, request->to, list, items);
	}
	node_append(items, table);
	return table;
}

/* "a:b:c" in parts; how many there are, or 0 if one is empty or there are more than most. */
static size_t split(
	const struct launch_request *request, const char *text, const char **parts, size_t most)
{
	size_t count = 0;

	for (;; text++) {
		size_t length = strcspn(text, ":");

		if (!length || count == most)
			return 0;
		parts[count++] = arena_copy(request->arena, text, length);
		text += length;
		if (!*text)
			return count;
	}
}

/* A table of variables, or "NAME=value" each. */
int launch_env_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	struct node *set = launch_at(node_new(request->arena, NODE_TABLE), value);

	if (value->kind == NODE_TABLE)
		return launch_move(request, row, value);
	if (launch_kind_check(request, row, value, NODE_ARRAY) < 0)
		return -1;
	for (const struct node *one = value->first; one; one = one->next) {
		const char *equals, *name;

		if (launch_text_check(request, row, one) < 0)
			return -1;
		equals = strchr(one->text, '=');
		if (!equals || equals == one->text)
			return launch_fault(request, one, "%s: \"%.60s\" is not NAME=value",
				row->name, one->text);
		name = arena_copy(request->arena, one->text, (size_t)(equals - one->text));
		if (node_get(set, name))
			return launch_fault(
				request, one, "%s: %.60s is there twice", row->name, name);
		put_text(request, set, name, equals + 1, one);
	}
	launch_put(request, row->to, set);
	return 0;
}

/* A table with the names of its own format among ours. */
static int table_read(
	struct launch_request *request, struct node *one, const char *list, const char *source)
{
	struct node *table = item(request, list, one);

	for (struct node *member = one->first, *next; member; member = next) {
		const char *key = arena_copy(request->arena, member->key, member->key_length);

		next = member->next;
		member->next = NULL;
		node_put(request->arena, table,
			!strcmp(key, "dest")             ? "target"
				: !strcmp(key, "source") ? source
							 : key,
			member);
	}
	return 0;
}

static int volume_read(
	struct launch_request *request, const struct launch_row *row, struct node *one)
{
	const char *parts[3];
	struct node *table;
	size_t count;

	if (one->kind == NODE_TABLE)
		return table_read(request, one, "volume", "source");
	if (launch_text_check(request, row, one) < 0)
		return -1;
	count = split(request, one->text, parts, 3);
	if (count < 2 || (count == 3 && strcmp(parts[2], "ro") != 0 && strcmp(parts[2], "rw") != 0))
		return launch_fault(request, one,
			"%s: \"%.200s\" is not SOURCE:DEST:ro or SOURCE:DEST:rw", row->name,
			one->text);
	if (count == 2)
		return launch_fault(request, one,
			"%s: \"%.200s\" does not say whether it may be written to; add :ro or :rw",
			row->name, one->text);
	table = item(request, "volume", one);
	put_text(request, table, "source", parts[0], one);
	put_text(request, table, "target", parts[1], one);
	put_text(request, table, "access", parts[2], one);
	return 0;
}

/* A secret of the host, by the last part of its place; its source is called so in the policy. */
static int secret_read(
	struct launch_request *request, const struct launch_row *row, struct node *one)
{
	bool credential = strcmp(row->name, "secrets") != 0;
	const char *parts[2], *slash;
	struct node *table;

	if (one->kind == NODE_TABLE && !credential)
		return table_read(request, one, "secret", row->to);
	if (launch_text_check(request, row, one) < 0)
		return -1;
	if (split(request, one->text, parts, 2) != 2)
		return launch_fault(request, one, "%s: \"%.200s\" is not %s:DEST", row->name,
			one->text, credential ? "NAME" : "SOURCE");
	slash = strrchr(parts[1], '/');
	table = item(request, "secret", one);
	put_text(request, table, "name", slash ? slash + 1 : parts[1], one);
	put_text(request, table, row->to, parts[0], one);
	put_text(request, table, "target", parts[1], one);
	return 0;
}

static int each(struct launch_request *request, const struct launch_row *row, struct node *list,
	int (*read)(struct launch_request *request, const struct launch_row *row, struct node *one))
{
	if (launch_kind_check(request, row, list, NODE_ARRAY) < 0)
		return -1;
	for (struct node *one = list->first; one; one = one->next)
		if (read(request, row, one) < 0)
			return -1;
	return 0;
}

int launch_volumes_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	return each(request, row, value, volume_read);
}

int launch_secrets_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	return each(request, row, value, secret_read);
}

/* DEST, DEST:SIZE, and :rw behind either. */
static int one_tmpfs_read(
	struct launch_request *request, const struct launch_row *row, struct node *one)
{
	struct node *list = node_get(node_get(request->to, "filesystem"), "tmpfs"), *size;
	const char *parts[3];
	size_t count;

	if (launch_text_check(request, row, one) < 0)
		return -1;
	count = split(request, one->text, parts, 3);
	if (count > 1 && !strcmp(parts[count - 1], "rw"))
		count--;
	if (!count || count > 2 || (count == 2 && !strcmp(parts[1], "ro")))
		return launch_fault(request, one,
			"%s: \"%.200s\" is not DEST or DEST:SIZE; what is empty and read-only is of no use",
			row->name, one->text);
	node_append(list, launch_at(node_string(request->arena, parts[0]), one));
	size = node_get(node_get(request->to, "filesystem"), "tmpfs_size");
	if (size && (count == 1 || strcmp(size->text, parts[1]) != 0))
		return launch_fault(request, one, "%s: all have one size here, and another has %s",
			row->name, size->text);
	if (count == 2 && !size && list->count > 1)
		return launch_fault(request, one,
			"%s: all have one size here, and another has none", row->name);
	if (count == 2 && !size)
		launch_put(request, "filesystem.tmpfs_size",
			launch_at(node_string(request->arena, parts[1]), one));
	return 0;
}

int launch_tmpfs_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_kind_check(request, row, value, NODE_ARRAY) < 0)
		return -1;
	launch_put(request, row->to, launch_at(node_new(request->arena, NODE_ARRAY), value));
	return each(request, row, value, one_tmpfs_read);
}
