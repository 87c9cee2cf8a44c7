#pragma once
/* Paths the workload sees empty, and paths it sees read-only. */
#include <stdbool.h>

#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool masks_wanted(const struct config *config);
int masks_apply(struct run *run, struct err *err);
void masks_print(const struct config *config, struct node *params, struct arena *arena);
