#pragma once
/* Starting a sandbox without being root. */
struct config;
struct err;
struct run;

/*
 * A caller who may not mount gets a user namespace, in which he has his own ids and all rights, and
 * a copy of the mounts: what is needed to make a sandbox, and nothing more on the host than he had.
 * Beside them he has the ids that /etc/subuid and /etc/subgid give him, if the config needs such.
 * A process that verifies the config's closure stays outside, see attest/outside.h.
 * Does nothing for root. Before anything else of the start is opened; run->bundle_dir is opened
 * again. 0 or -1.
 */
int rootless_enter(struct run *run, const struct config *config, struct err *err);
