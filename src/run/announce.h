#pragma once
/* What a client is told once a process is there. */
#include "nucleus/run.h"

struct err;

/*
 * Tells of run->pid: its number goes into run->pid_file, run->pidfd over run->pidfd_socket, as far
 * as they were asked for; descriptors the process was to keep are closed here. 0 or -1.
 */
int announce(struct run *run, struct err *err);
