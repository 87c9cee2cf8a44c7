#pragma once
/*
 * SHA-256, the one digest of the project, and its text forms. Besides ed25519.c its file is
 * the only one that knows libcrypto.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nucleus/types.h"

struct digest {
	/* Room for libcrypto's SHA256_CTX, whose type stays in digest.c. */
	alignas(8) unsigned char state[128];
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_end(struct digest *digest, unsigned char sum[static SHA256_SIZE]);

/* One-shot digest of length bytes. */
void digest_bytes(const void *bytes, size_t length, unsigned char sum[static SHA256_SIZE]);

enum { MAC_KEY_SIZE = 32 };

/* HMAC-SHA-256 (RFC 2104) of length bytes. */
void digest_mac(const unsigned char key[static MAC_KEY_SIZE], const void *bytes, size_t length,
	unsigned char mac[static SHA256_SIZE]);

/* Takes as long whether they are equal or not. */
bool digest_equal(
	const unsigned char one[static SHA256_SIZE], const unsigned char other[static SHA256_SIZE]);

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_text(const unsigned char sum[static SHA256_SIZE], char text[static SHA256_TEXT_SIZE]);

/* Reads exactly 64 hexadecimal digits, optionally after "sha256:"; false if it is anything else. */
bool digest_read(const char *text, unsigned char sum[static SHA256_SIZE]);
