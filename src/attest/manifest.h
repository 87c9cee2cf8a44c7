#pragma once
/* A plain root held against the manifest at its top, as a step of a start. */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "nucleus/run.h"

/* The step; see manifest.c for its contract. */
bool manifest_wanted(const struct config *config);
int manifest_apply(struct run *run, struct err *err);
void manifest_print(const struct config *config, struct node *params, struct arena *arena);
