/*
 * The program: everything that is done to the kernel to start a sandbox, in the one order it is
 * done. Read from top to bottom this is a start; `undo`, read upwards, is delete. Where the side
 * changes, the baton passes. What each step needs, leaves and must not do stands at its function.
 */
#include <assert.h>

#include "attest/closure.h"
#include "attest/manifest.h"
#include "attest/signatures.h"
#include "kernel/steps.h"
#include "nucleus/plan.h"
#include "run/await.h"
#include "run/hooks.h"
#include "run/idmap-mounts.h"
#include "run/image.h"
#include "run/init.h"
#include "run/janitor.h"
#include "run/notify.h"
#include "run/progress.h"
#include "run/scope.h"
#include "run/spawn.h"
#include "run/state.h"

/* clang-format off */
const struct step steps[] = {
	/* name              side    wanted                   apply                   undo           print */
	{ "room",             PARENT, room_wanted,             room_apply,             NULL,          NULL                   },
	{ "janitor",          PARENT, NULL,                    janitor_apply,          janitor_undo,  NULL                   },
	{ "poststop",         PARENT, poststop_wanted,         poststop_apply,         poststop_undo, poststop_print         },
	{ "state",            PARENT, NULL,                    state_apply,            state_undo,    NULL                   },
	{ "ids",              PARENT, ids_wanted,              ids_apply,              ids_undo,      ids_print              },
	{ "gc-roots",         PARENT, gc_roots_wanted,         gc_roots_apply,         gc_roots_undo, gc_roots_print         },
	{ "namespaces",       PARENT, namespaces_wanted,       namespaces_apply,       NULL,          namespaces_print       },
	{ "lsm",              PARENT, lsm_wanted,              lsm_apply,              NULL,          lsm_print              },
	{ "null",             PARENT, NULL,                    null_apply,             NULL,          NULL                   },
	{ "image",            PARENT, image_wanted,            image_apply,            NULL,          image_print            },
	{ "sources",          PARENT, NULL,                    sources_apply,          NULL,          sources_print          },
	{ "files",            PARENT, files_wanted,            files_apply,            NULL,          files_print            },
	{ "signatures",       PARENT, signatures_wanted,       signatures_apply,       NULL,          signatures_print       },
	{ "attest",           PARENT, attest_wanted,           attest_apply,           NULL,          attest_print           },
	{ "stage",            PARENT, stage_wanted,            stage_apply,            NULL,          stage_print            },
	{ "manifest",         PARENT, manifest_wanted,         manifest_apply,         NULL,          manifest_print         },
	{ "filter",           PARENT, filter_wanted,           filter_apply,           NULL,          filter_print           },
	{ "scope",            PARENT, scope_wanted,            scope_apply,            scope_undo,    scope_print            },
	{ "cgroup",           PARENT, NULL,                    cgroup_apply,           cgroup_undo,   cgroup_print           },
	{ "clone",            PARENT, NULL,                    clone_apply,            clone_undo,    ns_print               },
	{ "cgroup-attach",    BESIDE, cgroup_attach_wanted,    cgroup_attach_apply,    NULL,          NULL                   },
	{ "scope-enter",      BESIDE, scope_wanted,            scope_enter_apply,      NULL,          NULL                   },
	{ "scope-keep",       PARENT, scope_wanted,            scope_keep_apply,       NULL,          NULL                   },
	{ "session",          BESIDE, NULL,                    session_apply,          NULL,          NULL                   },
	{ "join",             BESIDE, join_wanted,             join_apply,             NULL,          NULL                   },
	{ "cgroupns",         BESIDE, cgroupns_wanted,         cgroupns_apply,         NULL,          NULL                   },
	{ "loopback",         BESIDE, loopback_wanted,         loopback_apply,         NULL,          NULL                   },
	{ "hostname",         BESIDE, hostname_wanted,         hostname_apply,         NULL,          hostname_print         },
	{ "oom-score",        PARENT, oom_score_wanted,        oom_score_apply,        NULL,          oom_score_print        },
	{ "resctrl",          PARENT, rdt_wanted,              rdt_apply,              rdt_undo,      rdt_print              },
	{ "idmap",            PARENT, idmap_wanted,            idmap_apply,            NULL,          idmap_print            },
	{ "idmap-mounts",     PARENT, idmap_mounts_wanted,     idmap_mounts_apply,     NULL,          idmap_mounts_print     },
	{ "net-devices",      PARENT, net_devices_wanted,      net_devices_apply,      NULL,          net_devices_print      },
	{ "become-root",      CHILD,  NULL,                    become_root_apply,      NULL,          NULL                   },
	{ "record",           ASIDE,  NULL,                    record_apply,           NULL,          NULL                   },
	{ "procfs",           CHILD,  NULL,                    procfs_apply,           NULL,          NULL                   },
	{ "sysctl",           CHILD,  sysctl_wanted,           sysctl_apply,           NULL,          sysctl_print           },
	{ "rootfs",           CHILD,  NULL,                    rootfs_apply,           NULL,          rootfs_print           },
	{ "mounts",           CHILD,  mounts_wanted,           mounts_apply,           NULL,          mounts_print           },
	{ "files-attach",     CHILD,  files_wanted,            files_attach_apply,     NULL,          NULL                   },
	{ "devices",          CHILD,  NULL,                    devices_apply,          NULL,          devices_print          },
	{ "console",          CHILD,  console_wanted,          console_apply,          NULL,          console_print          },
	{ "masks",            CHILD,  masks_wanted,            masks_apply,            NULL,          masks_print            },
	{ "create-runtime",   PARENT, create_runtime_wanted,   create_runtime_apply,   NULL,          create_runtime_print   },
	{ "create-container", CHILD,  create_container_wanted, create_container_apply, NULL,          create_container_print },
	{ "workdir",          CHILD,  workdir_wanted,          workdir_apply,          NULL,          cwd_print              },
	{ "pivot",            CHILD,  NULL,                    pivot_apply,            NULL,          NULL                   },
	{ "verify-mounts",    CHILD,  verify_mounts_wanted,    verify_mounts_apply,    NULL,          NULL                   },
	{ "memory-policy",    CHILD,  memory_policy_wanted,    memory_policy_apply,    NULL,          memory_policy_print    },
	{ "personality",      CHILD,  personality_wanted,      personality_apply,      NULL,          personality_print      },
	{ "scheduler",        PARENT, scheduler_wanted,        scheduler_apply,        NULL,          scheduler_print        },
	{ "io-priority",      PARENT, io_priority_wanted,      io_priority_apply,      NULL,          io_priority_print      },
	{ "program",          CHILD,  NULL,                    program_apply,          NULL,          NULL                   },
	{ "await-start",      CHILD,  NULL,                    await_start_apply,      NULL,          NULL                   },
	{ "start-container",  CHILD,  start_container_wanted,  start_container_apply,  NULL,          start_container_print  },
	{ "home",             CHILD,  home_wanted,             home_apply,             NULL,          NULL                   },
	{ "identity",         CHILD,  NULL,                    identity_apply,         NULL,          identity_print         },
	{ "cwd",              CHILD,  NULL,                    cwd_apply,              NULL,          cwd_print              },
	{ "no-new-privs",     CHILD,  no_new_privs_wanted,     no_new_privs_apply,     NULL,          NULL                   },
	{ "label",            CHILD,  label_wanted,            label_apply,            NULL,          label_print            },
	{ "landlock",         CHILD,  landlock_wanted,         landlock_apply,         NULL,          landlock_print         },
	{ "rlimits",          CHILD,  rlimits_wanted,          rlimits_apply,          NULL,          rlimits_print          },
	{ "seccomp-early",    CHILD,  seccomp_early_wanted,    notify_load_apply,      NULL,          seccomp_print          },
	{ "caps",             CHILD,  NULL,                    caps_apply,             NULL,          caps_print             },
	{ "lifeline",         CHILD,  NULL,                    lifeline_apply,         NULL,          NULL                   },
	{ "await-record",     CHILD,  NULL,                    await_record_apply,     NULL,          NULL                   },
	{ "init",             CHILD,  init_wanted,             init_apply,             NULL,          init_print             },
	{ "seccomp",          CHILD,  seccomp_wanted,          notify_load_apply,      NULL,          seccomp_print          },
	{ "exec",             CHILD,  NULL,                    exec_apply,             NULL,          exec_print             },
	{ "poststart",        AFTER,  poststart_wanted,        poststart_apply,        NULL,          poststart_print        },
	{ "bring-back",       ENDED,  bring_back_wanted,       bring_back_apply,       bring_back_undo, NULL                 },
	{ 0 },
};
/* clang-format on */

static_assert(sizeof(steps) / sizeof(*steps) <= PROGRESS_STEPS_MOST, "each has its times");
