#pragma once
/* The shipped policies inside the program; the table is made from policies/ when it is built. */
#include <stddef.h>

struct builtin {
	const char *name; /* "agent" ...; NULL ends the table */
	const char *text; /* NUL-terminated after length bytes of ASCII */
	size_t length;
};

extern const struct builtin builtins[];
