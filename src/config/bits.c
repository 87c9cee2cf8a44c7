/*
 * Text to bits, strictly: what is not wholly understood is an error of the caller's, never less
 * than was asked. The list is the one of the kernel's own files, cpuset(7) "List format".
 */
#include "config/bits.h"

#include <string.h>

/* The bits of one word, all of them among known; 0 if it is no such word. */
static uint64_t number_bits(const char *text, uint64_t known)
{
	uint64_t bits = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9' || bits > known)
			return 0;
		bits = bits * 10 + (uint64_t)(*text - '0');
	}
	return bits & ~known ? 0 : bits;
}

bool bits_named(
	const struct strings *names, const char *const *table, uint64_t *bits, size_t *unknown)
{
	*bits = 0;
	for (size_t i = 0; i < names->count; i++) {
		uint64_t one = 0, known = 0;

		for (int bit = 0; table[bit]; bit++) {
			known |= UINT64_C(1) << bit;
			if (!strcmp(table[bit], names->items[i]))
				one = UINT64_C(1) << bit;
		}
		one = one ? one : number_bits(names->items[i], known);
		if (!one) {
			*unknown = i;
			return false;
		}
		*bits |= one;
	}
	return true;
}

static const char *blanks_skip(const char *text)
{
	return text + strspn(text, " ");
}

/* A number below BITS_MOST at *text, which moves behind it; -1 if there is none. */
static int number_next(const char **text)
{
	const char *at = *text = blanks_skip(*text);
	int number = 0;

	for (; *at >= '0' && *at <= '9' && number < BITS_MOST; at++)
		number = number * 10 + (*at - '0');
	if (at == *text || number >= BITS_MOST)
		return -1;
	*text = blanks_skip(at);
	return number;
}

int bits_listed(const char *text, uint64_t bits[static BITS_MOST / BITS_WORD])
{
	int most = -1;

	memset(bits, 0, BITS_MOST / 8);
	text = blanks_skip(text);
	if (!*text)
		return 0;
	for (;;) {
		int first = number_next(&text), last = first;

		if (first >= 0 && *text == '-') {
			text++;
			last = number_next(&text);
		}
		if (first < 0 || last < first)
			return -1;
		for (int bit = first; bit <= last; bit++)
			bits[bit / BITS_WORD] |= UINT64_C(1) << bit % BITS_WORD;
		most = last > most ? last : most;
		if (!*text)
			return most + 1;
		if (*text++ != ',')
			return -1;
	}
}
