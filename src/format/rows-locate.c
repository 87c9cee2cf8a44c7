/*
 * Where in a document a fault lies that was found after reading it: the path an error text begins
 * with is followed down the nodes, as deep as they go. Nothing here reads values.
 */
#include "format/rows.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The member or item that path begins with, and how much of path it takes; keys may hold dots. */
static const struct node *node_step(const struct node *node, const char *path, size_t *length)
{
	const struct node *inner = node->kind >= NODE_ARRAY ? node->first : NULL;

	if (*path == '[') {
		for (unsigned long i = strtoul(path + 1, NULL, 10); inner && i; i--)
			inner = inner->next;
		*length = strcspn(path, "]") + (strchr(path, ']') != NULL);
		return inner;
	}
	for (; inner; inner = inner->next) {
		*length = inner->key_length;
		if (inner->key && !strncmp(path, inner->key, *length) &&
			strchr(".[:", path[*length]))
			return inner;
	}
	return NULL;
}

const struct node *rows_node(const struct node *table, const char *path)
{
	const struct node *node = table, *inner;
	size_t length = 0;

	while (*path && *path != ':' && (inner = node_step(node, path, &length))) {
		node = inner;
		path += length;
		path += *path == '.';
	}
	return node;
}

int rows_locate(const struct node *table, const char *file, struct err *err)
{
	const struct node *node = table ? rows_node(table, err->text) : NULL;

	if (node && node->file)
		file = node->file;
	if (!node || !node->line)
		return err_where(err, "%s", file);
	return err_where(err, "%s:%u:%u", file, node->line, node->column);
}

int rows_fault(const struct node *table, const char *file, const char *path, struct err *err,
	const char *format, ...)
{
	char what[600];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	err_set(err, EINVAL, "%s: %s", path, what);
	return rows_locate(table, file, err);
}
