#pragma once
/* What a Landlock rule's words mean, and what the running kernel makes of them. */
#include "nucleus/config.h"

struct arena;

/*
 * What landlock, one of the two a config may have (NULL: not), goes without on this kernel as it
 * asks for best effort, as a sentence; or NULL.
 */
const char *landlock_lack(
	const struct config *config, const struct config_landlock *landlock, struct arena *arena);

/*
 * The kernel's file system rights behind a rule's access names, whatever the ABI; none for a name
 * that config_check does not know. needed_abi (may be NULL) is raised to the ABI that first had all
 * of them; "all" and its kin mean all that the kernel has, and raise nothing.
 */
uint64_t landlock_access(const struct strings *names, int *needed_abi);

/* Every file system right that an ABI knows. */
uint64_t landlock_known(int abi);
