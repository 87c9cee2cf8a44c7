/*
 * The list of a closure as text: every line has one place, so nothing in it is guessed.
 *
 * A record is: path, hash, NAR size, deriver (may be empty), number of references, and those one a
 * line. closureInfo writes the hash as sha256:<nix32>, nix-store --dump-db as bare base16.
 * Sources: Nix manual, "Store path" and "nix-store --load-db"; nixpkgs' closureInfo.
 */
#include <string.h>

#include "config/listing.h"
#include "config/store-path.h"

/* Where the reader is: lines are cut out of the text in place. */
struct reader {
	char *next, *end;
	struct position at;
	struct listing *listing;
};

/* A fault in the line that was read last; returns -1. */
#define fault(reader, ...) listing_fault((reader)->listing, (reader)->at, __VA_ARGS__)

/* The next line without its newline; NULL with err if there is none, naming what was expected. */
static char *line_read(struct reader *reader, const char *expected)
{
	char *line = reader->next;
	char *end = memchr(line, '\n', (size_t)(reader->end - line));

	reader->at.line++;
	if (!end) {
		fault(reader, "%s expected here, but the file ends", expected);
		return NULL;
	}
	*end = '\0';
	reader->next = end + 1;
	if (strlen(line) == (size_t)(end - line))
		return line;
	fault(reader, "a NUL byte in the line");
	return NULL;
}

static const char *path_read(struct reader *reader, const char *expected)
{
	const char *line = line_read(reader, expected), *wrong = NULL;

	if (line)
		wrong = store_path_fault(line, reader->listing->closure->store_dir);
	if (!wrong)
		return line;
	fault(reader, "%s expected here, but \"%.300s\" %s", expected, line, wrong);
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
		return fault(reader, "%s has no hash, so nothing could be verified", path->path);
	return fault(
		reader, "\"%.100s\" is no SHA-256 in nix32 (sha256:...), base16 or SRI form", line);
}

static int count_read(struct reader *reader, const char *expected, uint64_t *number)
{
	char *line = line_read(reader, expected);

	if (!line)
		return -1;
	if (listing_number(line, number))
		return 0;
	return fault(reader, "%s expected here, not \"%.100s\"", expected, line);
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
	size_t least = strlen(reader->listing->closure->store_dir) + STORE_HASH_LENGTH + 4;
	uint64_t count;

	if (count_read(reader, "a number of references", &count) < 0)
		return -1;
	if (count > (size_t)(reader->end - reader->next) / least)
		return fault(reader, "%s has %llu references, but the file ends before them",
			path->path, (unsigned long long)count);
	path->references.set = true;
	path->references.items = arena_alloc(
		reader->listing->arena, count, sizeof(*path->references.items));
	while (path->references.count < count) {
		const char *line = path_read(reader, "a reference");

		if (!line)
			return -1;
		path->references.items[path->references.count++] = line;
	}
	return 0;
}

static int record_read(struct reader *reader)
{
	const char *path = path_read(reader, "a store path");
	struct record record = { .path.path = path, .at = reader->at };

	if (!path || nar_hash_read(reader, &record.path) < 0 ||
		count_read(reader, "a NAR size in bytes", &record.path.nar_size) < 0 ||
		deriver_read(reader, &record.path) < 0 || references_read(reader, &record.path) < 0)
		return -1;
	listing_add(reader->listing, &record);
	return 0;
}

int listing_read_records(struct listing *listing, const char *file, char *text, size_t length)
{
	struct reader reader = {
		.next = text, .end = text + length, .at.file = file, .listing = listing
	};

	while (reader.next < reader.end)
		if (record_read(&reader) < 0)
			return -1;
	return 0;
}
