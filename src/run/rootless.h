#pragma once
/* Starting a sandbox without being root. */
struct err;

/*
 * A caller who may not mount gets a user namespace, in which he has his own ids and all rights, and
 * a copy of the mounts: what is needed to make a sandbox, and nothing more on the host than he had.
 * Does nothing for root. Before anything is opened. 0 or -1.
 */
int rootless_enter(struct err *err);
