/*
 * Who may add to which table: TOML's rules against defining a thing twice. Each key remembers by
 * what it came to be; nothing may be added to a value, be it an array or an inline table.
 */
#include "format/toml-reader.h"
#include "format/toml.h"

enum origin { BY_VALUE, BY_HEADER, BY_PASSING, BY_LIST, BY_DOTTED };

/* What a key that is there already may be used for. */
static const bool allowed[][4] = {
	[BY_HEADER] = { [TOML_PASSING] = true },
	[BY_PASSING] = { [TOML_PASSING] = true, [TOML_HEADER] = true, [TOML_DOTTED] = true },
	[BY_LIST] = { [TOML_PASSING] = true, [TOML_LIST] = true },
	[BY_DOTTED] = { [TOML_PASSING] = true, [TOML_DOTTED] = true },
};

/* What using it makes of it, be it there or new; passing through leaves it as it is. */
static const enum origin origins[] = {
	[TOML_HEADER] = BY_HEADER,
	[TOML_PASSING] = BY_PASSING,
	[TOML_LIST] = BY_LIST,
	[TOML_DOTTED] = BY_DOTTED,
};

/* Why nothing can be added to what the member holds; the key at fault is the one being read. */
static int member_fault(
	struct reader *reader, const struct member *member, const struct reader_key *key)
{
	static const char *const reasons[] = {
		[BY_VALUE] = "%s is already a value on line %u: nothing can be added to it",
		[BY_HEADER] = "the table %s is already defined by its header on line %u",
		[BY_PASSING] = "%s is a table since line %u, not an array of tables",
		[BY_LIST] = "%s is an array of tables since line %u: only [[...]] adds to it",
		[BY_DOTTED] = "the table %s is already defined by a dotted key on line %u",
	};

	return reader_fault(reader, key->at, reasons[member->origin],
		toml_quote(reader, key->text, key->length), member->node->key_line);
}

int toml_check_depth(struct reader *reader, unsigned depth, const char *at)
{
	if (depth <= TOML_DEPTH_MOST)
		return 0;
	return reader_fault(reader, at, "nested more than %d deep", TOML_DEPTH_MOST);
}

/* A header stands where its table is defined, though another may have passed through it before. */
static void member_use(struct member *member, const struct reader_key *key, enum toml_way way)
{
	if (way == TOML_PASSING)
		return;
	member->origin = origins[way];
	if (way != TOML_HEADER)
		return;
	member->node->line = member->node->key_line = key->line;
	member->node->column = member->node->key_column = key->column;
}

int toml_enter(struct reader *reader, struct toml_spot *spot, const struct reader_key *key,
	enum toml_way way)
{
	struct member *member = member_find(reader, spot->table, key);
	enum node_kind kind = way == TOML_LIST ? NODE_ARRAY : NODE_TABLE;

	if (member && !allowed[member->origin][way])
		return member_fault(reader, member, key);
	if (member)
		member_use(member, key, way);
	else
		member = member_add(reader, spot->table, key, reader_node(reader, kind, key->at),
			(int)origins[way]);
	if (way == TOML_LIST)
		node_append(member->node, reader_node(reader, NODE_TABLE, key->at));
	spot->table = member->origin == BY_LIST ? member->node->last : member->node;
	spot->depth += member->origin == BY_LIST ? 2 : 1;
	return toml_check_depth(reader, spot->depth, key->at);
}

int toml_check_absent(
	struct reader *reader, const struct toml_spot *spot, const struct reader_key *key)
{
	const struct member *member = member_find(reader, spot->table, key);

	if (!member)
		return 0;
	return reader_fault(reader, key->at, "the key %s is already set on line %u",
		toml_quote(reader, key->text, key->length), member->node->key_line);
}

void toml_put(struct reader *reader, const struct toml_spot *spot, const struct reader_key *key,
	struct node *value)
{
	member_add(reader, spot->table, key, value, BY_VALUE);
}
