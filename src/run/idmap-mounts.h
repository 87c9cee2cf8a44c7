#pragma once
/* Mounts whose files' owners are shown through a mapping. */
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/*
 * Step idmap-mounts: fixes the mapping of each bind source that is to have one. Needs: the
 * container's own maps written; the sources attached nowhere, and held by both sides, as what is
 * mapped is the mount, not the descriptor.
 */
bool idmap_mounts_wanted(const struct config *config);
int idmap_mounts_apply(struct run *run, struct err *err);
void idmap_mounts_print(const struct config *config, struct node *params, struct arena *arena);
