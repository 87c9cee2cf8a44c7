/*
 * JSON (RFC 8259) to a tree and back. The only file that knows yajl, which is used as a plain
 * tokeniser: what it is lax about is checked here (UTF-8 in full, escaped surrogates, depth, number
 * of values, range of integers, duplicate keys). Positions: yajl tells where a token ends; between
 * two tokens stand only white space, commas and colons, so the start is found by walking forward,
 * each byte once.
 */
#include "format/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "base/fd.h"

struct place {
	size_t offset;
	unsigned line, column;
};

struct parse {
	struct arena *arena;
	struct err *err;
	const char *text;
	size_t length;
	yajl_handle yajl;
	struct place place;
	struct node *stack[JSON_DEPTH_MOST];
	size_t depth;
	size_t values;
	struct node *root;
	/* Set by a key, taken by the value after it. */
	struct node key;
};

static void place_move(struct place *place, const char *text, size_t offset)
{
	while (place->offset < offset) {
		if (text[place->offset++] == '\n') {
			place->line++;
			place->column = 1;
		} else {
			place->column++;
		}
	}
}

/* Where the next token begins. */
static struct place place_next(const struct parse *parse)
{
	struct place place = parse->place;

	while (place.offset < parse->length && strchr(" \t\r\n,:", parse->text[place.offset]) &&
		parse->text[place.offset])
		place_move(&place, parse->text, place.offset + 1);
	return place;
}

static int fault(struct parse *parse, struct place place, const char *what)
{
	err_set(parse->err, EINVAL, "%u:%u: %s", place.line, place.column, what);
	return 0;
}

/* Takes the token yajl has just read: its start is returned, its end is where the next begins. */
static struct place token_take(struct parse *parse)
{
	struct place start = place_next(parse);
	size_t end = yajl_get_bytes_consumed(parse->yajl);

	parse->place = start;
	place_move(&parse->place, parse->text, end > start.offset ? end : start.offset);
	return start;
}

static struct node *value_add(struct parse *parse, enum node_kind kind)
{
	struct place start = token_take(parse);
	struct node *parent = parse->depth ? parse->stack[parse->depth - 1] : NULL, *node;

	if (++parse->values > JSON_VALUES_MOST) {
		fault(parse, start, "too many values");
		return NULL;
	}
	node = node_new(parse->arena, kind);
	node->line = start.line;
	node->column = start.column;
	if (!parent) {
		parse->root = node;
		return node;
	}
	if (parent->kind == NODE_TABLE) {
		node->key = parse->key.key;
		node->key_length = parse->key.key_length;
		node->key_line = parse->key.key_line;
		node->key_column = parse->key.key_column;
	}
	node_append(parent, node);
	return node;
}

static int on_null(void *ctx)
{
	return value_add(ctx, NODE_NULL) != NULL;
}

static int on_boolean(void *ctx, int value)
{
	struct node *node = value_add(ctx, NODE_BOOL);

	if (node)
		node->boolean = value;
	return node != NULL;
}

static int integer_read(struct node *node, const char *text)
{
	errno = 0;
	node->integer = strtoll(text, NULL, 10);
	if (errno != ERANGE)
		return 0;
	if (text[0] == '-')
		return -1;
	errno = 0;
	node->integer = (int64_t)strtoull(text, NULL, 10);
	node->huge = true;
	return errno == ERANGE ? -1 : 0;
}

static int on_number(void *ctx, const char *text, size_t length)
{
	struct parse *parse = ctx;
	struct node *node = value_add(parse, NODE_INTEGER);
	struct place place;
	const char *digits;

	if (!node)
		return 0;
	place = (struct place){ .line = node->line, .column = node->column };
	/* A copy with a NUL: yajl points into the text. */
	digits = arena_copy(parse->arena, text, length);
	if (!strpbrk(digits, ".eE"))
		return integer_read(node, digits) == 0 ||
			fault(parse, place, "integer out of range");
	node->kind = NODE_REAL;
	node->real = strtod(digits, NULL);
	return isfinite(node->real) || fault(parse, place, "number out of range");
}

/* True if every escaped surrogate in the raw token has its other half: yajl invents text instead.
 */
static bool surrogates_paired(const char *raw, size_t length)
{
	unsigned high = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned code = 0;

		if (raw[i] == '\\' && i + 5 < length && raw[i + 1] == 'u') {
			char digits[5] = { raw[i + 2], raw[i + 3], raw[i + 4], raw[i + 5] };

			code = (unsigned)strtoul(digits, NULL, 16);
			i += 5;
		} else if (raw[i] == '\\') {
			i++;
		}
		if (high != (code >= 0xDC00 && code <= 0xDFFF))
			return false;
		high = code >= 0xD800 && code <= 0xDBFF;
	}
	return !high;
}

static bool string_check(struct parse *parse, struct place start)
{
	const char *raw = parse->text + start.offset + 1;
	size_t length = parse->place.offset - start.offset;

	if (length < 2 || !memchr(raw, '\\', length - 2) || surrogates_paired(raw, length - 2))
		return true;
	return fault(parse, start, "an escaped surrogate without its other half");
}

static int on_string(void *ctx, const unsigned char *text, size_t length)
{
	struct parse *parse = ctx;
	struct place start = place_next(parse);
	struct node *node = value_add(parse, NODE_STRING);

	if (!node)
		return 0;
	node->text = arena_copy(parse->arena, (const char *)text, length);
	node->length = length;
	return string_check(parse, start);
}

static int on_key(void *ctx, const unsigned char *text, size_t length)
{
	struct parse *parse = ctx;
	struct place start = token_take(parse);

	parse->key.key = arena_copy(parse->arena, (const char *)text, length);
	parse->key.key_length = length;
	parse->key.key_line = start.line;
	parse->key.key_column = start.column;
	return string_check(parse, start);
}

static int container_open(struct parse *parse, enum node_kind kind)
{
	struct node *node = value_add(parse, kind);

	if (!node)
		return 0;
	if (parse->depth == JSON_DEPTH_MOST)
		return fault(parse, (struct place){ .line = node->line, .column = node->column },
			"nested too deep");
	parse->stack[parse->depth++] = node;
	return 1;
}

static int on_start_map(void *ctx)
{
	return container_open(ctx, NODE_TABLE);
}

static int on_start_array(void *ctx)
{
	return container_open(ctx, NODE_ARRAY);
}

/* By key, then by place: of two equal keys the later one comes second. */
static int key_compare(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *b = *(const struct node *const *)right;
	size_t shorter = a->key_length < b->key_length ? a->key_length : b->key_length;
	int order = memcmp(a->key, b->key, shorter);

	if (!order && a->key_length != b->key_length)
		return a->key_length < b->key_length ? -1 : 1;
	if (!order && a->key_line != b->key_line)
		return a->key_line < b->key_line ? -1 : 1;
	if (!order)
		return a->key_column < b->key_column ? -1 : 1;
	return order;
}

static const struct node *key_repeated(const struct node *table)
{
	const struct node *found = NULL;
	size_t count = 0;

	if (table->count < 2)
		return NULL;
	autofree const struct node **sorted = calloc(table->count, sizeof(struct node *));
	if (!sorted)
		return table;
	for (const struct node *child = table->first; child; child = child->next)
		sorted[count++] = child;
	qsort(sorted, count, sizeof(struct node *), key_compare);
	for (size_t i = 1; i < count && !found; i++)
		if (sorted[i]->key_length == sorted[i - 1]->key_length &&
			!memcmp(sorted[i]->key, sorted[i - 1]->key, sorted[i]->key_length))
			found = sorted[i];
	return found;
}

static int on_end_map(void *ctx)
{
	struct parse *parse = ctx;
	const struct node *repeated = key_repeated(parse->stack[--parse->depth]);

	token_take(parse);
	if (!repeated)
		return 1;
	err_set(parse->err, EINVAL, "%u:%u: duplicate key \"%.80s\"", repeated->key_line,
		repeated->key_column, repeated->key ? repeated->key : "");
	return 0;
}

static int on_end_array(void *ctx)
{
	struct parse *parse = ctx;

	parse->depth--;
	token_take(parse);
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* Length of the well-formed UTF-8 sequence (RFC 3629) at text, or 0. */
static size_t utf8_length(const unsigned char *text, size_t left)
{
	size_t length = text[0] < 0x80 ? 1
		: text[0] < 0xC2       ? 0
		: text[0] < 0xE0       ? 2
		: text[0] < 0xF0       ? 3
		: text[0] < 0xF5       ? 4
				       : 0;

	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	if (length > 2 &&
		((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) ||
			(text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F)))
		return 0;
	return length;
}

static int utf8_check(struct parse *parse)
{
	const unsigned char *text = (const unsigned char *)parse->text;
	struct place place = { .line = 1, .column = 1 };

	for (size_t i = 0, step; i < parse->length; i += step) {
		step = utf8_length(text + i, parse->length - i);
		if (step)
			continue;
		place_move(&place, parse->text, i);
		fault(parse, place, "not UTF-8");
		return -1;
	}
	return 0;
}

/* The error of yajl itself: "parse error: premature EOF\n" and the like, at the token it met. */
static void yajl_fault(struct parse *parse)
{
	unsigned char *text = yajl_get_error(parse->yajl, 0, NULL, 0);
	const char *what = (const char *)text, *colon = what ? strstr(what, ": ") : NULL;
	struct place place = place_next(parse);

	what = colon ? colon + 2 : "not JSON";
	if (place.offset == parse->length || !strncmp(what, "premature EOF", 13)) {
		what = "the text ends too early";
		place_move(&place, parse->text, parse->length);
	}
	err_set(parse->err, EINVAL, "%u:%u: %.*s", place.line, place.column,
		(int)strcspn(what, "\n"), what);
	if (text)
		yajl_free_error(parse->yajl, text);
}

struct node *json_read(struct arena *arena, const char *text, size_t length, struct err *err)
{
	struct parse parse = { .arena = arena,
		.err = err,
		.text = text,
		.length = length,
		.place = { .line = 1, .column = 1 } };
	yajl_status status;

	if (length > JSON_SIZE_MOST) {
		err_set(err, EFBIG, "1:1: larger than the %d bytes allowed", JSON_SIZE_MOST);
		return NULL;
	}
	if (utf8_check(&parse) < 0)
		return NULL;
	parse.yajl = yajl_alloc(&callbacks, NULL, &parse);
	if (!parse.yajl) {
		err_set(err, ENOMEM, "1:1: out of memory");
		return NULL;
	}
	status = yajl_parse(parse.yajl, (const unsigned char *)text, length);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parse.yajl);
	if (status == yajl_status_error)
		yajl_fault(&parse);
	yajl_free(parse.yajl);
	return status == yajl_status_ok ? parse.root : NULL;
}

static void number_write(yajl_gen gen, const struct node *node)
{
	char digits[24];

	if (!node->huge) {
		yajl_gen_integer(gen, node->integer);
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)node->integer);
	yajl_gen_number(gen, digits, strlen(digits));
}

static void real_write(yajl_gen gen, double value)
{
	char digits[40];

	if (!isfinite(value)) {
		yajl_gen_null(gen);
		return;
	}
	/* The shortest of the two forms that read back as the same number. */
	snprintf(digits, sizeof(digits), "%.15g", value);
	if (strtod(digits, NULL) != value)
		snprintf(digits, sizeof(digits), "%.17g", value);
	if (!strpbrk(digits, ".e"))
		memcpy(digits + strlen(digits), ".0", sizeof(".0"));
	yajl_gen_number(gen, digits, strlen(digits));
}

static void text_write(yajl_gen gen, const char *text, size_t length)
{
	yajl_gen_string(gen, (const unsigned char *)(text ? text : ""), length);
}

static void node_write(yajl_gen gen, const struct node *node);

static void members_write(yajl_gen gen, const struct node *node)
{
	bool table = node->kind == NODE_TABLE;

	/* An empty one would be spread over three lines. */
	if (!node->count) {
		yajl_gen_number(gen, table ? "{}" : "[]", 2);
		return;
	}
	if (table)
		yajl_gen_map_open(gen);
	else
		yajl_gen_array_open(gen);
	for (const struct node *child = node->first; child; child = child->next) {
		if (table)
			text_write(gen, child->key, child->key_length);
		node_write(gen, child);
	}
	if (table)
		yajl_gen_map_close(gen);
	else
		yajl_gen_array_close(gen);
}

static void node_write(yajl_gen gen, const struct node *node)
{
	switch (node->kind) {
	case NODE_NULL:
		yajl_gen_null(gen);
		break;
	case NODE_BOOL:
		yajl_gen_bool(gen, node->boolean);
		break;
	case NODE_INTEGER:
		number_write(gen, node);
		break;
	case NODE_REAL:
		real_write(gen, node->real);
		break;
	case NODE_STRING:
	case NODE_DATETIME:
		text_write(gen, node->text, node->length);
		break;
	case NODE_ARRAY:
	case NODE_TABLE:
		members_write(gen, node);
		break;
	}
}

char *json_write(struct arena *arena, const struct node *node, bool pretty)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text = NULL;
	size_t length = 0;
	char *copy;

	if (gen && pretty) {
		yajl_gen_config(gen, yajl_gen_beautify, 1);
		yajl_gen_config(gen, yajl_gen_indent_string, "  ");
	}
	if (gen) {
		node_write(gen, node);
		yajl_gen_get_buf(gen, &text, &length);
	}
	copy = arena_copy(arena, text ? (const char *)text : "", length);
	if (gen)
		yajl_gen_free(gen);
	return copy;
}
