/*
 * libFuzzer harness for what a packed closure says of itself: what is taken lists its roots and
 * shows only parts of them, and is the same when it is written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "config/image-trailer.h"
#include "config/registration.h"

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

static void entries_hold(const struct config_closure *closure)
{
	for (size_t i = 0; i < closure->image_entries_count; i++) {
		const struct config_image_entry *entry = &closure->image_entries[i];

		if ((uint64_t)entry->root.value >= closure->roots.count || entry->path[0] != '/' ||
			strstr(entry->path, "/../") || strstr(entry->path, "//"))
			abort();
	}
	for (size_t i = 0; i < closure->roots.count; i++)
		if (!closure_find(&closure->closure, closure->roots.items[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	enum { TAIL = 16 };
	autoarena arena = { 0 };
	struct config_closure closure = { 0 }, again = { 0 };
	struct bytes one, two;
	struct err err = { 0 };

	if (image_trailer_parse((const char *)text, length, "f", &closure, &arena, &err) < 0)
		return err.code ? 0 : (abort(), 0);
	entries_hold(&closure);
	one = image_trailer_write(&closure, &arena);
	if (image_trailer_parse(one.text, one.length - TAIL, "g", &again, &arena, &err) < 0)
		abort();
	two = image_trailer_write(&again, &arena);
	if (one.length != two.length || memcmp(one.text, two.text, one.length) != 0)
		abort();
	return 0;
}
