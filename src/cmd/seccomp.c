/*
 * nucleus seccomp: a profile from what a program does. trace records it, generate makes the least
 * profile of one or several traces, verify runs the program under it and says what is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "cmd/report.h"
#include "cmd/seccomp.h"
#include "format/json.h"
#include "kernel/seccomp-program.h"
#include "run/seal.h"
#include "trace/file.h"
#include "trace/profile.h"

const char seccomp_synopsis[] =
	"trace -o FILE [--policy FILE] [--allow-dangerous] -- CMD [ARG...] | generate TRACE... [-o FILE] "
	"[--allow-dangerous] [--incomplete] [--json] [--verify -- CMD [ARG...]] | "
	"verify PROFILE [--policy FILE] [-o FILE] [--json] -- CMD [ARG...]";

const struct option seccomp_options[] = {
	POLICY_OPTIONS,
	{ "output", 'o', "FILE", "where the trace, the profile or the report goes" },
	{ "allow-dangerous", 0, NULL, "let known ways out happen, or learn them" },
	{ "incomplete", 0, NULL, "make a profile of a trace that was cut short, too" },
	{ "verify", 0, NULL, "run the command after -- under the profile that was made" },
	{ "json", 0, NULL, "print the report as JSON" },
	{ 0 },
};

int seccomp_write(const char *path, const char *text, struct arena *arena, struct err *err)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct stat stat;

	if (!path)
		return fputs(text, stdout) < 0 ? err_errno(err, "write to standard output") : 0;
	if (fstatat(AT_FDCWD, path, &stat, 0) == 0 && !S_ISREG(stat.st_mode)) {
		autoclose fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		return fd < 0 || fd_write_all(fd, text, strlen(text)) < 0
			? err_errno(err, "write %s", path)
			: 0;
	}
	autoclose dir = open(slash ? arena_copy(arena, path, (size_t)(slash - path) + 1) : ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, "the directory of %s", path);
	return file_replace(dir, slash ? slash + 1 : path, text, strlen(text), err);
}

void seccomp_tell(const struct seen *seen, const char *what, const char *why, struct arena *arena)
{
	report_warning(arena_printf(arena, "%s %s, %" PRIu64 " time%s: it %s", what,
		traced_text(&seen->call, arena), seen->count, seen->count == 1 ? "" : "s", why));
}

static struct node *left_out_node(const struct profile *profile, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY), *item;

	for (size_t i = 0; i < profile->left_out_count; i++) {
		const struct left_out *one = &profile->left_out[i];

		item = trace_call(one->seen, one->seen->count, arena);
		node_put_string(arena, item, "reason", one->reason);
		node_append(list, item);
	}
	return list;
}

static void generate_report(const struct call *call, const struct set *set,
	const struct profile *profile, const char *output)
{
	struct arena *arena = call->arena;
	struct node *report;

	if (!call_option(call, "json")) {
		for (size_t i = 0; i < profile->left_out_count; i++)
			seccomp_tell(profile->left_out[i].seen,
				"not learnt:", profile->left_out[i].reason, arena);
		if (profile->left_out_count && !call_option(call, "allow-dangerous"))
			report_warning("--allow-dangerous would learn them, but what has no name");
		return;
	}
	report = node_new(arena, NODE_TABLE);
	node_put_string(arena, report, "profile", output);
	node_put_integer(arena, report, "calls", (int64_t)set->calls);
	node_put_integer(arena, report, "different", (int64_t)set->count);
	node_put_integer(arena, report, "rules", (int64_t)profile->seccomp.syscalls_count);
	node_put(arena, report, "left_out", left_out_node(profile, arena));
	puts(json_write(arena, report, false));
}

static int generate(struct call *call, struct err *err)
{
	const char *output = call_option(call, "output");
	bool verify = call_option(call, "verify"), json = call_option(call, "json");
	struct set set = { .arena = call->arena };
	struct trace_floor floor;
	struct profile profile;
	const struct config_seccomp *profiles[] = { &profile.seccomp };
	struct filter filter;

	if (call->args_before < 2)
		return call_error(call, err, "no trace named");
	if (!output && (verify || json))
		return call_error(call, err, "--verify and --json go with -o FILE");
	if (verify == (call->args_count == call->args_before))
		return call_error(call, err, "--verify and -- CMD go together");
	if (verify)
		seal_early(call->argv);
	for (size_t i = 1; i < call->args_before; i++)
		if (trace_read(call->args[i], call_option(call, "incomplete"), &set, err) < 0)
			return -1;
	if (floor_read(&floor, call->arena, err) < 0)
		return -1;
	profile_make(&floor, &set, call_option(call, "allow-dangerous"), &profile);
	/* What no kernel would load must not be written. */
	if (filter_compile(profiles, 1, call->arena, &filter, err) < 0)
		return err_hint(err, "the traces hold too many different calls");
	if (seccomp_write(output, profile_write(&profile, call->arena), call->arena, err) < 0)
		return -1;
	generate_report(call, &set, &profile, output);
	return verify ? seccomp_verify(call, output, err) : 0;
}

int seccomp_main(struct call *call, struct err *err)
{
	const char *word = call->args_before ? call->args[0] : "";
	bool command = call->args_count > call->args_before;

	if (!strcmp(word, "generate"))
		return generate(call, err);
	if (!strcmp(word, "trace")) {
		if (call->args_before != 1 || !command || !call_option(call, "output"))
			return call_error(call, err, "trace needs -o FILE and -- CMD");
		return seccomp_trace(call, err);
	}
	if (!strcmp(word, "verify")) {
		if (call->args_before != 2 || !command)
			return call_error(call, err, "verify needs a profile and -- CMD");
		return seccomp_verify(call, call->args[1], err);
	}
	return call_error(call, err, "trace, generate or verify is what it can do");
}
