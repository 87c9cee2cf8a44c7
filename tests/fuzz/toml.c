/* The TOML reader on any bytes: no crash, no leak, and every fault says where it is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Every child is counted, keyed where it should be, and has a position. */
static void node_check(const struct node *node)
{
	size_t count = 0;

	if (!node->line || !node->column)
		abort();
	if (node->kind == NODE_STRING && node->text[node->length] != '\0')
		abort();
	if (node->kind != NODE_ARRAY && node->kind != NODE_TABLE)
		return;
	for (const struct node *child = node->first; child; child = child->next, count++) {
		if ((node->kind == NODE_TABLE) != (child->key && child->key_line))
			abort();
		node_check(child);
	}
	if (count != node->count)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root = toml_read(&arena, (const char *)bytes, length, &err);
	unsigned line, column;

	if (root)
		node_check(root);
	else if (err.code == 0 || sscanf(err.text, "%u:%u: ", &line, &column) != 2 || !line ||
		!column)
		abort();
	return 0;
}
