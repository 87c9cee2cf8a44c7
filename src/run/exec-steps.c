/*
 * The program of an exec: everything that is done to the kernel to add a process to a running
 * container, walked like the table of a start. There is one turn only: the parent looks, opens and
 * clones; from there on the child does everything itself and nobody waits for anybody. What stands
 * after "enter" is a start's own, in a start's order, so that the same restrictions come about.
 */
#include "kernel/steps.h"
#include "run/await.h"
#include "run/exec.h"
#include "run/notify.h"
#include "run/spawn.h"

/* clang-format off */
const struct step exec_steps[] = {
	/* name            side    wanted                apply                undo        print */
	{ "lsm",           PARENT, lsm_wanted,           lsm_apply,           NULL,       lsm_print       },
	{ "affinity",      PARENT, affinity_initial_wanted, affinity_initial_apply, NULL, affinity_initial_print },
	{ "filter",        PARENT, filter_wanted,        filter_apply,        NULL,       filter_print    },
	{ "oom-score",     PARENT, oom_score_wanted,     oom_score_apply,     NULL,       oom_score_print },
	{ "cgroup",        PARENT, NULL,                 cgroup_enter_apply,  NULL,       NULL            },
	{ "hold",          PARENT, NULL,                 exec_hold_apply,     NULL,       NULL            },
	{ "look",          PARENT, NULL,                 enter_look_apply,    NULL,       NULL            },
	{ "pid",           PARENT, NULL,                 enter_pid_apply,     NULL,       NULL            },
	{ "clone",         PARENT, NULL,                 clone_beside_apply,  clone_undo, NULL            },
	{ "cgroup-attach", BESIDE, NULL,                 cgroup_attach_apply, NULL,       NULL            },
	{ "affinity-final", BESIDE, affinity_final_wanted, affinity_final_apply, NULL,    affinity_final_print },
	{ "resctrl",       BESIDE, rdt_wanted,           rdt_enter_apply,     NULL,       rdt_print       },
	{ "memory-policy", BESIDE, memory_policy_wanted, memory_policy_apply, NULL,       memory_policy_print },
	{ "personality",   BESIDE, personality_wanted,   personality_apply,   NULL,       personality_print },
	{ "session",       BESIDE, NULL,                 session_apply,       NULL,       NULL            },
	{ "scheduler",     BESIDE, scheduler_wanted,     scheduler_apply,     NULL,       scheduler_print },
	{ "io-priority",   BESIDE, io_priority_wanted,   io_priority_apply,   NULL,       io_priority_print },
	{ "label",         BESIDE, label_wanted,         label_apply,         NULL,       label_print     },
	{ "enter",         BESIDE, NULL,                 enter_apply,         NULL,       NULL            },
	{ "become-root",   BESIDE, NULL,                 become_root_apply,   NULL,       NULL            },
	{ "console",       BESIDE, console_wanted,       console_apply,       NULL,       console_print   },
	{ "home",          BESIDE, home_wanted,          home_apply,          NULL,       NULL            },
	{ "identity",      BESIDE, NULL,                 identity_apply,      NULL,       identity_print  },
	{ "cwd",           BESIDE, NULL,                 cwd_apply,           NULL,       cwd_print       },
	{ "no-new-privs",  BESIDE, no_new_privs_wanted,  no_new_privs_apply,  NULL,       NULL            },
	{ "landlock",      BESIDE, landlock_wanted,      landlock_apply,      NULL,       landlock_print  },
	{ "rlimits",       BESIDE, rlimits_wanted,       rlimits_apply,       NULL,       rlimits_print   },
	{ "seccomp-early", BESIDE, seccomp_early_wanted, notify_load_apply,   NULL,       seccomp_print   },
	{ "caps",          BESIDE, NULL,                 caps_apply,          NULL,       caps_print      },
	{ "lifeline",      BESIDE, NULL,                 lifeline_apply,      NULL,       NULL            },
	{ "seccomp",       BESIDE, seccomp_wanted,       notify_load_apply,   NULL,       seccomp_print   },
	{ "exec",          BESIDE, NULL,                 exec_apply,          NULL,       exec_print      },
	{ 0 },
};
/* clang-format on */
