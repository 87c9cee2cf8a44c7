/*
 * A tree read and copied by descriptors. Every entry is opened by its one name in a directory that
 * is held, following no link and entering no other mount, and is what its descriptor says it is;
 * the bytes that are hashed are the bytes that are copied. So whoever changes the tree meanwhile
 * changes what is copied, but neither leads out of it nor makes the digest wrong. Extended
 * attributes, owners and hard links are left behind. openat2(2), fstat(2).
 *
 * A pattern is matched against the last components of a path, as many as it has: "*.pem" against
 * names, ".git/config" against names in a directory of that name. fnmatch(3), whatever the case.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "kernel/tree.h"

enum { LEVELS_MOST = 128, BUFFER_SIZE = 256 << 10 };

struct copying {
	const struct tree_rules *rules;
	struct tree *tree;
	struct arena *arena;
	char *buffer;
	int level;
	bool copies;
	bool located; /* the error says where */
};

static bool pattern_matches(const char *pattern, const char *path)
{
	const char *tail = path + strlen(path);
	size_t components = 1;

	for (const char *at = pattern; *at; at++)
		components += *at == '/';
	for (; tail > path; tail--)
		if (tail[-1] == '/' && !--components)
			break;
	return components <= 1 && !fnmatch(pattern, tail, FNM_CASEFOLD | FNM_PATHNAME);
}

static bool excluded(const struct tree_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->exclude->count; i++)
		if (pattern_matches(rules->exclude->items[i], path))
			return true;
	return false;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int by_path(const void *left, const void *right)
{
	return strcmp(
		((const struct tree_entry *)left)->path, ((const struct tree_entry *)right)->path);
}

static int too_large(const struct copying *copying, struct err *err)
{
	return err_set(err, TREE_TOO_LARGE,
		"the tree holds more than the %llu bytes that `size` allows",
		(unsigned long long)copying->rules->bytes_most);
}

static int bytes_take(const struct copying *copying, uint64_t bytes, struct err *err)
{
	struct tree *tree = copying->tree;

	if (bytes > copying->rules->bytes_most - tree->bytes)
		return too_large(copying, err);
	tree->bytes += bytes;
	return 0;
}

static int write_errno(const struct copying *copying, struct err *err)
{
	return errno == ENOSPC ? too_large(copying, err) : err_errno(err, "write the copy");
}

/* The content of a file, which may grow meanwhile. */
static int content_copy(
	struct copying *copying, int in, int out, struct tree_entry *entry, struct err *err)
{
	struct digest digest;
	ssize_t got;

	digest_init(&digest);
	while ((got = read(in, copying->buffer, BUFFER_SIZE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "read");
		if (bytes_take(copying, (uint64_t)got, err) < 0)
			return -1;
		digest_add(&digest, copying->buffer, (size_t)got);
		if (out >= 0 && fd_write_all(out, copying->buffer, (size_t)got) < 0)
			return write_errno(copying, err);
		entry->size += (uint64_t)got;
	}
	digest_end(&digest, entry->sha256);
	return 0;
}

/* The mode of the copy: never set-id, and for everybody the same if it shall be plain. */
static mode_t copy_mode(const struct tree_rules *rules, mode_t mode)
{
	if (!rules->plain)
		return (mode & S_IFMT) | (mode & 0777);
	return (mode & S_IFMT) | (S_ISDIR(mode) || mode & S_IXUSR ? 0555 : 0444);
}

static int owner_set(const struct copying *copying, int fd, const char *name, struct err *err)
{
	if (fchownat(fd, name, copying->rules->uid, copying->rules->gid,
		    AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) == 0)
		return 0;
	err_errno(err, "give the copy to user %u", copying->rules->uid);
	return err->code == EPERM ? err_hint(err, "run as root, or as that user") : -1;
}

static bool has_attribute(int fd, const char *name)
{
	return fgetxattr(fd, name, NULL, 0) >= 0;
}

static int file_copy(struct copying *copying, int from, int to, const char *name,
	struct tree_entry *entry, struct err *err)
{
	autoclose in = file_open_beneath(from, name, O_RDONLY | O_NONBLOCK | O_NOCTTY), out = -1;

	if (in < 0 || fstat(in, &entry->host) < 0)
		return err_errno(err, "open");
	if (!S_ISREG(entry->host.st_mode))
		return err_set(err, EAGAIN, "it was replaced while it was copied");
	/* A file with holes may claim to be of any size. */
	if ((uint64_t)entry->host.st_size > copying->rules->bytes_most)
		return too_large(copying, err);
	entry->capable = !copying->copies &&
		(has_attribute(in, "security.capability") ||
			has_attribute(in, "system.posix_acl_access"));
	if (copying->copies)
		out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (copying->copies && out < 0)
		return write_errno(copying, err);
	if (content_copy(copying, in, out, entry, err) < 0)
		return -1;
	if (!copying->copies)
		return 0;
	entry->mode = copy_mode(copying->rules, entry->host.st_mode);
	if (owner_set(copying, out, "", err) < 0)
		return -1;
	if (fchmod(out, entry->mode & 0777) < 0 ||
		futimens(out, (struct timespec[]){ entry->host.st_atim, entry->host.st_mtim }) < 0)
		return err_errno(err, "set the copy's mode and times");
	return 0;
}

static int link_copy(struct copying *copying, int from, int to, const char *name,
	struct tree_entry *entry, struct err *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);

	if (length < 0)
		return err_errno(err, "read the link");
	entry->link = arena_copy(copying->arena, target, (size_t)length);
	entry->mode = S_IFLNK | 0777;
	if (!copying->copies)
		return 0;
	if (symlinkat(entry->link, to, name) < 0)
		return write_errno(copying, err);
	return owner_set(copying, to, name, err);
}

static int directory_copy(
	struct copying *copying, int from, int to, const char *path, struct err *err);

static int below_copy(struct copying *copying, int from, int to, const char *name,
	struct tree_entry *entry, struct err *err)
{
	const char *path = entry->path;
	mode_t mode;
	autoclose in = file_open_beneath(from, name, O_RDONLY | O_DIRECTORY), out = -1;

	if (in < 0 || fstat(in, &entry->host) < 0)
		return err_errno(err, "open");
	if (copying->level >= LEVELS_MOST)
		return err_set(err, TREE_TOO_LARGE, "more than %d directories in one another",
			LEVELS_MOST);
	entry->capable = !copying->copies &&
		(has_attribute(in, "system.posix_acl_access") ||
			has_attribute(in, "system.posix_acl_default"));
	if (copying->copies) {
		entry->mode = copy_mode(copying->rules, entry->host.st_mode);
		if (mkdirat(to, name, 0700) < 0)
			return write_errno(copying, err);
		out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (out < 0)
			return err_errno(err, "open the copy");
	}
	mode = entry->mode;
	if (directory_copy(copying, in, out, path, err) < 0)
		return -1;
	if (!copying->copies)
		return 0;
	if (owner_set(copying, out, "", err) < 0)
		return -1;
	return fchmod(out, mode & 0777) < 0 ? err_errno(err, "set the copy's mode") : 0;
}

static struct tree_entry *entry_new(
	struct copying *copying, const char *path, const struct stat *host, struct err *err)
{
	struct tree *tree = copying->tree;
	struct tree_entry *entry;

	if (tree->count >= copying->rules->files_most) {
		err_set(err, TREE_TOO_LARGE,
			"the tree holds more than the %llu entries that `files` allows",
			(unsigned long long)copying->rules->files_most);
		return NULL;
	}
	tree->entries = arena_grow(
		copying->arena, tree->entries, tree->count, sizeof(*tree->entries));
	entry = &tree->entries[tree->count++];
	*entry = (struct tree_entry){ .path = path, .mode = host->st_mode, .host = *host };
	return entry;
}

/* True for what is neither file, directory nor link, or where something else is mounted. */
static bool is_odd(int from, const char *name, mode_t mode)
{
	struct statx seen;

	if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return true;
	/* openat2(2) would tell of a mount with EXDEV, but a name that is swapped meanwhile gets it
	 * too. */
	return statx(from, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &seen) == 0 &&
		seen.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int entry_copy(struct copying *copying, int from, int to, const char *path, const char *name,
	struct err *err)
{
	struct tree_entry *entry;
	struct stat host;

	if (copying->copies && excluded(copying->rules, path)) {
		strings_add(&copying->tree->excluded, copying->arena, path);
		return 0;
	}
	if (fstatat(from, name, &host, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, "stat");
	if (copying->copies && is_odd(from, name, host.st_mode)) {
		strings_add(&copying->tree->odd, copying->arena, path);
		return 0;
	}
	if (strlen(path) >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "its path is too long");
	entry = entry_new(copying, path, &host, err);
	if (!entry)
		return -1;
	if (S_ISDIR(host.st_mode))
		return below_copy(copying, from, to, name, entry, err);
	if (S_ISREG(host.st_mode))
		return file_copy(copying, from, to, name, entry, err);
	return S_ISLNK(host.st_mode) ? link_copy(copying, from, to, name, entry, err) : 0;
}

/* Sorted, so that the order of a directory says nothing; no more than a tree may have. */
static const char **names_read(struct copying *copying, int dir, size_t *count, struct err *err)
{
	DIR *entries = file_entries(dir);
	const char **names = NULL, *name;

	*count = 0;
	if (!entries) {
		err_errno(err, "list the directory");
		return NULL;
	}
	errno = 0;
	while ((name = file_entry_next(entries)) && *count <= copying->rules->files_most) {
		names = arena_grow(copying->arena, names, *count, sizeof(*names));
		names[(*count)++] = arena_strdup(copying->arena, name);
	}
	if (*count)
		qsort(names, *count, sizeof(*names), by_name);
	else
		names = arena_alloc(copying->arena, 1, sizeof(*names));
	closedir(entries);
	return names;
}

static int directory_copy(
	struct copying *copying, int from, int to, const char *path, struct err *err)
{
	size_t count;
	const char **names = names_read(copying, from, &count, err);

	copying->level++;
	for (size_t i = 0; names && i < count; i++) {
		const char *below = *path ? arena_printf(copying->arena, "%s/%s", path, names[i])
					  : names[i];

		if (entry_copy(copying, from, to, below, names[i], err) == 0)
			continue;
		if (!copying->located)
			err_where(err, "%.300s", below);
		copying->located = true;
		return -1;
	}
	copying->level--;
	return names ? 0 : -1;
}

int tree_copy(int from, int to, const struct tree_rules *rules, struct tree *tree,
	struct arena *arena, struct err *err)
{
	struct copying copying = {
		.rules = rules,
		.tree = tree,
		.arena = arena,
		.buffer = arena_alloc(arena, BUFFER_SIZE, 1),
		.copies = to >= 0,
	};
	struct stat host;

	if (fstat(from, &host) < 0)
		return err_errno(err, "stat its root");
	if (directory_copy(&copying, from, to, "", err) < 0)
		return -1;
	if (tree->count)
		qsort(tree->entries, tree->count, sizeof(*tree->entries), by_path);
	if (!copying.copies)
		return 0;
	if (owner_set(&copying, to, "", err) < 0)
		return -1;
	return fchmod(to, copy_mode(rules, host.st_mode) & 0777) < 0
		? err_errno(err, "set the copy's mode")
		: 0;
}

const struct tree_entry *tree_find(const struct tree *tree, const char *path)
{
	const struct tree_entry wanted = { .path = path };

	return tree->count ? bsearch(&wanted, tree->entries, tree->count, sizeof(wanted), by_path)
			   : NULL;
}

void tree_digest(const struct tree *tree, unsigned char sum[static SHA256_SIZE])
{
	struct digest digest;

	digest_init(&digest);
	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_entry *entry = &tree->entries[i];
		char text[SHA256_TEXT_SIZE] = "-", line[100];
		unsigned char link[SHA256_SIZE];

		if (entry->link)
			digest_bytes(entry->link, strlen(entry->link), link);
		if (!S_ISDIR(entry->mode))
			digest_text(entry->link ? link : entry->sha256, text);
		digest_add(&digest, line,
			(size_t)snprintf(line, sizeof(line), "%c %04o %s ",
				S_ISDIR(entry->mode)  ? 'd'
					: entry->link ? 'l'
						      : 'f',
				entry->mode & 0777, text));
		digest_add(&digest, entry->path, strlen(entry->path) + 1);
	}
	digest_end(&digest, sum);
}
