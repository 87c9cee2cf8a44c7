#pragma once
/*
 * Paths in a row that are in one directory, as those of a closure are: the directory is looked up
 * once. What a path means may change by what is done between two, so only a second one in a row is
 * a sibling, and whoever may have changed it forgets.
 */
#include <string.h>

#include "base/fd.h"

struct siblings {
	const char *before; /* the path before, or NULL */
	int directory;      /* which both are in, once somebody opened it; else -1 */
};

#define SIBLINGS_NONE           \
	{                       \
		.directory = -1 \
	}

static inline void siblings_forget(struct siblings *siblings)
{
	fd_close(&siblings->directory);
	siblings->before = NULL;
}

#define autosiblings __attribute__((cleanup(siblings_forget))) struct siblings

/* The name of path in the directory the one before is in too; else NULL, and path is the first. */
static inline const char *siblings_name(struct siblings *siblings, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	const char *before = siblings->before;

	siblings->before = path;
	if (slash && path[0] == '/' && slash[1] && strcmp(slash, "/.") != 0 &&
		strcmp(slash, "/..") != 0 && before && !strncmp(before, path, length) &&
		before[length] && !strchr(before + length, '/'))
		return slash + 1;
	fd_close(&siblings->directory);
	return NULL;
}
