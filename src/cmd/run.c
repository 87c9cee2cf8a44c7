/*
 * nucleus run: the whole life of one sandbox in one command, from a policy or a bundle. Without
 * either and without a command it shows a newcomer what a sandbox is.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/changes.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "kernel/staging.h"
#include "oci/bundle.h"
#include "run/life.h"
#include "run/progress.h"
#include "run/rootless.h"
#include "run/seal.h"

const char run_synopsis[] =
	"[--policy FILE] [--closure LIST] [--mode MODE] [--id ID] [--bundle-out DIR] [--timing] "
	"[--detach] [--keep] [--ready WHEN] [--dry-run [--json]] [--] [CMD [ARG...]] | --config FILE | --config-fd N | --bundle DIR [--detach] [--keep] [--ready WHEN] ID";

const struct option run_options[] = {
	POLICY_OPTIONS,
	{ "id", 'i', "ID", "the sandbox's name (default: run- and eight random digits)" },
	{ "bundle-out", 0, "DIR", "write the translated OCI bundle there too" },
	{ "bundle", 'b', "DIR", "run an OCI bundle instead of a policy" },
	START_OPTIONS,
	{ "config-fd", 0, "N", "read --config from an open descriptor instead" },
	{ "detach", 'd', NULL, "come back as soon as it runs; it is ended by kill and delete" },
	{ "keep", 0, NULL, "leave the state of a foreground run until `delete`" },
	{ "ready", 0, "started|told",
		"tell the service manager that it is ready when it is started, or when it has told so" },
	{ "dry-run", 0, NULL,
		"run it, and tell what would come back of a copied [workspace]; nothing does" },
	{ "json", 0, NULL, "tell that as JSON" },
	{ "timing", 0, NULL, "say afterwards where the time of the start went" },
	{ 0 },
};

/* What `nucleus run` shows when it is told nothing: each line is found out inside, not claimed. */
static char demo[] =
	"echo \"I am $(id -un 2>/dev/null || id -u) (uid $(id -u)), process $$ of $(ls -d /proc/[0-9]* | wc -l) "
	"processes, on host $(cat /proc/sys/kernel/hostname).\"\n"
	"echo \"I see: $(echo /*)\"\n"
	"echo \"Network interfaces: $(ls /sys/class/net | tr '\\n' ' ')\"\n"
	"echo \"Capabilities: $(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status), "
	"seccomp filter: $(sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status), "
	"no new privileges: $(sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/self/status)\"\n"
	"try() { if sh -c \"$2\" >/dev/null 2>&1; then echo \"  allowed  $1\"; else echo \"  denied   $1\"; fi; }\n"
	"echo 'I tried:'\n"
	"try 'write to /tmp' 'echo x >/tmp/x'\n"
	"try 'read /usr/bin' 'ls /usr/bin'\n"
	"try 'write to /usr' 'touch /usr/x'\n"
	"try 'read the password hashes' 'cat /etc/shadow'\n"
	"try 'open a new namespace' 'unshare -U true'\n"
	"try 'mount something' 'mount -t tmpfs none /tmp'\n"
	"try 'see the kernel log' 'dmesg'\n";
static char shell[] = "/bin/sh", dash_c[] = "-c";
static char *demo_args[] = { shell, dash_c, demo, NULL };

static void print_timing(const struct run *run)
{
	const struct progress *progress = run->progress;
	uint64_t last = progress->born;

	fprintf(stderr, "%-14s %-6s %10s %10s\n", "step", "side", "from (us)", "took (us)");
	for (int i = 0; steps[i].name; i++) {
		uint64_t begin = progress->times[i].begin, end = progress->times[i].end;

		if (!begin)
			continue;
		/* The last one becomes the workload: it has no end. */
		if (end)
			fprintf(stderr, "%-14s %-6s %10.1f %10.1f\n", steps[i].name,
				steps[i].side == PARENT || steps[i].side == ASIDE ? "parent"
										  : "child",
				(double)(begin - progress->born) / 1000,
				(double)(end - begin) / 1000);
		else
			fprintf(stderr, "%-14s %-6s %10.1f %10s\n", steps[i].name, "child",
				(double)(begin - progress->born) / 1000, "-");
		last = end ? end : begin;
	}
	fprintf(stderr,
		"execve came %.1f us after the start began, its end was seen %.1f us later, and taking "
		"down took %.1f us\n",
		(double)(last - progress->born) / 1000, (double)(progress->ended - last) / 1000,
		(double)(progress->undone - progress->ended) / 1000);
}

/* The bundle beside the run, at its absolute path. */
static const char *bundle_out(const struct call *call, const struct config *config, struct err *err)
{
	const char *dir = call_option(call, "bundle-out");
	char path[PATH_MAX];

	if (bundle_write(dir, config, call->arena, err) < 0)
		return NULL;
	if (realpath(dir, path))
		return arena_strdup(call->arena, path);
	err_errno(err, "find the bundle %s", dir);
	return NULL;
}

/* As `create` and `start` would; whatever fails, no container is left. */
static int run_detached(struct call *call, struct run *run, struct err *err)
{
	struct run started;
	struct err delete_err;
	int result;

	if (life_create(run, call_option(call, "console-socket"), err) < 0)
		return -1;
	prepare_run(call, run->id, &started);
	started.notify_socket = run->notify_socket;
	started.ready_at_start = run->ready_at_start;
	result = life_start(&started, err);
	run_release(&started);
	if (result == 0)
		return 0;
	prepare_run(call, run->id, &started);
	if (life_delete(&started, true, &delete_err) < 0)
		err_hint(err, "clearing up failed too: %s", delete_err.text);
	run_release(&started);
	return -1;
}

static int dry_run_check(const struct call *call, const struct config *config, struct err *err)
{
	if (call_option(call, "json") && !call_option(call, "dry-run"))
		return call_error(call, err, "--json goes with --dry-run");
	if (!call_option(call, "dry-run"))
		return 0;
	if (call_option(call, "detach"))
		return call_error(call, err, "--dry-run waits for the end, so not with --detach");
	if (config->workspace || config->context)
		return 0;
	return call_error(call, err,
		"--dry-run tells of what is copied: the policy has neither a [context] nor a "
		"[workspace] with mode = \"copy-in-out\"");
}

/* What is said or written comes after seal_self, which may begin all over again. */
static int run_config(struct call *call, struct config *config, struct run *run, struct err *err)
{
	bool detach = call_option(call, "detach");
	int result;

	if (!detach && call_option(call, "console-socket"))
		return call_error(call, err, "--console-socket goes with --detach");
	if (dry_run_check(call, config, err) < 0 || seal_self(config, call->argv, err) < 0 ||
		rootless_enter(run, config, err) < 0)
		return -1;
	prepare_warn(call, config);
	if (call_option(call, "bundle-out"))
		run->bundle = bundle_out(call, config, err);
	prepare_start(call, config, run);
	run->dry_run = call_option(call, "dry-run") != NULL;
	run->progress = run->bundle ? progress_new(err) : NULL;
	if (!run->progress)
		return -1;
	result = detach ? run_detached(call, run, err) : life_run(run, &call->status, err);
	if (result == 0 && run->dry_run)
		changes_print(run->staging->report, call_option(call, "json"), call->arena);
	if (result == 0 && !detach && call_option(call, "timing"))
		print_timing(run);
	run_release(run);
	return result;
}

static int run_bundle(struct call *call, struct err *err)
{
	const char *id = call_id(call, err);
	struct config config = { 0 };
	struct run run;

	if (!id)
		return -1;
	if (call_option(call, "id") || call_option(call, "bundle-out"))
		return call_error(
			call, err, "--id and --bundle-out go with a policy, not a bundle");
	prepare_run(call, id, &run);
	if (prepare_either(call, &config, &run, err) < 0)
		return -1;
	return run_config(call, &config, &run, err);
}

int run_main(struct call *call, struct err *err)
{
	const char *id = call_option(call, "id");
	bool show = !call->args_count && !call_option(call, "policy");
	bool config_given = call_option(call, "config") || call_option(call, "config-fd");
	bool bundle = call_option(call, "bundle") || config_given;
	const char *name = NULL;
	struct config config = { 0 };
	struct run run;

	if (bundle)
		seal_early(call->argv);
	if (config_given && !call_option(call, "bundle") && launch_find(call, &name, err) < 0)
		return -1;
	if (bundle && !call->request)
		return run_bundle(call, err);
	show = show && !call->request;
	prepare_run(call, id ? id : name ? name : prepare_id(call->arena), &run);
	run.bundle = arena_printf(call->arena, "%s/%s", call->root, run.name);
	if (prepare_policy(call, show ? demo_args : call->args, show ? 3 : call->args_count,
		    &config, err) < 0)
		return -1;
	return run_config(call, &config, &run, err);
}
