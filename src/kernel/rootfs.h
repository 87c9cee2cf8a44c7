#pragma once
/* The new root: attached over the old one, entered when everything is mounted in it. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

int rootfs_apply(struct run *run, struct err *err);
void rootfs_print(const struct config *config, struct node *params, struct arena *arena);

int pivot_apply(struct run *run, struct err *err);
