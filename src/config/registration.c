/*
 * Reads which store paths make a closure and what each must hash to. The text says what will be
 * trusted, so nothing in it is guessed: every line has one place, every reference is listed, every
 * path has a hash. Reading costs n log n in the size of the text and never touches the store.
 *
 * A record is: path, hash, NAR size, deriver (may be empty), number of references, and those one a
 * line. closureInfo writes the hash as sha256:<nix32>, nix-store --dump-db as bare base16.
 * Sources: Nix manual, "Store path" and "nix-store --load-db"; nixpkgs' closureInfo.
 */
#include "config/registration.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { ROOTFS_LINKS_MOST = 16 };

/* Where the reader is: lines are cut out of the text in place. */
struct reader {
	char *next, *end;
	unsigned line;
	const char *file, *store_dir;
	struct arena *arena;
	struct err *err;
};

struct record {
	struct store_path path;
	unsigned line;
};

/* Plain decimal as Nix writes it: no sign, no leading zero, below 2^63. */
static bool number_read(const char *text, uint64_t *number)
{
	*number = 0;
	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(*number, 10, number) ||
			__builtin_add_overflow(*number, *text - '0', number))
			return false;
	}
	return *number <= INT64_MAX;
}

/* A fault in a line; returns -1. */
#define fault(reader, number, format, ...) \
	err_set((reader)->err, EINVAL, "%s:%u: " format, (reader)->file, number, ##__VA_ARGS__)

/* The next line without its newline; NULL with err if there is none, naming what was expected. */
static char *line_read(struct reader *reader, const char *expected)
{
	char *line = reader->next;
	char *end = memchr(line, '\n', (size_t)(reader->end - line));

	reader->line++;
	if (!end) {
		fault(reader, reader->line, "%s expected here, but the file ends", expected);
		return NULL;
	}
	*end = '\0';
	reader->next = end + 1;
	if (strlen(line) == (size_t)(end - line))
		return line;
	fault(reader, reader->line, "a NUL byte in the line");
	return NULL;
}

static char *path_read(struct reader *reader, const char *expected)
{
	char *line = line_read(reader, expected);
	const char *wrong = line ? store_path_fault(line, reader->store_dir) : NULL;

	if (!wrong)
		return line;
	fault(reader, reader->line, "%s expected here, but \"%.300s\" %s", expected, line, wrong);
	return NULL;
}

static int nar_hash_read(struct reader *reader, struct store_path *path)
{
	char *line = line_read(reader, "a hash");

	if (!line)
		return -1;
	if (store_hash_read(line, path->nar_sha256))
		return 0;
	if (!*line || *line == '/')
		return fault(reader, reader->line, "%s has no hash, so nothing could be verified",
			path->path);
	return fault(reader, reader->line,
		"\"%.100s\" is no SHA-256 in nix32 (sha256:...), base16 or SRI form", line);
}

static int count_read(struct reader *reader, const char *expected, uint64_t *number)
{
	char *line = line_read(reader, expected);

	if (!line)
		return -1;
	if (number_read(line, number))
		return 0;
	return fault(reader, reader->line, "%s expected here, not \"%.100s\"", expected, line);
}

static int deriver_read(struct reader *reader, struct store_path *path)
{
	bool empty = reader->next < reader->end && *reader->next == '\n';

	path->deriver = empty ? line_read(reader, "a deriver")
			      : path_read(reader, "a deriver (or an empty line)");
	return path->deriver ? 0 : -1;
}

static int references_read(struct reader *reader, struct store_path *path)
{
	/* The least room a reference takes: its directory, '/', hash, '-', one character, newline.
	 */
	size_t least = strlen(reader->store_dir) + STORE_HASH_LENGTH + 4;
	uint64_t count;

	if (count_read(reader, "a number of references", &count) < 0)
		return -1;
	if (count > (size_t)(reader->end - reader->next) / least)
		return fault(reader, reader->line,
			"%s has %llu references, but the file ends before them", path->path,
			(unsigned long long)count);
	path->references.set = true;
	path->references.items = arena_alloc(reader->arena, count, sizeof(*path->references.items));
	while (path->references.count < count) {
		char *line = path_read(reader, "a reference");

		if (!line)
			return -1;
		path->references.items[path->references.count++] = line;
	}
	return 0;
}

static int record_read(struct reader *reader, struct record *record)
{
	char *path = path_read(reader, "a store path");

	if (!path)
		return -1;
	*record = (struct record){ .path.path = path, .line = reader->line };
	if (nar_hash_read(reader, &record->path) < 0 ||
		count_read(reader, "a NAR size in bytes", &record->path.nar_size) < 0 ||
		deriver_read(reader, &record->path) < 0)
		return -1;
	return references_read(reader, &record->path);
}

/* A record and a store_path both start with the path's text. */
static int path_compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static int duplicates_check(const struct reader *reader, const struct record *records, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		unsigned one = records[i - 1].line, other = records[i].line;

		if (!strcmp(records[i - 1].path.path, records[i].path.path))
			return fault(reader, one > other ? one : other,
				"%s is listed already, in line %u", records[i].path.path,
				one < other ? one : other);
	}
	return 0;
}

/* Leaves a record's references sorted, each pointing at the text of the listed path. */
static int references_check(
	const struct reader *reader, const struct closure *closure, struct record *record)
{
	struct strings *references = &record->path.references;

	for (size_t i = 0; i < references->count; i++) {
		const struct store_path *found = closure_find(closure, references->items[i]);

		if (!found)
			return fault(reader, record->line + 5 + (unsigned)i,
				"the reference %s of %s is not itself listed", references->items[i],
				record->path.path);
		references->items[i] = found->path;
		if (strcmp(found->path, record->path.path) != 0)
			closure->paths[found - closure->paths].referenced = true;
	}
	if (references->count > 1)
		qsort(references->items, references->count, sizeof(*references->items),
			path_compare);
	for (size_t i = 1; i < references->count; i++)
		if (references->items[i - 1] == references->items[i])
			return fault(reader, record->line, "%s has the reference %s twice",
				record->path.path, references->items[i]);
	return 0;
}

static int records_check(
	const struct reader *reader, struct record *records, size_t count, struct closure *closure)
{
	qsort(records, count, sizeof(*records), path_compare);
	if (duplicates_check(reader, records, count) < 0)
		return -1;
	closure->paths = arena_alloc(reader->arena, count, sizeof(*closure->paths));
	closure->paths_count = count;
	for (size_t i = 0; i < count; i++)
		closure->paths[i] = records[i].path;
	for (size_t i = 0; i < count; i++) {
		if (references_check(reader, closure, &records[i]) < 0)
			return -1;
		closure->paths[i].references = records[i].path.references;
	}
	return 0;
}

int registration_read(const char *text, size_t length, const char *file, struct closure *closure,
	struct arena *arena, struct err *err)
{
	const char *fault = store_dir_fault(closure->store_dir);
	struct reader reader = {
		.file = file,
		.store_dir = closure->store_dir,
		.arena = arena,
		.err = err,
	};
	struct record *records = NULL;
	size_t count = 0;

	closure->paths = NULL;
	closure->paths_count = 0;
	if (fault)
		return err_set(err, EINVAL, "%s: the store directory \"%.300s\" %s", file,
			closure->store_dir, fault);
	if (length > REGISTRATION_SIZE_MOST)
		return err_set(err, EFBIG, "%s: larger than the %d bytes allowed", file,
			REGISTRATION_SIZE_MOST);
	reader.next = arena_copy(arena, text, length);
	reader.end = reader.next + length;
	while (reader.next < reader.end) {
		records = arena_grow(arena, records, count, sizeof(*records));
		if (record_read(&reader, &records[count]) < 0)
			return -1;
		count++;
	}
	if (count == 0)
		return err_set(err, EINVAL, "%s:1: no store path is listed", file);
	return records_check(&reader, records, count, closure);
}

const struct store_path *closure_find(const struct closure *closure, const char *path)
{
	if (closure->paths_count == 0)
		return NULL;
	return bsearch(
		&path, closure->paths, closure->paths_count, sizeof(*closure->paths), path_compare);
}

/* The text of a symlink, as a path: relative ones stand in the link's own directory. */
static const char *link_follow(const char *link, struct arena *arena)
{
	char target[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof(target));
	const char *slash = strrchr(link, '/');

	if (length < 0)
		return NULL;
	if ((size_t)length == sizeof(target)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (target[0] == '/' || !slash)
		return arena_copy(arena, target, (size_t)length);
	return arena_printf(arena, "%.*s/%.*s", (int)(slash - link), link, (int)length, target);
}

static const char *rootfs_read(
	const char *dir, const char *store_dir, struct arena *arena, struct err *err)
{
	const char *name = arena_printf(arena, "%s/rootfs", dir), *path = name;

	for (int i = 0; i < ROOTFS_LINKS_MOST; i++) {
		path = link_follow(path, arena);
		if (!path && errno == EINVAL)
			break;
		if (!path) {
			err_errno(err, "%s: read the symlink", name);
			return NULL;
		}
		if (!store_path_fault(path, store_dir))
			return path;
	}
	err_set(err, EINVAL, "%s: does not lead to a store path in %s", name, store_dir);
	err_hint(err,
		"make it a symlink to the root's store path, as in "
		"`ln -s %s/<hash>-rootfs rootfs`",
		store_dir);
	return NULL;
}

int closure_read_dir(const char *dir, const char *store_dir, struct closure *closure,
	const char **root, struct arena *arena, struct err *err)
{
	const char *file = arena_printf(arena, "%s/registration", dir);
	struct bytes bytes;

	*closure = (struct closure){ .store_dir = store_dir };
	if (file_read(AT_FDCWD, file, NULL, REGISTRATION_SIZE_MOST, arena, &bytes, err) < 0)
		return err_hint(err,
			"a closure directory holds `registration`, as closureInfo writes "
			"it, and `rootfs`, a symlink to the root's store path");
	if (registration_read(bytes.text, bytes.length, file, closure, arena, err) < 0)
		return -1;
	*root = rootfs_read(dir, store_dir, arena, err);
	if (!*root)
		return -1;
	if (!closure_find(closure, *root))
		return err_set(err, EINVAL, "%s: the root %s, where %s/rootfs leads, is not listed",
			file, *root, dir);
	return 0;
}
