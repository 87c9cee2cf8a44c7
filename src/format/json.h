#pragma once
/* JSON (RFC 8259) read and written through yajl; positions kept, duplicate keys refused. */
#include "base/err.h"
#include "format/node.h"

enum {
	JSON_DEPTH_MOST = 64,
	JSON_SIZE_MOST = 16 << 20,
	/* A value costs memory many times its text. */
	JSON_VALUES_MOST = 1 << 20,
};

/*
 * Reads exactly one value of length bytes, in arena; NULL with err "LINE:COLUMN: what is wrong".
 * Integers keep 64 bits, signed or unsigned (node.huge); trailing text and comments are errors.
 */
struct node *json_read(struct arena *arena, const char *text, size_t length, struct err *err);

/* The text of a tree, NUL-terminated, in arena; indented by two spaces if pretty. */
char *json_write(struct arena *arena, const struct node *node, bool pretty);

/*
 * The same as it comes, without a tree: for what is written at every start. text is all there is so
 * far, and NUL-terminated once json_end has ended the outermost value. A member of a table has a
 * key, an item of a list has NULL there; commas come by themselves.
 */
struct json_writer {
	struct arena *arena;
	char *text;
	size_t length, size;
	bool pretty; /* of json_write alone */
};

void json_begin(struct json_writer *writer, const char *key, char bracket); /* '{' or '[' */
void json_end(struct json_writer *writer, char bracket);                    /* '}' or ']' */
void json_put_string(struct json_writer *writer, const char *key, const char *text, size_t length);
void json_put_integer(struct json_writer *writer, const char *key, int64_t value);
void json_put_bool(struct json_writer *writer, const char *key, bool value);
