/*
 * JSON (RFC 8259) to a tree. The only file that knows yajl, which is used as a plain tokeniser:
 * what it is lax about is checked here (UTF-8 in full, escaped surrogates, depth, number of values,
 * range of integers, duplicate keys). Positions: yajl tells where a token ends; between two tokens
 * stand only white space, commas and colons, so the start is found by walking forward, each byte
 * once.
 */
#include "format/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "format/reader.h"

struct parse {
	struct reader reader; /* .at is where the token ends that was read last */
	yajl_handle yajl;
	const char *token; /* where that token began */
	struct node *stack[JSON_DEPTH_MOST];
	size_t depth, values;
	struct node *root;
	/* Set by a key, taken by the value after it. */
	struct reader_key key;
};

/* A fault of the token read last; false, which ends yajl's parsing. */
static bool fault(struct parse *parse, const char *what)
{
	reader_fault(&parse->reader, parse->token, "%s", what);
	return false;
}

static const char *token_next(const struct reader *reader)
{
	const char *at = reader->at;

	while (at < reader->end && *at && strchr(" \t\r\n,:", *at))
		at++;
	return at;
}

/* Passes the token that yajl has just read. */
static void token_take(struct parse *parse)
{
	const char *end = parse->reader.start + yajl_get_bytes_consumed(parse->yajl);

	parse->token = token_next(&parse->reader);
	parse->reader.at = end > parse->token ? end : parse->token;
}

static struct node *value_add(struct parse *parse, enum node_kind kind)
{
	struct node *parent = parse->depth ? parse->stack[parse->depth - 1] : NULL, *node;

	token_take(parse);
	if (++parse->values > JSON_VALUES_MOST) {
		fault(parse, "too many values");
		return NULL;
	}
	node = reader_node(&parse->reader, kind, parse->token);
	if (!parent)
		parse->root = node;
	else if (parent->kind == NODE_TABLE)
		member_add(&parse->reader, parent, &parse->key, node, 0);
	else
		node_append(parent, node);
	return node;
}

static int on_null(void *parse)
{
	return value_add(parse, NODE_NULL) != NULL;
}

static int on_boolean(void *parse, int value)
{
	struct node *node = value_add(parse, NODE_BOOL);

	if (node)
		node->boolean = value;
	return node != NULL;
}

static bool integer_read(struct node *node, const char *digits)
{
	errno = 0;
	node->integer = strtoll(digits, NULL, 10);
	if (errno != ERANGE)
		return true;
	if (digits[0] == '-')
		return false;
	errno = 0;
	node->integer = (int64_t)strtoull(digits, NULL, 10);
	node->huge = true;
	return errno != ERANGE;
}

static int on_number(void *object, const char *text, size_t length)
{
	struct parse *parse = object;
	struct node *node = value_add(parse, NODE_INTEGER);
	const char *digits;

	if (!node)
		return false;
	/* A copy with a NUL: yajl points into the text. */
	digits = arena_copy(&parse->reader.scratch, text, length);
	if (!strpbrk(digits, ".eE"))
		return integer_read(node, digits) || fault(parse, "integer out of range");
	node->kind = NODE_REAL;
	node->real = strtod(digits, NULL);
	return isfinite(node->real) || fault(parse, "number out of range");
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

/* Checks the string or key just read, by what stands between its quotes. */
static bool string_check(struct parse *parse)
{
	size_t length = (size_t)(parse->reader.at - parse->token);

	return length < 2 || surrogates_paired(parse->token + 1, length - 2) ||
		fault(parse, "an escaped surrogate without its other half");
}

static int on_string(void *object, const unsigned char *text, size_t length)
{
	struct parse *parse = object;
	struct node *node = value_add(parse, NODE_STRING);

	if (!node)
		return false;
	node->text = arena_copy(parse->reader.arena, (const char *)text, length);
	node->length = length;
	return string_check(parse);
}

static int on_key(void *object, const unsigned char *text, size_t length)
{
	struct parse *parse = object;
	struct reader *reader = &parse->reader;
	struct reader_key *key = &parse->key;

	token_take(parse);
	key->at = parse->token;
	key->text = arena_copy(reader->arena, (const char *)text, length);
	key->length = length;
	reader_place(reader, key->at, &key->line, &key->column);
	if (!string_check(parse))
		return false;
	return !member_find(reader, parse->stack[parse->depth - 1], key) ||
		fault(parse, arena_printf(&reader->scratch, "duplicate key \"%.80s\"", key->text));
}

static int container_open(struct parse *parse, enum node_kind kind)
{
	struct node *node = value_add(parse, kind);

	if (!node)
		return false;
	if (parse->depth == JSON_DEPTH_MOST)
		return fault(parse, "nested too deep");
	parse->stack[parse->depth++] = node;
	return true;
}

static int on_table(void *parse)
{
	return container_open(parse, NODE_TABLE);
}

static int on_array(void *parse)
{
	return container_open(parse, NODE_ARRAY);
}

static int on_end(void *object)
{
	struct parse *parse = object;

	parse->depth--;
	token_take(parse);
	return true;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_table,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

static bool utf8_check(struct parse *parse)
{
	const struct reader *reader = &parse->reader;
	size_t length;

	for (parse->token = reader->start; parse->token < reader->end; parse->token += length) {
		length = utf8_length(parse->token, (size_t)(reader->end - parse->token));
		if (!length)
			return fault(parse, "not UTF-8");
	}
	return true;
}

/* The error of yajl itself: "parse error: premature EOF\n" and the like, at the token it met. */
static void yajl_fault(struct parse *parse)
{
	unsigned char *text = yajl_get_error(parse->yajl, 0, NULL, 0);
	const char *what = text ? strstr((const char *)text, ": ") : NULL;
	struct reader *reader = &parse->reader;
	const char *at = token_next(reader);

	what = what ? what + 2 : "not JSON";
	if (at == reader->end || !strncmp(what, "premature EOF", 13))
		reader_fault(reader, reader->end, "the text ends too early");
	else
		reader_fault(reader, at, "%.*s", (int)strcspn(what, "\n"), what);
	if (text)
		yajl_free_error(parse->yajl, text);
}

static struct node *root_read(struct parse *parse)
{
	struct reader *reader = &parse->reader;
	size_t length = (size_t)(reader->end - reader->start);
	yajl_status status;

	if (!utf8_check(parse))
		return NULL;
	parse->yajl = yajl_alloc(&callbacks, NULL, parse);
	if (!parse->yajl) {
		err_set(reader->err, ENOMEM, "1:1: out of memory");
		return NULL;
	}
	status = yajl_parse(parse->yajl, (const unsigned char *)reader->start, length);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parse->yajl);
	if (status == yajl_status_error)
		yajl_fault(parse);
	yajl_free(parse->yajl);
	return status == yajl_status_ok ? parse->root : NULL;
}

struct node *json_read(struct arena *arena, const char *text, size_t length, struct err *err)
{
	struct parse parse = { .reader = reader_init(text, length, arena, err) };
	struct node *root;

	if (length > JSON_SIZE_MOST) {
		err_set(err, EFBIG, "1:1: larger than the %d bytes allowed", JSON_SIZE_MOST);
		return NULL;
	}
	root = root_read(&parse);
	arena_release(&parse.reader.scratch);
	return root;
}
