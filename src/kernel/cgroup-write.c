/*
 * Carrying out a list of limits: in which directory each write goes, in which order the kernel
 * takes them, and the way back. Limits bound one another (v1's memory and memory+swap, quota and
 * period and burst, idle and shares), and which must come first depends on what is in force: so
 * what is refused is tried again as long as something else was taken. Rests on
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "kernel/cgroup-parts.h"

enum { PAGE = 4096 };

int cgroup_check_v2(
	int root, unsigned controllers, const struct cgroup_writes *writes, struct err *err)
{
	unsigned missing = root < 0 ? controllers : cgroup_v2_missing(root, controllers);
	const char *limit = "unified";
	int controller;

	if (!missing)
		return 0;
	controller = __builtin_ctz(missing);
	if (controller == CGROUP_DEVICES)
		limit = "devices";
	for (size_t i = writes->count; i-- > 0;)
		if ((int)writes->items[i].controller == controller)
			limit = writes->items[i].limit;
	return err_set(err, EOPNOTSUPP,
		"resources.%s: the %s controller is not available at " CGROUP_MOUNT, limit,
		cgroup_v1_names[controller]);
}

static int dir_of(const struct run_cgroup *cgroup, const struct cgroup_writes *writes,
	const struct cgroup_write *write)
{
	return writes->on_v1 >> write->controller & 1 ? cgroup->v1[write->controller] : cgroup->v2;
}

/* Turns to the other file if there is no such file; false if there is none that must be written. */
static bool write_turn(struct cgroup_write *write)
{
	if (write->other_file) {
		write->file = write->other_file;
		write->value = write->other_value;
		write->other_file = NULL;
		return true;
	}
	write->done = write->optional;
	return false;
}

static int missing(const struct cgroup_write *write, const char *path, struct err *err)
{
	return err_set(err, EOPNOTSUPP,
		"resources.%s: this kernel has no %s in cgroup %s to write \"%s\" to", write->limit,
		write->file, path, write->value);
}

/* Some kernels accept a limit and do nothing; bytes are rounded down to pages. */
static int verify(const struct cgroup_write *write, int dir, struct err *err)
{
	long long wanted = strtoll(write->value, NULL, 10);
	char text[64];

	if (wanted < 0)
		return 0;
	if (cgroup_read(dir, write->file, text, sizeof(text)) >= 0 &&
		strtoll(text, NULL, 10) / PAGE == wanted / PAGE)
		return 0;
	return err_set(err, EOPNOTSUPP, "resources.%s: this kernel ignores %s; remove the limit",
		write->limit, write->file);
}

static int write_limit(struct cgroup_write *write, int dir, const char *path, struct err *err)
{
	while (file_write_beneath(dir, write->file, write->value) < 0) {
		if (errno != ENOENT)
			return err_errno(err, "resources.%s: write \"%s\" to %s of cgroup %s",
				write->limit, write->value, write->file, path);
		if (write_turn(write))
			continue;
		return write->done ? 0 : missing(write, path, err);
	}
	write->done = true;
	return write->verified ? verify(write, dir, err) : 0;
}

int cgroup_write_limits(
	const struct run_cgroup *cgroup, struct cgroup_writes *writes, bool late, struct err *err)
{
	size_t left = 0, before;

	do {
		struct err one;

		before = left;
		left = 0;
		for (size_t i = 0; i < writes->count; i++) {
			struct cgroup_write *write = &writes->items[i];

			if (write->done || write->late != late ||
				write_limit(write, dir_of(cgroup, writes, write), cgroup->path,
					&one) == 0)
				continue;
			if (write->done) {
				*err = one;
				return -1;
			}
			if (!left++)
				*err = one;
		}
	} while (left && (!before || left < before));
	return left ? -1 : 0;
}

/* The line of a file that is about key, or NULL. */
static const char *line_find(const char *text, const char *key, size_t length)
{
	while (text && (strncmp(text, key, length) || !isspace((unsigned char)text[length])))
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	return text;
}

/* Where a line for one device is wanted and there is none, no limit is. */
static const char *no_limit(const struct cgroup_write *write, size_t key, struct arena *arena)
{
	const char *word = write->value + key, *text;

	if (!strncmp(write->file, "blkio.", 6))
		return arena_printf(arena, "%.*s 0", (int)key, write->value);
	if (strchr(word, '=') == NULL)
		return arena_printf(arena, "%.*s default", (int)key, write->value);
	text = arena_copy(arena, write->value, key);
	while (*(word += strspn(word, " "))) {
		text = arena_printf(arena, "%s %.*s=max", text, (int)strcspn(word, "="), word);
		word += strcspn(word, " ");
	}
	return text;
}

/* What to write to get back to what the file said: its line for the same device, or its first. */
static const char *undoing(const struct cgroup_write *write, const char *text, struct arena *arena)
{
	size_t key = strcspn(write->value, " ");
	const char *line = text;

	if (!strcmp(write->file, "memory.oom_control"))
		line = text + strcspn(text, " ") + 1;
	else if (memchr(write->value, ':', key) || write->controller == CGROUP_RDMA ||
		write->controller == CGROUP_NET_PRIO || write->controller == CGROUP_MISC ||
		write->controller == CGROUP_DMEM)
		line = line_find(text, write->value, key);
	else if (!strncmp(text, "default ", 8))
		line = text + 8;
	if (!line)
		return no_limit(write, key, arena);
	/* To an empty list one goes back by an empty line. */
	return *line ? arena_copy(arena, line, strcspn(line, "\n")) : "\n";
}

static int save_one(
	struct cgroup_write *write, int dir, const char *path, struct arena *arena, struct err *err)
{
	char text[8192];

	while (cgroup_read(dir, write->file, text, sizeof(text)) < 0) {
		/* What cannot be read, such as memory.reclaim, keeps nothing. */
		if (errno != ENOENT)
			return 0;
		if (write_turn(write))
			continue;
		return write->done ? 0 : missing(write, path, err);
	}
	write->before = undoing(write, text, arena);
	return 0;
}

int cgroup_writes_save(
	const struct run_cgroup *cgroup, struct cgroup_writes *writes, struct err *err)
{
	for (size_t i = 0; i < writes->count; i++)
		if (save_one(&writes->items[i], dir_of(cgroup, writes, &writes->items[i]),
			    cgroup->path, writes->arena, err) < 0)
			return -1;
	return 0;
}

void cgroup_write_back(const struct run_cgroup *cgroup, const struct cgroup_writes *writes)
{
	struct cgroup_writes back = { .arena = writes->arena, .on_v1 = writes->on_v1 };
	struct err ignored;

	for (size_t i = writes->count; i-- > 0;)
		if (writes->items[i].before)
			cgroup_write_add(&back, writes->items[i].controller, writes->items[i].limit,
				writes->items[i].file, writes->items[i].before);
	cgroup_write_limits(cgroup, &back, false, &ignored);
}
