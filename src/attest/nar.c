/*
 * Walks one store path by descriptors and hashes its NAR serialisation, or its metadata alone. A
 * path string is never opened: each entry is reached from its directory's descriptor, no symlink is
 * followed, no mount is crossed, and what is checked (type, owner, mode, capabilities) is the very
 * inode that is read. It must never write, and never pass over what it cannot read or does not
 * know.
 *
 * The archive: str("nix-archive-1") object; strings are a 64-bit little-endian length, the bytes,
 * and zeros up to a multiple of 8; entries are sorted by bytes; of the mode only owner-execute is
 * seen. Sources: Nix manual, "Nix Archive (NAR) format"; openat2(2), xattr(7), capabilities(7).
 */
#include "attest/nar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attest/seen.h"
#include "attest/window.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"

struct walk {
	const struct nar_hasher *hasher;
	struct nar_sum *sum;
	struct digest digest;
	struct seen seen;
	uint64_t told; /* how much of sum->size advance() knows */
	struct err *err;
};

/* Where a walk stands; the names are kept for errors. */
struct place {
	struct walk *walk;
	const struct place *parent;
	const char *name;
	unsigned depth;
};

struct entry {
	const char *name;
	unsigned char type; /* DT_*: a hint how to open it */
};

/* Appends the place's path to text, control characters shown as '?'; a long path is cut. */
static size_t place_print(const struct place *place, char *text, size_t size)
{
	size_t used = 0;

	if (place->parent) {
		used = place_print(place->parent, text, size);
		if (used + 1 < size)
			text[used++] = '/';
	}
	for (const char *c = place->name; *c && used + 1 < size; c++)
		text[used++] = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
	text[used] = '\0';
	return used;
}

/* Puts the place's path in front of the error; returns -1. */
static int place_where(const struct place *place)
{
	char text[768];

	place_print(place, text, sizeof(text));
	return err_where(place->walk->err, "%s", text);
}

#define place_fault(place, ...) \
	(err_set((place)->walk->err, EINVAL, __VA_ARGS__), place_where(place))
#define place_errno(place, what) (err_errno((place)->walk->err, what), place_where(place))

static int walk_advance(struct walk *walk)
{
	const struct nar_hasher *hasher = walk->hasher;
	uint64_t bytes = walk->sum->size - walk->told;

	walk->told = walk->sum->size;
	if (!hasher->advance || hasher->advance(hasher->object, bytes))
		return 0;
	return err_set(walk->err, ECANCELED, "stopped");
}

static void bytes_add(struct walk *walk, const void *bytes, size_t length)
{
	if (walk->hasher->look != LOOK_CONTENTS)
		return;
	digest_add(&walk->digest, bytes, length);
	walk->sum->size += length;
}

static void length_add(struct walk *walk, uint64_t length)
{
	unsigned char text[8];

	for (int i = 0; i < 8; i++)
		text[i] = (unsigned char)(length >> 8 * i);
	bytes_add(walk, text, sizeof(text));
}

static void padding_add(struct walk *walk, uint64_t length)
{
	static const unsigned char zeros[8];

	bytes_add(walk, zeros, -length & 7);
}

static void string_add(struct walk *walk, const char *text)
{
	size_t length = strlen(text);

	length_add(walk, length);
	bytes_add(walk, text, length);
	padding_add(walk, length);
}

static void strings_add(struct walk *walk, const char *const *texts)
{
	for (; *texts; texts++)
		string_add(walk, *texts);
}

/* Constant strings of the archive, one after another. */
#define TOKENS(walk, ...) strings_add(walk, (const char *const[]){ __VA_ARGS__, NULL })

static int mode_check(const struct place *place, mode_t mode)
{
	const char *fault = mode & S_ISUID ? "has setuid"
		: mode & S_ISGID           ? "has setgid"
		: mode & S_IWOTH           ? "lets everyone write"
		: mode & S_IWGRP           ? "lets its group write"
					   : NULL;

	return fault ? place_fault(place, "mode %04o %s", mode & 07777, fault) : 0;
}

static int owner_check(const struct place *place, uid_t uid)
{
	uid_t owner = place->walk->hasher->owner;

	if (uid == 0 || uid == owner)
		return 0;
	if (owner == 0)
		return place_fault(place, "its owner is uid %u, not root", uid);
	return place_fault(place, "its owner is uid %u, neither root nor uid %u", uid, owner);
}

/* A value whose root id this user namespace does not know is EOVERFLOW: refused like the rest. */
static int capability_check(const struct place *place, int fd)
{
	if (fgetxattr(fd, "security.capability", NULL, 0) >= 0)
		return place_fault(place, "has file capabilities");
	if (errno == ENODATA || errno == EOPNOTSUPP)
		return 0;
	return place_errno(place, "read security.capability");
}

/* Opens for reading what an O_PATH descriptor leads to; -1 with err. */
static int readable_open(const struct place *place, int fd, const struct stat *known)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char path[FD_PATH_SIZE];
	struct stat stat;
	autoclose opened = S_ISDIR(known->st_mode) ? file_open_beneath(fd, ".", flags | O_DIRECTORY)
						   : open(fd_path(fd, path), flags);

	if (opened < 0)
		return place_errno(place, "open");
	if (fstat(opened, &stat) < 0)
		return place_errno(place, "stat");
	if (stat.st_dev != known->st_dev || stat.st_ino != known->st_ino)
		return place_fault(place, "opening it again led to another file");
	return take_fd(&opened);
}

#define SIZE_CHANGED "its size changed while it was read"

/* Asks for one byte more than is due, so that a file that grew is found without another call. */
static ssize_t part_read(const struct place *place, int fd, uint64_t offset, uint64_t left)
{
	struct walk *walk = place->walk;
	size_t want = left < NAR_BUFFER_SIZE ? left + 1 : NAR_BUFFER_SIZE;
	ssize_t got;

	do
		got = pread(fd, walk->hasher->buffer, want, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return place_errno(place, "read");
	if (got == 0 || (uint64_t)got > left)
		return place_fault(place, SIZE_CHANGED);
	digest_add(&walk->digest, walk->hasher->buffer, (size_t)got);
	return got;
}

/* Hashes some of what is left, mapped if that pays and can be done; how much, or -1. */
static ssize_t part_hash(const struct place *place, int fd, uint64_t offset, uint64_t left)
{
	struct walk *walk = place->walk;
	size_t window = walk->hasher->window;

	if (!window || left < WINDOW_LEAST)
		return part_read(place, fd, offset, left);
	if (left < window)
		window = left;
	if (window_add(&walk->digest, fd, (off_t)offset, window) == 0)
		return (ssize_t)window;
	return errno == EIO
		? place_fault(place, "was cut short, or its disk failed, while it was read")
		: part_read(place, fd, offset, left);
}

static int contents_hash(const struct place *place, int fd, uint64_t size)
{
	struct walk *walk = place->walk;
	ssize_t part;

	if (size > NAR_BUFFER_SIZE)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	for (uint64_t at = 0; at < size; at += (uint64_t)part) {
		part = part_hash(place, fd, at, size - at);
		if (part < 0)
			return -1;
		walk->sum->size += (uint64_t)part;
		if (at + (uint64_t)part < size && walk_advance(walk) < 0)
			return -1;
	}
	walk->sum->bytes += size;
	return 0;
}

/* Of a file that was mapped, the end was not seen. */
static int size_check(const struct place *place, int fd, uint64_t size)
{
	struct stat now;

	if (size < WINDOW_LEAST)
		return 0;
	if (fstat(fd, &now) < 0)
		return place_errno(place, "stat");
	return (uint64_t)now.st_size == size ? 0 : place_fault(place, SIZE_CHANGED);
}

static int regular_hash(const struct place *place, int fd, const struct stat *stat)
{
	struct walk *walk = place->walk;
	uint64_t size = (uint64_t)stat->st_size;

	TOKENS(walk, "type", "regular");
	if (stat->st_mode & S_IXUSR)
		TOKENS(walk, "executable", "");
	TOKENS(walk, "contents");
	length_add(walk, size);
	if (walk->hasher->look != LOOK_CONTENTS)
		return 0;
	if (walk->hasher->settle)
		seen_contents(&walk->seen, fd);
	if (contents_hash(place, fd, size) < 0 || size_check(place, fd, size) < 0)
		return -1;
	padding_add(walk, size);
	return 0;
}

/* The symlink behind fd, or with a name the one in that directory. */
static int symlink_hash(const struct place *place, int fd, const char *name)
{
	char target[PATH_MAX + 1];
	ssize_t length = readlinkat(fd, name, target, sizeof(target));

	if (length < 0)
		return place_errno(place, "read the symlink");
	if ((size_t)length == sizeof(target))
		return place_fault(place, "its target is too long");
	target[length] = '\0';
	seen_target(&place->walk->seen, target);
	TOKENS(place->walk, "type", "symlink", "target", target);
	return 0;
}

static int entry_compare(const void *one, const void *other)
{
	return strcmp(((const struct entry *)one)->name, ((const struct entry *)other)->name);
}

/* All entries but . and .., sorted; through the file buffer, which no file uses meanwhile. */
static ssize_t entries_read(const struct place *place, int fd, struct entry **entries)
{
	struct arena *names = place->walk->hasher->names;
	unsigned char *buffer = place->walk->hasher->buffer;
	size_t count = 0;
	ssize_t got;

	*entries = NULL;
	while ((got = getdents64(fd, (void *)buffer, NAR_BUFFER_SIZE)) > 0) {
		const struct dirent64 *entry;

		for (ssize_t at = 0; at < got; at += entry->d_reclen) {
			entry = (const struct dirent64 *)(buffer + at);
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			*entries = arena_grow(names, *entries, count, sizeof(**entries));
			(*entries)[count++] = (struct entry){
				.name = arena_strdup(names, entry->d_name),
				.type = entry->d_type,
			};
		}
	}
	if (got < 0)
		return place_errno(place, "read the directory");
	if (count > 1)
		qsort(*entries, count, sizeof(**entries), entry_compare);
	return (ssize_t)count;
}

static int object_hash(const struct place *place, int fd, bool readable);

static int stat_take(const struct place *place, const struct stat *stat)
{
	if (owner_check(place, stat->st_uid) < 0)
		return -1;
	place->walk->sum->files++;
	seen_file(&place->walk->seen, place->parent ? place->name : "", stat);
	return 0;
}

static int entry_open(const struct place *place, int dir, unsigned char type)
{
	const bool readable = type == DT_REG || type == DT_DIR;
	const int flags = readable ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
	autoclose fd = file_open_beneath(
		dir, place->name, flags | O_NOFOLLOW | (type == DT_DIR ? O_DIRECTORY : 0));

	if (fd < 0 && errno == EXDEV)
		return place_fault(place, "is a mount point");
	if (fd < 0)
		return place_errno(place, "open");
	TOKENS(place->walk, "entry", "(", "name", place->name, "node");
	if (object_hash(place, fd, readable) < 0)
		return -1;
	TOKENS(place->walk, ")");
	return 0;
}

/* An entry that is no directory, by its name alone. 0, or -1; 1: it has to be opened. */
static int entry_glance(const struct place *place, int dir)
{
	struct stat stat;

	if (fstatat(dir, place->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return place_errno(place, "stat");
	if (!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode))
		return 1;
	if (stat_take(place, &stat) < 0)
		return -1;
	return S_ISLNK(stat.st_mode) ? symlink_hash(place, dir, place->name)
				     : mode_check(place, stat.st_mode);
}

static int entry_hash(const struct place *place, int dir, unsigned char type)
{
	int glanced = place->walk->hasher->look == LOOK_GLANCE && type != DT_DIR
		? entry_glance(place, dir)
		: 1;

	return glanced > 0 ? entry_open(place, dir, type) : glanced;
}

static int entries_hash(const struct place *place, int fd)
{
	struct entry *entries;
	ssize_t count = entries_read(place, fd, &entries);

	if (count < 0)
		return -1;
	if (place->depth == NAR_DEPTH_MOST)
		return place_fault(place, "is nested too deep");
	TOKENS(place->walk, "type", "directory");
	for (ssize_t i = 0; i < count; i++) {
		const struct place inner = {
			.walk = place->walk,
			.parent = place,
			.name = entries[i].name,
			.depth = place->depth + 1,
		};

		if (entry_hash(&inner, fd, entries[i].type) < 0)
			return -1;
	}
	seen_leave(&place->walk->seen);
	return 0;
}

static int directory_hash(const struct place *place, int fd)
{
	struct arena *names = place->walk->hasher->names;
	struct arena_mark mark = arena_mark(names);
	int result = entries_hash(place, fd);

	arena_rewind(names, mark);
	return result;
}

/* A regular file or a directory; fd is open for reading, or O_PATH and then opened once more. */
static int contained_hash(const struct place *place, int fd, bool readable, const struct stat *stat)
{
	autoclose opened = readable ? -1 : readable_open(place, fd, stat);
	int file = readable ? fd : opened;

	if (file < 0 || mode_check(place, stat->st_mode) < 0 || capability_check(place, file) < 0)
		return -1;
	return S_ISDIR(stat->st_mode) ? directory_hash(place, file)
				      : regular_hash(place, file, stat);
}

static int typed_hash(const struct place *place, int fd, bool readable, const struct stat *stat)
{
	if (S_ISLNK(stat->st_mode))
		return symlink_hash(place, fd, "");
	if (S_ISREG(stat->st_mode) || S_ISDIR(stat->st_mode))
		return contained_hash(place, fd, readable, stat);
	return place_fault(place, "is neither a directory, a regular file nor a symlink");
}

static int object_hash(const struct place *place, int fd, bool readable)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return place_errno(place, "stat");
	if (stat_take(place, &stat) < 0)
		return -1;
	TOKENS(place->walk, "(");
	if (typed_hash(place, fd, readable, &stat) < 0)
		return -1;
	TOKENS(place->walk, ")");
	return walk_advance(place->walk);
}

int nar_hash_at(int fd, const char *name, const struct nar_hasher *hasher, struct nar_sum *sum,
	struct err *err)
{
	struct walk walk = { .hasher = hasher, .sum = sum, .err = err };
	const struct place top = { .walk = &walk, .name = name };

	*sum = (struct nar_sum){ 0 };
	digest_init(&walk.digest);
	if (seen_begin(&walk.seen, fd, hasher->settled_before) < 0)
		return place_errno(&top, "look at its file system");
	TOKENS(&walk, "nix-archive-1");
	if (object_hash(&top, fd, false) < 0)
		return -1;
	if (hasher->look == LOOK_CONTENTS)
		digest_end(&walk.digest, sum->sha256);
	seen_end(&walk.seen, sum->seen);
	sum->settled = walk.seen.settled;
	return 0;
}
