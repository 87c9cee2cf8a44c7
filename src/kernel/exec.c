/*
 * chdir(2) and execve(2), with what made each of them a way out checked: a working directory that
 * is not below the root (CVE-2024-21626), descriptors that survive, an inherited signal mask.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/steps.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int cwd_error(const char *cwd, struct err *err)
{
	err_errno(err, "chdir to %s", cwd);
	return err->code == ELOOP
		? err_hint(err, "name a directory of the sandbox, not one reached through /proc")
		: -1;
}

/*
 * cwd_apply - go to the workload's working directory
 *
 * Needs:  the new root, the workload's identity
 * Leaves: a working directory that is inside the root, made if it was absent; "/" if the config
 *         names none
 */
int cwd_apply(struct run *run, struct err *err)
{
	const char *cwd = run->config->process.cwd ? run->config->process.cwd : "/";
	char now[PATH_MAX];

	/* Magic links are refused: a descriptor that a caller leaked must neither be entered nor
	 * get a new directory. */
	autoclose dir = file_make_dirs_in_root(run->rootfs, cwd);
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

/* What execve says of a program that is there: the missing thing is its interpreter. */
static int exec_error(const char *program, struct err *err)
{
	int code = errno;

	if (code == ENOENT && access(program, F_OK) == 0) {
		err_set(err, ENOENT, "%s: its interpreter or dynamic loader: %s", program,
			strerror(ENOENT));
		return err_hint(err,
			"the first line of a script, or the loader of a binary, names a file "
			"that the sandbox does not have");
	}
	errno = code;
	return err_errno(err, "%s", program);
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
		return err_set(err, EACCES, "%s: %s", argv[0], strerror(EACCES));
	return err_set(err, ENOENT, "executable file not found in $PATH: %s", argv[0]);
}

static int mask_reset(struct err *err)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? err_errno(err, "reset the signal mask")
							 : 0;
}

/* A NULL-terminated copy for execve. */
static char **vector(const struct strings *list, struct arena *arena)
{
	char **copy = arena_alloc(arena, list->count + 1, sizeof(*copy));

	if (list->count)
		memcpy(copy, list->items, list->count * sizeof(*copy));
	return copy;
}

/*
 * exec_apply - become the workload
 *
 * Needs:  everything else done, above all what session_apply did to descriptors and signals
 * Leaves: only descriptors 0-2, default signals, exactly the config's environment
 * Mustn't call much: the workload's filter is in force
 */
int exec_apply(struct run *run, struct err *err)
{
	const struct config_process *process = &run->config->process;
	char **argv = vector(&process->args, run->arena),
	     **envp = vector(&process->env, run->arena);

	if (!argv[0])
		return err_set(err, EINVAL, "process.args names no program");
	if (mask_reset(err) < 0)
		return -1;
	if (!strchr(argv[0], '/'))
		return exec_in_path(argv, envp, path_of(&process->env), err);
	execve(argv[0], argv, envp);
	return exec_error(argv[0], err);
}

void exec_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_strings(arena, params, "args", &config->process.args);
	node_put_strings(arena, params, "env", &config->process.env);
}
