/*
 * The list of a closure in a binary cache: a file HASH.narinfo for each store path, of which those
 * are read that the roots lead to. Everything else a cache has stays out of the closure. A file
 * must be about the path that was looked for. Source: Nix manual, ".narinfo format".
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "config/listing.h"
#include "config/registration.h"
#include "config/store-path.h"

enum { NARINFO_SIZE_MOST = 1 << 20, NARINFOS_MOST = 200000 };

enum field { STORE_PATH, NAR_HASH, NAR_SIZE, REFERENCES, DERIVER, FIELDS };

static const char *const fields[FIELDS] = { "StorePath", "NarHash", "NarSize", "References",
	"Deriver" };

/* One file while it is read. */
struct reader {
	struct listing *listing;
	struct position at;   /* line 0 before the first */
	char *values[FIELDS]; /* "" and line 0 for what there is not */
	unsigned lines[FIELDS];
	struct store_path path;
};

#define fault(reader, ...) listing_fault((reader)->listing, (reader)->at, __VA_ARGS__)

static int field_keep(struct reader *reader, const char *key, char *value)
{
	for (int i = 0; i < FIELDS; i++) {
		if (strcmp(key, fields[i]) != 0)
			continue;
		if (reader->lines[i])
			return fault(
				reader, "%s is there already, in line %u", key, reader->lines[i]);
		reader->values[i] = value;
		reader->lines[i] = reader->at.line;
	}
	if (!strcmp(key, "Sig"))
		strings_add(&reader->path.signatures, reader->listing->arena,
			arena_strdup(reader->listing->arena, value));
	return 0;
}

/* Cuts the text into its lines, "Key: value" each. */
static int fields_read(struct reader *reader, struct bytes bytes)
{
	char *line = bytes.text, *end = bytes.text + bytes.length;

	while (line < end) {
		char *newline = memchr(line, '\n', (size_t)(end - line)), *value;

		reader->at.line++;
		if (!newline)
			return fault(reader, "the file ends within a line");
		*newline = '\0';
		if (strlen(line) != (size_t)(newline - line))
			return fault(reader, "a NUL byte in the line");
		value = strstr(line, ": ");
		if (!value && newline > line && newline[-1] == ':')
			value = newline - 1;
		if (!value)
			return fault(reader, "\"%.80s\" is no \"Key: value\"", line);
		*value = '\0';
		if (field_keep(reader, line, value + (value + 1 < newline ? 2 : 1)) < 0)
			return -1;
		line = newline + 1;
	}
	reader->at.line = 1;
	for (int i = 0; i < DERIVER; i++)
		if (!reader->lines[i])
			return fault(reader, "there is no %s", fields[i]);
	return 0;
}

static int references_read(struct reader *reader)
{
	struct arena *arena = reader->listing->arena;
	char *rest = *reader->values[REFERENCES] ? reader->values[REFERENCES] : NULL;

	reader->path.references.set = true;
	while (rest) {
		const char *name = strsep(&rest, " ");
		const char *path = listing_path(reader->listing, reader->at, name, "a reference");

		if (!path)
			return -1;
		strings_add(&reader->path.references, arena, arena_strdup(arena, path));
	}
	return 0;
}

static int deriver_read(struct reader *reader)
{
	const char *text = reader->values[DERIVER], *path;

	reader->path.deriver = "";
	if (!*text || !strcmp(text, "unknown-deriver"))
		return 0;
	path = listing_path(reader->listing, reader->at, text, "a deriver");
	reader->path.deriver = path ? arena_strdup(reader->listing->arena, path) : NULL;
	return path ? 0 : -1;
}

/* From the fields, into reader->path, whose path is what was looked for. */
static int path_read(struct reader *reader)
{
	struct store_path *path = &reader->path;

	reader->at.line = reader->lines[STORE_PATH];
	if (strcmp(reader->values[STORE_PATH], path->path) != 0)
		return fault(reader, "this is about \"%.300s\", not about %s",
			reader->values[STORE_PATH], path->path);
	reader->at.line = reader->lines[NAR_HASH];
	if (!store_hash_read(reader->values[NAR_HASH], path->nar_sha256))
		return fault(reader, "\"%.100s\" is no SHA-256 in nix32, base16 or SRI form",
			reader->values[NAR_HASH]);
	reader->at.line = reader->lines[NAR_SIZE];
	if (!listing_number(reader->values[NAR_SIZE], &path->nar_size))
		return fault(reader, "a NAR size in bytes expected here, not \"%.100s\"",
			reader->values[NAR_SIZE]);
	reader->at.line = reader->lines[REFERENCES];
	if (references_read(reader) < 0)
		return -1;
	reader->at.line = reader->lines[DERIVER];
	return deriver_read(reader);
}

/* A path whose file is to be read, and which path referred to it; NULL for a root. */
struct wanted {
	const char *path, *by;
};

/* The paths met so far, in the order in which they were. */
struct search {
	struct listing *listing;
	struct wanted *items;
	size_t count;
	void *met;    /* a tree of their texts */
	size_t bytes; /* of the files read */
};

static int text_compare(const void *one, const void *other)
{
	return strcmp(one, other);
}

static int path_want(struct search *search, const char *path, const char *by)
{
	struct listing *listing = search->listing;

	if (tfind(path, &search->met, text_compare))
		return 0;
	if (search->count == NARINFOS_MOST)
		return err_set(listing->err, EFBIG, "%s: leads to more than %d paths",
			search->items->path, NARINFOS_MOST);
	if (!tsearch(path, &search->met, text_compare))
		return err_set(listing->err, ENOMEM, "out of memory");
	search->items = arena_grow(
		listing->arena, search->items, search->count, sizeof(*search->items));
	search->items[search->count++] = (struct wanted){ path, by };
	return 0;
}

/* The file about a path, as one more record. */
static int narinfo_read(
	struct search *search, int dir, const char *name, const struct wanted *wanted)
{
	struct listing *listing = search->listing;
	const char *base = strrchr(wanted->path, '/') + 1;
	const char *file = arena_printf(listing->arena, "%.*s.narinfo", STORE_HASH_LENGTH, base);
	autoclose fd = file_open_within(dir, file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	autoarena scratch = { 0 };
	struct reader reader = { .listing = listing, .path.path = wanted->path };
	static char nothing[] = "";
	struct bytes bytes;

	for (int i = 0; i < FIELDS; i++)
		reader.values[i] = nothing;
	reader.at.file = arena_printf(listing->arena, "%s/%s", name, file);
	if (fd < 0)
		return err_errno(listing->err, "%s: open, for %s%s%s", reader.at.file, wanted->path,
			wanted->by ? " that is a reference of " : "", wanted->by ? wanted->by : "");
	if (file_read_fd(fd, reader.at.file, NARINFO_SIZE_MOST, &scratch, &bytes, listing->err) < 0)
		return -1;
	search->bytes += bytes.length;
	if (search->bytes > REGISTRATION_SIZE_MOST)
		return err_set(listing->err, EFBIG,
			"%s: its files are larger than the %d bytes allowed", name,
			REGISTRATION_SIZE_MOST);
	if (fields_read(&reader, bytes) < 0 || path_read(&reader) < 0)
		return -1;
	listing_add(
		listing, &(struct record){ .path = reader.path, .at = { reader.at.file, 1, 0 } });
	return 0;
}

/* Each path's record, while what these refer to is added to the search. */
static int search_follow(struct search *search, int dir, const char *name)
{
	struct listing *listing = search->listing;

	for (size_t i = 0; i < search->count; i++) {
		const struct store_path *path;

		if (narinfo_read(search, dir, name, &search->items[i]) < 0)
			return -1;
		path = &listing->records[i].path;
		for (size_t k = 0; k < path->references.count; k++)
			if (path_want(search, path->references.items[k], path->path) < 0)
				return -1;
	}
	return 0;
}

/* The texts are the arena's. */
static void keep(void *text)
{
	(void)text;
}

int listing_read_cache(
	struct listing *listing, int dir, const char *name, const struct strings *roots)
{
	struct search search = { .listing = listing };
	int result = 0;

	for (size_t i = 0; i < roots->count && result == 0; i++)
		result = path_want(&search, roots->items[i], NULL);
	if (result == 0)
		result = search_follow(&search, dir, name);
	tdestroy(search.met, keep);
	return result;
}
