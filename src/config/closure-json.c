/*
 * The list of a closure as JSON: what exportReferencesGraph gives to a derivation with structured
 * attributes, and what `nix path-info --json` has printed over the years. The four shapes are told
 * apart by what they have, and one that could be two of them is refused:
 *
 *   [ { "path": PATH, ... }, ... ]                            exportReferencesGraph, Nix up to 2.18
 *   { "closure": [ ... ], ... }                               all attributes of a derivation
 *   { PATH: { ... }, ... }                                    Nix from 2.19 on
 *   { "version": 2, "storeDir": DIR, "info": { BASE: { ... } } }    from 2.33 on
 *
 * Of a path's own table only what a closure is made of is read. Source: Nix manual, "Store object
 * info JSON format".
 */
#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "base/lists.h"
#include "config/closure-manifest.h"
#include "config/listing.h"
#include "config/registration.h"
#include "format/json.h"

struct reader {
	struct listing *listing;
	const char *file;
};

static struct position place(const struct reader *reader, const struct node *node)
{
	return (struct position){ reader->file, node->line, node->column };
}

#define fault(reader, node, ...) listing_fault((reader)->listing, place(reader, node), __VA_ARGS__)

/* The node's text; NULL with a fault if it is none, or holds a NUL byte. */
static const char *text_read(
	const struct reader *reader, const struct node *node, const char *expected)
{
	if (node->kind == NODE_STRING && strlen(node->text) == node->length)
		return node->text;
	fault(reader, node, "%s expected here, not %s", expected,
		node->kind == NODE_STRING ? "text with a NUL byte" : node_kind_name(node->kind));
	return NULL;
}

static const char *path_read(
	const struct reader *reader, const struct node *node, const char *expected)
{
	const char *text = text_read(reader, node, expected);

	return text ? listing_path(reader->listing, place(reader, node), text, expected) : NULL;
}

/* The member if it is there and not null. */
static const struct node *member(const struct node *table, const char *name)
{
	const struct node *node = node_get(table, name);

	return node && node->kind != NODE_NULL ? node : NULL;
}

/* { "algorithm": "sha256", "format": ..., "hash": ... } as the one text that means the same. */
static const char *hash_join(const struct reader *reader, const struct node *table)
{
	static const char *const names[] = { "algorithm", "format", "hash" };
	const char *text[3];

	for (int i = 0; i < 3; i++) {
		const struct node *node = member(table, names[i]);

		if (!node) {
			fault(reader, table, "the hash has no \"%s\"", names[i]);
			return NULL;
		}
		text[i] = text_read(reader, node, names[i]);
		if (!text[i])
			return NULL;
	}
	if (!strcmp(text[1], "sri"))
		return text[2];
	return arena_printf(reader->listing->arena, "%s%c%s", text[0],
		!strcmp(text[1], "base64") ? '-' : ':', text[2]);
}

static int hash_read(const struct reader *reader, const struct node *table, struct store_path *path)
{
	const struct node *node = member(table, "narHash");
	const char *text;

	if (!node)
		return fault(reader, table, "%s has no narHash, so nothing could be verified",
			path->path);
	text = node->kind == NODE_TABLE ? hash_join(reader, node)
					: text_read(reader, node, "a hash");
	if (!text)
		return -1;
	if (store_hash_read(text, path->nar_sha256))
		return 0;
	return fault(reader, node, "\"%.100s\" is no SHA-256 in nix32, base16 or SRI form", text);
}

static int size_read(const struct reader *reader, const struct node *table, struct store_path *path)
{
	const struct node *node = member(table, "narSize");

	if (!node)
		return fault(reader, table, "%s has no narSize", path->path);
	if (node->kind != NODE_INTEGER || node->huge || node->integer < 0)
		return fault(reader, node, "narSize: a number of bytes expected here");
	path->nar_size = (uint64_t)node->integer;
	return 0;
}

static int references_read(
	const struct reader *reader, const struct node *table, struct store_path *path)
{
	const struct node *list = member(table, "references");

	if (!list || list->kind != NODE_ARRAY)
		return fault(
			reader, list ? list : table, "%s has no list of references", path->path);
	path->references.set = true;
	for (const struct node *node = list->first; node; node = node->next) {
		const char *reference = path_read(reader, node, "a reference");

		if (!reference)
			return -1;
		strings_add(&path->references, reader->listing->arena, reference);
	}
	return 0;
}

/* "name:base64", or since version 3 { "keyName": name, "sig": base64 }. */
static const char *signature_read(const struct reader *reader, const struct node *node)
{
	const struct node *name, *bytes;
	const char *text[2];

	if (node->kind != NODE_TABLE)
		return text_read(reader, node, "a signature");
	name = member(node, "keyName");
	bytes = member(node, "sig");
	text[0] = name ? text_read(reader, name, "a key's name") : NULL;
	text[1] = bytes ? text_read(reader, bytes, "a signature") : NULL;
	if (text[0] && text[1])
		return arena_printf(reader->listing->arena, "%s:%s", text[0], text[1]);
	if (!name || !bytes)
		fault(reader, node, "a signature has \"keyName\" and \"sig\"");
	return NULL;
}

static int signatures_read(
	const struct reader *reader, const struct node *table, struct store_path *path)
{
	const struct node *list = member(table, "signatures");

	if (list && list->kind != NODE_ARRAY)
		return fault(reader, list, "signatures: a list expected here");
	for (const struct node *node = list ? list->first : NULL; node; node = node->next) {
		const char *signature = signature_read(reader, node);

		if (!signature)
			return -1;
		strings_add(&path->signatures, reader->listing->arena, signature);
	}
	return 0;
}

static int deriver_read(
	const struct reader *reader, const struct node *table, struct store_path *path)
{
	const struct node *node = member(table, "deriver");

	path->deriver = "";
	if (!node || (node->kind == NODE_STRING && !strcmp(node->text, "unknown-deriver")))
		return 0;
	path->deriver = path_read(reader, node, "a deriver");
	return path->deriver ? 0 : -1;
}

/* The path that the table is about: by its key, or by itself. */
static const char *own_path(const struct reader *reader, const struct node *table, const char *key)
{
	const struct node *node = member(table, "path");
	const char *own = node ? path_read(reader, node, "a store path") : NULL;

	if (key && node && own && strcmp(key, own) != 0)
		fault(reader, node, "this stands under the name of another path, %s", key);
	else if (!key && !node)
		fault(reader, table, "a \"path\" is missing");
	else
		return key && !node ? key : own;
	return NULL;
}

static int record_read(const struct reader *reader, const struct node *table, const char *key)
{
	struct record record = { .at = place(reader, table) };
	const struct node *valid;

	if (table->kind == NODE_NULL && key)
		return fault(reader, table, "%s is not valid in the store that was asked", key);
	if (table->kind != NODE_TABLE)
		return fault(reader, table, "a store path's table expected here, not %s",
			node_kind_name(table->kind));
	record.path.path = own_path(reader, table, key);
	if (!record.path.path)
		return -1;
	valid = member(table, "valid");
	if (valid && (valid->kind != NODE_BOOL || !valid->boolean))
		return fault(reader, valid, "%s is not valid in the store that was asked",
			record.path.path);
	if (hash_read(reader, table, &record.path) < 0 ||
		size_read(reader, table, &record.path) < 0 ||
		references_read(reader, table, &record.path) < 0 ||
		signatures_read(reader, table, &record.path) < 0 ||
		deriver_read(reader, table, &record.path) < 0)
		return -1;
	listing_add(reader->listing, &record);
	return 0;
}

static int array_read(const struct reader *reader, const struct node *list)
{
	if (list->kind != NODE_ARRAY)
		return fault(reader, list, "a list of store paths expected here, not %s",
			node_kind_name(list->kind));
	for (const struct node *node = list->first; node; node = node->next)
		if (record_read(reader, node, NULL) < 0)
			return -1;
	return 0;
}

static int by_path_read(const struct reader *reader, const struct node *table)
{
	if (table->kind != NODE_TABLE)
		return fault(reader, table, "an object of store paths expected here, not %s",
			node_kind_name(table->kind));
	for (const struct node *node = table->first; node; node = node->next) {
		struct position at = { reader->file, node->key_line, node->key_column };
		const char *key;

		if (strlen(node->key) != node->key_length)
			return listing_fault(reader->listing, at, "a NUL byte in the key");
		key = listing_path(reader->listing, at, node->key, "a store path");
		if (!key || record_read(reader, node, key) < 0)
			return -1;
	}
	return 0;
}

/* The form that says which it is. */
static int versioned_read(const struct reader *reader, const struct node *top)
{
	const struct node *version = member(top, "version"), *dir = member(top, "storeDir");
	const char *store_dir = reader->listing->closure->store_dir;

	if (!version || version->kind != NODE_INTEGER || version->integer < 2 ||
		version->integer > 3)
		return fault(reader, version ? version : top,
			"an object with \"info\" has a \"version\", of which 2 and 3 are known");
	for (const struct node *node = top->first; node; node = node->next)
		if (strcmp(node->key, "version") && strcmp(node->key, "storeDir") &&
			strcmp(node->key, "info"))
			return fault(reader, node,
				"\"%.80s\" stands beside \"info\": this could be a list of another "
				"form",
				node->key);
	if (dir && (dir->kind != NODE_STRING || strcmp(dir->text, store_dir) != 0))
		return fault(
			reader, dir, "the list is of another store directory than %s", store_dir);
	return by_path_read(reader, member(top, "info") ? member(top, "info") : top);
}

/* True if a key of the table is, or ends like, a store path. */
static bool has_paths(const struct listing *listing, const struct node *table)
{
	const char *store_dir = listing->closure->store_dir;

	for (const struct node *node = table->first; node; node = node->next)
		if (!store_path_fault(node->key, store_dir) ||
			!store_path_fault(
				arena_printf(listing->arena, "%s/%s", store_dir, node->key),
				store_dir))
			return true;
	return false;
}

static int table_read(const struct reader *reader, const struct node *top)
{
	const struct node *closure = node_get(top, "closure"), *paths = node_get(top, "info");

	if (!closure && !paths)
		return by_path_read(reader, top);
	if ((closure && paths) || has_paths(reader->listing, top))
		return fault(reader, top,
			"this could be a list of two forms: it has %s and %s beside each other",
			closure ? "\"closure\"" : "\"info\"",
			closure && paths ? "\"info\"" : "store paths");
	return closure ? array_read(reader, closure) : versioned_read(reader, top);
}

int listing_read_json(struct listing *listing, const char *file, const char *text, size_t length)
{
	const struct reader reader = { .listing = listing, .file = file };
	struct err fault = { 0 };
	const struct node *top = json_read(listing->arena, text, length, &fault);

	if (!top)
		return err_set(listing->err, EINVAL, "%s:%s", file, fault.text);
	return top->kind == NODE_TABLE ? table_read(&reader, top) : array_read(&reader, top);
}
