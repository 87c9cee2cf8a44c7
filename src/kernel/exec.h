#pragma once
/* The last two things before the workload: where it starts, and what it is. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

int cwd_apply(struct run *run, struct err *err);
void cwd_print(const struct config *config, struct node *params, struct arena *arena);

int exec_apply(struct run *run, struct err *err);
void exec_print(const struct config *config, struct node *params, struct arena *arena);
