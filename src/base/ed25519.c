/*
 * Ed25519 through libcrypto's EVP, which is the only public way to it. It works in a context of its
 * own, made at the first use: no configuration file, no environment variable and no module from
 * outside decides what a signature is. See EVP_PKEY_new(3), EVP_SIGNATURE-ED25519(7).
 */
#include "base/ed25519.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static OSSL_LIB_CTX *context(void)
{
	static OSSL_LIB_CTX *made;

	if (!made &&
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL))
		made = OSSL_LIB_CTX_new();
	return made;
}

bool ed25519_verify(const unsigned char key[static ED25519_KEY_SIZE],
	const unsigned char signature[static ED25519_SIGNATURE_SIZE], const void *bytes,
	size_t length)
{
	OSSL_LIB_CTX *library = context();
	EVP_PKEY *public = library
		? EVP_PKEY_new_raw_public_key_ex(library, "ED25519", NULL, key, ED25519_KEY_SIZE)
		: NULL;
	EVP_MD_CTX *verify = EVP_MD_CTX_new();
	bool valid = public && verify &&
		EVP_DigestVerifyInit_ex(verify, NULL, NULL, library, NULL, public, NULL) == 1 &&
		EVP_DigestVerify(verify, signature, ED25519_SIGNATURE_SIZE, bytes, length) == 1;

	EVP_MD_CTX_free(verify);
	EVP_PKEY_free(public);
	return valid;
}

static EVP_PKEY *secret_make(const unsigned char seed[static ED25519_KEY_SIZE])
{
	OSSL_LIB_CTX *library = context();

	return library
		? EVP_PKEY_new_raw_private_key_ex(library, "ED25519", NULL, seed, ED25519_KEY_SIZE)
		: NULL;
}

bool ed25519_sign(const unsigned char seed[static ED25519_KEY_SIZE], const void *bytes,
	size_t length, unsigned char signature[static ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *secret = secret_make(seed);
	EVP_MD_CTX *sign = EVP_MD_CTX_new();
	size_t size = ED25519_SIGNATURE_SIZE;
	bool made = secret && sign &&
		EVP_DigestSignInit_ex(sign, NULL, NULL, context(), NULL, secret, NULL) == 1 &&
		EVP_DigestSign(sign, signature, &size, bytes, length) == 1 &&
		size == ED25519_SIGNATURE_SIZE;

	EVP_MD_CTX_free(sign);
	EVP_PKEY_free(secret);
	return made;
}

bool ed25519_public(const unsigned char seed[static ED25519_KEY_SIZE],
	unsigned char key[static ED25519_KEY_SIZE])
{
	EVP_PKEY *secret = secret_make(seed);
	size_t size = ED25519_KEY_SIZE;
	bool made = secret && EVP_PKEY_get_raw_public_key(secret, key, &size) == 1 &&
		size == ED25519_KEY_SIZE;

	EVP_PKEY_free(secret);
	return made;
}
