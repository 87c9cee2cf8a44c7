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
