#pragma once
/* The growing lists of nucleus/types.h. One that is added to must have been made by adding. */
#include "base/arena.h"
#include "nucleus/types.h"

/* Appends text as it is, not a copy. */
void strings_add(struct strings *strings, struct arena *arena, const char *text);
void numbers_add(struct numbers *numbers, struct arena *arena, int64_t number);

bool strings_hold(const struct strings *strings, const char *text);

/* The items that do not begin with prefix, as a list that may be added to. */
struct strings strings_without(
	const struct strings *strings, const char *prefix, struct arena *arena);

/* The items with NULL at the end, as execve(2) wants them. */
char **strings_vector(const struct strings *strings, struct arena *arena);
