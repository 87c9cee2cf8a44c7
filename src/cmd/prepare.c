/*
 * The left half of the hourglass as commands use it. Whatever the input was, what comes out is one
 * checked struct config.
 */
#include "cmd/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "cmd/means.h"
#include "cmd/report.h"
#include "config/check.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "kernel/caps.h"
#include "kernel/ids.h"
#include "kernel/landlock.h"
#include "kernel/lsm.h"
#include "oci/image.h"
#include "oci/spec.h"
#include "policy/policy.h"
#include "run/life.h"
#include "run/ready.h"
#include "run/seal.h"

int prepare_mode(const char *text, int *mode, struct err *err)
{
	*mode = MODE_UNSET;
	if (!text)
		return 0;
	for (int i = 1; mode_names[i]; i++)
		if (!strcmp(mode_names[i], text))
			*mode = i;
	return *mode
		? 0
		: err_set(err, EINVAL, "--mode %s: it is agent, strict-agent or production", text);
}

void prepare_warn(const struct call *call, const struct config *config)
{
	const char *const lacks[] = {
		landlock_lack(config, config->landlock, call->arena),
		landlock_lack(config, config->process.landlock, call->arena),
		lsm_lack(config),
		caps_lack(config, call->arena),
	};

	for (size_t i = 0; i < config->warnings.count; i++)
		report_warning(config->warnings.items[i]);
	for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++)
		if (lacks[i])
			report_warning(lacks[i]);
	for (size_t i = 0; i < config->landlock_more_count; i++) {
		const char *lack = landlock_lack(config, &config->landlock_more[i], call->arena);

		if (lack)
			report_warning(lack);
	}
}

/* The caller's word on who makes cgroups. */
static int manager_asked(const struct call *call)
{
	const char *named = call_option(call, "cgroup-manager");
	int manager = MANAGER_UNSET;

	if (!named && call_option(call, "systemd-cgroup"))
		return MANAGER_SYSTEMD;
	for (int i = 1; named && manager_names[i]; i++)
		if (!strcmp(manager_names[i], named))
			manager = i;
	return manager;
}

/* A bundle may say who is to make its cgroup, but not choose: limits of others depend on it. */
static int manager_settle(const struct call *call, struct config *config, struct err *err)
{
	int asked = manager_asked(call), told = config->cgroup_manager;

	if (told != MANAGER_UNSET && told != (asked ? asked : MANAGER_CGROUPFS)) {
		err_set(err, EINVAL,
			"annotations." ANNOTATION_PREFIX
			"cgroup-manager: it is for the caller to choose");
		return err_hint(err, "use --cgroup-manager %s", manager_names[told]);
	}
	config->cgroup_manager = asked;
	if (asked == MANAGER_DISABLED && config->resources.devices_count)
		strings_add(&config->warnings, call->arena,
			"linux.resources.devices is not enforced, as no cgroup is made "
			"(--cgroup-manager disabled)");
	return 0;
}

int prepare_closure(const struct call *call, struct config_closure *closure, struct strings *notes,
	struct err *err)
{
	const struct strings roots = call_options(call, "closure-root");
	struct strings own = { 0 };
	const struct closure_request request = {
		.dir_fd = AT_FDCWD,
		.list = call_option(call, "closure"),
		.store_dir = call_option(call, "store-dir"),
		.store = call_option(call, "store"),
		.roots = &roots,
	};

	notes = notes ? notes : &own;
	*closure = (struct config_closure){ 0 };
	if (!request.list)
		return call_error(call, err, "--closure LIST names the closure");
	if (closure_read(&request, closure, notes, call->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < notes->count; i++)
		report_warning(notes->items[i]);
	closure_identify(closure, NULL, call->arena);
	return 0;
}

/* A closure may be named by a file, as long as that is no archive of an image. */
static bool image_named(const char *closure, struct err *err)
{
	if (image_refuse(-1, closure, NULL, err) == 0)
		return false;
	return err->code != ENOTDIR;
}

int prepare_policy(const struct call *call, char **args, size_t args_count, struct config *config,
	struct err *err)
{
	const char *file = call_option(call, "policy");
	const bool for_root = call_option(call, "for-root");
	struct translation translation = {
		.closure = call_option(call, "closure"),
		.closure_roots = call_options(call, "closure-root"),
		.store = call_option(call, "store"),
		.state_root = call->root,
		.records = call->records,
		.args = args,
		.args_count = args_count,
		.environment = (const char *const *)environ,
		.inherited = call->inherited,
		.seccomp_profile = call->seccomp_profile,
		.uid = for_root ? 0 : geteuid(),
		.gid = for_root ? 0 : getegid(),
		.ids_short = !for_root && call->user_namespace && ids_short(),
	};
	struct policy *policy;

	if (translation.closure_roots.count && !translation.closure)
		return call_error(call, err, "--closure-root goes with --closure");
	if (prepare_mode(call_option(call, "mode"), &translation.mode, err) < 0 ||
		(translation.closure && image_named(translation.closure, err)))
		return -1;
	policy = call->request ? call->request
			       : policy_read(file ? file : "agent", call->arena, err);
	/* What a pipe gives is there once, and not for the sealed program again. */
	if (policy && policy->env.from_fd.set)
		seal_early(call->argv);
	if (!policy ||
		(policy->filesystem.root &&
			image_refuse(-1, policy->filesystem.root, NULL, err) < 0) ||
		policy_translate(policy, &translation, config, call->arena, err) < 0)
		return -1;
	config->warnings = translation.warnings;
	if (manager_settle(call, config, err) < 0)
		return -1;
	return config_check(config, err);
}

int prepare_bundle(const struct call *call, const char *dir, struct config *config, struct run *run,
	struct err *err)
{
	char path[PATH_MAX];
	int mode;

	if (prepare_mode(call_option(call, "mode"), &mode, err) < 0 ||
		image_refuse(-1, dir, NULL, err) < 0)
		return -1;
	if (mode && !call_option(call, "policy"))
		return call_error(call, err, "--mode goes with --policy");
	if (!realpath(dir, path))
		return err_errno(err, "bundle %s", dir);
	run->bundle = arena_strdup(call->arena, path);
	run->bundle_dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run->bundle_dir < 0)
		return err_errno(err, "bundle %s", path);
	if (spec_read_from(run->bundle_dir, run->bundle, call_option(call, "config"), config,
		    call->arena, err) < 0 ||
		over_apply(call, mode, config, run, err) < 0)
		return -1;
	return manager_settle(call, config, err);
}

int prepare_either(const struct call *call, struct config *config, struct run *run, struct err *err)
{
	const char *bundle = call_option(call, "bundle");

	if (!bundle && call_option(call, "config"))
		bundle = ".";
	if (!bundle)
		return prepare_policy(call, call->args, call->args_count, config, err);
	if (call_option(call, "closure") || call_option(call, "closure-root") ||
		call_option(call, "store"))
		return call_error(call, err,
			"a bundle brings its own root: --closure, --closure-root and --store do not go "
			"with it");
	return prepare_bundle(call, bundle, config, run, err);
}

/* LISTEN_FDS and its kin as the workload must see them; the number is set by who becomes it. */
void prepare_listen(const struct call *call, struct config *config)
{
	const char *names = getenv("LISTEN_FDNAMES");
	struct strings *env = &config->process.env;

	*env = strings_without(env, "LISTEN_", call->arena);
	strings_add(env, call->arena, arena_printf(call->arena, "LISTEN_FDS=%u", call->listen_fds));
	strings_add(env, call->arena, "LISTEN_PID=1");
	if (names)
		strings_add(
			env, call->arena, arena_printf(call->arena, "LISTEN_FDNAMES=%s", names));
}

/* The descriptors of the caller that secrets come from. */
static uint64_t secret_descriptors(const struct config *config)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < config->secrets_count; i++)
		if (config->secrets[i].fd.set)
			kept |= UINT64_C(1) << (config->secrets[i].fd.value & (CALLER_FDS - 1));
	return kept;
}

void prepare_start(struct call *call, struct config *config, struct run *run)
{
	const char *ready = call_option(call, "ready");

	call_descriptors_keep(call, secret_descriptors(config));
	run->inherited = call->inherited;
	run->credentials = getenv("CREDENTIALS_DIRECTORY");
	run->preserved = call->preserved;
	run->listens = call->listen_fds > 0;
	run->no_new_keyring = call_option(call, "no-new-keyring") != NULL;
	run->keep = call_option(call, "keep") != NULL;
	run->pid_file = call_option(call, "pid-file");
	run->pidfd_socket = call_option(call, "pidfd-socket");
	if (run->listens)
		prepare_listen(call, config);
	run->ready_at_start = ready ? !strcmp(ready, "started") : !config_is_foreign(config);
	ready_settle(run, config);
	run->config = config;
}

const char *prepare_id(struct arena *arena)
{
	unsigned number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = (unsigned)clock_now();
	return arena_printf(arena, "run-%08x", number);
}

void prepare_run(const struct call *call, const char *id, struct run *run)
{
	run_init(run);
	run->arena = call->arena;
	run->id = id;
	run->name = file_name_for(call->arena, id);
	run->cgroup.unit_of_user = manager_asked(call) == MANAGER_SYSTEMD && call_rootless(call);
	run->ids.dir = call->ids_dir;
	run->ids.nested = call->user_namespace;
	run->state_root = call->root;
	run->report = report_err;
	run->warn = report_warning;
	run->attest_means = means_make(call);
}
