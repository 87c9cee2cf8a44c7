/*
 * The name that somebody who wrote another one may have meant, by edit distance. Nothing is taken
 * for near of which more than about a third is wrong, so that no hint sends anybody astray.
 */
#include "format/nearest.h"

#include <ctype.h>
#include <string.h>

#include "format/rows.h"

/* Edit distance, letters of either case being the same. */
static unsigned distance(const char *left, const char *right)
{
	unsigned row[65], length = (unsigned)strlen(right);

	if (length > 64 || strlen(left) > 64)
		return NEAREST_NONE;
	for (unsigned j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned i = 1; left[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= length; j++) {
			unsigned same = diagonal +
				(tolower((unsigned char)left[i - 1]) !=
					tolower((unsigned char)right[j - 1]));
			unsigned other = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

			diagonal = row[j];
			row[j] = same < other ? same : other;
		}
	}
	return row[length];
}

void nearest_offer(const char *word, const char *name, unsigned *least, const char **nearest)
{
	unsigned apart = distance(word, name);

	if (apart <= 1 + strlen(word) / 4 && apart < strlen(name) && apart < *least) {
		*least = apart;
		*nearest = name;
	}
}

const char *rows_nearest(const struct key *keys, const char *word)
{
	const char *nearest = NULL;
	unsigned least = NEAREST_NONE;

	for (const struct key *key = keys; key->name; key++)
		nearest_offer(word, key->name, &least, &nearest);
	return nearest;
}
