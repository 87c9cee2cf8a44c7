/*
 * All containers below one state root. Other commands work meanwhile: what vanishes between being
 * seen and being read is not there, and what is not recorded yet is nobody's to see.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "format/node.h"
#include "run/life.h"

static int by_name(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* A name that begins with a dot is none of a container. */
static int names_read(int root, struct strings *names, struct arena *arena)
{
	DIR *entries = file_entries(root);
	const char *name;

	if (!entries)
		return -1;
	while ((name = file_entry_next(entries)))
		if (name[0] != '.')
			strings_add(names, arena, arena_strdup(arena, name));
	closedir(entries);
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_name);
	return 0;
}

/* NULL with err; its code is 0 if there is nothing to see. */
static struct node *container_see(struct run *run, struct err *err)
{
	struct state state;

	if (state_open_named(run, &state, err) < 0) {
		if (err->code == ENOENT || err->code == ENOTDIR)
			err->code = 0;
		return NULL;
	}
	err->code = 0;
	return state.pid.set ? life_document(run, &state, err) : NULL;
}

struct node *life_list(const struct run *like, struct err *err)
{
	struct node *list = node_new(like->arena, NODE_ARRAY), *document;
	struct strings names = { 0 };
	autoclose root = -1;

	if (state_root_check(like, err) < 0)
		return NULL;
	root = open(like->state_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 && errno == ENOENT)
		return list;
	if (root < 0 || names_read(root, &names, like->arena) < 0) {
		err_errno(err, "list the state root %s", like->state_root);
		return NULL;
	}
	for (size_t i = 0; i < names.count; i++) {
		struct run run = *like;

		run.id = run.name = names.items[i];
		document = container_see(&run, err);
		run_release(&run);
		if (document)
			node_append(list, document);
		else if (err->code)
			like->report(err);
	}
	return list;
}
