/*
 * The intersection of a bundle's config and a policy's; see narrow.h. Everything is narrowed, or
 * refused where a narrower container would not be what its client set up. What a policy has no word
 * for stays as the client says: its command, user, environment and terminal, sysctls of its
 * namespaces, labels, scheduling, its place in the queue of the OOM killer. nucleus(1) tells.
 */
#include "config/narrow.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "base/names.h"
#include "config/landlock-rules.h"
#include "config/narrow-parts.h"

/* What a bundle without a umask of its own begins with. */
enum { UMASK_USUAL = 022 };

void narrowing_note(struct narrowing *narrowing, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strings_add(
		narrowing->notes, narrowing->arena, arena_vprintf(narrowing->arena, format, args));
	va_end(args);
}

struct strings capabilities_within(
	const struct strings *names, const struct strings *most, struct arena *arena)
{
	struct strings kept = { .set = true };

	for (size_t i = 0; i < names->count; i++)
		for (size_t j = 0; j < most->count; j++)
			if (capability_number(names->items[i]) ==
				capability_number(most->items[j])) {
				strings_add(&kept, arena, names->items[i]);
				break;
			}
	return kept;
}

static void capabilities_narrow(struct narrowing *narrowing)
{
	struct config_capabilities *own = narrowing->config->process.capabilities, *made;
	const struct config_capabilities *most = narrowing->policy->process.capabilities;
	static const struct config_capabilities none;
	size_t dropped;

	if (!own)
		return;
	most = most ? most : &none;
	made = arena_alloc(narrowing->arena, 1, sizeof(*made));
	*made = (struct config_capabilities){
		.bounding = capabilities_within(&own->bounding, &most->bounding, narrowing->arena),
		.effective = capabilities_within(
			&own->effective, &most->effective, narrowing->arena),
		.inheritable = capabilities_within(
			&own->inheritable, &most->inheritable, narrowing->arena),
		.permitted = capabilities_within(
			&own->permitted, &most->permitted, narrowing->arena),
		.ambient = capabilities_within(&own->ambient, &most->ambient, narrowing->arena),
	};
	dropped = own->bounding.count - made->bounding.count;
	narrowing->config->process.capabilities = made;
	if (dropped)
		narrowing_note(narrowing, "%zu capabilities dropped", dropped);
}

static struct maybe_uint lower(struct maybe_uint one, struct maybe_uint other)
{
	return !other.set || (one.set && one.value < other.value) ? one : other;
}

static void rlimits_narrow(struct narrowing *narrowing)
{
	struct config_process *process = &narrowing->config->process;
	const struct config_process *most = &narrowing->policy->process;
	size_t count = process->rlimits_count;
	struct config_rlimit *limits = arena_alloc(
		narrowing->arena, count + most->rlimits_count, sizeof(*limits));

	if (count)
		memcpy(limits, process->rlimits, count * sizeof(*limits));
	for (size_t i = 0; i < most->rlimits_count; i++) {
		const struct config_rlimit *limit = &most->rlimits[i];
		size_t same = 0;

		while (same < count && strcmp(limits[same].type, limit->type) != 0)
			same++;
		if (same == count) {
			limits[count++] = *limit;
			continue;
		}
		if (limits[same].hard.value > limit->hard.value)
			narrowing_note(narrowing, "%s lowered", limit->type);
		limits[same].hard = lower(limits[same].hard, limit->hard);
		limits[same].soft = lower(limits[same].soft, limit->soft);
	}
	process->rlimits = limits;
	process->rlimits_count = count;
}

static void process_narrow(struct narrowing *narrowing)
{
	struct config_process *process = &narrowing->config->process;
	const struct config_process *most = &narrowing->policy->process;
	struct maybe_int *mask = &process->user.umask;

	capabilities_narrow(narrowing);
	rlimits_narrow(narrowing);
	process->no_new_privileges |= most->no_new_privileges;
	if (!most->user.umask.set)
		return;
	mask->value = (mask->set ? mask->value : UMASK_USUAL) | most->user.umask.value;
	mask->set = true;
}

static struct config_namespace *namespace_find(const struct config *config, int type)
{
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].type == type)
			return &config->namespaces[i];
	return NULL;
}

/* Containers of a pod share these with one another; whether one is the host's is seen by whoever
 * opens it. In agent mode they may share more. */
static bool joinable(int type, int mode)
{
	if (type == NAMESPACE_NETWORK || type == NAMESPACE_IPC || type == NAMESPACE_UTS ||
		type == NAMESPACE_USER)
		return true;
	return mode == MODE_AGENT && type != NAMESPACE_MOUNT;
}

/* One that a client does not know of and nothing depends on. */
static void namespace_add(struct narrowing *narrowing, int type)
{
	struct config *config = narrowing->config;
	struct config_namespace *wider = arena_alloc(
		narrowing->arena, config->namespaces_count + 1, sizeof(*wider));

	if (config->namespaces_count)
		memcpy(wider, config->namespaces, config->namespaces_count * sizeof(*wider));
	wider[config->namespaces_count++] = (struct config_namespace){ .type = type };
	config->namespaces = wider;
	narrowing_note(narrowing, "%s namespace of its own", namespace_names[type]);
}

static int namespaces_narrow(struct narrowing *narrowing)
{
	const struct config *policy = narrowing->policy;

	if (!config_has_namespace(narrowing->config, NAMESPACE_USER))
		narrowing_note(narrowing, "its users are the host's");

	for (size_t i = 0; i < policy->namespaces_count; i++) {
		int type = policy->namespaces[i].type;
		const struct config_namespace *own = namespace_find(narrowing->config, type);

		if (own && (!own->path || joinable(type, policy->mode)))
			continue;
		if (own)
			return err_set(narrowing->err, EINVAL,
				"linux.namespaces[%zu].path: the policy lets no container join a "
				"%s namespace",
				(size_t)(own - narrowing->config->namespaces),
				namespace_names[type]);
		if (type != NAMESPACE_CGROUP && type != NAMESPACE_TIME)
			return err_set(narrowing->err, EINVAL,
				"linux.namespaces: the bundle shares the host's %s namespace, and "
				"the policy wants one of its own",
				namespace_names[type]);
		namespace_add(narrowing, type);
	}
	return 0;
}

static struct strings strings_united(
	const struct strings *one, const struct strings *other, struct arena *arena)
{
	struct strings all = { .set = one->set || other->set };

	for (size_t i = 0; i < one->count; i++)
		strings_add(&all, arena, one->items[i]);
	for (size_t i = 0; i < other->count; i++)
		if (!strings_hold(&all, other->items[i]))
			strings_add(&all, arena, other->items[i]);
	return all;
}

static int profile_add(struct narrowing *narrowing, struct config_seccomp *profile)
{
	struct config *config = narrowing->config;
	size_t count = config->seccomp_more_count;
	struct config_seccomp *more;

	if (seccomp_notifies(profile))
		return err_set(narrowing->err, EINVAL,
			"linux.seccomp: the policy's profile asks a listener, which only the "
			"bundle's may");
	if (!config->seccomp) {
		config->seccomp = profile;
		return 0;
	}
	more = arena_alloc(narrowing->arena, count + 1, sizeof(*more));
	if (count)
		memcpy(more, config->seccomp_more, count * sizeof(*more));
	more[count] = *profile;
	config->seccomp_more = more;
	config->seccomp_more_count++;
	return 0;
}

static int seccomp_narrow(struct narrowing *narrowing)
{
	const struct config *policy = narrowing->policy;

	if (policy->seccomp && profile_add(narrowing, policy->seccomp) < 0)
		return -1;
	for (size_t i = 0; i < policy->seccomp_more_count; i++)
		if (profile_add(narrowing, &policy->seccomp_more[i]) < 0)
			return -1;
	return 0;
}

/* After the mounts, which rules may follow from. */
static void landlock_narrow(struct narrowing *narrowing)
{
	struct config *config = narrowing->config;
	size_t count = config->landlock_more_count;
	struct config_landlock *all, *made;

	if (!narrowing->policy->landlock)
		return;
	all = arena_alloc(narrowing->arena, count + 1, sizeof(*all));
	if (count)
		memcpy(all, config->landlock_more, count * sizeof(*all));
	made = &all[count];
	*made = *narrowing->policy->landlock;
	if (!made->rules)
		landlock_derive(made, config, !config->closure, narrowing->arena);
	if (!config->landlock) {
		config->landlock = made;
		return;
	}
	config->landlock_more = all;
	config->landlock_more_count++;
}

/* Hooks are run by the runtime, outside of all that is narrowed here. */
static int hooks_narrow(struct narrowing *narrowing)
{
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		if (!narrowing->config->hooks[kind].items_count)
			continue;
		if (narrowing->policy->mode != MODE_AGENT)
			return err_set(narrowing->err, EINVAL,
				"hooks.%s: hooks run outside of the sandbox; only a policy of "
				"agent mode lets a bundle have them",
				hook_names[kind]);
		narrowing_note(narrowing, "hooks are not (%s)", hook_names[kind]);
	}
	return 0;
}

/* What the sandbox is told of its limits restricts nothing; it comes with the policy. */
static void policy_file_add(struct narrowing *narrowing)
{
	struct strings *env = &narrowing->config->process.env;

	if (!narrowing->policy->policy_file)
		return;
	narrowing->config->policy_file = true;
	*env = strings_without(env, "NUCLEUS_POLICY=", narrowing->arena);
	strings_add(env, narrowing->arena, "NUCLEUS_POLICY=" POLICY_FILE);
}

/* Copies of the host's files by annotation would go around what is said of mounts. */
static int trees_refuse(struct narrowing *narrowing)
{
	const struct config *config = narrowing->config;
	const char *found = config->workspace ? "workspace"
		: config->context             ? "context"
		: config->secrets_count       ? "secrets"
					      : NULL;

	return found ? err_set(narrowing->err, EINVAL,
			       "annotations." ANNOTATION_PREFIX
			       "%s: a bundle under a policy brings no files of the host's but "
			       "by mounts",
			       found)
		     : 0;
}

/* The runtime would make links wherever the bundle says. */
static int gc_roots_refuse(struct narrowing *narrowing)
{
	const struct config_closure *closure = narrowing->config->closure;

	if (!closure || !closure->gc_roots || closure->gc_roots[0] != '/')
		return 0;
	return err_set(narrowing->err, EINVAL,
		"annotations." ANNOTATION_PREFIX
		"closure.gcRoots: a bundle under a policy names no place of the host");
}

/* Enough for both: by as many as either needs, of the keys that both trust. */
static int signatures_narrow(struct narrowing *narrowing)
{
	const struct config_closure *policy = narrowing->policy->closure;
	struct config_closure *own = narrowing->config->closure, *closure;

	if (!policy || !policy->trusted_keys.set)
		return 0;
	if (!own)
		return err_set(narrowing->err, EINVAL,
			"annotations." ANNOTATION_PREFIX
			"closure: missing; the policy runs nothing but a closure that its "
			"trusted_keys have signed");
	closure = arena_alloc(narrowing->arena, 1, sizeof(*closure));
	*closure = *own;
	closure->trusted_keys = (struct strings){ .set = true };
	for (size_t i = 0; i < policy->trusted_keys.count; i++)
		if (!own->trusted_keys.set ||
			strings_hold(&own->trusted_keys, policy->trusted_keys.items[i]))
			strings_add(&closure->trusted_keys, narrowing->arena,
				policy->trusted_keys.items[i]);
	if (!own->signatures_needed.set ||
		own->signatures_needed.value < policy->signatures_needed.value)
		closure->signatures_needed = policy->signatures_needed;
	narrowing->config->closure = closure;
	narrowing_note(narrowing, "the closure must be signed by trusted keys");
	return 0;
}

static void mode_narrow(struct narrowing *narrowing)
{
	struct config *config = narrowing->config;
	const struct config *policy = narrowing->policy;

	if (policy->mode > config->mode)
		config->mode = policy->mode;
	config->verify_mounts |= policy->verify_mounts;
	config->init |= policy->init && config_has_new_namespace(config, NAMESPACE_PID);
}

int config_narrow(struct config *config, const struct config *policy, struct strings *notes,
	struct arena *arena, struct err *err)
{
	struct narrowing narrowing = { config, policy, notes, arena, err };

	if (trees_refuse(&narrowing) < 0 || gc_roots_refuse(&narrowing) < 0 ||
		namespaces_narrow(&narrowing) < 0 || hooks_narrow(&narrowing) < 0 ||
		signatures_narrow(&narrowing) < 0)
		return -1;
	process_narrow(&narrowing);
	if (mounts_narrow(&narrowing) < 0)
		return -1;
	config->masked_paths = strings_united(&config->masked_paths, &policy->masked_paths, arena);
	config->readonly_paths = strings_united(
		&config->readonly_paths, &policy->readonly_paths, arena);
	if (resources_narrow(&narrowing) < 0 || seccomp_narrow(&narrowing) < 0)
		return -1;
	landlock_narrow(&narrowing);
	mode_narrow(&narrowing);
	policy_file_add(&narrowing);
	return 0;
}
