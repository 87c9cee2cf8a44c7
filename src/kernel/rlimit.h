#pragma once
/* Resource limits of the first process, and its place in the queue of the OOM killer. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/* Step oom-score, by the parent: how soon the OOM killer should take the sandbox. */
bool oom_score_wanted(const struct config *config);
int oom_score_apply(struct run *run, struct err *err);
void oom_score_print(const struct config *config, struct node *params, struct arena *arena);

/* Step rlimits. */
bool rlimits_wanted(const struct config *config);
int rlimits_apply(struct run *run, struct err *err);
void rlimits_print(const struct config *config, struct node *params, struct arena *arena);
