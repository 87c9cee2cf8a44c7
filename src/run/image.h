#pragma once
/* A packed closure, hashed and mounted, for who takes the sources in its store. */
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/*
 * Step image: hashes the packed closure, mounts what was hashed, and takes the sources from there.
 * Needs: the caller's mount namespace and CAP_SYS_ADMIN on the host. Leaves: run->image_trees,
 * mounts attached nowhere, read-only, of the file that was hashed; what is in it can still be
 * changed by its owner, root or the caller, as what is in a store can. Mustn't run after `sources`,
 * which goes on with the trees.
 */
bool image_wanted(const struct config *config);
int image_apply(struct run *run, struct err *err);
void image_print(const struct config *config, struct node *params, struct arena *arena);
