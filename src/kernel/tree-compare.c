/*
 * What a workload made of its copy of a tree, and what of that may leave the sandbox: files,
 * directories, and links that stay inside. Contents are compared, not times: a mapping of a file in
 * a tmpfs can be written without any trace in its times. The tree must not change any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/tree.h"

static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/*
 * ".." may only stand at the beginning, where it means the directory the link really is in: behind
 * a name, that may be another link, it means whatever that leads to.
 */
static const char *target_refused(const struct tree_entry *entry)
{
	size_t up = 0;
	bool named = false;

	if (*entry->link == '/')
		return "is a link to an absolute path";
	for (const char *part = entry->link; *part; part += strspn(part, "/")) {
		size_t length = strcspn(part, "/");
		bool climbs = length == 2 && !strncmp(part, "..", 2);

		if (climbs && named)
			return "is a link with \"..\" behind a name";
		up += climbs;
		named |= !climbs && !(length == 1 && *part == '.');
		part += length;
	}
	return up > depth_of(entry->path) ? "is a link that leads out of the tree" : NULL;
}

/* A link may lead out by way of another one, too. */
static const char *link_refused(const struct tree_entry *entry, int root)
{
	const char *refused = target_refused(entry);
	autoclose place = refused ? -1 : file_open_within(root, entry->path, O_PATH);

	if (!refused && place < 0 && errno == EXDEV)
		return "is a link that leads out of the tree by another link";
	return refused;
}

static const char *refused(const struct tree_entry *entry, int root)
{
	switch (entry->mode & S_IFMT) {
	case S_IFLNK:
		return link_refused(entry, root);
	case S_IFREG:
	case S_IFDIR:
		break;
	case S_IFIFO:
		return "is a FIFO";
	case S_IFSOCK:
		return "is a socket";
	default:
		return "is a device";
	}
	if (entry->mode & (S_ISUID | S_ISGID | S_ISVTX))
		return entry->mode & S_ISUID    ? "is set-user-id"
			: entry->mode & S_ISGID ? "is set-group-id"
						: "has the sticky bit";
	return entry->capable ? "has file capabilities or an access list" : NULL;
}

static bool same(const struct tree_entry *was, const struct tree_entry *now)
{
	if (was->mode != now->mode || was->size != now->size || !was->link != !now->link)
		return false;
	return now->link ? !strcmp(was->link, now->link)
			 : !memcmp(was->sha256, now->sha256, sizeof(now->sha256));
}

static void change_add(struct tree_changes *changes, struct tree_change change, struct arena *arena)
{
	changes->items = arena_grow(arena, changes->items, changes->count, sizeof(*changes->items));
	changes->items[changes->count++] = change;
	changes->refused += change.refused != NULL;
}

/* What is in a directory that is left out has no place to be. */
static bool parent_left_out(const struct tree_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct tree_change *change = &changes->items[i];
		size_t length = change->refused ? strlen(change->now->path) : 0;
		bool stays = change->was && S_ISDIR(change->was->mode);

		if (length && !stays && !strncmp(path, change->now->path, length) &&
			path[length] == '/')
			return true;
	}
	return false;
}

void tree_compare(const struct tree *was, const struct tree *now, int root,
	struct tree_changes *changes, struct arena *arena)
{
	size_t i = 0, j = 0;

	*changes = (struct tree_changes){ 0 };
	while (i < was->count || j < now->count) {
		const struct tree_entry *old = i < was->count ? &was->entries[i] : NULL;
		const struct tree_entry *new = j < now->count ? &now->entries[j] : NULL;
		int order = !old ? 1 : !new ? -1 : strcmp(old->path, new->path);

		i += order <= 0;
		j += order >= 0;
		if (!new || order < 0)
			change_add(changes, (struct tree_change){ .was = old }, arena);
		else if (order > 0 || !same(old, new)) {
			const char *why = refused(new, root);

			if (!why && changes->refused && parent_left_out(changes, new->path))
				why = "lies in what is left out";
			change_add(changes, (struct tree_change){ order ? NULL : old, new, why },
				arena);
		}
	}
}
