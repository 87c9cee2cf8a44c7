/*
 * The end of a packed closure. Whoever reads it has not verified the file yet: sizes are bounded
 * before anything is read, and nothing in it can name a place outside the listed store paths.
 */
#include "config/image-trailer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/lists.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "format/json.h"
#include "format/rows.h"

static const char magic[8] = "NUCLPACK";

enum { TAIL_SIZE = sizeof(uint64_t) + sizeof(magic), HASH_CHUNK = 1 << 18 };

struct trailer {
	const char *store_dir, *registration;
	struct strings roots;
	struct config_image_entry *entries;
	size_t entries_count;
};

/* clang-format off */
static const struct key entry_keys[] = {
	KEY(struct config_image_entry, path, "where it appears, and is in its root"),
	KEY(struct config_image_entry, root, "which of the roots it is of, from 0"),
	KEY(struct config_image_entry, symlink, "it is one"),
	{ 0 }
};
static const struct key trailer_keys[] = {
	NAMED("storeDir", struct trailer, store_dir, "where the store paths are"),
	KEY(struct trailer, roots, "whose entries appear at /"),
	LIST("entries", struct trailer, entries, entry_keys, "what appears of them"),
	KEY(struct trailer, registration, "the list of the store paths"),
	{ 0 }
};
/* clang-format on */

struct bytes image_trailer_write(const struct config_closure *closure, struct arena *arena)
{
	const struct trailer trailer = {
		.store_dir = closure->closure.store_dir,
		.registration = closure_registration(&closure->closure, arena).text,
		.roots = closure->roots,
		.entries = closure->image_entries,
		.entries_count = closure->image_entries_count,
	};
	const char *text = json_write(arena, rows_write(trailer_keys, &trailer, arena), false);
	size_t length = strlen(text);
	char *all = arena_printf(arena, "%s%*s", text, TAIL_SIZE, "");

	for (size_t i = 0; i < sizeof(uint64_t); i++)
		all[length + i] = (char)(uint8_t)((uint64_t)length >> (8 * i));
	memcpy(all + length + sizeof(uint64_t), magic, sizeof(magic));
	return (struct bytes){ .text = all, .length = length + TAIL_SIZE };
}

/* As half a sentence; or NULL. */
static const char *entry_fault(const struct config_image_entry *entry, const struct strings *roots)
{
	const char *path = entry->path;

	if (!path || !entry->root.set || entry->root.value < 0 ||
		(uint64_t)entry->root.value >= roots->count)
		return "needs a path and one of the roots";
	if (path[0] != '/' || !path[1] || path[strlen(path) - 1] == '/' || strstr(path, "//"))
		return "must have a path that is absolute and in normal form";
	for (const char *part = path; part; part = strchr(part + 1, '/'))
		if (!strcmp(part, "/.") || !strcmp(part, "/..") || !strncmp(part, "/./", 3) ||
			!strncmp(part, "/../", 4))
			return "must have a path without . and ..";
	return NULL;
}

static int entries_check(const struct trailer *trailer, const char *file, struct err *err)
{
	for (size_t i = 0; i < trailer->entries_count; i++) {
		const char *wrong = entry_fault(&trailer->entries[i], &trailer->roots);

		if (wrong)
			return err_set(err, EINVAL, "%s: entries[%zu] %s", file, i, wrong);
	}
	return 0;
}

static int roots_check(const struct config_closure *closure, const char *file, struct err *err)
{
	if (!closure->roots.count)
		return err_set(err, EINVAL, "%s: names no root", file);
	for (size_t i = 0; i < closure->roots.count; i++)
		if (!closure_find(&closure->closure, closure->roots.items[i]))
			return err_set(err, EINVAL, "%s: the root %s is not listed", file,
				closure->roots.items[i]);
	return 0;
}

int image_trailer_parse(const char *text, size_t length, const char *file,
	struct config_closure *closure, struct arena *arena, struct err *err)
{
	struct node *document = json_read(arena, text, length, err);
	struct trailer trailer = { 0 };

	if (!document)
		return err_where(err, "%s: what it says of itself", file);
	if (document->kind != NODE_TABLE)
		return err_set(err, EINVAL, "%s: what it says of itself is no table", file);
	if (rows_read(trailer_keys, document, &trailer, arena, UNKNOWN_REFUSED, file, err) < 0)
		return -1;
	if (!trailer.store_dir || !trailer.registration)
		return err_set(err, EINVAL, "%s: says neither its store nor what it lists", file);
	if (entries_check(&trailer, file, err) < 0)
		return -1;
	closure->store_dir = closure->closure.store_dir = trailer.store_dir;
	closure->roots = trailer.roots;
	closure->image_entries = trailer.entries;
	closure->image_entries_count = trailer.entries_count;
	if (registration_read(trailer.registration, strlen(trailer.registration), file,
		    &closure->closure, arena, err) < 0)
		return -1;
	return roots_check(closure, file, err);
}

/* How long the text is that the file ends with; 0 if it is no image. */
static uint64_t length_at(int fd, off_t size)
{
	unsigned char tail[TAIL_SIZE];
	uint64_t length = 0;

	if (size < TAIL_SIZE ||
		pread(fd, tail, sizeof(tail), size - TAIL_SIZE) != (ssize_t)sizeof(tail) ||
		memcmp(tail + sizeof(length), magic, sizeof(magic)) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(length); i++)
		length |= (uint64_t)tail[i] << (8 * i);
	return length ? length : UINT64_MAX;
}

int image_trailer_read(int fd, const char *file, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	struct stat status;
	uint64_t length;
	char *text;

	if (fstat(fd, &status) < 0)
		return err_errno(err, "%s: look at it", file);
	length = S_ISREG(status.st_mode) ? length_at(fd, status.st_size) : 0;
	if (!length)
		return 0;
	if (length > IMAGE_TRAILER_MOST || length > (uint64_t)status.st_size - TAIL_SIZE)
		return err_set(err, EINVAL,
			"%s: ends as a packed closure does, but what it says of itself cannot have "
			"%" PRIu64 " bytes",
			file, length);
	text = arena_alloc(arena, length + 1, 1);
	if (pread(fd, text, length, status.st_size - TAIL_SIZE - (off_t)length) != (ssize_t)length)
		return err_set(err, EIO, "%s: could not be read whole", file);
	return image_trailer_parse(text, length, file, closure, arena, err) < 0 ? -1 : 1;
}

int image_digest(int fd, char text[static SHA256_TEXT_SIZE])
{
	autofree unsigned char *bytes = malloc(HASH_CHUNK);
	unsigned char sum[SHA256_SIZE];
	struct digest digest;
	off_t at = 0;
	ssize_t got;

	if (!bytes)
		return -1;
	digest_init(&digest);
	while ((got = pread(fd, bytes, HASH_CHUNK, at)) != 0) {
		if (got < 0 && errno != EINTR)
			return -1;
		if (got < 0)
			continue;
		digest_add(&digest, bytes, (size_t)got);
		at += got;
	}
	digest_end(&digest, sum);
	digest_text(sum, text);
	return 0;
}
