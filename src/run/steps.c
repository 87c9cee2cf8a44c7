/*
 * The program: everything that is done to the kernel to start a sandbox, in the one order it is
 * done. Read from top to bottom this is a start; `undo`, read upwards, is delete. Where the side
 * changes, the baton passes. What each step needs, leaves and must not do stands at its function.
 */
#include "kernel/steps.h"
#include "attest/closure.h"
#include "nucleus/plan.h"
#include "run/await.h"
#include "run/init.h"
#include "run/janitor.h"
#include "run/spawn.h"
#include "run/state.h"

/* clang-format off */
const struct step steps[] = {
	/* name            side    wanted                apply                undo          print */
	{ "janitor",       PARENT, NULL,                 janitor_apply,       janitor_undo, NULL            },
	{ "state",         PARENT, NULL,                 state_apply,         state_undo,   NULL            },
	{ "null",          PARENT, NULL,                 null_apply,          NULL,         NULL            },
	{ "sources",       PARENT, NULL,                 sources_apply,       NULL,         sources_print   },
	{ "attest",        PARENT, attest_wanted,        attest_apply,        NULL,         attest_print    },
	{ "filter",        PARENT, filter_wanted,        filter_apply,        NULL,         filter_print    },
	{ "cgroup",        PARENT, NULL,                 cgroup_apply,        cgroup_undo,  cgroup_print    },
	{ "timens",        PARENT, timens_wanted,        timens_apply,        NULL,         timens_print    },
	{ "clone",         PARENT, NULL,                 clone_apply,         clone_undo,   ns_print        },
	{ "cgroup-attach", BESIDE, cgroup_attach_wanted, cgroup_attach_apply, NULL,         NULL            },
	{ "session",       BESIDE, NULL,                 session_apply,       NULL,         NULL            },
	{ "cgroupns",      BESIDE, cgroupns_wanted,      cgroupns_apply,      NULL,         NULL            },
	{ "loopback",      BESIDE, loopback_wanted,      loopback_apply,      NULL,         NULL            },
	{ "hostname",      BESIDE, hostname_wanted,      hostname_apply,      NULL,         hostname_print  },
	{ "oom-score",     PARENT, oom_score_wanted,     oom_score_apply,     NULL,         oom_score_print },
	{ "idmap",         PARENT, idmap_wanted,         idmap_apply,         NULL,         idmap_print     },
	{ "idmap-mounts",  PARENT, idmap_mounts_wanted,  idmap_mounts_apply,  NULL,         NULL            },
	{ "record",        PARENT, NULL,                 record_apply,        NULL,         NULL            },
	{ "become-root",   CHILD,  NULL,                 become_root_apply,   NULL,         NULL            },
	{ "procfs",        CHILD,  NULL,                 procfs_apply,        NULL,         NULL            },
	{ "sysctl",        CHILD,  sysctl_wanted,        sysctl_apply,        NULL,         sysctl_print    },
	{ "rootfs",        CHILD,  NULL,                 rootfs_apply,        NULL,         rootfs_print    },
	{ "mounts",        CHILD,  mounts_wanted,        mounts_apply,        NULL,         mounts_print    },
	{ "devices",       CHILD,  NULL,                 devices_apply,       NULL,         devices_print   },
	{ "console",       CHILD,  console_wanted,       console_apply,       NULL,         console_print   },
	{ "masks",         CHILD,  masks_wanted,         masks_apply,         NULL,         masks_print     },
	{ "pivot",         CHILD,  NULL,                 pivot_apply,         NULL,         NULL            },
	{ "verify-mounts", CHILD,  verify_mounts_wanted, verify_mounts_apply, NULL,         NULL            },
	{ "await-start",   CHILD,  NULL,                 await_start_apply,   NULL,         NULL            },
	{ "identity",      CHILD,  NULL,                 identity_apply,      NULL,         identity_print  },
	{ "cwd",           CHILD,  NULL,                 cwd_apply,           NULL,         cwd_print       },
	{ "no-new-privs",  CHILD,  no_new_privs_wanted,  no_new_privs_apply,  NULL,         NULL            },
	{ "landlock",      CHILD,  landlock_wanted,      landlock_apply,      NULL,         landlock_print  },
	{ "rlimits",       CHILD,  rlimits_wanted,       rlimits_apply,       NULL,         rlimits_print   },
	{ "seccomp-early", CHILD,  seccomp_early_wanted, seccomp_apply,       NULL,         seccomp_print   },
	{ "caps",          CHILD,  NULL,                 caps_apply,          NULL,         caps_print      },
	{ "lifeline",      CHILD,  NULL,                 lifeline_apply,      NULL,         NULL            },
	{ "init",          CHILD,  init_wanted,          init_apply,          NULL,         NULL            },
	{ "seccomp",       CHILD,  seccomp_wanted,       seccomp_apply,       NULL,         seccomp_print   },
	{ "exec",          CHILD,  NULL,                 exec_apply,          NULL,         exec_print      },
	{ 0 },
};
/* clang-format on */
