#pragma once
/* What procfs says of one process: whether it is the one that was made, what it has become. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	char comm[17];
	char state;       /* 'Z' a zombie */
	bool execed;      /* has called execve since it was cloned */
	uint64_t started; /* clock ticks since boot: with it a reused number is told apart */
	int ended;        /* a zombie's wait(2) status */
};

/*
 * Reads /proc/PID/stat. proc is a descriptor of a procfs that shows the process by that number, or
 * -1 for /proc. 1 if it is there, 0 if it is gone, -1 with errno if that cannot be found out.
 */
int process_look(int proc, pid_t pid, struct process *process);

/* True if it has ended, whether or not it was waited for. */
bool process_ended(const struct process *process);
