/*
 * The manifests that a root of the existing Nucleus has at its top. Both are lists of lines, sorted
 * by bytes, and read strictly: a line that is not one, a path that leads out, an order that is
 * broken or a path that comes twice is a fault. Nothing here opens a file.
 */
#include "config/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/lists.h"
#include "config/store-path.h"

struct lines {
	const char *at, *end, *file;
	unsigned long number;
	struct arena *arena;
	struct err *err;
};

#define line_fault(lines, text, ...) \
	err_set((lines)->err, EINVAL, "%s:%lu: " text, (lines)->file, (lines)->number, __VA_ARGS__)

/* The next line, NUL-terminated; 1, 0 at the end, or -1. */
static int line_next(struct lines *lines, const char **line)
{
	const char *newline;
	size_t length;

	if (lines->at == lines->end)
		return 0;
	lines->number++;
	newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	if (!newline)
		return line_fault(lines, "%s", "the last line has no end: the file was cut off");
	length = (size_t)(newline - lines->at);
	if (memchr(lines->at, '\0', length))
		return line_fault(lines, "%s", "holds a NUL character");
	*line = arena_copy(lines->arena, lines->at, length);
	lines->at = newline + 1;
	return 1;
}

static const char *path_fault(const char *path)
{
	if (!*path || *path == '/')
		return "is not relative to the root";
	for (const char *part = path;;) {
		size_t length = strcspn(part, "/");

		if (!length || (length == 1 && *part == '.') ||
			(length == 2 && !strncmp(part, "..", 2)))
			return "has an empty, . or .. part";
		if (!part[length])
			break;
		part += length + 1;
	}
	return strcmp(path, MANIFEST_FILE) != 0 ? NULL : "is the manifest itself";
}

static int entry_read(struct lines *lines, const char *line, struct manifest *manifest)
{
	struct manifest_entry *entry;
	char hex[SHA256_TEXT_SIZE];

	if (strcspn(line, "\t") != SHA256_TEXT_SIZE - 1 || !line[SHA256_TEXT_SIZE - 1])
		return line_fault(lines, "%s", "is not 64 hexadecimal digits, a tab and a path");
	memcpy(hex, line, SHA256_TEXT_SIZE - 1);
	hex[SHA256_TEXT_SIZE - 1] = '\0';
	line += SHA256_TEXT_SIZE;
	manifest->entries = arena_grow(
		lines->arena, manifest->entries, manifest->count, sizeof(*manifest->entries));
	entry = &manifest->entries[manifest->count];
	*entry = (struct manifest_entry){ .path = line };
	if (!digest_read(hex, entry->sha256))
		return line_fault(lines, "%s", "is not 64 hexadecimal digits, a tab and a path");
	if (path_fault(line))
		return line_fault(lines, "\"%.300s\" %s", line, path_fault(line));
	if (manifest->count && strcmp(entry[-1].path, line) >= 0)
		return line_fault(lines, "\"%.300s\" %s", line,
			strcmp(entry[-1].path, line) ? "is out of order; sort the file by its bytes"
						     : "is there twice");
	manifest->count++;
	return 0;
}

int manifest_read(const char *text, size_t length, const char *file, struct manifest *manifest,
	struct arena *arena, struct err *err)
{
	struct lines lines = { text, text + length, file, 0, arena, err };
	const char *line = "";
	int more;

	*manifest = (struct manifest){ 0 };
	while ((more = line_next(&lines, &line)) > 0)
		if (entry_read(&lines, line, manifest) < 0)
			return -1;
	return more;
}

int manifest_store_paths(const char *text, size_t length, const char *file, struct strings *paths,
	struct arena *arena, struct err *err)
{
	struct lines lines = { text, text + length, file, 0, arena, err };
	const char *line = "", *last = "";
	int more;

	while ((more = line_next(&lines, &line)) > 0) {
		if (store_path_fault(line, MANIFEST_STORE))
			return line_fault(&lines, "\"%.300s\" %s", line,
				store_path_fault(line, MANIFEST_STORE));
		if (strcmp(last, line) >= 0)
			return line_fault(
				&lines, "\"%.300s\" is out of order, or there twice", line);
		last = line;
		strings_add(paths, arena, line);
	}
	return more;
}

static int path_compare(const void *path, const void *entry)
{
	return strcmp(path, ((const struct manifest_entry *)entry)->path);
}

struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path)
{
	return manifest->count ? bsearch(path, manifest->entries, manifest->count,
					 sizeof(*manifest->entries), path_compare)
			       : NULL;
}
