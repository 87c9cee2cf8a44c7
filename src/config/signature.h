#pragma once
/*
 * Who vouches for a closure: Ed25519 keys and signatures in Nix's text forms, what they are made
 * over, and how many trusted keys must have signed. A path is signed by itself, as Nix does it, or
 * with the whole closure by a signature of the closure digest.
 */
#include "base/arena.h"
#include "base/ed25519.h"
#include "base/err.h"
#include "nucleus/config.h"

/* The file beside a registration; bytes of it; keys that one closure may trust. */
#define SIGNATURES_FILE "signatures"
enum { SIGNATURES_SIZE_MOST = 64 << 20, TRUSTED_KEYS_MOST = 64 };

/* What stands for "name:base64", a key or a signature. */
struct signer {
	const char *name; /* name_length characters of the text it was read from */
	size_t name_length;
	/* A public key; a signature; or a secret key, its seed and then its public key. */
	unsigned char bytes[ED25519_SIGNATURE_SIZE];
};

/* Reads text, which must hold size bytes; what is wrong with it as half a sentence, or NULL. */
const char *signer_read(const char *text, size_t size, struct signer *signer);

struct trusted_keys {
	struct signer items[TRUSTED_KEYS_MOST];
	size_t count;
	size_t needed; /* how many of them must have signed each path */
};

/*
 * Reads public keys and how many of them are needed (1 if that is absent). Refuses what could be
 * meant otherwise: a name or a key twice, and a number that is 0 or above the keys given. -1 with
 * err, which names a key by its name and never tells its bytes.
 */
int trusted_keys_read(const struct strings *texts, struct maybe_int needed,
	struct trusted_keys *keys, struct err *err);

/* What Nix signs of a path, "1;PATH;sha256:NIX32;SIZE;REFERENCE,..."; in arena. */
const char *path_fingerprint(const struct store_path *path, struct arena *arena);

/* What is signed of the closure whose digest this is. No fingerprint of a path begins so. */
const char *closure_fingerprint(const char *sha256, struct arena *arena);

/*
 * Adds the signatures of a file's bytes to those of closure->closure and of its paths. Each line is
 * what is signed, a store path or sha256:<closure digest>, a space, and name:base64. Of what is not
 * in the closure nothing is kept; a malformed line is an error, "FILE:LINE: ...". closure->sha256
 * must be set. 0 or -1.
 */
int signatures_read(const char *text, size_t length, const char *file,
	struct config_closure *closure, struct arena *arena, struct err *err);

/* Where the signatures of a list are: beside the file, or in the directory, that it is. In arena.
 */
const char *signatures_file(int dir_fd, const char *list, struct arena *arena);

/* As above for that file, if it is there. */
int signatures_read_beside(int dir_fd, const char *list, struct config_closure *closure,
	struct arena *arena, struct err *err);

/* The file's text with all well-formed signatures that the closure has, "" if there is none. In
 * arena. */
const char *signatures_write(const struct config_closure *closure, struct arena *arena);

/*
 * Every path, or the closure as a whole, must be signed by enough distinct keys. -1 with err, about
 * the first path that is not. Without closure->trusted_keys there is nothing to hold it against: 0.
 */
int signatures_check(const struct config_closure *closure, struct err *err);
