/*
 * chdir(2) and execve(2), with what made each of them a way out checked: a working directory that
 * is not below the root (CVE-2024-21626), descriptors that survive, an inherited signal mask.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "format/node.h"
#include "kernel/steps.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int cwd_error(const char *cwd, struct err *err)
{
	err_errno(err, "chdir to %.300s", cwd);
	return err->code == ELOOP
		? err_hint(err, "name a directory of the sandbox, not one reached through /proc")
		: -1;
}

bool workdir_wanted(const struct config *config)
{
	const char *cwd = config->process.cwd;

	return config_is_foreign(config) && cwd && strcmp(cwd, "/") != 0;
}

/*
 * workdir_apply - make the working directory of a bundle that does not have it
 *
 * Needs:  every mount in place
 * Leaves: the directory, the container's root's where it was absent
 * Mustn't run after the pivot, which may make the root read-only
 */
int workdir_apply(struct run *run, struct err *err)
{
	autoclose dir = file_make_dirs_in_root(run->rootfs, run->config->process.cwd);

	return dir < 0 ? cwd_error(run->config->process.cwd, err) : 0;
}

/*
 * cwd_apply - go to the workload's working directory
 *
 * Needs:  the new root, the workload's identity
 * Leaves: a working directory that is inside the root, made in a start if it was absent; "/" if
 *         the config names none
 */
int cwd_apply(struct run *run, struct err *err)
{
	const char *cwd = run->config->process.cwd ? run->config->process.cwd : "/";
	char now[PATH_MAX];

	/* Magic links are refused: a descriptor that a caller leaked must neither be entered nor
	 * get a new directory. */
	autoclose dir = run->target.entered
		? file_open_in_root(run->rootfs, cwd, O_PATH | O_DIRECTORY, 0)
		: file_make_dirs_in_root(run->rootfs, cwd);
	if (dir < 0 || fchdir(dir) < 0)
		return cwd_error(cwd, err);
	/* The system call itself: it says "(unreachable)" where the C library would make it an
	 * error. */
	if (syscall(SYS_getcwd, now, sizeof(now)) < 0)
		return err_errno(err, "look up the working directory %s", cwd);
	if (now[0] == '/' && strncmp(now, "/proc/", 6))
		return 0;
	err_set(err, EPERM, "the working directory %s is not a place inside the root", cwd);
	return err_hint(err, "name a directory of the sandbox, not one reached through /proc");
}

void cwd_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "cwd", config->process.cwd ? config->process.cwd : "/");
}

static const char *path_of(const struct strings *env)
{
	const char *path = default_path;

	/* The last one counts, as it does for the C library of the workload. */
	for (size_t i = 0; i < env->count; i++)
		if (!strncmp(env->items[i], "PATH=", 5))
			path = env->items[i] + 5;
	return path;
}

/* strerror, but in small letters where docker's client compares with them to find 126 and 127. */
static const char *exec_text(int code)
{
	return code == ENOENT    ? "no such file or directory"
		: code == EACCES ? "permission denied"
				 : strerror(code);
}

/* What execve says of a program that is there: the missing thing is its interpreter. */
static int exec_error(const char *program, struct err *err)
{
	int code = errno;

	if (code == ENOENT && access(program, F_OK) == 0) {
		err_set(err, ENOENT, "%.300s: its interpreter or dynamic loader: %s", program,
			exec_text(ENOENT));
		return err_hint(err,
			"the first line of a script, or the loader of a binary, names a file "
			"that the sandbox does not have");
	}
	return err_set(err, code, "%.300s: %s", program, exec_text(code));
}

/* As execvp(3): each directory in turn; a program that may not be executed is remembered. */
static int exec_in_path(char *const *argv, char *const *envp, const char *path, struct err *err)
{
	char program[PATH_MAX];
	bool denied = false;

	while (*path) {
		size_t length = strcspn(path, ":");

		if (snprintf(program, sizeof(program), "%.*s%s%s", (int)length, path,
			    length ? "/" : "", argv[0]) < (int)sizeof(program)) {
			execve(program, argv, envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOTDIR &&
				(errno != ENOENT || access(program, F_OK) == 0))
				return exec_error(program, err);
		}
		path += length + (path[length] == ':');
	}
	if (denied)
		return err_set(err, EACCES, "%.300s: %s", argv[0], exec_text(EACCES));
	return err_set(err, ENOENT, "executable file not found in $PATH: %.300s", argv[0]);
}

/* True if exec_in_path would find a program that may be executed. */
static bool found_in_path(int cwd, const char *name, const char *path)
{
	char program[PATH_MAX];

	for (size_t length; *path; path += length + (path[length] == ':')) {
		length = strcspn(path, ":");
		if (snprintf(program, sizeof(program), "%.*s%s%s", (int)length, path,
			    length ? "/" : "", name) < (int)sizeof(program) &&
			faccessat(cwd, program, X_OK, 0) == 0)
			return true;
	}
	return false;
}

/*
 * program_apply - look whether what `start` is to execute is there
 *
 * Needs:  the new root with all its mounts
 * Leaves: nothing; clients take a program that is missing from an error of `create`
 */
int program_apply(struct run *run, struct err *err)
{
	const struct config_process *process = &run->config->process;
	const char *program = process->args.count ? process->args.items[0] : NULL;

	if (!run->detached || !program)
		return 0;
	autoclose cwd = file_open_in_root(
		run->rootfs, process->cwd ? process->cwd : "/", O_PATH | O_DIRECTORY, 0);
	if (cwd < 0)
		return 0;
	if (strchr(program, '/'))
		return faccessat(cwd, program, X_OK, 0) < 0
			? err_set(err, errno, "%.300s: %s", program, exec_text(errno))
			: 0;
	if (!found_in_path(cwd, program, path_of(&process->env)))
		return err_set(err, ENOENT, "executable file not found in $PATH: %.300s", program);
	return 0;
}

static int mask_reset(struct err *err)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? err_errno(err, "reset the signal mask")
							 : 0;
}

/* True if a later item has this one's name: in config.json the last one counts. */
static bool is_overridden(const struct strings *env, size_t index)
{
	const char *item = env->items[index];
	size_t length = strcspn(item, "=") + 1;

	for (size_t i = env->count - 1; i > index; i--)
		if (!strncmp(env->items[i], item, length))
			return true;
	return false;
}

/* The environment for execve: each name once, HOME at the end if it was looked up. */
static char **environment(const struct run *run)
{
	const struct strings *env = &run->config->process.env;
	const char **copy = arena_alloc(run->arena, env->count + 2, sizeof(*copy));
	size_t count = 0;

	for (size_t i = 0; i < env->count; i++)
		if (!is_overridden(env, i) && !(run->home && !strncmp(env->items[i], "HOME=", 5)))
			copy[count++] = env->items[i];
	copy[count] = run->home;
	return (char **)copy;
}

/* sd_listen_fds(3) asks whether the sockets are meant for this very process. */
static void listen_pid_set(char **envp, struct arena *arena)
{
	for (; *envp; envp++)
		if (!strncmp(*envp, "LISTEN_PID=", 11))
			*envp = arena_printf(arena, "LISTEN_PID=%d", getpid());
}

int exec_prepare(struct run *run, struct err *err)
{
	run->argv = strings_vector(&run->config->process.args, run->arena);
	run->envp = environment(run);
	if (run->listens)
		listen_pid_set(run->envp, run->arena);
	return mask_reset(err);
}

/*
 * exec_apply - become the workload
 *
 * Needs:  everything else done, above all what session_apply did to descriptors and signals
 * Leaves: only descriptors 0-2 and those handed on, default signals, exactly the config's
 *         environment
 * Mustn't call anything but execve, if it can be helped: the workload's filter is in force
 */
int exec_apply(struct run *run, struct err *err)
{
	const char *program;

	if (!run->argv && exec_prepare(run, err) < 0)
		return -1;
	program = run->argv[0];
	if (!program)
		return err_set(err, EINVAL, "process.args names no program");
	if (!strchr(program, '/'))
		return exec_in_path(run->argv, run->envp, path_of(&run->config->process.env), err);
	execve(program, run->argv, run->envp);
	return exec_error(program, err);
}

void exec_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_strings(arena, params, "args", &config->process.args);
	node_put_strings(arena, params, "env", &config->process.env);
}
