#pragma once
/* Who the first process is: session and keyring at first, the workload's user at last. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

int session_apply(struct run *run, struct err *err);

int identity_apply(struct run *run, struct err *err);
void identity_print(const struct config *config, struct node *params, struct arena *arena);
