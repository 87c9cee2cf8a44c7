#pragma once
/* All processes of a container: by its cgroup, or without one by its pid namespace. */
#include "nucleus/run.h"

struct err;

/* In our pid namespace's numbers, sorted, in run->arena; after state_open. 0 or -1. */
int processes_list(struct run *run, struct numbers *pids, struct err *err);

/* Sends a signal to each; ESRCH "container not running" if there is none. After state_open. */
int processes_signal(struct run *run, int signal, struct err *err);
