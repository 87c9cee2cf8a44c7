/*
 * Base64 as keys, signatures and hashes are written in. Secret keys are read by it too: it keeps
 * nothing of what it has read. Source: RFC 4648, sections 3.5 and 4.
 */
#include "base/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_read(const char *text, unsigned char *bytes, size_t length)
{
	size_t significant = (length * 8 + 5) / 6, used = 0;
	unsigned held = 0, bits = 0;

	if (strlen(text) != BASE64_LENGTH(length) ||
		strcmp(text + significant, &"=="[2 - (BASE64_LENGTH(length) - significant)]) != 0)
		return false;
	for (size_t i = 0; i < significant; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit)
			return false;
		held = (held << 6 | (unsigned)(digit - digits)) & 0xFFFF;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		bytes[used++] = (unsigned char)(held >> bits);
	}
	return (held & ((1U << bits) - 1)) == 0;
}

void base64_write(const unsigned char *bytes, size_t length, char *text)
{
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		unsigned three = (unsigned)bytes[i] << 16 |
			(left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
			(left > 2 ? (unsigned)bytes[i + 2] : 0);

		*text++ = digits[three >> 18];
		*text++ = digits[three >> 12 & 63];
		*text++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*text++ = left > 2 ? digits[three & 63] : '=';
	}
	*text = '\0';
}
