#pragma once
/* Base64 with padding (RFC 4648, section 4), strict both ways: bytes have one text. */
#include <stdbool.h>
#include <stddef.h>

/* Characters of length bytes, without the NUL. */
#define BASE64_LENGTH(length) (((length) + 2) / 3 * 4)

/*
 * Reads text, which must be exactly length bytes; false if it is anything else, also with spaces,
 * without its padding, or with bits that no byte has. bytes may have been written to then.
 */
bool base64_read(const char *text, unsigned char *bytes, size_t length);

/* BASE64_LENGTH(length) characters and a NUL. */
void base64_write(const unsigned char *bytes, size_t length, char *text);
