/*
 * nucleus exec: a process more in a running container, as a client's file describes it or like the
 * container's own with what the options change.
 */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "cmd/report.h"
#include "oci/spec.h"
#include "run/exec.h"
#include "run/seal.h"

const char exec_synopsis[] = "[OPTION...] ID [--] COMMAND [ARG...] | --process FILE [OPTION...] ID";

const struct option exec_options[] = {
	{ "process", 'p', "FILE", "what is run, as JSON: the \"process\" of a config.json" },
	{ "tty", 't', NULL, "give it a terminal of its own" },
	{ "user", 'u', "USER[:GROUP]", "numbers, or names of the container" },
	{ "additional-gids", 'g', "GROUP",
		"a further group, instead of the user's own; repeatable" },
	{ "cwd", 0, "DIR", "its working directory" },
	{ "env", 'e', "NAME=VALUE", "an environment variable more; repeatable" },
	{ "cap", 'c', "CAPABILITY", "a capability more; repeatable" },
	{ "apparmor", 0, "PROFILE", "its AppArmor profile" },
	{ "process-label", 0, "LABEL", "its SELinux label" },
	{ "no-new-privs", 0, NULL, "let no execve give it more" },
	{ "detach", 'd', NULL, "come back as soon as it runs" },
	{ "pid-file", 0, "FILE", "write its number there" },
	{ "pidfd-socket", 0, "PATH", "a socket that receives its pidfd" },
	{ "console-socket", 0, "PATH", "a socket that receives the terminal" },
	{ "preserve-fds", 0, "N", "hand on N descriptors from 3 on, after LISTEN_FDS" },
	{ "cgroup", 0, "[CONTROLLER:]PATH", "a cgroup below the container's; repeatable" },
	{ "ignore-paused", 0, NULL, "of a paused container: wait until somebody resumes it" },
	{ 0 },
};

static void request_read(const struct call *call, struct exec_request *request)
{
	size_t skip = call->args_count > 1 && !strcmp(call->args[1], "--") ? 2 : 1;

	*request = (struct exec_request){
		.user = call_option(call, "user"),
		.cwd = call_option(call, "cwd"),
		.apparmor_profile = call_option(call, "apparmor"),
		.selinux_label = call_option(call, "process-label"),
		.groups = call_options(call, "additional-gids"),
		.env = call_options(call, "env"),
		.capabilities = call_options(call, "cap"),
		.args = { true, call->args_count - skip, (const char **)call->args + skip },
		.terminal = call_option(call, "tty") != NULL,
		.no_new_privileges = call_option(call, "no-new-privs") != NULL,
	};
}

/* With a file nothing else says what the process is, but for the terminal some callers repeat. */
static int call_check(const struct call *call, struct err *err)
{
	static const char *const others[] = { "user", "additional-gids", "cwd", "env", "cap",
		"apparmor", "process-label", "no-new-privs" };
	bool file = call_option(call, "process");

	if (!call->args_count)
		return call_error(call, err, "no container id");
	if (file && call->args_count > 1)
		return call_error(
			call, err, "--process names the command, %s is one more", call->args[1]);
	if (!file && call->args_count < 2)
		return call_error(call, err, "no command, and no --process that names one");
	for (size_t i = 0; file && i < sizeof(others) / sizeof(*others); i++)
		if (call_option(call, others[i]))
			return call_error(call, err,
				"--process says all about the process; --%s does not go with it",
				others[i]);
	return 0;
}

static int exec_call(struct call *call, struct run *run, struct err *err)
{
	const char *file = call_option(call, "process");
	struct config config, given = { 0 };
	struct exec_request request;
	bool ids_shared;

	if (exec_open(run, call_option(call, "ignore-paused"), &ids_shared, err) < 0 ||
		(ids_shared && seal_program(call->argv, err) < 0))
		return -1;
	request_read(call, &request);
	if (file && spec_process_read(file, &given, call->arena, err) < 0)
		return -1;
	given.process.terminal |= request.terminal;
	request.process = file ? &given.process : NULL;
	if (exec_settle(run, &request, &config, err) < 0)
		return -1;
	for (size_t i = 0; i < given.warnings.count; i++)
		report_warning(given.warnings.items[i]);
	if (call->listen_fds)
		prepare_listen(call, &config);
	return exec_run(run, call_option(call, "console-socket"), &call->status, err);
}

int exec_main(struct call *call, struct err *err)
{
	struct run run;
	int result;

	if (call_check(call, err) < 0)
		return -1;
	prepare_run(call, call->args[0], &run);
	run.preserved = call->preserved;
	run.listens = call->listen_fds > 0;
	run.pid_file = call_option(call, "pid-file");
	run.pidfd_socket = call_option(call, "pidfd-socket");
	run.target.cgroups = call_options(call, "cgroup");
	run.target.detached = call_option(call, "detach") != NULL;
	result = exec_call(call, &run, err);
	run_release(&run);
	return result;
}
