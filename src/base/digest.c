/*
 * SHA-256 through libcrypto's direct functions. They are marked deprecated in favour of EVP, but
 * EVP costs a look-up among its providers at the first use, which a start without signatures does
 * not pay; the code they run (with SHA-NI where the CPU has it) is the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest), "struct digest holds a SHA256_CTX");

void digest_init(struct digest *digest)
{
	SHA256_Init((SHA256_CTX *)digest->state);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	SHA256_Update((SHA256_CTX *)digest->state, bytes, length);
}

void digest_end(struct digest *digest, unsigned char sum[static SHA256_SIZE])
{
	SHA256_Final(sum, (SHA256_CTX *)digest->state);
}

void digest_bytes(const void *bytes, size_t length, unsigned char sum[static SHA256_SIZE])
{
	struct digest digest;

	digest_init(&digest);
	digest_add(&digest, bytes, length);
	digest_end(&digest, sum);
}

/* The key in a block of its own, each byte changed by pad; then the bytes. */
static void keyed_digest(const unsigned char *key, unsigned char pad, const void *bytes,
	size_t length, unsigned char sum[static SHA256_SIZE])
{
	unsigned char block[SHA256_CBLOCK];
	struct digest digest;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < MAC_KEY_SIZE ? key[i] : 0) ^ pad;
	digest_init(&digest);
	digest_add(&digest, block, sizeof(block));
	digest_add(&digest, bytes, length);
	digest_end(&digest, sum);
}

void digest_mac(const unsigned char key[static MAC_KEY_SIZE], const void *bytes, size_t length,
	unsigned char mac[static SHA256_SIZE])
{
	unsigned char inner[SHA256_SIZE];

	keyed_digest(key, 0x36, bytes, length, inner);
	keyed_digest(key, 0x5c, inner, sizeof(inner), mac);
}

bool digest_equal(
	const unsigned char one[static SHA256_SIZE], const unsigned char other[static SHA256_SIZE])
{
	unsigned char differ = 0;

	for (int i = 0; i < SHA256_SIZE; i++)
		differ |= one[i] ^ other[i];
	return differ == 0;
}

void digest_text(const unsigned char sum[static SHA256_SIZE], char text[static SHA256_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[sum[i] >> 4];
		text[2 * i + 1] = digits[sum[i] & 15];
	}
	text[2 * SHA256_SIZE] = '\0';
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool digest_read(const char *text, unsigned char sum[static SHA256_SIZE])
{
	if (!strncmp(text, "sha256:", 7))
		text += 7;
	if (strlen(text) != 2 * SHA256_SIZE)
		return false;
	for (int i = 0; i < SHA256_SIZE; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		sum[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
