#pragma once
/* What the kernel's security modules are asked for beside the labels of a process. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;

/* What a config's labels cannot have on this kernel and the specification lets pass; or NULL. */
const char *lsm_lack(const struct config *config);

/* A file system's option for the config's mount label, in arena; NULL without label or SELinux. */
const char *lsm_context(const struct run *run, struct arena *arena);

/* Labels the root of a detached mount whose type takes no such option. 0 or -1. */
int lsm_mount_label(const struct run *run, int mount, struct err *err);
