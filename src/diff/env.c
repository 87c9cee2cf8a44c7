/*
 * The environment, by name: what a variable says stays unsaid, as it may be a secret. A variable
 * allows nothing; those a loader obeys are refused before a config is made.
 */
#include <string.h>

#include "diff/parts.h"

/* The last variable of the name that variable begins with, or NULL. */
static const char *variable_find(const struct strings *env, const char *variable)
{
	size_t length = strcspn(variable, "=");

	for (size_t i = env->count; i-- > 0;)
		if (!strncmp(env->items[i], variable, length) &&
			(env->items[i][length] == '=' || !env->items[i][length]))
			return env->items[i];
	return NULL;
}

static void variable_tell(struct diff *diff, const char *variable, const char *change)
{
	diff_add(diff, AREA_PROCESS, DIFF_CHANGED, "process.env",
		arena_printf(diff->arena, "env %.*s", (int)strcspn(variable, "="), variable), "%s",
		change);
}

void env_compare(struct diff *diff)
{
	const struct strings *a = &diff->a->process.env, *b = &diff->b->process.env;

	for (size_t i = 0; i < b->count; i++) {
		const char *before = variable_find(a, b->items[i]);

		if (variable_find(b, b->items[i]) != b->items[i])
			continue;
		if (!before || strcmp(before, b->items[i]) != 0)
			variable_tell(diff, b->items[i], before ? "another value" : "new");
	}
	for (size_t i = 0; i < a->count; i++)
		if (!variable_find(b, a->items[i]) && variable_find(a, a->items[i]) == a->items[i])
			variable_tell(diff, a->items[i], "gone");
}
