/*
 * Ed25519 through libsodium. libcrypto has it only behind EVP, whose tables made every start of the
 * program 0.4 ms and 3.5 MB dearer, whether anything was signed or not.
 */
#include "base/ed25519.h"

#include <assert.h>
#include <sodium.h>

static_assert(crypto_sign_SEEDBYTES == ED25519_KEY_SIZE, "as Nix has them");
static_assert(crypto_sign_PUBLICKEYBYTES == ED25519_KEY_SIZE, "as Nix has them");
static_assert(crypto_sign_BYTES == ED25519_SIGNATURE_SIZE, "as Nix has them");

bool ed25519_verify(const unsigned char key[static ED25519_KEY_SIZE],
	const unsigned char signature[static ED25519_SIGNATURE_SIZE], const void *bytes,
	size_t length)
{
	return sodium_init() >= 0 &&
		crypto_sign_verify_detached(signature, bytes, length, key) == 0;
}

bool ed25519_sign(const unsigned char seed[static ED25519_KEY_SIZE], const void *bytes,
	size_t length, unsigned char signature[static ED25519_SIGNATURE_SIZE])
{
	unsigned char key[ED25519_KEY_SIZE], secret[crypto_sign_SECRETKEYBYTES];
	bool made = sodium_init() >= 0 && crypto_sign_seed_keypair(key, secret, seed) == 0 &&
		crypto_sign_detached(signature, NULL, bytes, length, secret) == 0;

	sodium_memzero(secret, sizeof(secret));
	return made;
}

bool ed25519_public(const unsigned char seed[static ED25519_KEY_SIZE],
	unsigned char key[static ED25519_KEY_SIZE])
{
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	bool made = sodium_init() >= 0 && crypto_sign_seed_keypair(key, secret, seed) == 0;

	sodium_memzero(secret, sizeof(secret));
	return made;
}
