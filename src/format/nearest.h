#pragma once
/* What a wrong name was meant to be. */

enum { NEAREST_NONE = 99 };

/* Makes name *nearest if it is near to word and nearer than *least (NEAREST_NONE at first). */
void nearest_offer(const char *word, const char *name, unsigned *least, const char **nearest);
