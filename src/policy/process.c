/*
 * [process]: what is run, where and as whom. Without a word in the policy it is user 1000 of the
 * sandbox's user namespace, in a writable workdir that is also its home.
 */
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "policy/sections.h"

enum { DEFAULT_ID = 1000 };

/* clang-format off */
const struct key process_keys[] = {
	KEY(struct policy_process, command, "the program and its arguments; what follows -- replaces it", .order = ORDER_FREE),
	KEY(struct policy_process, cwd, "the workdir: " WORKDIR " if absent; a tmpfs unless the root or a volume has it", .order = ORDER_FIXED, .absent = "\"" WORKDIR "\""),
	KEY(struct policy_process, user, "number, or name in the root's /etc/passwd; 1000 if absent", .order = ORDER_FIXED, .absent = "\"1000\""),
	KEY(struct policy_process, groups, "numbers or names, the primary group first", .order = ORDER_FIXED),
	KEY(struct policy_process, umask, "octal, as \"0022\"", .order = ORDER_MASK, .absent = "\"0022\""),
	KEY(struct policy_process, hostname, "the sandbox's name; nucleus if absent", .order = ORDER_FREE, .absent = "\"nucleus\""),
	KEY(struct policy_process, terminal, "give it a terminal of its own", .order = ORDER_FREE, .absent = "false"),
	KEY(struct policy_process, init, "a small PID 1 above the program, which reaps and forwards signals; always in production", .order = ORDER_LESS, .absent = "false"),
	KEY(struct policy_process, stop_signal, "what asks it to end, as `nucleus stop` does; \"TERM\" if absent", .order = ORDER_FREE),
	KEY(struct policy_process, stop_timeout, "how long it then has before it is killed, as \"1m30s\"; \"10s\" if absent", .order = ORDER_FREE),
	KEY(struct policy_process, policy_file, "tell the sandbox its limits in " POLICY_FILE ", which NUCLEUS_POLICY names; true if absent", .order = ORDER_FREE, .absent = "true"),
	{ 0 }
};
/* clang-format on */

const char *policy_workdir(const struct policy *policy)
{
	return policy->process.cwd ? policy->process.cwd : WORKDIR;
}

static bool hostname_valid(const char *name)
{
	size_t length = strspn(
		name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

	return length > 0 && length <= 64 && !name[length] && *name != '-' && *name != '.';
}

/* "10s" in milliseconds; -1 for what is no time to wait. */
static int64_t timeout_read(const char *text)
{
	uint64_t nanoseconds;

	if (!duration_number(text, &nanoseconds) ||
		nanoseconds / 1000000 > (uint64_t)STOP_TIMEOUT_MOST)
		return -1;
	return (int64_t)(nanoseconds / 1000000);
}

static int stop_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_process *process = &policy->process;
	const struct maybe_bool *pid = &policy->namespaces.pid;

	if (process->init.set && !process->init.value && rules->init)
		return policy_error(policy, err, "process.init",
			"production mode always has one; remove this line");
	if (process->init.value && pid->set && !pid->value)
		return policy_error(policy, err, "process.init",
			"cannot be had while namespaces.pid is false: it must be PID 1");
	if (process->stop_signal && signal_number(process->stop_signal) <= 0)
		return policy_error(policy, err, "process.stop_signal",
			"\"%s\" is no signal; signal(7) lists them", process->stop_signal);
	if (process->stop_timeout && timeout_read(process->stop_timeout) < 0)
		return policy_error(policy, err, "process.stop_timeout",
			"\"%s\" is no duration up to \"24h\"; write one like \"1m30s\"",
			process->stop_timeout);
	return 0;
}

static int process_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_process *process = &policy->process;

	if (process->command.set && (!process->command.count || !*process->command.items[0]))
		return policy_error(policy, err, "process.command",
			"names no program; the first text is what is run");
	if (process->cwd && path_fault(process->cwd))
		return policy_error(policy, err, "process.cwd", "\"%s\" %s", process->cwd,
			path_fault(process->cwd));
	if (process->umask &&
		(!*process->umask || strlen(process->umask) > 4 ||
			process->umask[strspn(process->umask, "01234567")] ||
			strtoul(process->umask, NULL, 8) > 0777))
		return policy_error(policy, err, "process.umask",
			"\"%s\" is no umask; write octal digits up to \"0777\"", process->umask);
	if (process->user && !*process->user)
		return policy_error(policy, err, "process.user", "is empty; name one or leave it");
	if (process->groups.set && !process->groups.count)
		return policy_error(policy, err, "process.groups",
			"is empty; the first group is the primary one, so name at least that");
	if (process->hostname && !hostname_valid(process->hostname))
		return policy_error(policy, err, "process.hostname",
			"\"%s\" is no host name; use up to 64 letters, digits, - and .",
			process->hostname);
	if (stop_check(policy, rules, err) < 0)
		return -1;
	if (process->hostname && policy->namespaces.uts.set && !policy->namespaces.uts.value)
		return policy_error(policy, err, "process.hostname",
			"cannot be set while namespaces.uts is false: it would be the host's");
	return 0;
}

static int command_translate(struct draft *draft, struct err *err)
{
	struct config_process *process = &draft->config->process;

	for (size_t i = 0; i < draft->translation->args_count; i++)
		strings_add(&process->args, draft->arena, draft->translation->args[i]);
	if (!process->args.count)
		process->args = draft->policy->process.command;
	if (!process->args.count || !*process->args.items[0])
		return policy_error(draft->policy, err, "process.command",
			"there is nothing to run; name it here, or on the command line after --");
	return 0;
}

/* True if the id is within one of the mappings, or there are none. */
static bool id_mapped(const struct config *config, const struct config_idmapping *mappings,
	size_t count, int64_t id)
{
	if (config->ids && config->ids_size.set && id < config->ids_size.value)
		return true;
	for (size_t i = 0; i < count; i++)
		if (id >= mappings[i].container_id.value &&
			id - mappings[i].container_id.value < mappings[i].size.value)
			return true;
	return !count;
}

static bool user_mapped(const struct config *config, int64_t id)
{
	return id_mapped(config, config->uid_mappings, config->uid_mappings_count, id);
}

static bool group_mapped(const struct config *config, int64_t id)
{
	return id_mapped(config, config->gid_mappings, config->gid_mappings_count, id);
}

static int groups_translate(struct draft *draft, struct err *err)
{
	const struct strings *groups = &draft->policy->process.groups;
	struct config_user *user = &draft->config->process.user;
	struct config *config = draft->config;
	struct numbers *more = &user->additional_gids;

	more->items = arena_alloc(draft->arena, groups->count, sizeof(*more->items));
	for (size_t i = 0; i < groups->count; i++) {
		int64_t gid;

		if (account_group(draft, groups->items[i], &gid, err) < 0)
			return policy_item_error(
				draft->policy, err, "process.groups", i, NULL, "%s", err->text);
		if (!group_mapped(config, gid))
			return policy_item_error(draft->policy, err, "process.groups", i, NULL,
				"group %ld is not in the sandbox's id mapping", (long)gid);
		if (i)
			more->items[more->count++] = gid;
		else
			user->gid.value = gid;
	}
	more->set = more->count > 0;
	return 0;
}

static int user_translate(struct draft *draft, struct err *err)
{
	const struct policy_process *process = &draft->policy->process;
	struct config_user *user = &draft->config->process.user;
	struct config *config = draft->config;
	bool mapped = user_mapped(config, DEFAULT_ID) && group_mapped(config, DEFAULT_ID);

	user->uid.set = user->gid.set = true;
	user->uid.value = user->gid.value = config->uid_mappings_count && mapped ? DEFAULT_ID : 0;
	if (config->ids == IDS_KEEP) {
		user->uid.value = config->uid_mappings->container_id.value;
		user->gid.value = config->gid_mappings->container_id.value;
	}
	if (process->user &&
		account_user(draft, process->user, &user->uid.value, &user->gid.value, err) < 0)
		return policy_error(draft->policy, err, "process.user", "%s", err->text);
	if (!user_mapped(config, user->uid.value))
		return policy_error(draft->policy, err, "process.user",
			"user %ld is not in the sandbox's id mapping", (long)user->uid.value);
	if (groups_translate(draft, err) < 0)
		return -1;
	if (!group_mapped(config, user->gid.value))
		return policy_error(draft->policy, err, "process.user",
			"its group %ld is not in the sandbox's id mapping; name groups that are",
			(long)user->gid.value);
	if (process->umask) {
		user->umask.set = true;
		user->umask.value = strtol(process->umask, NULL, 8);
	}
	return 0;
}

static void stop_translate(struct draft *draft)
{
	const struct policy_process *from = &draft->policy->process;
	struct config *config = draft->config;

	if (from->init.set)
		config->init = from->init.value;
	if (!from->stop_signal && !from->stop_timeout)
		return;
	config->stop = arena_alloc(draft->arena, 1, sizeof(*config->stop));
	config->stop->signal = from->stop_signal;
	if (from->stop_timeout)
		config->stop->timeout = (struct maybe_int){ true,
			timeout_read(from->stop_timeout) };
}

static int process_translate(struct draft *draft, struct err *err)
{
	const struct policy_process *from = &draft->policy->process;
	struct config_process *process = &draft->config->process;

	process->cwd = policy_workdir(draft->policy);
	process->terminal = from->terminal.value;
	process->no_new_privileges = true;
	stop_translate(draft);
	if (config_has_new_namespace(draft->config, NAMESPACE_UTS))
		draft->config->hostname = from->hostname ? from->hostname : "nucleus";
	if (command_translate(draft, err) < 0)
		return -1;
	return user_translate(draft, err);
}

const struct section process_section = { process_check, process_translate };
