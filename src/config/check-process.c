/* Checks of config.json's "process"; see check.h. Capabilities need none: their names were known.
 */
#include <string.h>

#include "base/names.h"
#include "config/check-parts.h"

static int env_check(const struct strings *env, struct err *err)
{
	for (size_t i = 0; i < env->count; i++) {
		const char *equals = strchr(env->items[i], '=');

		if (!equals || equals == env->items[i])
			return fault(err, "process.env[%zu]: \"%.100s\" is not NAME=value", i,
				env->items[i]);
	}
	return 0;
}

static int user_check(const struct config_user *user, struct err *err)
{
	if (user->uid.set != user->gid.set)
		return fault(err, "process.user.%s: missing: uid and gid go together",
			user->uid.set ? "gid" : "uid");
	if (bound_check(user->uid, 0, ID_MOST, err, "process.user.uid") < 0 ||
		bound_check(user->gid, 0, ID_MOST, err, "process.user.gid") < 0 ||
		bound_check(user->umask, 0, 0777, err, "process.user.umask") < 0)
		return -1;
	for (size_t i = 0; i < user->additional_gids.count; i++)
		if (bound_check((struct maybe_int){ true, user->additional_gids.items[i] }, 0,
			    ID_MOST, err, "process.user.additionalGids[%zu]", i) < 0)
			return -1;
	return 0;
}

static int rlimit_check(const struct config_process *process, size_t index, struct err *err)
{
	const struct config_rlimit *rlimit = &process->rlimits[index];

	if (!rlimit->type || !rlimit->soft.set || !rlimit->hard.set)
		return fault(err, "process.rlimits[%zu]: needs type, soft and hard", index);
	if (rlimit_number(rlimit->type) < 0)
		return fault(err, "process.rlimits[%zu].type: \"%.40s\" is no limit of Linux",
			index, rlimit->type);
	if (rlimit->soft.value > rlimit->hard.value)
		return fault(err, "process.rlimits[%zu].soft: above the hard limit of %s", index,
			rlimit->type);
	for (size_t i = 0; i < index; i++)
		if (!strcmp(process->rlimits[i].type, rlimit->type))
			return fault(err, "process.rlimits[%zu].type: %s is there twice", index,
				rlimit->type);
	return 0;
}

/* No process at all is allowed until start, which needs args. */
static bool process_absent(const struct config_process *process)
{
	return !process->args.set && !process->cwd && !process->env.set;
}

int process_check(const struct config *config, struct err *err)
{
	const struct config_process *process = &config->process;
	const struct config_console_size *console = &process->console_size;

	if (process_absent(process))
		return 0;
	if (!process->cwd)
		return fault(err, "process.cwd: missing");
	if (process->cwd[0] != '/')
		return fault(err, "process.cwd: \"%.200s\" is not absolute", process->cwd);
	if (process->args.set && !process->args.count)
		return fault(err, "process.args: empty: there is nothing to run");
	if (env_check(&process->env, err) < 0 || user_check(&process->user, err) < 0)
		return -1;
	for (size_t i = 0; i < process->rlimits_count; i++)
		if (rlimit_check(process, i, err) < 0)
			return -1;
	if (bound_check(console->height, 0, 65535, err, "process.consoleSize.height") < 0 ||
		bound_check(console->width, 0, 65535, err, "process.consoleSize.width") < 0)
		return -1;
	return bound_check(process->oom_score_adj, -1000, 1000, err, "process.oomScoreAdj");
}
