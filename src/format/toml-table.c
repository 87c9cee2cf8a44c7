/*
 * Who may add to which table: TOML's rules against defining a thing twice. Each key of each table
 * has a slot in one hash for the whole document, so that a look-up costs the same in a table of a
 * hundred thousand keys, and the slot remembers by what the key came to be:
 *
 *   by             [header]   passed by   [[header]]   passed by     = value
 *                             a header                 a dotted key
 *   passed by a header  defines   yes     no           yes           no
 *   [header]            no        yes     no           no            no
 *   dotted key          no        yes     no           yes           no
 *   [[header]]          no        last    appends      no            no
 *   = value             no        no      no           no            no
 *
 * Nothing may be added to a value, be it an array or an inline table.
 */
#include <string.h>

#include "format/toml-reader.h"
#include "format/toml.h"

enum origin { BY_VALUE, BY_PASSING, BY_HEADER, BY_DOTTED, BY_LIST };

struct toml_slot {
	const struct node *parent; /* NULL: the slot is free */
	struct node *node;
	uint32_t hash;
	enum origin origin;
};

/* FNV-1a, begun from the table's address, which a document's author cannot know. */
static uint32_t slot_hash(const struct node *parent, const struct toml_key *key)
{
	uint64_t hash = 0xCBF29CE484222325 ^ ((uint64_t)(uintptr_t)parent * 0x9E3779B97F4A7C15);

	for (size_t i = 0; i < key->length; i++)
		hash = (hash ^ (unsigned char)key->text[i]) * 0x100000001B3;
	return (uint32_t)(hash ^ hash >> 32);
}

/* The slot of the key, or the free one where it would go; room is never full. */
static struct toml_slot *slot_seek(const struct toml_reader *reader, const struct node *parent,
	const struct toml_key *key, uint32_t hash)
{
	size_t i = hash & (reader->slots_room - 1);

	for (;; i = (i + 1) & (reader->slots_room - 1)) {
		struct toml_slot *slot = &reader->slots[i];

		if (!slot->parent ||
			(slot->hash == hash && slot->parent == parent &&
				slot->node->key_length == key->length &&
				!memcmp(slot->node->key, key->text, key->length)))
			return slot;
	}
}

static struct toml_slot *slot_find(
	const struct toml_reader *reader, const struct toml_spot *spot, const struct toml_key *key)
{
	struct toml_slot *slot;

	if (!reader->slots_room)
		return NULL;
	slot = slot_seek(reader, spot->table, key, slot_hash(spot->table, key));
	return slot->parent ? slot : NULL;
}

/* Keeps the room at least half as big again as what is used. */
static void slots_widen(struct toml_reader *reader)
{
	struct toml_slot *old = reader->slots;
	size_t old_room = reader->slots_room, mask;

	if (reader->slots_used * 3 < old_room * 2)
		return;
	reader->slots_room = old_room ? old_room * 2 : 64;
	reader->slots = arena_alloc(&reader->scratch, reader->slots_room, sizeof(*old));
	mask = reader->slots_room - 1;
	for (size_t i = 0; i < old_room; i++) {
		size_t to = old[i].hash & mask;

		if (!old[i].parent)
			continue;
		while (reader->slots[to].parent)
			to = (to + 1) & mask;
		reader->slots[to] = old[i];
	}
}

/* Puts the node into the table under a key that is known to be absent. */
static void slot_add(struct toml_reader *reader, const struct toml_spot *spot,
	const struct toml_key *key, struct node *node, enum origin origin)
{
	uint32_t hash = slot_hash(spot->table, key);

	slots_widen(reader);
	reader->slots_used++;
	node->key = arena_copy(reader->arena, key->text, key->length);
	node->key_length = key->length;
	node->key_line = key->line;
	node->key_column = key->column;
	*slot_seek(reader, spot->table, key, hash) = (struct toml_slot){
		.parent = spot->table, .node = node, .hash = hash, .origin = origin
	};
	node_append(spot->table, node);
}

/* A new table or array under the key, at the key's position. */
static struct node *table_add(struct toml_reader *reader, const struct toml_spot *spot,
	const struct toml_key *key, enum node_kind kind, enum origin origin)
{
	struct node *node = toml_node(reader, kind, key->at);

	slot_add(reader, spot, key, node, origin);
	return node;
}

/* Why nothing can be added to what the slot holds; the key at fault is the one being read. */
static int slot_fault(
	struct toml_reader *reader, const struct toml_slot *slot, const struct toml_key *key)
{
	static const char *const reasons[] = {
		[BY_VALUE] = "%s is already a value on line %u: nothing can be added to it",
		[BY_PASSING] = "%s is a table since line %u, not an array of tables",
		[BY_HEADER] = "the table %s is already defined by its header on line %u",
		[BY_DOTTED] = "the table %s is already defined by a dotted key on line %u",
		[BY_LIST] = "%s is an array of tables since line %u: only [[...]] adds to it",
	};

	return toml_fault(reader, key->at, reasons[slot->origin],
		toml_quote(reader, key->text, key->length), slot->node->key_line);
}

int toml_check_depth(struct toml_reader *reader, unsigned depth, const char *at)
{
	if (depth <= TOML_DEPTH_MOST)
		return 0;
	return toml_fault(reader, at, "nested more than %d deep", TOML_DEPTH_MOST);
}

static int spot_enter(struct toml_reader *reader, struct toml_spot *spot, struct node *table,
	unsigned levels, const struct toml_key *key)
{
	spot->table = table;
	spot->depth += levels;
	return toml_check_depth(reader, spot->depth, key->at);
}

int toml_pass_header(struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key)
{
	struct toml_slot *slot = slot_find(reader, spot, key);

	if (!slot)
		return spot_enter(
			reader, spot, table_add(reader, spot, key, NODE_TABLE, BY_PASSING), 1, key);
	if (slot->origin == BY_VALUE)
		return slot_fault(reader, slot, key);
	if (slot->origin == BY_LIST)
		return spot_enter(reader, spot, slot->node->last, 2, key);
	return spot_enter(reader, spot, slot->node, 1, key);
}

int toml_pass_dotted(struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key)
{
	struct toml_slot *slot = slot_find(reader, spot, key);

	if (!slot)
		return spot_enter(
			reader, spot, table_add(reader, spot, key, NODE_TABLE, BY_DOTTED), 1, key);
	if (slot->origin != BY_PASSING && slot->origin != BY_DOTTED)
		return slot_fault(reader, slot, key);
	slot->origin = BY_DOTTED;
	return spot_enter(reader, spot, slot->node, 1, key);
}

int toml_define_table(
	struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key)
{
	struct toml_slot *slot = slot_find(reader, spot, key);

	if (!slot)
		return spot_enter(
			reader, spot, table_add(reader, spot, key, NODE_TABLE, BY_HEADER), 1, key);
	if (slot->origin != BY_PASSING)
		return slot_fault(reader, slot, key);
	slot->origin = BY_HEADER;
	slot->node->line = slot->node->key_line = key->line;
	slot->node->column = slot->node->key_column = key->column;
	return spot_enter(reader, spot, slot->node, 1, key);
}

int toml_define_list(struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key)
{
	struct toml_slot *slot = slot_find(reader, spot, key);
	struct node *list, *table;

	if (slot && slot->origin != BY_LIST)
		return slot_fault(reader, slot, key);
	list = slot ? slot->node : table_add(reader, spot, key, NODE_ARRAY, BY_LIST);
	table = toml_node(reader, NODE_TABLE, key->at);
	node_append(list, table);
	return spot_enter(reader, spot, table, 2, key);
}

int toml_check_absent(
	struct toml_reader *reader, const struct toml_spot *spot, const struct toml_key *key)
{
	const struct toml_slot *slot = slot_find(reader, spot, key);

	if (!slot)
		return 0;
	return toml_fault(reader, key->at, "the key %s is already set on line %u",
		toml_quote(reader, key->text, key->length), slot->node->key_line);
}

void toml_put(struct toml_reader *reader, const struct toml_spot *spot, const struct toml_key *key,
	struct node *value)
{
	slot_add(reader, spot, key, value, BY_VALUE);
}
