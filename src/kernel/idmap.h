#pragma once
/* The user namespace's id maps, written from outside by the parent. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool idmap_wanted(const struct config *config);
int idmap_apply(struct run *run, struct err *err);
void idmap_print(const struct config *config, struct node *params, struct arena *arena);
