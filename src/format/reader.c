/*
 * Positions, faults and the look-up of keys for the readers of TOML and JSON. Nothing here may take
 * more than linear time over a whole document, whoever wrote it.
 */
#include "format/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct reader reader_init(const char *text, size_t length, struct arena *arena, struct err *err)
{
	return (struct reader){
		.start = text,
		.at = text,
		.end = text + length,
		.mark = text,
		.line_start = text,
		.line = 1,
		.arena = arena,
		.err = err,
	};
}

/* Going back costs a new count, and happens for a fault only. */
void reader_place(struct reader *reader, const char *at, unsigned *line, unsigned *column)
{
	const char *newline;

	if (at < reader->mark) {
		reader->mark = reader->line_start = reader->start;
		reader->line = 1;
	}
	while ((newline = memchr(reader->mark, '\n', (size_t)(at - reader->mark)))) {
		reader->line++;
		reader->mark = reader->line_start = newline + 1;
	}
	reader->mark = at;
	*line = reader->line;
	*column = (unsigned)(at - reader->line_start) + 1;
}

int reader_fault(struct reader *reader, const char *at, const char *format, ...)
{
	char text[sizeof(reader->err->text)];
	unsigned line, column;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader_place(reader, at, &line, &column);
	return err_set(reader->err, EINVAL, "%u:%u: %s", line, column, text);
}

struct node *reader_node(struct reader *reader, enum node_kind kind, const char *at)
{
	struct node *node = node_new(reader->arena, kind);

	reader_place(reader, at, &node->line, &node->column);
	return node;
}

/* FNV-1a, begun from the table's address, which a document's author cannot know. */
static uint32_t member_hash(const struct node *table, const struct reader_key *key)
{
	uint64_t hash = 0xCBF29CE484222325 ^ ((uint64_t)(uintptr_t)table * 0x9E3779B97F4A7C15);

	for (size_t i = 0; i < key->length; i++)
		hash = (hash ^ (unsigned char)key->text[i]) * 0x100000001B3;
	return (uint32_t)(hash ^ hash >> 32);
}

struct member *member_find(
	const struct reader *reader, const struct node *table, const struct reader_key *key)
{
	uint32_t hash = member_hash(table, key);
	size_t mask = reader->members_room - 1;

	if (!reader->members_room)
		return NULL;
	for (size_t i = hash & mask; reader->members[i].table; i = (i + 1) & mask) {
		struct member *member = &reader->members[i];

		if (member->hash == hash && member->table == table &&
			member->node->key_length == key->length &&
			!memcmp(member->node->key, key->text, key->length))
			return member;
	}
	return NULL;
}

/* Into the first free place after its hash; room is never full. */
static struct member *member_place(struct reader *reader, const struct member *member)
{
	size_t mask = reader->members_room - 1, i = member->hash & mask;

	while (reader->members[i].table)
		i = (i + 1) & mask;
	reader->members[i] = *member;
	return &reader->members[i];
}

/* Keeps the room at least half as big again as what is used. */
static void members_widen(struct reader *reader)
{
	const struct member *old = reader->members;
	size_t old_room = reader->members_room;

	if (reader->members_used * 3 < old_room * 2)
		return;
	reader->members_room = old_room ? old_room * 2 : 64;
	reader->members = arena_alloc(&reader->scratch, reader->members_room, sizeof(*old));
	for (size_t i = 0; i < old_room; i++)
		if (old[i].table)
			member_place(reader, &old[i]);
}

struct member *member_add(struct reader *reader, struct node *table, const struct reader_key *key,
	struct node *node, int origin)
{
	node->key = key->text;
	node->key_length = key->length;
	node->key_line = key->line;
	node->key_column = key->column;
	node_append(table, node);
	members_widen(reader);
	reader->members_used++;
	return member_place(reader,
		&(struct member){ .table = table,
			.node = node,
			.hash = member_hash(table, key),
			.origin = origin });
}

size_t utf8_length(const char *text, size_t room)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
	unsigned char least = 0x80, most = 0xBF;

	if (length == 1)
		return 1;
	if (at[0] < 0xC2 || at[0] > 0xF4 || length > room)
		return 0;
	if (at[0] == 0xE0)
		least = 0xA0;
	else if (at[0] == 0xED)
		most = 0x9F;
	else if (at[0] == 0xF0)
		least = 0x90;
	else if (at[0] == 0xF4)
		most = 0x8F;
	if (at[1] < least || at[1] > most)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	return length;
}
