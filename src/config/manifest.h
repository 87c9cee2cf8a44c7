#pragma once
/* What a root says of itself in two files at its top: its files' digests, and its store paths. */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/types.h"

#define MANIFEST_FILE ".nucleus-rootfs-sha256"
#define STORE_PATHS_FILE ".nucleus-rootfs-store-paths"
#define MANIFEST_STORE "/nix/store"

enum { MANIFEST_SIZE_MOST = 64 << 20 };

struct manifest_entry {
	const char *path; /* relative to the root, in normal form; may lead through symlinks */
	unsigned char sha256[SHA256_SIZE];
	bool seen; /* for whoever goes through the root */
};

struct manifest {
	struct manifest_entry *entries; /* sorted by path, no duplicates */
	size_t count;
};

/* Reads lines "<64 hex>\t<path>"; file is what errors call it. 0, or -1 with FILE:LINE: text. */
int manifest_read(const char *text, size_t length, const char *file, struct manifest *manifest,
	struct arena *arena, struct err *err);

/* Reads one store path a line, sorted. As above. */
int manifest_store_paths(const char *text, size_t length, const char *file, struct strings *paths,
	struct arena *arena, struct err *err);

struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path);
