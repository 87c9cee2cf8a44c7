#pragma once
/* Every process nucleus makes is made here: the sandbox's first one, its init's workload, and the
 * janitor. */
#include "nucleus/plan.h"

/* Step clone: the new process goes on with the walk as CHILD, in its namespaces and cgroup. */
int clone_apply(struct run *run, struct err *err);
/* The same for a process that joins a running container: it has no namespace of its own. */
int clone_beside_apply(struct run *run, struct err *err);
/* Kills the first process and waits until it is gone. */
int clone_undo(struct run *run, struct err *err);

/* Waits for the first process (our child) and gives its wait(2) status; -1 if it is not ours. */
int spawn_reap(struct run *run, int *status);

/* Polls until the process behind pidfd is gone, 10 s at most. */
int spawn_wait_gone(int pidfd, struct err *err);

/* True if the first process, not yet waited for, has ended without becoming the workload. */
bool spawn_died_before_exec(const struct run *run);

/* A plain fork; the child's pid, 0 in the child, or -1 with errno. */
pid_t spawn_fork(void);

/* Runs entry(run) in a process that shares this one's memory and descriptors, on the given stack;
 * its pidfd, or -1 with errno. It raises no SIGCHLD. */
int spawn_sibling(int (*entry)(void *run), struct run *run, char *stack, size_t size);

/* Runs entry(argument), which ends in execve or returns an exit status, in a process that shares
 * this one's memory, and what flags (of clone(2)) say, while this one waits. Its pid, with a pidfd
 * to wait for it by __WALL; or -1 with errno. */
pid_t spawn_program(int (*entry)(void *argument), void *argument, int flags, int *pidfd);

/* Forks a process that executes command once it has read a byte from the pipe, and ends if nobody
 * is left to write one. Its number, or -1 with errno. */
pid_t spawn_gated(int gate[static 2], char *const command[]);

/* A process in new namespaces, by clone flags, that only waits to be killed through *pidfd; it ends
 * with this one. Its pid, or -1 with errno. */
pid_t spawn_holder(uint64_t namespaces, int *pidfd);

/* Runs entry(argument) in a fork that ends with it, or with this process. Its pid, or -1 with
 * errno.
 */
pid_t spawn_tied(void (*entry)(void *argument), void *argument);

/* Runs entry(run) in a second thread of this process; 0, or -1 with errno. */
int spawn_thread(void *(*entry)(void *run), struct run *run);
