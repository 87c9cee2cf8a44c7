/*
 * Names for numbers. The tables are indexed by the number and checked to be complete when
 * compiled, so a newer kernel header that adds an entry breaks the build rather than a look-up.
 */
#include "base/names.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const capabilities[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
	"CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
	"CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
	"CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE" };
static_assert(sizeof(capabilities) / sizeof(*capabilities) == CAPABILITIES, "one name each");
static_assert(CAPABILITIES == CAP_LAST_CAP + 1, "the kernel headers know as many");

static const char *const rlimits[] = {
	[RLIMIT_CPU] = "RLIMIT_CPU",
	[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[RLIMIT_DATA] = "RLIMIT_DATA",
	[RLIMIT_STACK] = "RLIMIT_STACK",
	[RLIMIT_CORE] = "RLIMIT_CORE",
	[RLIMIT_RSS] = "RLIMIT_RSS",
	[RLIMIT_NPROC] = "RLIMIT_NPROC",
	[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	[RLIMIT_AS] = "RLIMIT_AS",
	[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
	[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
	[RLIMIT_NICE] = "RLIMIT_NICE",
	[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
	[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
};
static_assert(sizeof(rlimits) / sizeof(*rlimits) == RLIM_NLIMITS, "one name each");

static const char *const signals[] = {
	[SIGHUP] = "HUP",
	[SIGINT] = "INT",
	[SIGQUIT] = "QUIT",
	[SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",
	[SIGABRT] = "ABRT",
	[SIGBUS] = "BUS",
	[SIGFPE] = "FPE",
	[SIGKILL] = "KILL",
	[SIGUSR1] = "USR1",
	[SIGSEGV] = "SEGV",
	[SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",
	[SIGALRM] = "ALRM",
	[SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD",
	[SIGCONT] = "CONT",
	[SIGSTOP] = "STOP",
	[SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",
	[SIGURG] = "URG",
	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",
	[SIGVTALRM] = "VTALRM",
	[SIGPROF] = "PROF",
	[SIGWINCH] = "WINCH",
	[SIGPOLL] = "POLL",
	[SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
};

/* clang-format off */
#define NAME(number) { #number, number }
static const struct {
	const char *name;
	int number;
} errors[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO),
	NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM),
	NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV),
	NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE),
	NAME(ENOTTY), NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP),
	NAME(ENOMSG), NAME(EIDRM), NAME(ENOSTR), NAME(ENODATA), NAME(ETIME), NAME(ENOSR),
	NAME(ENOLINK), NAME(EPROTO), NAME(EBADMSG), NAME(EOVERFLOW), NAME(EILSEQ),
	NAME(EUSERS), NAME(ENOTSOCK), NAME(EDESTADDRREQ), NAME(EMSGSIZE), NAME(EPROTOTYPE),
	NAME(ENOPROTOOPT), NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP),
	NAME(EPFNOSUPPORT), NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL),
	NAME(ENETDOWN), NAME(ENETUNREACH), NAME(ENETRESET), NAME(ECONNABORTED),
	NAME(ECONNRESET), NAME(ENOBUFS), NAME(EISCONN), NAME(ENOTCONN), NAME(ESHUTDOWN),
	NAME(ETIMEDOUT), NAME(ECONNREFUSED), NAME(EHOSTDOWN), NAME(EHOSTUNREACH),
	NAME(EALREADY), NAME(EINPROGRESS), NAME(ESTALE), NAME(EREMOTEIO), NAME(EDQUOT),
	NAME(ENOMEDIUM), NAME(ECANCELED), NAME(ENOKEY), NAME(EKEYEXPIRED), NAME(EKEYREVOKED),
	NAME(EKEYREJECTED), NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE), NAME(ERFKILL),
	NAME(EHWPOISON),
};
/* clang-format on */

int errno_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].number;
	return 0;
}

int capability_number(const char *name)
{
	const char *bare = strncasecmp(name, "CAP_", 4) ? name : name + 4;

	for (int i = 0; i < CAPABILITIES; i++)
		if (!strcasecmp(capabilities[i] + 4, bare))
			return i;
	return -1;
}

const char *capability_name(int number)
{
	return number >= 0 && number < CAPABILITIES ? capabilities[number] : NULL;
}

int signal_number(const char *text)
{
	const char *bare = strncasecmp(text, "SIG", 3) ? text : text + 3;
	char *end;
	long number = strtol(text, &end, 10);

	if (*text >= '0' && *text <= '9')
		return *end || number >= NSIG ? -1 : (int)number;
	for (size_t i = 1; i < sizeof(signals) / sizeof(*signals); i++)
		if (signals[i] && !strcasecmp(signals[i], bare))
			return (int)i;
	return -1;
}

int rlimit_number(const char *name)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (!strcmp(rlimits[i], name))
			return i;
	return -1;
}

bool size_number(const char *text, uint64_t *size)
{
	static const char suffixes[] = "KMGT";
	unsigned shift = 0;
	char *end;

	errno = 0;
	*size = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text))
		return false;
	if (*end && strchr(suffixes, *end))
		shift = 10 * (unsigned)(strchr(suffixes, *end++) - suffixes + 1);
	if (*end || *size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}

bool duration_number(const char *text, uint64_t *nanoseconds)
{
	static const struct {
		const char *unit;
		double nanoseconds;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 6e10 },
		{ "h", 3.6e12 } };
	double total = 0;

	if (!*text)
		return false;
	while (*text) {
		char *unit;
		double number = strtod(text, &unit);
		size_t i = 0, length = strspn(unit, "nusmh");

		while (i < 6 &&
			(strlen(units[i].unit) != length ||
				strncmp(units[i].unit, unit, length) != 0))
			i++;
		if (strspn(text, "0123456789.") != (size_t)(unit - text) || unit == text || i == 6)
			return false;
		total += number * units[i].nanoseconds;
		text = unit + length;
	}
	*nanoseconds = (uint64_t)total;
	return total < 0x1p62;
}

/* The least number of letters to change, add or leave out, in any case; 99 for long names. */
static unsigned distance(const char *left, const char *right)
{
	unsigned row[65], length = (unsigned)strlen(right);

	if (length > 64 || strlen(left) > 64)
		return 99;
	for (unsigned j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned i = 1; left[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= length; j++) {
			unsigned same = diagonal +
				(tolower((unsigned char)left[i - 1]) !=
					tolower((unsigned char)right[j - 1]));
			unsigned other = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

			diagonal = row[j];
			row[j] = same < other ? same : other;
		}
	}
	return row[length];
}

const char *name_nearest(const char *word, const void *names, size_t stride)
{
	const char *nearest = NULL, *name;
	unsigned least = 2 + (unsigned)strlen(word) / 4, apart;

	for (const char *at = names; (name = *(const char *const *)(const void *)at);
		at += stride) {
		apart = distance(word, name);
		if (apart < least && apart < strlen(name)) {
			least = apart;
			nearest = name;
		}
	}
	return nearest;
}
