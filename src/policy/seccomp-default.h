#pragma once
/* The built-in seccomp profile, in the shape of config.json's linux.seccomp. */
#include <linux/sched.h>

#include "nucleus/config.h"

/* CLONE_NEWTIME shares its bit with the exit signal and does not exist for clone(2). */
#define CLONE_NEW_ANY                                                                             \
	((uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
		CLONE_NEWPID | CLONE_NEWNET))
/* Set in the types of character and block devices, clear in FIFO, socket and plain file. */
#define MODE_DEVICE_BIT 0020000

/* Static storage, never written to; a policy's own allow and deny lists are added to a copy. */
extern const struct config_seccomp seccomp_default;

/* True if the built-in profile looks at arguments of this call. */
bool seccomp_default_asks(const char *name);

/* True if permitting the call as rule does opens a known way out: no strict mode allows it. */
bool seccomp_floor_refuses(const char *name, const struct config_syscall *rule);
