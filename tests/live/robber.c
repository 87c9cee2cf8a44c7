/*
 * Lies in wait inside a container for whatever enters it, and tries to trace it, to read its
 * memory, to list and take its descriptors, and to write the program it runs. Told on standard
 * output at the end, when a byte or the end comes on standard input: how many strangers it met, how
 * often it was refused, and a line for every success against one that was not yet a program of the
 * container's. Those lie in /bin and have no descriptor above 2, so whatever else is got hold of
 * was robbed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIDS_MOST = 1 << 16, MET_OFTEN = 64 };
static unsigned char met[PIDS_MOST];
static unsigned strangers, refused, robbed;

static int proc_open(int pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags | O_CLOEXEC);
	refused += fd < 0 && (errno == EACCES || errno == EPERM);
	return fd;
}

static void tell(int pid, const char *what, const char *detail)
{
	if (robbed++ < 20)
		printf("robbed %d: %s: %.100s\n", pid, what, detail);
}

static void read_maps(int pid)
{
	char text[4096];
	int fd = proc_open(pid, "maps", O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (length > 0) {
		text[length] = '\0';
		if (!strstr(text, " /bin/") && strchr(text, '/'))
			tell(pid, "maps", text);
	}
	if (fd >= 0)
		close(fd);
}

static void list_descriptors(int pid)
{
	int fd = proc_open(pid, "fd", O_RDONLY | O_DIRECTORY);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	/* Their numbers are no secret from whoever has the same user id. */
	while (list && (entry = readdir(list))) {
		char target[256] = "";

		if (atoi(entry->d_name) > 2 &&
			readlinkat(dirfd(list), entry->d_name, target, sizeof(target) - 1) >= 0)
			tell(pid, "descriptor", target);
	}
	if (list)
		closedir(list);
}

static void take_descriptors(int pid)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int number = 3; process >= 0 && number < 12; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

		refused += fd < 0 && errno == EPERM;
		if (fd < 0)
			continue;
		tell(pid, "pidfd_getfd", "it has one above 2");
		close(fd);
	}
	if (process >= 0)
		close(process);
}

static void write_program(int pid)
{
	int fd = proc_open(pid, "exe", O_WRONLY);

	if (fd < 0)
		return;
	tell(pid, "exe", "opened for writing");
	close(fd);
}

/* A call of execve under way lets a tracer in as soon as the new program is there: it is looked at
 * where it stops. */
static void trace(int pid)
{
	char path[64], program[256] = "?";
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) < 0) {
		refused += errno == EPERM;
		return;
	}
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (readlink(path, program, sizeof(program) - 1) < 0 || strncmp(program, "/bin/", 5) != 0)
		tell(pid, "ptrace", program);
	ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void hunt(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid <= 1 || pid == getpid() || pid >= PIDS_MOST || met[pid] >= MET_OFTEN)
			continue;
		strangers += !met[pid]++;
		read_maps(pid);
		list_descriptors(pid);
		take_descriptors(pid);
		write_program(pid);
		if (met[pid] & 1)
			trace(pid);
	}
	if (proc)
		closedir(proc);
}

int main(void)
{
	struct pollfd end = { .fd = 0, .events = POLLIN };

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (poll(&end, 1, 0) == 0)
		hunt();
	printf("strangers %u refused %u robbed %u\n", strangers, refused, robbed);
	return 0;
}
