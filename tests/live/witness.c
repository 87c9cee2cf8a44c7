/*
 * Tries in a sandbox what `nucleus diff` says of it. Each word is one witness, tried in a process
 * of its own and told in one line, "word=result number"; then come its mounts, its capabilities and
 * limits. It judges nothing. Static, as a sandbox may have no libraries.
 *
 *   call:ARCH:NUMBER:ARG,...   the call reaches no further than a second filter of our own, weaker
 *                              than all that refuse, so that nothing is done: ENOSYS is let through
 *   bare:ARCH:NUMBER:ARG,...   the call itself, where the sandbox's own answer is ENOSYS
 *   path:RIGHT:PATH            by Landlock's names, on what the test has laid out in PATH
 *   port:RIGHT:PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_UNDERSTOOD = 99, SECONDS_MOST = 2 };

/* Everything but exit_group is left to a tracer, and there is none: ENOSYS. */
static long trace_all(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static long call_32(long number, const unsigned long *args)
{
	long result = number;

	__asm__ volatile("push %%rbp; mov %[six], %%ebp; int $0x80; pop %%rbp"
			 : "+a"(result)
			 : "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
			 "D"(args[4]), [six] "r"((unsigned)args[5])
			 : "r8", "r9", "r11", "memory");
	return result;
}

/* The call's own answer, past the C library: a negative errno. */
static long call_64(long number, const unsigned long *args)
{
	register unsigned long r10 __asm__("r10") = args[3], r8 __asm__("r8") = args[4],
				   r9 __asm__("r9") = args[5];
	long result = number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static int try_call(const char *text, int bare)
{
	int i386 = !strncmp(text, "i386:", 5);
	unsigned long args[6] = { 0 };
	char *end;
	long number = (long)strtoul(strchr(text, ':') + 1, &end, 0), result;

	for (int i = 0; i < 6 && *end; i++)
		args[i] = strtoul(end + 1, &end, 0);
	if (!bare && trace_all() < 0)
		return NOT_UNDERSTOOD;
	result = i386 ? call_32(number, args) : call_64(number, args);
	return result < 0 && result > -4096 ? (int)-result : 0;
}

static int result_of(long result)
{
	return result < 0 ? errno : 0;
}

static int try_path(const char *text)
{
	const char *path = strchr(text, ':') + 1;
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "made-socket" };
	static const struct {
		const char *right;
		int number;
	} rights[] = { { "execute", 0 }, { "write_file", 1 }, { "read_file", 2 }, { "read_dir", 3 },
		{ "remove_dir", 4 }, { "remove_file", 5 }, { "make_dir", 6 }, { "make_reg", 7 },
		{ "make_sock", 8 }, { "make_fifo", 9 }, { "make_sym", 10 }, { "truncate", 11 } };
	int number = -1;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (!strncmp(text, rights[i].right, strlen(rights[i].right)) &&
			text[strlen(rights[i].right)] == ':')
			number = rights[i].number;
	if (chdir(path) < 0)
		return errno;
	switch (number) {
	case 0:
		return result_of(execl("./run", "run", (char *)NULL));
	case 1:
		return result_of(open("file", O_WRONLY));
	case 2:
		return result_of(open("file", O_RDONLY));
	case 3:
		return result_of(open(".", O_RDONLY | O_DIRECTORY));
	case 4:
		return result_of(rmdir("gone-directory"));
	case 5:
		return result_of(unlink("gone-file"));
	case 6:
		return result_of(mkdir("made-directory", 0700));
	case 7:
		return result_of(open("made-file", O_WRONLY | O_CREAT | O_EXCL, 0600));
	case 8:
		return result_of(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
			sizeof(address)));
	case 9:
		return result_of(mkfifo("made-fifo", 0600));
	case 10:
		return result_of(symlink("target", "made-link"));
	case 11:
		return result_of(open("file", O_WRONLY | O_TRUNC));
	default:
		return NOT_UNDERSTOOD;
	}
}

static int try_port(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(strchr(text, ':') + 1)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return NOT_UNDERSTOOD;
	return result_of(!strncmp(text, "bind_tcp:", 9)
			? bind(fd, (struct sockaddr *)&address, sizeof(address))
			: connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int try_word(const char *word)
{
	if (!strncmp(word, "call:", 5) || !strncmp(word, "bare:", 5))
		return try_call(word + 5, word[0] == 'b');
	if (!strncmp(word, "path:", 5))
		return try_path(word + 5);
	return !strncmp(word, "port:", 5) ? try_port(word + 5) : NOT_UNDERSTOOD;
}

static void attempt(const char *word)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		alarm(SECONDS_MOST);
		/* Not the C library's: it may do more than one call. */
		syscall(SYS_exit_group, try_word(word));
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s=killed %d\n", word, WTERMSIG(status));
	else
		printf("%s=%s %d\n", word, WEXITSTATUS(status) ? "failed" : "ok",
			WEXITSTATUS(status));
}

static void show(const char *name)
{
	char line[4096];
	FILE *file = fopen(name, "re");

	while (file && fgets(line, sizeof(line), file))
		printf("%s: %s", name, line);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		__rlimit_resource_t resource;
	} limits[] = { { "RLIMIT_NOFILE", RLIMIT_NOFILE }, { "RLIMIT_FSIZE", RLIMIT_FSIZE } };
	char link[64];

	/* What the test has laid out to be executed is this program too. */
	if (argc > 0 && !strcmp(argv[0], "run"))
		return 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		attempt(argv[i]);
	show("/proc/self/mountinfo");
	show("/proc/self/status");
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct rlimit limit;

		getrlimit(limits[i].resource, &limit);
		printf("limit: %s %llu %llu\n", limits[i].name, (unsigned long long)limit.rlim_cur,
			(unsigned long long)limit.rlim_max);
	}
	printf("umask: %o\n", umask(0));
	printf("uts: %.*s\n", (int)readlink("/proc/self/ns/uts", link, sizeof(link)), link);
	return 0;
}
