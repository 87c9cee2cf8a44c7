/*
 * Hooks are programs somebody else wrote: they hang, fail, and talk. Each gets a session of its
 * own, so that a timeout ends all of it, and two files in memory for its streams: a pipe could
 * block, and a daemon that a hook leaves behind must not hold ours open. The last line it wrote is
 * part of the error. Must never allocate in an undo, which may run in the janitor: poststop hooks
 * are made ready beforehand. runtime-spec config.md "POSIX-platform Hooks", runtime.md "Lifecycle".
 */
#include "run/hooks.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/lists.h"
#include "format/json.h"
#include "kernel/caps.h"
#include "oci/parts.h"
#include "run/spawn.h"
#include "run/state.h"

enum { SAID_MOST = 300 };

/* MFD_NOEXEC_SEAL, since Linux 6.3. */
enum { MEMORY_NOEXEC = 0x8 };

/* The hooks of one kind with all that has to be allocated for them. */
struct hooks {
	enum hook_kind kind;
	const struct config_hooks *list;
	char ***argv, ***envp; /* one each, NULL-terminated */
	const char *state;
	size_t next; /* those before were begun */
};

/* One hook while it is begun, shared with the process that becomes it. */
struct beginning {
	const struct run *run;
	const struct hooks *hooks;
	int input, output;
	struct err *err; /* its code is set if execve was not reached, or failed */
};

static char **argv_of(const struct config_hook *hook, struct arena *arena)
{
	const struct strings path = { .count = 1, .items = (const char *[]){ hook->path } };

	return strings_vector(hook->args.count ? &hook->args : &path, arena);
}

static struct hooks *hooks_ready(
	struct run *run, enum hook_kind kind, enum status status, pid_t pid)
{
	struct hooks *hooks = arena_alloc(run->arena, 1, sizeof(*hooks));
	const struct config_hooks *list = &run->config->hooks[kind];

	hooks->kind = kind;
	hooks->list = list;
	hooks->state = json_write(run->arena, state_brief(run, status, pid), false);
	hooks->argv = arena_alloc(run->arena, list->items_count, sizeof(*hooks->argv));
	hooks->envp = arena_alloc(run->arena, list->items_count, sizeof(*hooks->envp));
	for (size_t i = 0; i < list->items_count; i++) {
		const struct config_hook *hook = &list->items[i];

		hooks->argv[i] = argv_of(hook, run->arena);
		hooks->envp[i] = strings_vector(&hook->env, run->arena);
	}
	return hooks;
}

/* A file in memory; vm.memfd_noexec may want the flag. */
static int stream(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MEMORY_NOEXEC);

	return fd >= 0 || errno != EINVAL ? fd : memfd_create(name, MFD_CLOEXEC);
}

/* The bundle if it is still there; in the container, where its root is to be or is. */
static int place_enter(const struct beginning *beginning)
{
	const struct run *run = beginning->run;

	switch (beginning->hooks->kind) {
	case HOOK_CREATE_CONTAINER:
		return fchdir(run->rootfs);
	case HOOK_START_CONTAINER:
		return chdir("/");
	default:
		return chdir(run->bundle) == 0 ? 0 : chdir("/");
	}
}

/* What a hook inherits, made what the specification says. */
static int hook_settle(const struct beginning *beginning)
{
	sigset_t none;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		sigprocmask(SIG_SETMASK, &none, NULL) < 0 || place_enter(beginning) < 0 ||
		dup2(beginning->input, STDIN_FILENO) < 0 ||
		dup2(beginning->output, STDOUT_FILENO) < 0 ||
		dup2(beginning->output, STDERR_FILENO) < 0)
		return err_errno(beginning->err, "prepare its process");
	return close_range(3, ~0U, 0) < 0 ? err_errno(beginning->err, "close_range") : 0;
}

static int hook_main(void *argument)
{
	const struct beginning *beginning = argument;
	const struct hooks *hooks = beginning->hooks;

	if (hook_settle(beginning) < 0)
		return EXIT_FAILURE;
	/* A program of the container's own is no more than the container's root. */
	if (hooks->kind == HOOK_START_CONTAINER &&
		caps_bound(beginning->run->config, beginning->err) < 0)
		return EXIT_FAILURE;
	execve(hooks->list->items[hooks->next].path, hooks->argv[hooks->next],
		hooks->envp[hooks->next]);
	err_errno(beginning->err, "execve");
	return EXIT_FAILURE;
}

/* The last line of what it wrote, with ": " before it; "" if it wrote nothing. */
static const char *said(int output, char text[static SAID_MOST + 3])
{
	struct stat status;
	ssize_t length = -1;
	char *line;

	if (fstat(output, &status) == 0)
		length = pread(output, text + 2, SAID_MOST,
			status.st_size > SAID_MOST ? status.st_size - SAID_MOST : 0);
	while (length > 0 && strchr("\n\r\t ", text[2 + length - 1]))
		length--;
	if (length <= 0)
		return "";
	text[2 + length] = '\0';
	line = strrchr(text + 2, '\n');
	line = line ? line - 1 : text;
	line[0] = ':';
	line[1] = ' ';
	return line;
}

/* Waits; true with ended, false if it had to be killed because its time was over. */
static bool hook_wait(const struct config_hook *hook, pid_t pid, int pidfd, siginfo_t *ended)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };
	int64_t seconds = hook->timeout.set ? hook->timeout.value : -1;
	int ready;

	do
		ready = poll(&gone, 1, seconds > INT_MAX / 1000 ? -1 : (int)seconds * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		kill(-pid, SIGKILL);
	while (waitid(P_PIDFD, (id_t)pidfd, ended, WEXITED | __WALL) < 0 && errno == EINTR)
		continue;
	return ready != 0;
}

static int hook_result(
	const struct config_hook *hook, pid_t pid, int pidfd, int output, struct err *err)
{
	siginfo_t ended = { 0 };
	char text[SAID_MOST + 3];

	if (!hook_wait(hook, pid, pidfd, &ended))
		return err_set(err, ECANCELED,
			"it was killed because it still ran after its timeout of %lld s%s",
			(long long)hook->timeout.value, said(output, text));
	if (ended.si_code != CLD_EXITED)
		return err_set(err, ECANCELED, "it was killed by signal %d%s", ended.si_status,
			said(output, text));
	if (ended.si_status != 0)
		return err_set(err, ECANCELED, "it ended with status %d%s", ended.si_status,
			said(output, text));
	return 0;
}

static int hook_run(const struct run *run, const struct hooks *hooks, struct err *err)
{
	autoclose input = stream("state"), output = stream("output");
	struct beginning beginning = { run, hooks, input, output, err };
	autoclose pidfd = -1;
	pid_t pid;

	if (input < 0 || output < 0 ||
		fd_write_all(input, hooks->state, strlen(hooks->state)) < 0 ||
		lseek(input, 0, SEEK_SET) < 0)
		return err_errno(err, "make its streams");
	err->code = 0;
	pid = spawn_program(hook_main, &beginning, 0, &pidfd);
	if (pid < 0)
		return err_errno(err, "clone its process");
	if (err->code) {
		pidfd_reap(pidfd);
		return -1;
	}
	return hook_result(&hooks->list->items[hooks->next], pid, pidfd, output, err);
}

/* The next one; what fails is its error, by name. */
static int hooks_next(const struct run *run, struct hooks *hooks, struct err *err)
{
	const struct config_hook *hook = &hooks->list->items[hooks->next];
	int result = hook_run(run, hooks, err);

	if (result < 0) {
		err_where(err, "hooks.%s[%zu] (%.200s)", hook_names[hooks->kind], hooks->next,
			hook->path);
		err->code = ECANCELED;
	}
	hooks->next++;
	return result;
}

static int hooks_run(
	struct run *run, enum hook_kind kind, enum status status, pid_t pid, struct err *err)
{
	struct hooks *hooks = hooks_ready(run, kind, status, pid);

	while (hooks->next < hooks->list->items_count)
		if (hooks_next(run, hooks, err) < 0)
			return -1;
	return 0;
}

static void kind_print(
	const struct config *config, enum hook_kind kind, struct node *params, struct arena *arena)
{
	struct node *hooks = node_get(rows_write(hooks_keys, config, arena), hook_names[kind]);

	if (!hooks)
		return;
	hooks->next = NULL;
	node_put(arena, params, hook_names[kind], hooks);
}

bool create_runtime_wanted(const struct config *config)
{
	return config->hooks[HOOK_PRESTART].items_count > 0 ||
		config->hooks[HOOK_CREATE_RUNTIME].items_count > 0;
}

/*
 * create_runtime_apply - run the prestart and then the createRuntime hooks
 *
 * Needs:  the container's namespaces, everything mounted, the old root still entered
 * Mustn't run before record: hooks may ask for the state
 */
int create_runtime_apply(struct run *run, struct err *err)
{
	if (hooks_run(run, HOOK_PRESTART, STATUS_CREATED, run->pid, err) < 0)
		return -1;
	return hooks_run(run, HOOK_CREATE_RUNTIME, STATUS_CREATED, run->pid, err);
}

void create_runtime_print(const struct config *config, struct node *params, struct arena *arena)
{
	kind_print(config, HOOK_PRESTART, params, arena);
	kind_print(config, HOOK_CREATE_RUNTIME, params, arena);
}

/* What the steps of one kind each have in common. */
#define KIND(name, kind)                                                                         \
	bool name##_wanted(const struct config *config)                                          \
	{                                                                                        \
		return config->hooks[kind].items_count > 0;                                      \
	}                                                                                        \
	void name##_print(const struct config *config, struct node *params, struct arena *arena) \
	{                                                                                        \
		kind_print(config, kind, params, arena);                                         \
	}

KIND(create_container, HOOK_CREATE_CONTAINER)
KIND(start_container, HOOK_START_CONTAINER)
KIND(poststart, HOOK_POSTSTART)
KIND(poststop, HOOK_POSTSTOP)

/*
 * create_container_apply - run the createContainer hooks
 *
 * Needs:  all namespaces entered; the old root, in which their paths are looked up
 */
int create_container_apply(struct run *run, struct err *err)
{
	return hooks_run(run, HOOK_CREATE_CONTAINER, STATUS_CREATED, getpid(), err);
}

/*
 * start_container_apply - run the startContainer hooks
 *
 * Needs:  `start` given; the new root, in which their paths are looked up
 * Mustn't run after Landlock or seccomp: what the workload may not do, they are there for
 */
int start_container_apply(struct run *run, struct err *err)
{
	return hooks_run(run, HOOK_START_CONTAINER, STATUS_CREATED, getpid(), err);
}

/*
 * poststart_apply - run the poststart hooks
 *
 * Needs:  the workload's execve done; it may have ended already
 */
int poststart_apply(struct run *run, struct err *err)
{
	return hooks_run(run, HOOK_POSTSTART, STATUS_RUNNING, run->pid, err);
}

int poststop_apply(struct run *run, struct err *err)
{
	(void)err;
	run->poststop = hooks_ready(run, HOOK_POSTSTOP, STATUS_STOPPED, 0);
	return 0;
}

/*
 * poststop_undo - run the poststop hooks
 *
 * Needs:  all that was made for the container taken back; the id having been ours
 * Leaves: warnings of those that failed, and no error
 */
int poststop_undo(struct run *run, struct err *err)
{
	struct hooks *hooks = run->poststop;

	while (run->claimed && hooks && hooks->next < hooks->list->items_count)
		if (hooks_next(run, hooks, err) < 0)
			run->warn(err->text);
	return 0;
}
