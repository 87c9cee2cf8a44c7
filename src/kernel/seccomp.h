#pragma once
/*
 * The seccomp filter of a sandbox: compiled (or taken from the cache) by the parent, loaded by the
 * child as the last thing that narrows it.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool filter_wanted(const struct config *config);
int filter_apply(struct run *run, struct err *err);
void filter_print(const struct config *config, struct node *params, struct arena *arena);

/* Before the capabilities are dropped, if the kernel asks for CAP_SYS_ADMIN instead of
 * no_new_privs. */
bool seccomp_early_wanted(const struct config *config);
bool seccomp_wanted(const struct config *config);
int seccomp_apply(struct run *run, struct err *err);
void seccomp_print(const struct config *config, struct node *params, struct arena *arena);

/* Compiles profile and verifies the program against its rules; program in arena. 0 or -1. */
int filter_compile(const struct config_seccomp *profile, struct arena *arena, struct filter *filter,
	struct err *err);

enum call_abi { CALL_ABI_X86_64, CALL_ABI_I386, CALL_ABI_X32 };
enum { CALL_UNKNOWN = -1 };

/*
 * The number of a system call by name; CALL_UNKNOWN if no architecture has it, another negative one
 * if only this architecture hasn't (on i386 -101.. and -201.. for parts of socketcall and ipc).
 */
int seccomp_call_number(enum call_abi abi, const char *name);

/* True for "SCMP_ARCH_..." of every architecture the specification and libseccomp know. */
bool seccomp_arch_known(const char *name);
