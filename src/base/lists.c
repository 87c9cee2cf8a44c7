/* Lists that grow in an arena; see lists.h. */
#include "base/lists.h"

#include <string.h>

void strings_add(struct strings *strings, struct arena *arena, const char *text)
{
	strings->items = arena_grow(arena, strings->items, strings->count, sizeof(*strings->items));
	strings->items[strings->count++] = text;
	strings->set = true;
}

void numbers_add(struct numbers *numbers, struct arena *arena, int64_t number)
{
	numbers->items = arena_grow(arena, numbers->items, numbers->count, sizeof(*numbers->items));
	numbers->items[numbers->count++] = number;
	numbers->set = true;
}

bool strings_hold(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (!strcmp(strings->items[i], text))
			return true;
	return false;
}

struct strings strings_without(
	const struct strings *strings, const char *prefix, struct arena *arena)
{
	struct strings kept = { .set = strings->set };

	for (size_t i = 0; i < strings->count; i++)
		if (strncmp(strings->items[i], prefix, strlen(prefix)) != 0)
			strings_add(&kept, arena, strings->items[i]);
	return kept;
}

char **strings_vector(const struct strings *strings, struct arena *arena)
{
	char **vector = arena_alloc(arena, strings->count + 1, sizeof(*vector));

	if (strings->count)
		memcpy(vector, strings->items, strings->count * sizeof(*vector));
	return vector;
}
