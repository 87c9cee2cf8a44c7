#pragma once
/* Device nodes: the host's, opened and checked before the container exists, and the container's
 * /dev. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

int null_apply(struct run *run, struct err *err);

int devices_apply(struct run *run, struct err *err);
void devices_print(const struct config *config, struct node *params, struct arena *arena);
