/*
 * capabilities(7), straight on capset(2). A set that was not given is empty; what was set is read
 * back. A capability the runtime itself lacks cannot be given: our own policies fail, a bundle of
 * somebody else's starts without it, as the OCI specification has said since 1.1.
 */
#include "kernel/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "format/node.h"
#include "kernel/steps.h"

/* One bit a capability. */
struct sets {
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

bool no_new_privs_wanted(const struct config *config)
{
	return config->process.no_new_privileges;
}

/*
 * no_new_privs_apply - let no execve give more than its caller has
 *
 * Leaves: set-id bits and file capabilities without effect, for good; Landlock and seccomp possible
 *         without privilege
 */
int no_new_privs_apply(struct run *run, struct err *err)
{
	(void)run;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
		? err_errno(err, "prctl PR_SET_NO_NEW_PRIVS")
		: 0;
}

static int sets_read(struct sets *sets, struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct halves[2];

	if (syscall(SYS_capget, &header, halves) < 0)
		return err_errno(err, "capget");
	sets->effective = halves[0].effective | (uint64_t)halves[1].effective << 32;
	sets->permitted = halves[0].permitted | (uint64_t)halves[1].permitted << 32;
	sets->inheritable = halves[0].inheritable | (uint64_t)halves[1].inheritable << 32;
	return 0;
}

bool caps_have(int number)
{
	struct sets sets = { 0 };
	struct err ignored;

	return sets_read(&sets, &ignored) == 0 && sets.effective >> number & 1;
}

/* The two sets that are asked for one capability at a time. */
static void bounds_read(struct sets *sets)
{
	for (int number = 0; number < CAPABILITIES; number++) {
		sets->bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1)
			<< number;
		sets->ambient |=
			(uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1)
			<< number;
	}
}

static int sets_write(const struct sets *sets, struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct halves[2];

	for (int i = 0; i < 2; i++)
		halves[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(sets->effective >> 32 * i),
			.permitted = (uint32_t)(sets->permitted >> 32 * i),
			.inheritable = (uint32_t)(sets->inheritable >> 32 * i),
		};
	return syscall(SYS_capset, &header, halves) < 0 ? err_errno(err, "capset") : 0;
}

int caps_raise(struct err *err)
{
	struct sets ours = { 0 };

	if (sets_read(&ours, err) < 0)
		return -1;
	ours.effective = ours.permitted;
	return sets_write(&ours, err);
}

/* Names this program does not know cannot be granted either; config_check has spoken of them. */
static uint64_t bits(const struct strings *names)
{
	uint64_t set = 0;

	for (size_t i = 0; i < names->count; i++) {
		int number = capability_number(names->items[i]);

		if (number >= 0)
			set |= 1ULL << number;
	}
	return set;
}

static struct sets sets_wanted(const struct config *config)
{
	const struct config_capabilities *given = config->process.capabilities;

	if (!given)
		return (struct sets){ 0 };
	return (struct sets){
		.bounding = bits(&given->bounding),
		.effective = bits(&given->effective),
		.inheritable = bits(&given->inheritable),
		.permitted = bits(&given->permitted),
		.ambient = bits(&given->ambient),
	};
}

/* What is asked for and not ours to grant. */
static uint64_t lacking(const struct sets *wanted, const struct sets *ours)
{
	uint64_t lack = (wanted->permitted | wanted->inheritable) & ~ours->permitted;

	lack |= wanted->effective & ~(wanted->permitted & ours->permitted);
	return lack | (wanted->bounding & ~ours->bounding);
}

static const char *names_of(uint64_t set, struct arena *arena)
{
	const char *list = "";

	for (; set; set &= set - 1)
		list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "",
			capability_name(__builtin_ctzll(set)));
	return list;
}

const char *caps_lack(const struct config *config, struct arena *arena)
{
	struct sets wanted = sets_wanted(config), ours = { 0 };
	struct err ignored;
	uint64_t lack, alone;

	/* Our own policies fail; the first process of a user namespace has them all. */
	if (!config_is_foreign(config) || config_has_namespace(config, NAMESPACE_USER) ||
		sets_read(&ours, &ignored) < 0)
		return NULL;
	bounds_read(&ours);
	lack = lacking(&wanted, &ours);
	/* The kernel's rule, whoever asks. */
	alone = wanted.ambient & ~(wanted.permitted & wanted.inheritable) & ~lack;
	if (lack)
		return arena_printf(arena,
			"process.capabilities: cannot be granted and left out: %s",
			names_of(lack, arena));
	return alone ? arena_printf(arena,
			       "process.capabilities.ambient: left out, as they are not in "
			       "inheritable too: %s",
			       names_of(alone, arena))
		     : NULL;
}

/* Takes away what we have not got ourselves, or fails naming the first. */
static int limit_to_ours(
	const struct config *config, const struct sets *ours, struct sets *wanted, struct err *err)
{
	uint64_t lacking = (wanted->permitted | wanted->effective) & ~ours->permitted;

	if (lacking && !config_is_foreign(config)) {
		err_set(err, EPERM, "%s cannot be granted: nucleus does not have it itself",
			capability_name(__builtin_ctzll(lacking)));
		return err_hint(
			err, "leave it out of [capabilities] keep, or start nucleus with it");
	}
	wanted->permitted &= ours->permitted;
	wanted->effective &= wanted->permitted;
	wanted->inheritable &= wanted->permitted | ours->inheritable;
	wanted->ambient &= wanted->permitted & wanted->inheritable;
	return 0;
}

/* Every capability the running kernel knows, also those newer than this program. */
static int bounding_drop(uint64_t keep, struct err *err)
{
	for (int number = 0; number < 64; number++) {
		if (keep >> number & 1 || prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL && number > CAP_LAST_CAP)
			return 0;
		/* Without CAP_SETPCAP what is not there need not be dropped. */
		if (errno != EPERM || prctl(PR_CAPBSET_READ, number, 0, 0, 0) != 0)
			return err_errno(err, "drop capability %d from the bounding set", number);
	}
	return 0;
}

static int ambient_set(uint64_t ambient, struct err *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_errno(err, "clear the ambient capabilities");
	for (int number = 0; number < CAPABILITIES; number++)
		if (ambient >> number & 1 &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			return err_errno(
				err, "raise %s in the ambient set", capability_name(number));
	return 0;
}

int caps_bound(const struct config *config, struct err *err)
{
	struct sets ours = { 0 };

	if (sets_read(&ours, err) < 0 || bounding_drop(sets_wanted(config).bounding, err) < 0)
		return -1;
	ours.inheritable = 0;
	return sets_write(&ours, err);
}

/* What the kernel says is left, against what was to be left. */
static int sets_check(const struct sets *wanted, struct err *err)
{
	struct sets got = { 0 };

	if (sets_read(&got, err) < 0)
		return -1;
	bounds_read(&got);
	if (got.effective == wanted->effective && got.permitted == wanted->permitted &&
		got.inheritable == wanted->inheritable && !(got.bounding & ~wanted->bounding) &&
		got.ambient == wanted->ambient)
		return 0;
	return err_set(err, EPERM,
		"the kernel did not take the capability sets: effective %llx, bounding %llx",
		(unsigned long long)got.effective, (unsigned long long)got.bounding);
}

/*
 * caps_apply - leave the process exactly the capabilities its config names
 *
 * Needs:  the permitted set kept across the change of user and effective, CAP_SETPCAP in it
 * Leaves: all five sets as asked; nothing that could raise them
 * Mustn't run before anything that needs a capability: this takes them all
 */
int caps_apply(struct run *run, struct err *err)
{
	struct sets wanted = sets_wanted(run->config), ours = { 0 };

	if (sets_read(&ours, err) < 0 || limit_to_ours(run->config, &ours, &wanted, err) < 0 ||
		bounding_drop(wanted.bounding, err) < 0 || sets_write(&wanted, err) < 0 ||
		ambient_set(wanted.ambient, err) < 0)
		return -1;
	return sets_check(&wanted, err);
}

void caps_print(const struct config *config, struct node *params, struct arena *arena)
{
	static const struct config_capabilities none;
	const struct config_capabilities *given = config->process.capabilities;

	given = given ? given : &none;
	node_put_strings(arena, params, "bounding", &given->bounding);
	node_put_strings(arena, params, "effective", &given->effective);
	node_put_strings(arena, params, "inheritable", &given->inheritable);
	node_put_strings(arena, params, "permitted", &given->permitted);
	node_put_strings(arena, params, "ambient", &given->ambient);
}
