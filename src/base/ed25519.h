#pragma once
/* Ed25519 (RFC 8032): the only file that knows libsodium. */
#include <stdbool.h>
#include <stddef.h>

enum { ED25519_KEY_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

/* True if signature is one of length bytes by the public key. */
bool ed25519_verify(const unsigned char key[static ED25519_KEY_SIZE],
	const unsigned char signature[static ED25519_SIGNATURE_SIZE], const void *bytes,
	size_t length);

/* Signs length bytes with the secret seed; false if libsodium failed. */
bool ed25519_sign(const unsigned char seed[static ED25519_KEY_SIZE], const void *bytes,
	size_t length, unsigned char signature[static ED25519_SIGNATURE_SIZE]);

/* The public key that belongs to the secret seed; false if libsodium failed. */
bool ed25519_public(const unsigned char seed[static ED25519_KEY_SIZE],
	unsigned char key[static ED25519_KEY_SIZE]);
