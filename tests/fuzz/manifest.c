/*
 * libFuzzer harness for what a plain root says of itself: both lists are read from the same bytes,
 * and what is taken must be sorted and free of duplicates.
 */
#include <stdlib.h>
#include <string.h>

#include "config/manifest.h"

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

static void paths_check(const char *text, size_t length)
{
	autoarena arena = { 0 };
	struct strings paths = { 0 };
	struct err err = { 0 };

	if (manifest_store_paths(text, length, "f", &paths, &arena, &err) < 0 && !err.code)
		abort();
	for (size_t i = 1; !err.code && i < paths.count; i++)
		if (strcmp(paths.items[i - 1], paths.items[i]) >= 0)
			abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	autoarena arena = { 0 };
	struct manifest manifest = { 0 };
	struct err err = { 0 };

	paths_check((const char *)text, length);
	if (manifest_read((const char *)text, length, "f", &manifest, &arena, &err) < 0)
		return err.code ? 0 : (abort(), 0);
	for (size_t i = 0; i < manifest.count; i++) {
		const struct manifest_entry *entry = &manifest.entries[i];

		if (manifest_find(&manifest, entry->path) != entry)
			abort();
		if (i > 0 && strcmp(entry[-1].path, entry->path) >= 0)
			abort();
	}
	return 0;
}
