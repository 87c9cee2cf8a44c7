/*
 * nucleus run: the whole life of one sandbox in one command, from a policy or a bundle. Without
 * either and without a command it shows a newcomer what a sandbox is.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "oci/bundle.h"
#include "run/life.h"
#include "run/progress.h"
#include "run/seal.h"

const char run_synopsis[] =
	"[--policy FILE] [--closure DIR] [--mode MODE] [--id ID] [--bundle-out DIR] [--timing] "
	"[--] [CMD [ARG...]] | --bundle DIR ID";

const struct option run_options[] = {
	POLICY_OPTIONS,
	{ "id", 'i', "ID", "the sandbox's name (default: run- and eight random digits)" },
	{ "bundle-out", 0, "DIR", "write the translated OCI bundle there too" },
	{ "bundle", 'b', "DIR", "run an OCI bundle instead of a policy" },
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

static const char *random_id(struct arena *arena)
{
	unsigned number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = (unsigned)progress_now();
	return arena_printf(arena, "run-%08x", number);
}

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
				steps[i].side == CHILD ? "child" : "parent",
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

static int run_config(struct call *call, struct config *config, struct run *run, struct err *err)
{
	int result;

	if (seal_self(config, call->argv, err) < 0)
		return -1;
	run->config = config;
	run->progress = progress_new(err);
	if (!run->progress)
		return -1;
	result = life_run(run, &call->status, err);
	if (result == 0 && call_option(call, "timing"))
		print_timing(run);
	run_release(run);
	return result;
}

static int run_bundle(struct call *call, const char *bundle, struct err *err)
{
	struct config config = { 0 };
	struct run run;
	const char *id = call_id(call, err);

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	if (prepare_bundle(call, bundle, &config, &run, err) < 0)
		return -1;
	return run_config(call, &config, &run, err);
}

int run_main(struct call *call, struct err *err)
{
	const char *bundle = call_option(call, "bundle"), *id = call_option(call, "id");
	const char *bundle_out = call_option(call, "bundle-out");
	bool show = !call->args_count && !call_option(call, "policy");
	struct config config = { 0 };
	struct run run;

	if (bundle)
		return run_bundle(call, bundle, err);
	prepare_run(call, id ? id : random_id(call->arena), &run);
	if (prepare_policy(call, show ? demo_args : call->args, show ? 3 : call->args_count,
		    &config, err) < 0)
		return -1;
	if (bundle_out && bundle_write(bundle_out, &config, call->arena, err) < 0)
		return -1;
	run.bundle = bundle_out ? bundle_out
				: arena_printf(call->arena, "%s/%s", call->root, run.id);
	return run_config(call, &config, &run, err);
}
