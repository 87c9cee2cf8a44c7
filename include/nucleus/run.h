#pragma once
/*
 * One start of one sandbox while it happens: the config it follows and every descriptor that
 * outlives a function. Parent and child each have their copy after the clone; only the parent
 * undoes. Descriptors are close-on-exec and -1 when unset.
 */
#include <sys/types.h>
#include <termios.h>

#include "nucleus/config.h"

/* Who does a step. BESIDE is the child too, but while the parent works, and ASIDE the parent while
 * the child works: they take no turn. AFTER is whoever let the workload begin, once it has; ENDED
 * is who waited for it in the foreground, once it has ended. */
enum side { PARENT, CHILD, BESIDE, ASIDE, AFTER, ENDED };

struct arena;
struct attest_means;
struct err;
struct hooks;
struct landlock_places;
struct progress;
struct staging;
struct step;

/* A compiled seccomp filter: length instructions of struct sock_filter. */
struct filter {
	void *program;
	unsigned short length;
};

enum { CGROUP_CONTROLLERS_MOST = 16 };

/* What is known of the cgroup at run_cgroup.path, whoever has to undo it and at whatever moment. */
enum cgroup_stage {
	CGROUP_FOUND,  /* another process made it: it is in every hierarchy that has the path */
	CGROUP_MAKING, /* ours where a descriptor is open, elsewhere perhaps, and then empty */
	CGROUP_MADE,   /* ours, and only where a descriptor is open */
};

/* Where the container's cgroup is: one directory on v2, one per controller on v1, both on hybrid.
 */
struct run_cgroup {
	/* The v2 directory for CLONE_INTO_CGROUP, or -1. */
	int v2;
	/* v1 directories, by order of kernel/cgroup's controller table, or -1. */
	int v1[CGROUP_CONTROLLERS_MOST];
	/* Path below each hierarchy's root, e.g. "/nucleus/ID"; kept in the state for delete. */
	char path[512];
	enum cgroup_stage stage;
	/* systemd's scope around it, or "", and whether that is our own or only asked for. */
	char unit[256];
	bool unit_ours;
	bool unit_of_user; /* of the user's manager, not the system's */
	/* Of the directory the scope is in: tells it from a later one of the same name. */
	uint64_t unit_inode;
	/* Controllers (a bit set, v2 the last) in whose hierarchy systemd made path already. */
	unsigned by_systemd;
	int named; /* path in v1's hierarchy "name=systemd", or -1 */
};

/* The running container that exec adds a process to. */
struct run_target {
	bool entered;           /* there is one; false in a start */
	int process;            /* pidfd of its first process; -1 once it is entered */
	pid_t pid;              /* in our pid namespace */
	int root;               /* that process's root, O_PATH */
	uint64_t namespaces;    /* clone flags of those the new process still has to join */
	struct strings cgroups; /* --cgroup: "[CONTROLLER,...:]PATH" below the container's */
	bool detached;          /* nobody waits for the new process */
	struct landlock_places *places; /* what the container's processes may have replaced */
};

/* Room for a path below resctrl: a class, mon_groups, an id. */
enum { RESCTRL_PATH_SIZE = 540 };

/* The host's ids that are this sandbox's alone; see kernel/ids.c. */
struct run_ids {
	const char *dir; /* where what is held is recorded, one for all state roots */
	bool nested;     /* the runtime's own ids are not the machine's */
	int records;     /* that directory while it is locked, or -1 */
	char name[32]; /* "FIRST-SIZE", the record's name; "": none. Kept in the state for delete */
	/* The maps, if not the config's. */
	struct config_idmapping uids[3], gids[3];
	size_t uids_count, gids_count;
};

/* Detached mounts of files that the runtime made, or -1; see kernel/files.c. */
struct run_files {
	int policy;
	int secrets; /* those in SECRETS_DIR */
	int loose;   /* the others, each named by its number */
};

/* Where the closure's store paths are held against Nix's garbage collector; see kernel/gc-roots.c.
 */
struct run_gc_roots {
	int ours;        /* our directory below gcroots while it is locked, or -1 */
	int lock;        /* the lock of it, or -1 */
	char path[4096]; /* of the container's own directory; "": none. Kept in the state */
};

/* Who verifies the closure from outside of the user namespace that the runtime has entered; see
 * attest/outside.h. */
struct run_outside {
	int end; /* of the socket to it; -1: nobody, the runtime is in none or done with it */
	pid_t pid;
};

struct run {
	const struct config *config;
	struct arena *arena;      /* lives as long as the run */
	const struct step *steps; /* what is walked: the table of a start, or of an exec */
	enum side side;
	const char *id;
	const char *name;       /* the id as one file name, see file_name_for */
	const char *bundle;     /* absolute path */
	const char *state_root; /* --root, absolute */
	bool detached;          /* create: the child waits for `start` */
	int bundle_dir;         /* O_PATH */
	int root_dir;           /* <root>, O_PATH */
	int state_dir;          /* <root>/<id>, locked while a command works on it */
	int baton;              /* this side's end */
	int listener;           /* where `start` reaches the child; child only, detached only */
	int pidfd;              /* the container's first process */
	pid_t pid;              /* in our pid namespace */
	/* Those to be joined, by type; -1: a new one, or the runtime's own. */
	int namespaces[NAMESPACE_TYPES];
	bool cgroupns; /* child: in a cgroup namespace that is not the runtime's */
	int joiner; /* pidfd of who joins some of them and then makes the first process, meanwhile
		     */
	struct run_target target;
	bool reaped;       /* the first process was ours and has been waited for */
	int self, janitor; /* pidfds: this process, and the one that undoes if it is killed */
	pid_t maker;       /* this process's number, which its temporary files are named by */
	/* Detached mounts, one per config->mounts entry that has a source on the host, else -1. */
	int *sources;
	/* As sources, of a packed closure: until those take them; else -1 or -errno. NULL: none. */
	int *image_trees;
	struct run_files files;
	int root_source;        /* detached mount of root.path, or -1 for a tmpfs root */
	int rootfs;             /* child: the attached new root, O_PATH */
	int procfs;             /* child: private procfs nothing can be mounted over */
	int null_device;        /* the host's /dev/null, checked to be character 1:3 */
	bool apparmor, selinux; /* they enforce what the config asks of them */
	const char *home;       /* child: "HOME=..." for an environment without one, or NULL */
	int *devices; /* detached clones of the host's nodes, in kernel/dev's order, or -1 */
	/* The caller's soft limit of open files if many sources made us raise it, else 0. */
	unsigned long long nofile_soft;
	int console_socket; /* where the child sends its terminal's other end */
	int console_near;   /* the parent's end of it in a foreground run */
	int terminal;       /* parent: the sandbox's terminal */
	bool caller_raw; /* the caller's terminal is in raw mode; caller_terminal is how it was */
	struct termios caller_terminal;
	/* What the caller asks for beside the config. */
	uint64_t inherited; /* descriptors below CALLER_FDS that were open when the command began */
	const char *credentials; /* the caller's $CREDENTIALS_DIRECTORY, or NULL */
	unsigned preserved;      /* the workload keeps so many descriptors from 3 on */
	bool listens;  /* the first of them are sockets to listen on: LISTEN_PID is set for it */
	bool rootless; /* the runtime is not root, nor root of its user namespace */
	bool no_new_keyring;       /* the caller's session keyring is kept */
	bool keep;                 /* a foreground run leaves its state to `delete` */
	const char *pid_file;      /* where run->pid is written, or NULL */
	const char *pidfd_socket;  /* a socket that is sent run->pidfd, or NULL */
	const char *notify_socket; /* the service manager's, or NULL */
	bool ready_at_start; /* it is told as soon as the workload runs, not by the workload */
	int scope_hold;      /* while it is open anywhere, a process stands in in the scope */
	int scope_process;   /* pidfd of that process */
	pid_t scope_pid;
	int ready; /* where the workload says that it is ready */
	struct run_ids ids;
	struct run_gc_roots gc_roots;
	struct run_outside outside;
	struct run_cgroup cgroup;
	char resctrl_made[RESCTRL_PATH_SIZE]; /* what delete removes there; kept in the state */
	struct filter filter;
	char **argv, **envp; /* child: the workload's, once they are ready for execve */
	const struct attest_means
		*attest_means; /* what the closure is verified with; set by cmd/ */
	int attested; /* enum attestation: how it was, which may be closer than the config asks */
	bool claimed; /* the id is ours: what is taken down is this container */
	struct staging *staging;   /* trees that are copied in and perhaps back, or NULL */
	bool dry_run;              /* nothing comes back: it is only told what would */
	struct hooks *poststop;    /* made ready, or NULL */
	struct progress *progress; /* shared by both sides: the step each is in, and its times */
	/*
	 * Who answers what the filter notifies, in this process, instead of whoever the config
	 * names: takes the listener and goes on in a thread; -1 with err. NULL: nobody. Set by
	 * cmd/.
	 */
	int (*answer)(struct run *run, int listener, struct err *err);
	void *answerer; /* its own */
	/* How the janitor says what happened to a parent that cannot any more; set by cmd/. */
	void (*report)(const struct err *err);
	/* What went wrong and changes nothing; set by cmd/. */
	void (*warn)(const char *text);
};

/* All descriptors unset. */
void run_init(struct run *run);
void run_release(struct run *run);
