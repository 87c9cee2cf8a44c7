#pragma once
/* What a store path looks like, and how its hash is written. */
#include <stdbool.h>

#include "nucleus/types.h"

/* Characters of hash a store path's last component starts with. */
enum { STORE_HASH_LENGTH = 32 };

/* A SHA-256 in nix32, with the NUL. */
enum { NIX32_TEXT_SIZE = 53 };

/* The part of path after directory and its '/', "" if they are equal, NULL if it is not inside. */
const char *path_inside(const char *path, const char *directory);

/* What keeps path from being a store path right inside store_dir, as half a sentence; or NULL. */
const char *store_path_fault(const char *path, const char *store_dir);

/* What keeps text from being a store directory (absolute, normal form); or NULL. */
const char *store_dir_fault(const char *text);

/* What keeps text from being "auto", "off" or the directory Nix keeps roots in; or NULL. */
const char *gc_roots_fault(const char *text);

/* Where the first component "gcroots" of path begins, with its '/': before it is Nix's state
 * directory; or NULL. */
const char *gc_roots_component(const char *path);

/*
 * Reads sha256:<nix32>, base16 with or without sha256:, or sha256-<base64>; false for anything
 * else, also for a value of more than 256 bits.
 */
bool store_hash_read(const char *text, unsigned char sum[static SHA256_SIZE]);

/* The nix32 form, without sha256:. */
void store_hash_write(
	const unsigned char sum[static SHA256_SIZE], char text[static NIX32_TEXT_SIZE]);
