/*
 * nucleus(1): one table of commands. Exit status: the command's own; 125 if nucleus refused or
 * failed, 126 if the workload's program could not be executed, 127 if it was not found.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/commands.h"
#include "cmd/report.h"

enum { EXIT_REFUSED = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

const struct option global_options[] = {
	{ "root", 0, "DIR", "where the state of containers is kept (/run/nucleus)" },
	{ "log", 0, "FILE", "append errors to FILE too" },
	{ "log-format", 0, "text|json", "the log's format" },
	{ "debug", 0, NULL, "say more" },
	{ "help", 'h', NULL, "print this text" },
	{ "version", 'v', NULL, "print the version" },
	{ 0 },
};

enum { GLOBAL_ROOT, GLOBAL_LOG, GLOBAL_LOG_FORMAT, GLOBAL_DEBUG, GLOBAL_HELP, GLOBAL_VERSION };

/* clang-format off */
const struct command commands[] = {
	{ "run",       run_synopsis,       "start a sandbox, wait for it, take it down",       run_options,       run_main       },
	{ "create",    "--bundle DIR [--pid-file FILE] [--console-socket PATH] ID", "build a container that waits for start", create_options, create_main },
	{ "start",     "ID",               "let a created container run",                      NULL,              start_main     },
	{ "state",     "ID",               "print a container's state as JSON",                NULL,              state_main     },
	{ "kill",      "ID [SIGNAL]",      "send a signal (default TERM) to a container",      NULL,              kill_main      },
	{ "delete",    "[--force] ID",     "remove a stopped container",                       delete_options,    delete_main    },
	{ "translate", translate_synopsis, "write an OCI bundle from a policy",                translate_options, translate_main },
	{ "plan",      plan_synopsis,      "print every step of a start, doing none",          plan_options,      plan_main      },
	{ "check",     "FILE...",          "check policies",                                   NULL,              check_main     },
	{ "policy",    "--keys",           "print the reference of every policy key",          policy_options,    policy_main    },
	{ "attest",    "--closure DIR [--store-dir DIR] [--json]", "verify a Nix closure",     attest_options,    attest_main    },
	{ 0 },
};
/* clang-format on */

static void print_help(void)
{
	printf("Usage: nucleus [OPTION...] COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (const struct command *command = commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->about);
	printf("\nOptions:\n");
	options_print(global_options);
	printf("\n`nucleus COMMAND --help` tells more about one.\n");
}

static void print_command_help(const struct command *command)
{
	printf("Usage: nucleus %s %s\n\n%c%s.\n", command->name, command->synopsis,
		command->about[0] - 'a' + 'A', command->about + 1);
	if (command->options) {
		printf("\nOptions:\n");
		options_print(command->options);
	}
}

/*
 * Callers may leave 0-2 closed; a later open would then become the workload's stdout. A directory
 * there, or a bare place in a file system, would be the workload's way around its root.
 */
static int standard_check(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	if (flags < 0 && errno == EBADF) {
		if (open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return err_set(err, EBADF,
				"descriptor %d is closed and /dev/null does not open", fd);
		return 0;
	}
	if (flags < 0 || fstat(fd, &status) < 0)
		return err_errno(err, "look at descriptor %d", fd);
	if (S_ISDIR(status.st_mode) || flags & O_PATH)
		return err_set(err, EINVAL,
			"descriptor %d is a directory; a sandbox could reach the host's files through it",
			fd);
	return 0;
}

/* What callers leave behind must not reach the workload, nor change what we do. */
static int normalise(struct err *err)
{
	if (close_range(3, ~0U, 0) < 0)
		return err_errno(err, "close the caller's descriptors");
	for (int fd = 0; fd < 3; fd++)
		if (standard_check(fd, err) < 0)
			return -1;
	umask(022);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return err_errno(err, "set the dispositions of signals");
	return 0;
}

static const struct command *command_find(const char *name, struct err *err)
{
	for (const struct command *command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	err_set(err, EINVAL, "unknown command \"%.80s\"", name);
	err_hint(err, "`nucleus --help` lists them");
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	return argc > 0 && (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"));
}

static int command_run(struct call *call, int argc, char **argv, struct err *err)
{
	int used;

	call->command = command_find(argv[0], err);
	if (!call->command)
		return -1;
	if (wants_help(argc - 1, argv + 1)) {
		print_command_help(call->command);
		return 0;
	}
	used = options_read(call->command->options, argc - 1, argv + 1, call->values, err);
	if (used < 0) {
		err_where(err, "%s", call->command->name);
		return err_hint(
			err, "usage: nucleus %s %s", call->command->name, call->command->synopsis);
	}
	call->args = argv + 1 + used;
	call->args_count = (size_t)(argc - 1 - used);
	return call->command->main(call, err);
}

static int exit_status(const struct call *call, const struct err *err)
{
	if (call->status)
		return call->status;
	if (strncmp(err->text, "exec: ", 6))
		return EXIT_REFUSED;
	return err->code == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static int main_run(struct call *call, int argc, char **argv, struct err *err)
{
	const char *globals[OPTIONS_MOST] = { NULL };
	int used;

	if (normalise(err) < 0)
		return -1;
	used = options_read(global_options, argc - 1, argv + 1, globals, err);
	if (used < 0 || report_open(globals[GLOBAL_LOG], globals[GLOBAL_LOG_FORMAT], err) < 0)
		return -1;
	if (globals[GLOBAL_VERSION]) {
		printf("nucleus version " NUCLEUS_VERSION "\nspec: 1.3.0\n");
		return 0;
	}
	if (globals[GLOBAL_HELP]) {
		print_help();
		return 0;
	}
	if (argc - 1 - used == 0) {
		err_set(err, EINVAL, "no command");
		return err_hint(err,
			"`nucleus --help` lists them; `nucleus run -- CMD` runs CMD in a sandbox");
	}
	call->root = globals[GLOBAL_ROOT] ? globals[GLOBAL_ROOT] : "/run/nucleus";
	call->debug = globals[GLOBAL_DEBUG] != NULL;
	return command_run(call, argc - 1 - used, argv + 1 + used, err);
}

int main(int argc, char **argv)
{
	autoarena arena = { 0 };
	struct call call = { .arena = &arena, .argv = argv };
	struct err err = { 0 };

	if (main_run(&call, argc, argv, &err) < 0) {
		report_err(&err);
		return exit_status(&call, &err);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		err_set(&err, EIO, "write to standard output failed");
		report_err(&err);
		return EXIT_REFUSED;
	}
	return call.status;
}
