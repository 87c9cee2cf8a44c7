#pragma once
/* Landlock: what of the sandbox's own files, ports and neighbours a process may use. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool landlock_wanted(const struct config *config);
int landlock_apply(struct run *run, struct err *err);
/* What a config that asks for best effort goes without on this kernel, as a sentence; or NULL. */
const char *landlock_lack(const struct config *config, struct arena *arena);
void landlock_print(const struct config *config, struct node *params, struct arena *arena);

/*
 * The kernel's file system rights behind a rule's access names, whatever the ABI; 0 with err for an
 * unknown name. needed_abi (may be NULL) is raised to the ABI that first had all of them; "all" and
 * its kin mean all that the kernel has, and raise nothing.
 */
uint64_t landlock_access(const struct strings *names, int *needed_abi, struct err *err);

/* Every file system right that an ABI knows. */
uint64_t landlock_known(int abi);
