#pragma once
/*
 * Trees of files as a sandbox is given them and gives them back: read by descriptor, copied,
 * compared, and written back. Whoever fills a tree may be hostile, and may change it meanwhile.
 */
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/types.h"

struct tree_entry {
	const char *path;                  /* below the root, "a/b" */
	mode_t mode;                       /* type and permissions, of the copy if it was copied */
	uint64_t size;                     /* of a file */
	const char *link;                  /* where a symlink leads, else NULL */
	unsigned char sha256[SHA256_SIZE]; /* of a file's content */
	struct stat host;                  /* what was read, before it was */
	bool capable;                      /* it has file capabilities or an access list */
};

struct tree {
	/* By path. */
	struct tree_entry *entries;
	size_t count;
	uint64_t bytes;
	/* Paths that were not copied: as a pattern says, and as they are nothing that is. */
	struct strings excluded, odd;
};

struct tree_rules {
	uint64_t bytes_most, files_most;
	const struct strings *exclude;
	uid_t uid; /* whose the copy is, as numbers of ours */
	gid_t gid;
	bool plain; /* the copy's modes tell nothing but what can be executed */
};

/* Bytes and files that a tree may hold are over: the error's code. */
#define TREE_TOO_LARGE EFBIG

/*
 * Copies what is below from, and its root's mode, to the empty directory to; or with a `to` of -1
 * only reads it, and then nothing is left out. 0 or -1.
 */
int tree_copy(int from, int to, const struct tree_rules *rules, struct tree *tree,
	struct arena *arena, struct err *err);

/* The entry at path, or NULL. */
const struct tree_entry *tree_find(const struct tree *tree, const char *path);

/* SHA-256 of the listing of a tree: "f 0644 DIGEST PATH", and a NUL, for each entry by path. */
void tree_digest(const struct tree *tree, unsigned char sum[static SHA256_SIZE]);

/* One path at which two trees differ. */
struct tree_change {
	const struct tree_entry *was, *now; /* NULL: it is new, it is gone */
	const char *refused; /* why it may not come back, as half a sentence, or NULL */
};

struct tree_changes {
	struct tree_change *items; /* by path */
	size_t count, refused;
};

/* What is at `now` (root: its directory) and was not so at `was`, each judged. */
void tree_compare(const struct tree *was, const struct tree *now, int root,
	struct tree_changes *changes, struct arena *arena);

/* What a step has made under a name that is not the final one: it is removed by undo. */
struct tree_draft {
	int dir; /* -1: nothing */
	char name[32];
};

/* One tree that is written back. */
struct tree_return {
	int host;               /* the root it was copied from */
	int root;               /* the root of what comes back */
	const struct tree *was; /* as it was copied */
	struct tree_draft *draft;
	struct arena *arena;
	size_t done; /* changes that are written */
};

/* Why the change cannot be written, as somebody else changed the host meanwhile; or NULL. */
const char *tree_conflict(const struct tree_return *back, const struct tree_change *change);

/* Writes every change that is not refused; stops at the first that cannot be. 0 or -1. */
int tree_bring_back(struct tree_return *back, const struct tree_changes *changes, struct err *err);

/* Allocates nothing: it may run in the janitor. */
void tree_draft_remove(struct tree_draft *draft);
