/*
 * libFuzzer harness for the list of a closure in each form that a file has: whatever is taken must
 * be sorted, closed and free of duplicates, and what is written of it must be taken again.
 */
#include <stdlib.h>
#include <string.h>

#include "config/closure-manifest.h"
#include "config/registration.h"

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	autoarena arena = { 0 };
	struct closure closure = { .store_dir = "/s" }, again = { .store_dir = "/s" };
	struct bytes bytes;
	struct err err = { 0 };

	if (registration_read((const char *)text, length, "f", &closure, &arena, &err) < 0)
		return err.code ? 0 : (abort(), 0);
	for (size_t i = 0; i < closure.paths_count; i++) {
		const struct store_path *path = &closure.paths[i];

		if (i > 0 && strcmp(path[-1].path, path->path) >= 0)
			abort();
		for (size_t k = 0; k < path->references.count; k++)
			if (!closure_find(&closure, path->references.items[k]))
				abort();
	}
	bytes = closure_registration(&closure, &arena);
	if (registration_read(bytes.text, bytes.length, "g", &again, &arena, &err) < 0 ||
		again.paths_count != closure.paths_count)
		abort();
	return 0;
}
