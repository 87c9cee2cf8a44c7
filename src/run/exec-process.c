/*
 * What the new process is: the container's own as it was created, changed by options, or one that a
 * client wrote. The container's Landlock rules and seccomp filter lie outside of it and always
 * hold. Of what lies inside no_new_privs is never taken back; a container made by a policy
 * (dev.nucleus.mode) also has the capabilities, limits and labels of that as the most there is,
 * while the client of any other may give what it likes, as `podman exec --privileged` does. Where
 * the policy lies over a client's bundle, what is more is left out instead of refused.
 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/lists.h"
#include "base/names.h"
#include "config/check.h"
#include "config/narrow.h"
#include "oci/spec.h"
#include "run/exec.h"
#include "run/state.h"

static void string_add(struct strings *list, const char *text, struct arena *arena)
{
	const char **items = arena_alloc(arena, list->count + 1, sizeof(*items));

	if (list->count)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count] = text;
	*list = (struct strings){ .set = true, .count = list->count + 1, .items = items };
}

/* Takes the place of a variable of that name. */
static int env_set(struct strings *env, const char *text, struct arena *arena, struct err *err)
{
	const char *equals = strchr(text, '=');
	size_t name = equals ? (size_t)(equals - text) + 1 : 0;

	if (name < 2)
		return err_set(err, EINVAL, "--env \"%.100s\": it is not NAME=value", text);
	string_add(env, text, arena);
	for (size_t i = 0; i + 1 < env->count; i++)
		if (!strncmp(env->items[i], text, name)) {
			env->items[i] = text;
			env->count--;
			break;
		}
	return 0;
}

static int capabilities_add(struct config_process *process, const struct strings *names,
	struct arena *arena, struct err *err)
{
	struct config_capabilities *sets = arena_alloc(arena, 1, sizeof(*sets));

	if (process->capabilities)
		*sets = *process->capabilities;
	process->capabilities = sets;
	for (size_t i = 0; i < names->count; i++) {
		int number = capability_number(names->items[i]);

		if (number < 0)
			return err_set(err, EINVAL, "--cap %.60s: there is no such capability",
				names->items[i]);
		string_add(&sets->bounding, capability_name(number), arena);
		string_add(&sets->permitted, capability_name(number), arena);
		string_add(&sets->effective, capability_name(number), arena);
	}
	return 0;
}

/* The container's own process, changed as the options say. */
static int process_change(struct config_process *process, const struct exec_request *request,
	struct arena *arena, struct err *err)
{
	process->args = request->args;
	process->terminal = request->terminal;
	process->console_size = (struct config_console_size){ 0 };
	process->no_new_privileges |= request->no_new_privileges;
	if (request->cwd)
		process->cwd = request->cwd;
	if (request->apparmor_profile)
		process->apparmor_profile = request->apparmor_profile;
	if (request->selinux_label)
		process->selinux_label = request->selinux_label;
	for (size_t i = 0; i < request->env.count; i++)
		if (env_set(&process->env, request->env.items[i], arena, err) < 0)
			return -1;
	return request->capabilities.count
		? capabilities_add(process, &request->capabilities, arena, err)
		: 0;
}

static int ceiling_check(const struct strings *wanted, const struct config_capabilities *most,
	const char *set, struct err *err)
{
	for (size_t i = 0; i < wanted->count; i++) {
		int number = capability_number(wanted->items[i]);

		if (number < 0 || (most && strings_hold(&most->bounding, capability_name(number))))
			continue;
		err_set(err, EPERM,
			"process.capabilities.%s: %s is more than the container's policy allows",
			set, capability_name(number));
		return err_hint(err, "the policy it was created with would have to keep it");
	}
	return 0;
}

static int capabilities_check(const struct config_capabilities *wanted,
	const struct config_capabilities *most, struct err *err)
{
	if (!wanted)
		return 0;
	if (ceiling_check(&wanted->bounding, most, "bounding", err) < 0 ||
		ceiling_check(&wanted->effective, most, "effective", err) < 0 ||
		ceiling_check(&wanted->inheritable, most, "inheritable", err) < 0 ||
		ceiling_check(&wanted->permitted, most, "permitted", err) < 0)
		return -1;
	return ceiling_check(&wanted->ambient, most, "ambient", err);
}

/* A client asks for what its bundle had, and does not know of the policy over that. */
static void capabilities_narrow(
	struct config_process *process, const struct config_capabilities *most, struct arena *arena)
{
	struct config_capabilities *own = process->capabilities, *made;
	const struct strings none = { .set = true }, *all = most ? &most->bounding : &none;

	if (!own)
		return;
	made = arena_alloc(arena, 1, sizeof(*made));
	*made = (struct config_capabilities){
		.bounding = capabilities_within(&own->bounding, all, arena),
		.effective = capabilities_within(&own->effective, all, arena),
		.inheritable = capabilities_within(&own->inheritable, all, arena),
		.permitted = capabilities_within(&own->permitted, all, arena),
		.ambient = capabilities_within(&own->ambient, all, arena),
	};
	process->capabilities = made;
}

static uint64_t lower(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* The new process's limits, none of them above one of the policy's. */
static void limits_lower(
	struct config_process *process, const struct config_process *most, struct arena *arena)
{
	size_t count = process->rlimits_count;
	struct config_rlimit *limits = arena_alloc(
		arena, count + most->rlimits_count, sizeof(*limits));

	if (count)
		memcpy(limits, process->rlimits, count * sizeof(*limits));
	for (size_t i = 0; i < most->rlimits_count; i++) {
		const struct config_rlimit *limit = &most->rlimits[i];
		size_t same = 0;

		while (same < count &&
			(!limits[same].type || strcmp(limits[same].type, limit->type)))
			same++;
		if (same == count) {
			limits[count++] = *limit;
			continue;
		}
		limits[same].hard.value = lower(limits[same].hard.value, limit->hard.value);
		limits[same].soft.value = lower(limits[same].soft.value, limit->hard.value);
	}
	process->rlimits = limits;
	process->rlimits_count = count;
}

/* What the container was created with is the most the new process gets. */
static int policy_hold(struct config_process *process, const struct config *kept,
	struct arena *arena, struct err *err)
{
	const struct config_process *own = &kept->process;

	process->no_new_privileges |= own->no_new_privileges;
	if (!process->apparmor_profile || (kept->mode != MODE_UNSET && own->apparmor_profile))
		process->apparmor_profile = own->apparmor_profile;
	if (!process->selinux_label || (kept->mode != MODE_UNSET && own->selinux_label))
		process->selinux_label = own->selinux_label;
	if (own->landlock && process->landlock &&
		!spec_landlock_equal(own->landlock, process->landlock, arena))
		return err_set(err, EINVAL,
			"process.landlock: the container has one already, and there is no room for "
			"another: leave it out");
	if (own->landlock)
		process->landlock = own->landlock;
	if (kept->mode == MODE_UNSET)
		return 0;
	limits_lower(process, own, arena);
	/* Without one of its own it is the container's; else what either keeps from others. */
	if (own->user.umask.set) {
		process->user.umask.value = own->user.umask.value |
			(process->user.umask.set ? process->user.umask.value : 0);
		process->user.umask.set = true;
	}
	if (kept->policy) {
		capabilities_narrow(process, own->capabilities, arena);
		return 0;
	}
	return capabilities_check(process->capabilities, own->capabilities, err);
}

int exec_settle(
	struct run *run, const struct exec_request *request, struct config *config, struct err *err)
{
	struct config_process *process = &config->process;

	if (state_read_config(run, err) < 0)
		return -1;
	*config = *run->config;
	/* PID 1 is there already, if the container has one of ours. */
	config->init = false;
	if (request->process)
		*process = *request->process;
	else if (process_change(process, request, run->arena, err) < 0)
		return -1;
	if (!process->args.count)
		return err_set(err, EINVAL, "process.args: missing: there is nothing to run");
	if (policy_hold(process, run->config, run->arena, err) < 0 ||
		exec_user_settle(run, request, process, err) < 0 ||
		config_check_process(config, err) < 0)
		return -1;
	run->config = config;
	return 0;
}
