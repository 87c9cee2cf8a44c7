#pragma once
/* What is between the steps of identity.c and caps.c. */

#include <stdbool.h>

struct arena;
struct config;
struct err;

/* The capabilities of a config that this process cannot grant, as a sentence; NULL: it can. */
const char *caps_lack(const struct config *config, struct arena *arena);

/* True if this process has the capability, by its number, in effect. */
bool caps_have(int number);

/* Makes every permitted capability effective: a change of user clears that set. 0 or -1. */
int caps_raise(struct err *err);

/* Takes away what an execve by root could give beyond the config's bounding set. 0 or -1. */
int caps_bound(const struct config *config, struct err *err);
