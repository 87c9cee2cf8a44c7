#pragma once
/*
 * A Nix closure: the set of store paths a sandbox may see, with what each must hash to. Filled
 * from a list of them in one of several forms; see attest/ for how it is verified.
 */
#include "nucleus/types.h"

struct store_path {
	/* Absolute, e.g. "/nix/store/<hash>-name". */
	const char *path;
	unsigned char nar_sha256[SHA256_SIZE];
	uint64_t nar_size;
	/* Empty if the registration names none. */
	const char *deriver;
	/* Absolute store paths, each of them in the closure too. */
	struct strings references;
	/* "name:base64" each, as the list has them; nobody has looked at them yet. */
	struct strings signatures;
	bool referenced; /* by another path of the closure */
};

struct closure {
	/* Where store paths live, "/nix/store" unless the store says otherwise. */
	const char *store_dir;
	/* Below which of the host's directories store_dir really is; NULL: the host's own root. */
	const char *store;
	/* Sorted by path, no duplicates. */
	struct store_path *paths;
	size_t paths_count;
	/* Of the closure as a whole, by its digest; as those of a path. */
	struct strings signatures;
};
