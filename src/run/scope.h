#pragma once
/* A scope of systemd's for the container, when that is who makes its cgroup. */
#include "nucleus/plan.h"

bool scope_wanted(const struct config *config);
void scope_print(const struct config *config, struct node *params, struct arena *arena);

/* Step scope: makes the scope with a process of ours in it. Undo stops it. */
int scope_apply(struct run *run, struct err *err);
int scope_undo(struct run *run, struct err *err);

/* Step scope-enter: the first process is in, as far as it is concerned. */
int scope_enter_apply(struct run *run, struct err *err);
/* Step scope-keep: waits for that, and for the end of the process that stood in. */
int scope_keep_apply(struct run *run, struct err *err);
