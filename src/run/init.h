#pragma once
/* PID 1 of a sandbox that asks for one: reaps, forwards signals, ends as its workload ended. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/* What the init is called in /proc/PID/comm. */
#define INIT_COMM "nucleus-init"

/*
 * Step init: forks the workload, which goes on with the walk; this process stays as PID 1 and never
 * returns from here. Its exit status is the workload's, 128+n if that was killed by signal n.
 */
bool init_wanted(const struct config *config);
int init_apply(struct run *run, struct err *err);
void init_print(const struct config *config, struct node *params, struct arena *arena);
