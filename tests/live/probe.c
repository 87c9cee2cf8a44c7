/*
 * Looks at a sandbox from inside and tries what a shell cannot. Every attempt is made in a process
 * of its own, since some end in death, and is told in one line, "name=result errno": ok, failed
 * with an errno's name, or killed with a signal's. It judges nothing: what must be refused, and
 * what beside it must be allowed, is known to the tests that run it. Static, as a sandbox may have
 * no libraries. The arguments of its system calls are such that a call which gets through does no
 * harm: most fail for another reason, by whose errno they are told from a refusal.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "names.h"

/* Younger than the headers of glibc 2.36 or its compilers, or never in them. */
#define X32_BIT 0x40000000L
#define CLONE_TIME 0x80
#define TIOCLINUX_COMMAND 0x541cUL
#define HIGH_BIT (1UL << 32)
/* An argument that stands for the number of the process that makes the call. */
#define SELF LONG_MIN

typedef long try_function(const void *argument);

/* Calls try(argument) in a child and tells how it went. */
static void attempt(const char *name, try_function *try, const void *argument)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		errno = 0;
		_exit(try(argument) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, __WALL) != child)
		printf("%s=untried %s\n", name, error_name(errno));
	else if (WIFSIGNALED(status))
		printf("%s=killed SIG%s\n", name, signal_name(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		printf("%s=failed %s\n", name, error_name(WEXITSTATUS(status)));
	else
		printf("%s=ok 0\n", name);
}

/* --- system calls ----------------------------------------------------------------------------- */

struct call {
	const char *name;
	long number;
	long args[6];
};

#define CALL(name_, ...)                                                       \
	{                                                                      \
		.name = #name_, .number = SYS_##name_, .args = { __VA_ARGS__ } \
	}
#define TEXT(text) ((long)(text))

static char room[256];
static struct iovec vector[] = { { room, 8 } };

/* clang-format off */
static const struct call calls[] = {
	CALL(getpid),
	CALL(add_key, TEXT("user"), TEXT("nucleus"), TEXT("x"), 1, -2),
	CALL(keyctl, 0, -3, 0),
	CALL(request_key, TEXT("user"), TEXT("nucleus-none"), 0, 0),
	CALL(bpf, 9999, TEXT(room), 0),
	CALL(perf_event_open, 0, 0, -1, -1, 0),
	CALL(userfaultfd, 1),
	CALL(io_uring_setup, 0, TEXT(room)),
	CALL(io_uring_enter, -1, 0, 0, 0, 0),
	CALL(io_uring_register, -1, 0, 0, 0),
	CALL(ptrace, PTRACE_TRACEME, 0, 0, 0),
	CALL(process_vm_readv, SELF, (long)vector, 1, (long)vector, 1, 0),
	CALL(process_vm_writev, SELF, (long)vector, 1, (long)vector, 1, 0),
	CALL(kcmp, SELF, SELF, 2, 0, 0),
	CALL(pidfd_open, SELF, 0),
	CALL(pidfd_getfd, -1, 0, 0),
	CALL(name_to_handle_at, AT_FDCWD, TEXT("/"), TEXT(room), TEXT(room + 128), 0),
	CALL(open_by_handle_at, -1, TEXT(room), 0),
	CALL(kexec_load, 0, 0, 0, 0xffff),
	CALL(kexec_file_load, -1, -1, 0, TEXT(""), 0xffff),
	CALL(init_module, 0, 0, TEXT("")),
	CALL(finit_module, -1, TEXT(""), 0),
	CALL(delete_module, TEXT("nucleus_none"), 0),
	CALL(mount, TEXT("none"), TEXT("/nucleus-none"), TEXT("tmpfs"), 0, 0),
	CALL(umount2, TEXT("/nucleus-none"), 0),
	CALL(pivot_root, TEXT("/nucleus-none"), TEXT("/nucleus-none")),
	CALL(chroot, TEXT("/nucleus-none")),
	CALL(open_tree, AT_FDCWD, TEXT("/nucleus-none"), 0),
	CALL(move_mount, -1, TEXT(""), -1, TEXT(""), 4),
	CALL(fsopen, TEXT("tmpfs"), 0),
	CALL(fsconfig, -1, 0, 0, 0, 0),
	CALL(fsmount, -1, 0, 0),
	CALL(fspick, AT_FDCWD, TEXT("/nucleus-none"), 0),
	CALL(mount_setattr, -1, TEXT(""), 0, TEXT(room), 32),
	CALL(unshare, 0),
	CALL(setns, -1, 0),
	CALL(clone3, 0, 0),
	CALL(memfd_create, TEXT("x"), 0),
	CALL(fanotify_init, 0, 0),
	CALL(syslog, 10, 0, 0),
	CALL(reboot, 0, 0, 0, 0),
	CALL(swapon, TEXT("/nucleus-none"), 0),
	CALL(acct, TEXT("/nucleus-none")),
	CALL(sethostname, TEXT("none"), -1),
	CALL(clock_settime, 0, 0),
	CALL(iopl, 0),
	CALL(personality, 0xffffffff),
	CALL(setuid, 0),
	CALL(setgroups, 0, 0),
	CALL(landlock_create_ruleset, 0, 0, 1),
	CALL(mknodat, AT_FDCWD, TEXT("/tmp/nucleus-node"), S_IFCHR | 0600, 0x103),
	{ "mknodat-fifo", SYS_mknodat, { AT_FDCWD, TEXT("/tmp/nucleus-fifo"), S_IFIFO | 0600, 0 } },
	{ "x32-getpid", SYS_getpid | X32_BIT, { 0 } },
	{ 0 }
};
/* clang-format on */

static long make_call(const void *argument)
{
	const struct call *call = argument;
	long args[6];

	for (int i = 0; i < 6; i++)
		args[i] = call->args[i] == SELF ? getpid() : call->args[i];
	return syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* getpid(2) by its 32-bit number. */
static long make_call_32(const void *argument)
{
	long result = 20;

	(void)argument;
	__asm__ volatile("int $0x80" : "+a"(result)::"r8", "r9", "r10", "r11", "memory");
	errno = result < 0 ? (int)-result : 0;
	return result < 0 ? -1 : 0;
}

static int try_calls(char **args)
{
	(void)args;
	for (const struct call *call = calls; call->name; call++)
		attempt(call->name, make_call, call);
	attempt("int80-getpid", make_call_32, NULL);
	unlink("/tmp/nucleus-node");
	unlink("/tmp/nucleus-fifo");
	return 0;
}

/* --- namespaces ------------------------------------------------------------------------------- */

struct space {
	const char *name;
	unsigned long flag;
	char before[80]; /* what /proc/self/ns/NAME led to */
};

static struct space spaces[] = { { "mnt", CLONE_NEWNS, "" }, { "cgroup", CLONE_NEWCGROUP, "" },
	{ "uts", CLONE_NEWUTS, "" }, { "ipc", CLONE_NEWIPC, "" }, { "user", CLONE_NEWUSER, "" },
	{ "pid", CLONE_NEWPID, "" }, { "net", CLONE_NEWNET, "" }, { "time", CLONE_TIME, "" } };

static void space_read(const struct space *space, char text[static 80])
{
	char path[40];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", space->name);
	length = readlink(path, text, 79);
	text[length < 0 ? 0 : length] = '\0';
}

/* The child's end: 0 if it has a namespace of its own, EAGAIN if the flag did nothing. */
static void space_judge(const struct space *space)
{
	char now[80];

	space_read(space, now);
	_exit(strcmp(now, space->before) ? 0 : EAGAIN);
}

static long space_wait(long child)
{
	int status;

	if (child < 0 || waitpid((pid_t)child, &status, __WALL) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return status ? -1 : 0;
}

static long space_clone(const void *argument)
{
	const struct space *space = argument;
	long child = syscall(SYS_clone, space->flag | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		space_judge(space);
	return space_wait(child);
}

static long space_clone3(const void *argument)
{
	const struct space *space = argument;
	struct clone_args clone_args = { .flags = space->flag, .exit_signal = SIGCHLD };
	long child = syscall(SYS_clone3, &clone_args, sizeof(clone_args));

	if (child == 0)
		space_judge(space);
	return space_wait(child);
}

static long space_unshare(const void *argument)
{
	return syscall(SYS_unshare, ((const struct space *)argument)->flag);
}

static long space_setns(const void *argument)
{
	const struct space *space = argument;
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", space->name);
	fd = open(path, O_RDONLY);
	return syscall(SYS_setns, fd, space->flag);
}

static int try_namespaces(char **args)
{
	static const struct {
		const char *name;
		try_function *try;
	} ways[] = { { "clone", space_clone }, { "clone3", space_clone3 },
		{ "unshare", space_unshare }, { "setns", space_setns } };
	char name[40];

	(void)args;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		space_read(&spaces[i], spaces[i].before);
		for (size_t j = 0; j < sizeof(ways) / sizeof(*ways); j++) {
			snprintf(name, sizeof(name), "%s-%s", ways[j].name, spaces[i].name);
			attempt(name, ways[j].try, &spaces[i]);
		}
	}
	return 0;
}

/* --- sockets ---------------------------------------------------------------------------------- */

/* Any type of socket will do. */
static long socket_any(const void *family)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (socket(*(const int *)family, types[i], 0) >= 0)
			return 0;
	return -1;
}

static long socket_audit(const void *argument)
{
	(void)argument;
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
}

static int try_sockets(char **args)
{
	char name[20];

	(void)args;
	for (int family = 0; family <= 45; family++) {
		snprintf(name, sizeof(name), "af-%d", family);
		attempt(name, socket_any, &family);
	}
	attempt("netlink-audit", socket_audit, NULL);
	return 0;
}

/* Both take a port of this host's loopback, as text. */
static struct sockaddr_in loopback(const void *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static long port_connect(const void *port)
{
	struct sockaddr_in address = loopback(port);

	return connect(
		socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}

static long port_bind(const void *port)
{
	struct sockaddr_in address = loopback(port);

	return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}

static long abstract_connect(const void *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(
		address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", (const char *)name);

	return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length));
}

static long process_probe(const void *pid)
{
	return kill(atoi(pid), 0);
}

/* --- terminal --------------------------------------------------------------------------------- */

static int terminal = -1;

static long terminal_push(const void *request)
{
	/* A whole line, as only that is seen to be pending. */
	room[0] = '\n';
	return syscall(SYS_ioctl, terminal, *(const unsigned long *)request, room);
}

/* On a pseudoterminal of its own, which it makes its controlling terminal. */
static int try_terminal(char **args)
{
	static const struct {
		const char *name;
		unsigned long request;
	} requests[] = { { "tiocgwinsz", TIOCGWINSZ }, { "tiocsti", TIOCSTI },
		{ "tiocsti-high", TIOCSTI | HIGH_BIT }, { "tioclinux", TIOCLINUX_COMMAND },
		{ "tioclinux-high", TIOCLINUX_COMMAND | HIGH_BIT } };
	int master = posix_openpt(O_RDWR | O_NOCTTY), pending = 0;
	const char *name = master < 0 || unlockpt(master) < 0 ? NULL : ptsname(master);

	(void)args;
	setsid();
	terminal = name ? open(name, O_RDWR) : -1;
	if (terminal < 0) {
		printf("terminal=failed %s\n", error_name(errno));
		return 1;
	}
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		attempt(requests[i].name, terminal_push, &requests[i].request);
	ioctl(terminal, FIONREAD, &pending);
	printf("terminal=ok %d\n", pending);
	return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static long file_read(const void *path)
{
	int fd = open(path, O_RDONLY);

	return fd < 0 ? -1 : read(fd, room, sizeof(room));
}

static long file_write(const void *path)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	return fd < 0 ? -1 : write(fd, "x", 1);
}

static long file_create(const void *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static long file_truncate(const void *path)
{
	return open(path, O_WRONLY | O_TRUNC);
}

static long file_list(const void *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -1 : syscall(SYS_getdents64, fd, room, sizeof(room));
}

static long file_make(const void *path)
{
	return mkdir(path, 0700);
}

static long file_remove(const void *path)
{
	return remove(path);
}

static long file_link(const void *path)
{
	return symlink("target", path);
}

static long file_chmod(const void *path)
{
	return chmod(path, 04755);
}

/* The program must be this one, or any that ends with 0. */
static long file_execute(const void *path)
{
	return execl(path, "probe", "true", (char *)NULL);
}

static long file_map(const void *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0;
}

/* Each word is HOW:ARGUMENT. */
static int try_each(char **args)
{
	static const struct {
		const char *name;
		try_function *try;
	} ways[] = { { "read", file_read }, { "write", file_write }, { "create", file_create },
		{ "truncate", file_truncate }, { "list", file_list }, { "mkdir", file_make },
		{ "remove", file_remove }, { "symlink", file_link }, { "setuid", file_chmod },
		{ "execute", file_execute }, { "map", file_map }, { "connect", port_connect },
		{ "bind", port_bind }, { "abstract", abstract_connect },
		{ "signal", process_probe } };

	for (; *args; args++) {
		size_t length = strcspn(*args, ":"), i = 0;

		for (; i < sizeof(ways) / sizeof(*ways); i++)
			if (strlen(ways[i].name) == length && !strncmp(ways[i].name, *args, length))
				attempt(*args, ways[i].try, *args + length + 1);
	}
	return 0;
}

/* --- what it is ------------------------------------------------------------------------------- */

/* The number of each open descriptor. */
/* As sd_notify(3): each argument is one datagram. */
static int notify_manager(char **args)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path ? path : "");
	for (; *args; args++)
		printf("notify=%s\n",
			sendto(fd, *args, strlen(*args), 0, (struct sockaddr *)&address,
				sizeof(address)) < 0
				? error_name(errno)
				: "ok");
	return 0;
}

static int show_descriptors(char **args)
{
	const char *separator = "";

	(void)args;
	printf("descriptors=");
	for (int fd = 0; fd < 1 << 16; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		printf("%s%d", separator, fd);
		separator = ",";
	}
	printf(" 0\n");
	return 0;
}

static void show_limit(const char *name, __rlimit_resource_t resource)
{
	struct rlimit limit;

	getrlimit(resource, &limit);
	printf("%s=%lld %lld\n", name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

/* The line "NAME:" of /proc/self/status, its words joined by commas. */
static void show_status(const char *name, const char *field)
{
	char line[4096];
	const char *separator = "";
	FILE *status = fopen("/proc/self/status", "re");

	printf("%s=", name);
	while (status && fgets(line, sizeof(line), status)) {
		if (strncmp(line, field, strlen(field)) || line[strlen(field)] != ':')
			continue;
		for (char *word = strtok(strchr(line, ':') + 1, " \t\n"); word;
			word = strtok(NULL, " \t\n"), separator = ",")
			printf("%s%s", separator, word);
	}
	printf(" 0\n");
	if (status)
		fclose(status);
}

/* The sixth field of /proc/self/stat; getsid(2) may be refused. */
static int session(void)
{
	char line[512] = "";
	int number = -1;
	FILE *stat = fopen("/proc/self/stat", "re");

	if (stat && fgets(line, sizeof(line), stat) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %d", &number);
	if (stat)
		fclose(stat);
	return number;
}

static int show_identity(char **args)
{
	static const char *const fields[][2] = { { "uid", "Uid" }, { "gid", "Gid" },
		{ "groups", "Groups" }, { "umask", "Umask" }, { "effective", "CapEff" },
		{ "permitted", "CapPrm" }, { "inheritable", "CapInh" }, { "bounding", "CapBnd" },
		{ "ambient", "CapAmb" }, { "no-new-privileges", "NoNewPrivs" },
		{ "seccomp", "Seccomp" } };

	(void)args;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		show_status(fields[i][0], fields[i][1]);
	printf("pid=%d 0\nsession=%d 0\n", getpid(), session());
	printf("sigchld=%s 0\n", signal(SIGCHLD, SIG_DFL) == SIG_IGN ? "ignored" : "default");
	show_limit("nofile", RLIMIT_NOFILE);
	show_limit("core", RLIMIT_CORE);
	show_limit("fsize", RLIMIT_FSIZE);
	return 0;
}

/* Policy, nice, priority and flags; runtime, deadline, period; class and level of I/O; processors;
 * memory's policy and first nodes; machine. */
static int show_attributes(char **args)
{
	struct sched_attr attr = { 0 };
	unsigned long cpus[16] = { 0 }, nodes[16] = { 0 };
	struct utsname machine;
	int mode = -1;
	long io = syscall(SYS_ioprio_get, 1, 0);

	(void)args;
	syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0);
	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
	syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, NULL, 0);
	uname(&machine);
	printf("policy=%u 0\nnice=%d 0\npriority=%u 0\nflags=%llu 0\n", attr.sched_policy,
		attr.sched_nice, attr.sched_priority, (unsigned long long)attr.sched_flags);
	printf("deadline=%llu/%llu/%llu 0\n", (unsigned long long)attr.sched_runtime,
		(unsigned long long)attr.sched_deadline, (unsigned long long)attr.sched_period);
	printf("io=%ld:%ld 0\ncpus=%lx 0\nmemory=%x:%lx 0\nmachine=%s 0\n", io >> 13, io & 7,
		cpus[0], (unsigned)mode, nodes[0], machine.machine);
	printf("personality=%lx 0\n", syscall(SYS_personality, 0xffffffff));
	return 0;
}

/* --- floods ----------------------------------------------------------------------------------- */

/* ARGUMENT processes at once, or as many as there may be. */
static int flood_processes(char **args)
{
	int wanted = atoi(args[0] ? args[0] : "1000"), made = 0;
	pid_t child = 0;

	for (; made < wanted; made++) {
		child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	printf("processes=%d %s\n", made, child < 0 ? error_name(errno) : "0");
	return 0;
}

/* ARGUMENT MiB of memory, every page of it touched. */
static int flood_memory(char **args)
{
	size_t size = (size_t)atoi(args[0] ? args[0] : "1") << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t at = 0; memory != MAP_FAILED && at < size; at += 4096)
		memory[at] = 1;
	printf("memory=%s 0\n", memory == MAP_FAILED ? "failed" : "ok");
	return 0;
}

/* --- the runtime's own program ---------------------------------------------------------------- */

/* For ARGUMENT seconds: opens every process's program for writing and, where that succeeds and it
 * is not this one, spoils it. */
static int hunt_programs(char **args)
{
	time_t end = time(NULL) + atoi(args[0] ? args[0] : "1");
	struct stat own = { 0 }, found;
	char path[40];
	int spoilt = 0;

	stat("/proc/self/exe", &own);
	while (time(NULL) < end && !spoilt)
		for (int pid = 1; pid < 400; pid++) {
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			fd = open(path, O_WRONLY | O_CLOEXEC);
			if (fd >= 0 && fstat(fd, &found) == 0 && found.st_ino != own.st_ino)
				spoilt += (int)pwrite(fd, "spoilt", 6, 0);
			if (fd >= 0)
				close(fd);
		}
	printf("spoilt=%d 0\n", spoilt);
	return 0;
}

static int succeed(char **args)
{
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*function)(char **args);
	} subjects[] = { { "calls", try_calls }, { "namespaces", try_namespaces },
		{ "sockets", try_sockets }, { "terminal", try_terminal }, { "try", try_each },
		{ "notify", notify_manager }, { "descriptors", show_descriptors },
		{ "identity", show_identity }, { "attributes", show_attributes },
		{ "processes", flood_processes }, { "memory", flood_memory },
		{ "hunt", hunt_programs }, { "true", succeed } };

	for (size_t i = 0; argc > 1 && i < sizeof(subjects) / sizeof(*subjects); i++)
		if (!strcmp(subjects[i].name, argv[1]))
			return subjects[i].function(argv + 2);
	fprintf(stderr, "usage: probe SUBJECT [ARGUMENT...]\n");
	return 2;
}
