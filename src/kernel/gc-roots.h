#pragma once
/* Roots of Nix's garbage collector that are sandboxes'; see gc-roots.c for how they lie. */
#include <stdbool.h>

struct arena;
struct err;
struct node;

/* What Nix calls the directory of its roots beside the usual store. */
#define GC_ROOTS_USUAL "/nix/var/nix/gcroots"

/* Room for the name of a state root's directory: 16 hexadecimal digits. */
enum { GC_ROOTS_KEY_SIZE = 17 };
void gc_roots_key(const char *state_root, char key[static GC_ROOTS_KEY_SIZE]);

/* Our directory below base, an open gcroots directory; made if it is absent and `make`. It is
 * locked until *lock is closed, the caller's too. -1 with errno. Does not allocate. */
int gc_roots_lock(int base, bool make, int *lock);

/* Removes a container's links and directory, name, below its state root's; 0, also if there are
 * none, or -1 with errno. Does not allocate. */
int gc_roots_remove(int ours, const char *key, const char *name);

/*
 * Drops the roots of containers of state_root that are gone: {"dropped": [...], "kept": [...]},
 * each
 * {"id", "roots"}; with dry_run only says which. NULL with err.
 */
struct node *gc_roots_sweep(const char *gc_roots, const char *state_root, bool dry_run,
	struct arena *arena, struct err *err);
