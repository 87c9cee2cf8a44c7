/*
 * The canonical text of a closure. It is what the digest, and with it a pin or a signature, stands
 * for: two closures that differ in anything a sandbox could see must never have the same text, and
 * no text may have two meanings. Hence one line for each value, counts before lists, and no value
 * with a newline in it (store_path_fault() and store_dir_fault() see to that).
 */
#include "config/closure-manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/lists.h"

#define MANIFEST_FIRST_LINE "nucleus-closure-1"

/* A text that is measured first (at is NULL), and written then. */
struct text {
	char *at;
	size_t length;
};

static void line_put(struct text *text, const char *line)
{
	size_t length = strlen(line);

	if (text->at) {
		memcpy(text->at + text->length, line, length);
		text->at[text->length + length] = '\n';
	}
	text->length += length + 1;
}

static void number_put(struct text *text, uint64_t number)
{
	char line[24];

	snprintf(line, sizeof(line), "%" PRIu64, number);
	line_put(text, line);
}

static void lines_put(struct text *text, const struct strings *lines)
{
	number_put(text, lines->count);
	for (size_t i = 0; i < lines->count; i++)
		line_put(text, lines->items[i]);
}

static void records_put(struct text *text, const struct closure *closure)
{
	char hash[7 + SHA256_TEXT_SIZE] = "sha256:";

	for (size_t i = 0; i < closure->paths_count; i++) {
		const struct store_path *path = &closure->paths[i];

		digest_text(path->nar_sha256, hash + 7);
		line_put(text, path->path);
		line_put(text, hash);
		number_put(text, path->nar_size);
		line_put(text, "");
		lines_put(text, &path->references);
	}
}

static int text_compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The roots sorted, each of them once. */
static struct strings roots_sorted(const struct config_closure *closure, struct arena *arena)
{
	struct strings roots = { 0 };
	const char **sorted = arena_alloc(arena, closure->roots.count, sizeof(*sorted));

	for (size_t i = 0; i < closure->roots.count; i++)
		sorted[i] = closure->roots.items[i];
	if (closure->roots.count > 1)
		qsort(sorted, closure->roots.count, sizeof(*sorted), text_compare);
	for (size_t i = 0; i < closure->roots.count; i++)
		if (i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0)
			strings_add(&roots, arena, sorted[i]);
	return roots;
}

struct bytes closure_registration(const struct closure *closure, struct arena *arena)
{
	struct text text = { 0 };

	records_put(&text, closure);
	text = (struct text){ .at = arena_alloc(arena, text.length + 1, 1) };
	records_put(&text, closure);
	return (struct bytes){ .text = text.at, .length = text.length };
}

static void manifest_put(
	struct text *text, const struct strings *roots, const struct closure *closure)
{
	line_put(text, MANIFEST_FIRST_LINE);
	lines_put(text, roots);
	records_put(text, closure);
}

struct bytes closure_manifest(const struct config_closure *closure, struct arena *arena)
{
	struct strings roots = roots_sorted(closure, arena);
	struct text text = { 0 };

	manifest_put(&text, &roots, &closure->closure);
	text = (struct text){ .at = arena_alloc(arena, text.length + 1, 1) };
	manifest_put(&text, &roots, &closure->closure);
	return (struct bytes){ .text = text.at, .length = text.length };
}

bool closure_identify(struct config_closure *closure, const char *wanted, struct arena *arena)
{
	struct bytes manifest = closure_manifest(closure, arena);
	unsigned char sum[SHA256_SIZE], wanted_sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	digest_bytes(manifest.text, manifest.length, sum);
	digest_text(sum, text);
	closure->sha256 = arena_strdup(arena, text);
	return !wanted ||
		(digest_read(wanted, wanted_sum) && !memcmp(sum, wanted_sum, sizeof(sum)));
}
