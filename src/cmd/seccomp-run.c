/*
 * nucleus seccomp trace and verify: a run like any other whose filter asks this process, about
 * every call or about those that a profile does not let pass. All else of the sandbox holds: what
 * is traced may be what a profile is to be made against.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/lists.h"
#include "cmd/prepare.h"
#include "cmd/report.h"
#include "cmd/seccomp.h"
#include "format/json.h"
#include "oci/spec.h"
#include "run/life.h"
#include "run/rootless.h"
#include "run/seal.h"
#include "trace/file.h"
#include "trace/floor.h"
#include "trace/tracer.h"

enum { TOLD_MOST = 20 };

struct traced_run {
	struct run run;
	struct config config;
	struct arena arena; /* the tracer's */
	struct tracer tracer;
};

static int answer(struct run *run, int listener, struct err *err)
{
	return tracer_start(run->answerer, listener, run->pidfd, err);
}

/* The config of the command after "--". */
static int prepare(struct call *call, struct traced_run *traced, struct err *err)
{
	struct run *run = &traced->run;

	prepare_run(call, prepare_id(call->arena), run);
	run->bundle = arena_printf(call->arena, "%s/%s", call->root, run->name);
	if (prepare_policy(call, call->args + call->args_before,
		    call->args_count - call->args_before, &traced->config, err) < 0)
		return -1;
	/* Its end is how one knows that nobody is left who could make a call. */
	if (!config_has_new_namespace(&traced->config, NAMESPACE_PID))
		return err_set(err, EINVAL,
			"the policy's namespaces.pid is false: only what runs in a pid namespace of its "
			"own can be traced to the end");
	if (seal_self(&traced->config, call->argv, err) < 0 ||
		rootless_enter(run, &traced->config, err) < 0)
		return -1;
	prepare_warn(call, &traced->config);
	prepare_start(call, &traced->config, run);
	run->answer = answer;
	run->answerer = &traced->tracer;
	traced->tracer.arena = &traced->arena;
	traced->tracer.listener = traced->tracer.process = -1;
	return 0;
}

/* Runs it; what ended the tracer comes before what that did to the run. */
static int run_traced(struct call *call, struct traced_run *traced, struct err *err)
{
	struct tracer *tracer = &traced->tracer;
	int result = life_run(&traced->run, &call->status, err);

	tracer_finish(tracer);
	run_release(&traced->run);
	if (tracer->err.code) {
		*err = tracer->err;
		err_hint(err, "the run was ended");
		result = -1;
	}
	if (result < 0)
		call->status = 0;
	else if (!tracer->complete)
		result = err_set(err, EIO, "the sandbox is gone, but not all that was traced");
	return result;
}

struct refusal {
	struct trace_floor floor;
	bool dangerous;
};

/* A flag of clone3 cannot be seen; C libraries go on with clone. What no kernel of this age has is
 * answered as it would be. */
static int trace_decide(const struct tracer *tracer, const struct traced *call)
{
	const struct refusal *refusal = tracer->rules;

	if (!call->name || !strcmp(call->name, "clone3"))
		return ENOSYS;
	if (refusal->dangerous || !floor_reason(&refusal->floor, call))
		return 0;
	return call->abi == CALL_ABI_X86_64 ? EPERM : ENOSYS;
}

static int out_write(const struct tracer *tracer, const char *text, struct err *err)
{
	if (fd_write_all(tracer->out, text, strlen(text)) < 0)
		return err_errno(err, "write the trace %s", tracer->file);
	return 0;
}

static int head_write(const struct call *call, struct traced_run *traced, struct err *err)
{
	const char *policy = call_option(call, "policy"), *text;
	struct trace_head head = {
		.version = { true, TRACE_VERSION },
		.nucleus = NUCLEUS_VERSION,
		.command = traced->config.process.args,
		.policy = policy ? policy : "agent",
		.dangerous = call_option(call, "allow-dangerous"),
	};
	unsigned char sum[SHA256_SIZE];
	char digest[SHA256_TEXT_SIZE];
	struct utsname kernel;

	traced->config.seccomp = NULL;
	text = spec_write(&traced->config, call->arena);
	digest_bytes(text, strlen(text), sum);
	digest_text(sum, digest);
	head.config_sha256 = digest;
	if (uname(&kernel) == 0)
		head.kernel = kernel.release;
	return out_write(&traced->tracer, trace_head_line(&head, call->arena), err);
}

/* Those that were seen more than once, and the end. */
static int end_write(const struct call *call, const struct tracer *tracer, struct err *err)
{
	const struct trace_end end = {
		.complete = true,
		.status = { true, call->status },
		.calls = { true, tracer->set.calls },
		.different = { true, tracer->set.count },
		.dropped = { true, 0 },
	};

	for (size_t i = 0; i < tracer->set.count; i++) {
		const struct seen *seen = &tracer->set.items[i];
		autoarena scratch = { 0 };

		if (seen->count > 1 &&
			out_write(tracer, trace_call_line(seen, seen->count - 1, &scratch), err) <
				0)
			return -1;
	}
	return out_write(tracer, trace_end_line(&end, call->arena), err);
}

static void refusals_tell(const struct call *call, const struct tracer *tracer)
{
	const struct refusal *refusal = tracer->rules;
	size_t told = 0;

	for (size_t i = 0; i < tracer->set.count; i++) {
		const struct seen *seen = &tracer->set.items[i];
		const char *reason = floor_reason(&refusal->floor, &seen->call);

		if (!seen->answer || !reason ||
			(seen->call.name && !strcmp(seen->call.name, "clone3")))
			continue;
		if (told++ < TOLD_MOST)
			seccomp_tell(seen, "refused:", reason, call->arena);
	}
	if (told > TOLD_MOST)
		report_warning(arena_printf(
			call->arena, "and %zu more that were refused", told - TOLD_MOST));
}

int seccomp_trace(struct call *call, struct err *err)
{
	static struct traced_run traced;
	static struct refusal refusal;
	const char *file = call_option(call, "output");

	if (prepare(call, &traced, err) < 0 || floor_read(&refusal.floor, call->arena, err) < 0)
		return -1;
	refusal.dangerous = call_option(call, "allow-dangerous");
	/* Without waiting: a fifo may have no reader. */
	autoclose out = open(
		file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (out < 0)
		return err_errno(err, "open the trace %s", file);
	traced.tracer.out = out;
	traced.tracer.file = file;
	traced.tracer.rules = &refusal;
	traced.tracer.decide = trace_decide;
	if (head_write(call, &traced, err) < 0)
		return -1;
	traced.config.seccomp = tracer_profile(call->arena);
	traced.config.seccomp_more_count = 0;
	if (run_traced(call, &traced, err) < 0 || end_write(call, &traced.tracer, err) < 0) {
		call->status = 0;
		return -1;
	}
	refusals_tell(call, &traced.tracer);
	arena_release(&traced.arena);
	return 0;
}

/* What a profile says about a call that no rule of it names. */
static uint32_t otherwise(const struct call_rules *rules, const struct seccomp_data *data)
{
	struct call_rules spans = *rules;

	spans.rules_count = 0;
	return rules_decide(&spans, 1, data);
}

/* What the profile would have answered; death is told, and put off, so that more can be told. */
static int verify_decide(const struct tracer *tracer, const struct traced *call)
{
	const struct seccomp_data data = traced_data(call);
	uint32_t action = otherwise(tracer->rules, &data);

	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO
		? (int)(action & SECCOMP_RET_DATA)
		: EPERM;
}

/* The same profile, asking where it refuses what no rule of it names. */
static int profile_ask(struct call *call, struct traced_run *traced, const char *file,
	struct call_rules *rules, struct err *err)
{
	const struct config_seccomp *own = traced->config.seccomp;
	struct config_seccomp *asking = tracer_profile(call->arena);
	const struct seccomp_data first = { .arch = AUDIT_ARCH_X86_64 };

	if (seccomp_notifies(own))
		return err_set(err, EINVAL, "%s leaves calls to a listener of its own", file);
	if (rules_resolve(own, call->arena, rules, err) < 0)
		return err_where(err, "%s", file);
	if (otherwise(rules, &first) >= SECCOMP_RET_LOG)
		return err_set(err, EINVAL,
			"%s lets every call pass that no rule names: nothing could be missing",
			file);
	asking->architectures = own->architectures;
	asking->syscalls = own->syscalls;
	asking->syscalls_count = own->syscalls_count;
	for (size_t i = 0; i < own->flags.count; i++)
		if (!strings_hold(&asking->flags, own->flags.items[i]))
			strings_add(&asking->flags, call->arena, own->flags.items[i]);
	traced->config.seccomp = asking;
	traced->tracer.rules = rules;
	return 0;
}

static int verify_report(struct call *call, const struct set *set, struct err *err)
{
	const char *file = call_option(call, "output");
	struct node *report = node_new(call->arena, NODE_TABLE);
	struct node *missing = node_new(call->arena, NODE_ARRAY);
	bool json = call_option(call, "json") || file;

	for (size_t i = 0; i < set->count; i++) {
		const struct seen *seen = &set->items[i];

		node_append(missing, trace_call(seen, seen->count, call->arena));
		if (!json && i < TOLD_MOST)
			seccomp_tell(seen, "missing:", "is not in the profile", call->arena);
	}
	if (!json && set->count > TOLD_MOST)
		report_warning(arena_printf(
			call->arena, "and %zu more that are missing", set->count - TOLD_MOST));
	node_put(call->arena, report, "missing", missing);
	node_put_integer(call->arena, report, "status", call->status);
	if (!json)
		return 0;
	return seccomp_write(file,
		arena_printf(call->arena, "%s\n", json_write(call->arena, report, false)),
		call->arena, err);
}

int seccomp_verify(struct call *call, const char *profile, struct err *err)
{
	static struct traced_run traced;
	static struct call_rules rules;
	static char path[PATH_MAX];

	if (!realpath(profile, path))
		return err_errno(err, "%s", profile);
	call->seccomp_profile = path;
	if (prepare(call, &traced, err) < 0)
		return -1;
	traced.tracer.out = -1;
	traced.tracer.decide = verify_decide;
	if (profile_ask(call, &traced, profile, &rules, err) < 0 ||
		run_traced(call, &traced, err) < 0)
		return -1;
	set_sort(&traced.tracer.set);
	if (call->status)
		report_warning(arena_printf(
			call->arena, "the command ended with status %d", call->status));
	if (verify_report(call, &traced.tracer.set, err) < 0) {
		call->status = 0;
		return -1;
	}
	call->status = traced.tracer.set.count > 0;
	arena_release(&traced.arena);
	return 0;
}
