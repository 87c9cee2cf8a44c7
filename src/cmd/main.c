/*
 * nucleus(1): one table of commands. Exit status: the command's own; 125 if nucleus refused or
 * failed, 126 if the workload's program could not be executed, 127 if it was not found.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "nucleus/config.h"

enum { EXIT_REFUSED = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

const struct option global_options[] = {
	{ "root", 0, "DIR", "where the state of containers is kept (/run/nucleus)" },
	{ "records", 0, "DIR",
		"where `attestation = \"cached\"` keeps what it verified (/var/lib/nucleus/records)" },
	{ "log", 0, "FILE", "append errors to FILE too" },
	{ "log-format", 0, "text|json", "the log's format" },
	{ "log-level", 0, "LEVEL", "accepted: errors and warnings are always told, nothing else" },
	{ "debug", 0, NULL, "accepted, as above" },
	{ "systemd-cgroup", 0, NULL, "the same as --cgroup-manager systemd" },
	{ "cgroup-manager", 0, "cgroupfs|systemd|delegated|disabled", "who makes cgroups" },
	{ "rootless", 0, "true|false|auto",
		"whether --root is below $XDG_RUNTIME_DIR and systemd the user's" },
	{ "admin-config", 0, "FILE", "the administrator's file on policies (" ADMIN_CONFIG ")" },
	{ "criu", 0, "PATH", "accepted and not used" },
	{ "help", 'h', NULL, "print this text" },
	{ "version", 'v', NULL, "print the version" },
	{ 0 },
};

/* clang-format off */
const struct command commands[] = {
	{ "run",       run_synopsis,       "start a sandbox, wait for it, take it down",       run_options,       run_main,      true, true },
	{ "create",    "--bundle DIR [--pid-file FILE] [--console-socket PATH] ID", "build a container that waits for start", create_options, create_main, false, true },
	{ "start",     "ID",               "let a created container run",                      NULL,              start_main     },
	{ "exec",      exec_synopsis,      "run one more process in a container",              exec_options,      exec_main,     true, true },
	{ "state",     "ID",               "print a container's state as JSON",                NULL,              state_main     },
	{ "list",      "[-q] [-f json]",   "print every container there is",                   list_options,      list_main      },
	{ "kill",      "[--all] ID [SIGNAL]", "send a signal (default TERM) to a container",   kill_options,      kill_main      },
	{ "stop",      "[--timeout DURATION] ID", "end a container in an orderly way", stop_options,        stop_main      },
	{ "pause",     "ID",               "stop all processes of a container",                NULL,              pause_main     },
	{ "resume",    "ID",               "let the processes of a paused container go on",    NULL,              resume_main    },
	{ "ps",        "[--format json|table] ID [OPTION OF PS...]", "print a container's processes", ps_options, ps_main, true },
	{ "events",    "[--stats] [--interval DURATION] ID", "print what a container uses, as JSON", events_options, events_main },
	{ "update",    "[--resources FILE] [OPTION...] ID", "change a container's limits",     update_options,    update_main    },
	{ "delete",    "[--force] ID",     "remove a stopped container",                       delete_options,    delete_main    },
	{ "features",  "",                 "print what this runtime can do, as JSON",          NULL,              features_main  },
	{ "spec",      "[--bundle DIR] [--rootless]", "write a config.json to begin with",     spec_options,      spec_main      },
	{ "translate", translate_synopsis, "write an OCI bundle from a policy",                translate_options, translate_main, true },
	{ "plan",      plan_synopsis,      "print every step of a start, doing none",          plan_options,      plan_main,     true },
	{ "check",     "[--json|--sarif] [--settings FILE] FILE... | --codes", "check policies, and find what was not meant", check_options,     check_main,     .refused = 2 },
	{ "diff",      diff_synopsis,      "compare what two policies allow",                  diff_options,      diff_main,      .refused = 2 },
	{ "policy",    policy_synopsis,    "print the reference of every policy key, or what a policy amounts to", policy_options, policy_main },
	{ "seccomp",   seccomp_synopsis,   "make a seccomp profile from what a program does",  seccomp_options,   seccomp_main   },
	{ "attest",    "--closure LIST [--store-dir DIR] [--attestation LEVEL] [--json]", "verify a Nix closure", attest_options, attest_main },
	{ "closure",   closure_synopsis,   "name, sign and check a Nix closure",               closure_options,   closure_main   },
	{ "gc",        "[--gc-roots DIR] [--dry-run] [--json]", "let go of store paths whose container is gone", gc_options, gc_main },
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

static const struct command *command_find(const char *name, struct err *err)
{
	for (const struct command *command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	err_set(err, EINVAL, "unknown command \"%.80s\"", name);
	err_hint(err, "`nucleus --help` lists them");
	return NULL;
}

static int exit_status(const struct call *call, const struct err *err)
{
	if (call->status)
		return call->status;
	if (call->command && call->command->refused)
		return call->command->refused;
	/* The steps of these names; not how the command exec was called, nor how a step was ended.
	 */
	if ((strncmp(err->text, "exec: ", 6) != 0 && strncmp(err->text, "program: ", 9) != 0) ||
		err->code == EINVAL || err->code == EINTR || err->code == EPIPE)
		return EXIT_REFUSED;
	return err->code == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* What stands before the command's name, the name, and what follows it. */
static int words_read(struct call *call, int argc, char **argv, struct err *err)
{
	if (options_read(call, argc - 1, argv + 1, err) < 0)
		return -1;
	if (call_option(call, "help") || call_option(call, "version"))
		return 0;
	if (!call->args_count) {
		err_set(err, EINVAL, "no command");
		return err_hint(err,
			"`nucleus --help` lists them; `nucleus run -- CMD` runs CMD in a sandbox");
	}
	call->command = command_find(call->args[0], err);
	if (!call->command)
		return -1;
	if (options_read(call, (int)call->args_count - 1, call->args + 1, err) == 0)
		return 0;
	err_where(err, "%s", call->command->name);
	return err_hint(err, "usage: nucleus %s %s", call->command->name, call->command->synopsis);
}

static int main_run(struct call *call, int argc, char **argv, struct err *err)
{
	struct err log_err;

	if (words_read(call, argc, argv, err) < 0) {
		call_begin(call, &log_err);
		return -1;
	}
	if (call_begin(call, err) < 0)
		return -1;
	if (call_option(call, "version")) {
		printf("nucleus version " NUCLEUS_VERSION "\nspec: " OCI_VERSION "\n");
		return 0;
	}
	if (!call_option(call, "help"))
		return call->command->main(call, err);
	if (call->command)
		print_command_help(call->command);
	else
		print_help();
	return 0;
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
