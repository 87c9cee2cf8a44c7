/*
 * The default seccomp profile: what ordinary programs need (at most 150 calls), EPERM for the rest,
 * ENOSYS where a C library or runtime then takes an older way, and death for the few calls nothing
 * but an attack makes inside a sandbox. Rules combine as the strictest that matches, so the two
 * refused ioctls hold although ioctl is allowed. mkdir(2) is not asked about its mode: the kernel
 * takes no set-id bits there.
 *
 * It must never allow what makes a namespace, a mount or a device, loads code into the kernel, or
 * looks into another process. Arguments that the kernel reads as int are compared in their lower
 * 32 bits only, as the upper half is the caller's to choose. syscalls(2), seccomp(2).
 */
#include "policy/seccomp-default.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* clang-format off */
#define NAMES(...) { \
	.set = true, \
	.count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), \
	.items = (const char *[]){ __VA_ARGS__ }, \
}

#define INT_ARG(index_, mask, wanted) { \
	.index = { true, (index_) }, .op = "SCMP_CMP_MASKED_EQ", \
	.value = { true, (mask) }, .value_two = { true, (wanted) }, \
}

#define WITH(...) \
	.args = (struct config_syscall_arg[]){ __VA_ARGS__ }, \
	.args_count = sizeof((struct config_syscall_arg[]){ __VA_ARGS__ }) / \
		sizeof(struct config_syscall_arg)

#define ALLOW(...) { .names = NAMES(__VA_ARGS__), .action = "SCMP_ACT_ALLOW" }
#define ALLOW_IF(name, ...) \
	{ .names = NAMES(name), .action = "SCMP_ACT_ALLOW", WITH(__VA_ARGS__) }

#define INT 0xffffffffU
/* A file with these runs as its owner or group, on the host as well if it is in a volume. */
#define MODE_SET_IDS 06000
/* O_TMPFILE without the O_DIRECTORY in it: open(2) takes a mode with either. */
#define FLAGS_MAKE (0100 | 020000000)
#define TIOCLINUX_ 0x541cU

#define INTERNET_SOCKET(family) \
	ALLOW_IF("socket", INT_ARG(0, INT, family), INT_ARG(2, INT, IPPROTO_IP)), \
	ALLOW_IF("socket", INT_ARG(0, INT, family), INT_ARG(2, INT, IPPROTO_TCP)), \
	ALLOW_IF("socket", INT_ARG(0, INT, family), INT_ARG(2, INT, IPPROTO_UDP))

static struct config_syscall rules[] = {
	/* Files and directories. */
	ALLOW("read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close",
		"close_range", "dup", "dup2", "dup3", "fcntl", "flock", "fsync", "fdatasync",
		"ftruncate", "sendfile", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs",
		"fstatfs", "access", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd",
		"chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename",
		"renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "chown",
		"fchown", "lchown", "fchownat", "umask", "utimensat", "ioctl", "inotify_init",
		"inotify_init1", "inotify_add_watch", "inotify_rm_watch"),
	ALLOW_IF("mknodat", INT_ARG(2, MODE_SET_IDS | MODE_DEVICE_BIT, 0)),
	ALLOW_IF("chmod", INT_ARG(1, MODE_SET_IDS, 0)),
	ALLOW_IF("fchmod", INT_ARG(1, MODE_SET_IDS, 0)),
	ALLOW_IF("fchmodat", INT_ARG(2, MODE_SET_IDS, 0)),
	ALLOW_IF("creat", INT_ARG(1, MODE_SET_IDS, 0)),
	/* Without a file to make there is no mode: the register holds whatever it held. */
	ALLOW_IF("open", INT_ARG(1, FLAGS_MAKE, 0)),
	ALLOW_IF("open", INT_ARG(2, MODE_SET_IDS, 0)),
	ALLOW_IF("openat", INT_ARG(2, FLAGS_MAKE, 0)),
	ALLOW_IF("openat", INT_ARG(3, MODE_SET_IDS, 0)),

	/* Memory and threads. */
	ALLOW("mmap", "mprotect", "munmap", "mremap", "brk", "madvise", "msync", "futex",
		"set_robust_list", "set_tid_address", "arch_prctl", "sched_yield",
		"sched_getaffinity"),

	/* Processes and identity. */
	ALLOW("fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "kill", "tgkill",
		"getpid", "getppid", "gettid", "getpgid", "getpgrp", "setpgid", "setsid", "prctl",
		"getuid", "geteuid", "getgid", "getegid", "getgroups", "setresuid", "setresgid",
		"prlimit64", "getrusage", "times", "sysinfo", "uname", "getpriority", "setpriority",
		"getrandom"),
	ALLOW_IF("clone", INT_ARG(0, CLONE_NEW_ANY, 0)),

	/* Signals, time, waiting. */
	ALLOW("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
		"sigaltstack", "restart_syscall", "alarm", "setitimer", "nanosleep",
		"clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "pselect6",
		"poll", "ppoll", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
		"eventfd2", "pipe", "pipe2"),

	/* Sockets. */
	ALLOW("bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername",
		"getsockopt", "setsockopt", "recvfrom", "recvmsg", "shutdown"),
	ALLOW_IF("socketpair", INT_ARG(0, INT, AF_UNIX)),
	ALLOW_IF("socket", INT_ARG(0, INT, AF_UNIX)),
	/* Landlock knows no other stream than plain TCP: MPTCP and SCTP would pass it by. */
	INTERNET_SOCKET(AF_INET),
	INTERNET_SOCKET(AF_INET6),
	/* Address and route look-ups of the C library, Go and node. */
	ALLOW_IF("socket", INT_ARG(0, INT, AF_NETLINK), INT_ARG(2, INT, NETLINK_ROUTE)),
	/* Connects without connect(2), which is what Landlock sees. */
	ALLOW_IF("sendto", INT_ARG(3, MSG_FASTOPEN, 0)),
	ALLOW_IF("sendmsg", INT_ARG(2, MSG_FASTOPEN, 0)),
	ALLOW_IF("sendmmsg", INT_ARG(3, MSG_FASTOPEN, 0)),

	/* What is to die with its starter cannot choose to outlive it. */
	{ .names = NAMES("prctl"), .action = "SCMP_ACT_ERRNO", .errno_ret = { true, EPERM },
		WITH(INT_ARG(0, INT, PR_SET_PDEATHSIG),
			{ { true, 1 }, { true, SIGKILL }, .op = "SCMP_CMP_NE" }) },

	/* Input pushed into the caller's terminal. */
	{ .names = NAMES("ioctl"), .action = "SCMP_ACT_ERRNO", .errno_ret = { true, EPERM },
		WITH(INT_ARG(1, INT, TIOCSTI)) },
	{ .names = NAMES("ioctl"), .action = "SCMP_ACT_ERRNO", .errno_ret = { true, EPERM },
		WITH(INT_ARG(1, INT, TIOCLINUX_)) },

	/* clone3 hides its flags behind a pointer; for the others, too, there is an older way. */
	{ .names = NAMES("clone3", "openat2", "execveat", "copy_file_range", "memfd_create",
		  "memfd_secret", "membarrier", "rseq", "recvmmsg", "epoll_pwait2", "futex_waitv",
		  "timer_create", "pkey_alloc", "pkey_free", "pkey_mprotect", "pidfd_open",
		  "pidfd_send_signal", "pidfd_getfd", "io_uring_setup", "io_uring_enter",
		  "io_uring_register", "process_madvise", "process_mrelease", "quotactl_fd",
		  "set_mempolicy_home_node", "landlock_create_ruleset", "landlock_add_rule",
		  "landlock_restrict_self", "open_tree", "move_mount", "fsopen", "fsconfig",
		  "fsmount", "fspick", "mount_setattr"),
		.action = "SCMP_ACT_ERRNO", .errno_ret = { true, ENOSYS } },

	/* To a program in here no file system has extended attributes or reserves blocks ahead. */
	{ .names = NAMES("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr",
		  "flistxattr", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
		  "fremovexattr", "fallocate"),
		.action = "SCMP_ACT_ERRNO", .errno_ret = { true, EOPNOTSUPP } },

	/* What programs take as "these two cannot be spliced" and then copy. */
	{ .names = NAMES("splice", "tee", "vmsplice"),
		.action = "SCMP_ACT_ERRNO", .errno_ret = { true, EINVAL } },

	/* Code for the kernel, and files by handle past every mount. */
	{ .names = NAMES("kexec_load", "kexec_file_load", "init_module", "finit_module",
		  "delete_module", "open_by_handle_at"),
		.action = "SCMP_ACT_KILL_PROCESS" },
};
/* clang-format on */

const struct config_seccomp seccomp_default = {
	.default_action = "SCMP_ACT_ERRNO",
	.architectures = NAMES("SCMP_ARCH_X86_64"),
	.syscalls = rules,
	.syscalls_count = sizeof(rules) / sizeof(rules[0]),
};
