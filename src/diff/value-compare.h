#pragma once
/* One value in both configs. */
#include "diff/values.h"

struct pair_of_values {
	struct diff *diff;
	const struct value *value; /* NULL: nobody understands it */
	const char *name;          /* its place, list items by what they are known by */
	const struct node *a, *b;  /* NULL: absent */
};

/* Adds what the difference of two values that do not read the same comes to, if to anything. */
void value_compare(const struct pair_of_values *pair);

/* A value as compact JSON; "" for none. */
const char *value_text(struct arena *arena, const struct node *node);
