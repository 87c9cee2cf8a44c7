#pragma once
/* The Nix archive (NAR) form of what a descriptor leads to: hashed as it is walked, never stored.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/types.h"

enum {
	/* Small enough that what was read is hashed out of the processor's own cache. */
	NAR_BUFFER_SIZE = 64 << 10,
	/* Directories below one another; each holds one descriptor while it is walked. */
	NAR_DEPTH_MOST = 256,
};

/* How closely each file is looked at. */
enum nar_look {
	LOOK_CONTENTS, /* it is read */
	LOOK_METADATA, /* owners, modes, types and capabilities alone */
	/* Only what inode(7) has, one system call each: enough to tell whether something changed. A
	 * file capability shows in the change time alone. */
	LOOK_GLANCE,
};

struct nar_sum {
	unsigned char sha256[SHA256_SIZE];
	uint64_t size;                   /* bytes of the archive */
	uint64_t files;                  /* regular files, directories and symlinks */
	uint64_t bytes;                  /* of the regular files' contents */
	unsigned char seen[SHA256_SIZE]; /* of the metadata, see seen.h */
	bool settled;                    /* which could not have stayed the same over a change */
};

/* What one thread hashes with, path after path. */
struct nar_hasher {
	/* Who may own a file beside root (uid 0): the caller's own uid. */
	uid_t owner;
	/* Without LOOK_CONTENTS the sum's sha256, size and bytes stay 0. */
	enum nar_look look;
	time_t settled_before; /* see seen.h */
	bool settle;           /* what is read shall count as settled if it can, see seen.h */
	/* NAR_BUFFER_SIZE bytes, the caller's. */
	unsigned char *buffer;
	/* For the names of the directories that are being walked; the caller's, left as it was. */
	struct arena *names;
	/* How much of a large file is mapped at a time, see window.h; 0: none, it is read. */
	size_t window;
	/* Told the archive bytes since the last call, after each file or part of one; false ends
	 * the walk with ECANCELED. May be NULL. */
	bool (*advance)(void *object, uint64_t bytes);
	void *object;
};

/*
 * Walks the directory, regular file or symlink behind fd (O_PATH or open_tree; stays open), whose
 * absolute path for errors is name. Refuses, however it looks, what a hash does not see: an owner
 * other than root and hasher->owner, setuid, setgid, group or other write, file capabilities, mount
 * points, other file types. 0, or -1 with err "PATH: what is wrong".
 */
int nar_hash_at(int fd, const char *name, const struct nar_hasher *hasher, struct nar_sum *sum,
	struct err *err);
