#pragma once
/* Who has signed the closure, as a step of a start. */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "nucleus/run.h"

/* The step; see signatures.c for its contract. */
bool signatures_wanted(const struct config *config);
int signatures_apply(struct run *run, struct err *err);
void signatures_print(const struct config *config, struct node *params, struct arena *arena);
