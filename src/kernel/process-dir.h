#pragma once
/* A process's directory in procfs, by descriptor. */
#include <sys/types.h>

struct err;

/*
 * Opens /proc/PID (O_PATH) of a child that has not been waited for, whose number therefore cannot
 * come to mean another process. The caller closes it; -1 with err, also if /proc is not procfs or
 * counts processes of another pid namespace.
 */
int process_dir_open(pid_t pid, struct err *err);

/* Opens a file of this process's own directory in any procfs; -1 with errno. */
int process_own_open(int procfs, const char *name, int flags);
