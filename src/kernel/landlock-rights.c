/*
 * Landlock's words in bits: our own, which group the kernel's rights, and those of the
 * specification's proposal, which are the kernel's. See landlock(7).
 */
#include "kernel/landlock-rights.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/bits.h"
#include "kernel/abilities.h"
#include "kernel/landlock.h"

enum { CREATE_RULESET_VERSION = 1 << 0 };

uint64_t landlock_known(int abi)
{
	uint64_t known = FS_REFER - 1;

	if (abi >= 2)
		known |= FS_REFER;
	if (abi >= 3)
		known |= FS_TRUNCATE;
	if (abi >= 5)
		known |= FS_IOCTL_DEV;
	return abi < 1 ? 0 : known;
}

/* One name of a rule's access list. Truncating is part of writing: its ABI is asked for only by
 * name. */
static const struct access_name {
	const char *name;
	uint64_t rights;
	int abi;
} access_names[] = {
	{ "read", FS_READ_FILE, 1 },
	{ "write", FS_WRITE_FILE | FS_TRUNCATE, 1 },
	{ "execute", FS_EXECUTE, 1 },
	{ "create", FS_MAKE, 1 },
	{ "remove", FS_REMOVE, 1 },
	{ "readdir", FS_READ_DIR, 1 },
	{ "refer", FS_REFER, 2 },
	{ "truncate", FS_TRUNCATE, 3 },
	{ "ioctl_dev", FS_IOCTL_DEV, 5 },
	{ "all", FS_ALL, 1 },
	{ "all_except_execute", FS_ALL & ~FS_EXECUTE, 1 },
};

uint64_t landlock_access(const struct strings *names, int *needed_abi)
{
	uint64_t access = 0;

	for (size_t i = 0; i < names->count; i++)
		for (size_t k = 0; k < sizeof(access_names) / sizeof(*access_names); k++) {
			if (strcmp(access_names[k].name, names->items[i]) != 0)
				continue;
			access |= access_names[k].rights;
			if (needed_abi && *needed_abi < access_names[k].abi)
				*needed_abi = access_names[k].abi;
		}
	return access;
}

bool landlock_is_proposed(const struct config *config, const struct config_landlock *landlock)
{
	return landlock == config->process.landlock;
}

bool landlock_is_best_effort(const struct config *config, const struct config_landlock *landlock)
{
	return landlock_is_proposed(config, landlock) ? !landlock->disable_best_effort
						      : landlock->best_effort;
}

static uint64_t bits(const struct strings *names, const char *const *table)
{
	uint64_t found;
	size_t unknown;

	/* config_check has refused what is unknown. */
	return bits_named(names, table, &found, &unknown) ? found : 0;
}

uint64_t landlock_rule_access(bool proposed, const struct strings *names)
{
	return proposed ? bits(names, landlock_fs_rights) : landlock_access(names, NULL);
}

uint64_t landlock_port_access(bool proposed, const struct strings *names)
{
	uint64_t access = 0;

	if (proposed)
		return bits(names, landlock_net_rights);
	for (size_t i = 0; i < names->count; i++)
		access |= !strcmp(names->items[i], "bind") ? NET_BIND_TCP : NET_CONNECT_TCP;
	return access;
}

/* All that a kernel of this ABI can restrict. */
static struct ruleset ruleset_known(int abi)
{
	return (struct ruleset){
		.fs = landlock_known(abi),
		.net = abi >= ABI_NET ? NET_BIND_TCP | NET_CONNECT_TCP : 0,
		.scope = abi >= ABI_SCOPE ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0,
	};
}

/* All that the config wants restricted. */
static struct ruleset ruleset_wanted(
	const struct config *config, const struct config_landlock *landlock)
{
	struct ruleset all = ruleset_known(ABI_SCOPE);

	all.scope = bits(&landlock->scope, landlock_scopes);
	if (landlock_is_proposed(config, landlock)) {
		all.fs = bits(&landlock->handled_fs, landlock_fs_rights);
		all.net = bits(&landlock->handled_net, landlock_net_rights);
	} else if (!landlock->net_handled) {
		all.net = 0;
	}
	return all;
}

static struct ruleset ruleset_common(struct ruleset one, struct ruleset other)
{
	return (struct ruleset){ one.fs & other.fs, one.net & other.net, one.scope & other.scope };
}

struct ruleset landlock_handled(
	const struct config *config, const struct config_landlock *landlock, int abi)
{
	return ruleset_common(ruleset_wanted(config, landlock), ruleset_known(abi));
}

/* The first ABI that can restrict all of it. */
static int abi_of(struct ruleset wanted)
{
	int abi = 1;

	for (; abi < ABI_SCOPE; abi++) {
		struct ruleset had = ruleset_common(wanted, ruleset_known(abi));

		if (!memcmp(&had, &wanted, sizeof(had)))
			break;
	}
	return abi;
}

int landlock_abi_needed(
	const struct config *config, const struct config_landlock *landlock, const char **what)
{
	if (landlock_is_proposed(config, landlock)) {
		*what = "process.landlock.ruleset";
		return abi_of(ruleset_wanted(config, landlock));
	}
	/* Before ABI 3 truncating is free for all: a min_abi below it says that this is known. */
	int abi = landlock->min_abi.set ? 1 : 3;

	*what = "denying truncation";
	for (size_t i = 0; i < landlock->rules_count; i++) {
		int before = abi;

		landlock_access(&landlock->rules[i].access, &abi);
		if (abi > before)
			*what = landlock->rules[i].path;
	}
	if (landlock->net_handled && abi < ABI_NET) {
		abi = ABI_NET;
		*what = "TCP ports";
	}
	if (landlock->scope.count && abi < ABI_SCOPE) {
		abi = ABI_SCOPE;
		*what = "scopes";
	}
	if (landlock->min_abi.set && landlock->min_abi.value > abi) {
		abi = (int)landlock->min_abi.value;
		*what = "min_abi";
	}
	return abi;
}

long landlock_abi_ask(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
}

int landlock_abi(void)
{
	long abi = landlock_abi_ask();

	return abi < 0 ? 0 : (int)abi;
}

const char *landlock_lack(
	const struct config *config, const struct config_landlock *landlock, struct arena *arena)
{
	const char *what;
	int needed;
	long abi;

	if (!landlock || !landlock_is_best_effort(config, landlock))
		return NULL;
	needed = landlock_abi_needed(config, landlock, &what);
	abi = landlock_abi_ask();
	if (abi < 0)
		return "this kernel has no Landlock: files are guarded by mounts alone";
	if (abi >= needed)
		return NULL;
	return arena_printf(arena,
		"this kernel's Landlock is ABI %ld, not %d: it guards less than it should (%s)",
		abi, needed, what);
}
