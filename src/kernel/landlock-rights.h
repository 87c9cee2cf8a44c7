#pragma once
/* What a config wants restricted by Landlock, in the kernel's bits, and which ABI can do it. */
#include <stdint.h>

#include "nucleus/config.h"

/* linux/landlock.h of Linux 6.15. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE = 3 << 4,     /* directories, other files */
	FS_MAKE = 0x7f << 6,    /* one right for each type of file */
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_ALL = (FS_IOCTL_DEV << 1) - 1,

	NET_BIND_TCP = 1 << 0, /* ABI 4 */
	NET_CONNECT_TCP = 1 << 1,

	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,

	ABI_NET = 4,
	ABI_SCOPE = 6,
};

struct ruleset {
	uint64_t fs, net, scope;
};

/* The specification's own form, process.landlock, which says itself what is handled. */
bool landlock_is_proposed(const struct config *config, const struct config_landlock *landlock);
/* Whether what the kernel lacks is left out, with a warning. */
bool landlock_is_best_effort(const struct config *config, const struct config_landlock *landlock);

/* The rights of a rule to files and to ports. */
uint64_t landlock_rule_access(bool proposed, const struct strings *names);
uint64_t landlock_port_access(bool proposed, const struct strings *names);

/* All that the config wants restricted, as far as a kernel of this ABI can. */
struct ruleset landlock_handled(
	const struct config *config, const struct config_landlock *landlock, int abi);

/* The ABI below which something the config says could not be enforced, and what that is. */
int landlock_abi_needed(
	const struct config *config, const struct config_landlock *landlock, const char **what);

/* The running kernel's ABI, or -1 with errno. */
long landlock_abi_ask(void);
