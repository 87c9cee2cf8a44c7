/*
 * The options of mount(8) that the OCI specification lists, as one table. What is not in it goes to
 * the file system as it stands. iversion, silent, loud and their kin are accepted and do nothing:
 * the new mount API has no word for them and none of them protects anything.
 * Rests on mount_setattr(2); it must never read an unknown word as a known one.
 */
#include "kernel/mount-options.h"

#include <errno.h>
#include <string.h>

#include "kernel/abilities.h"
#include "kernel/mount-api.h"

enum meaning {
	/* These have a form with an "r" in front, for the mount and everything below it. */
	FLAG,
	PROPAGATION,
	BIND,
	IDMAP,
	/* These have not. */
	SUPERBLOCK,
	NOTHING,
	REMOUNT,
	COPY_SYMLINK,
	COPY_UP,
};

struct option {
	const char *name;
	enum meaning meaning;
	uint64_t set, clear;
};

enum { ACCESS_TIMES = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME };

enum {
	RESTRICTING = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		MOUNT_ATTR_NOSYMFOLLOW
};

/* clang-format off */
static const struct option option_table[] = {
	{ "bind",           BIND },
	{ "idmap",          IDMAP },
	{ "remount",        REMOUNT },
	{ "copy-symlink",   COPY_SYMLINK },
	{ "tmpcopyup",      COPY_UP },

	{ "ro",             FLAG, MOUNT_ATTR_RDONLY, 0 },
	{ "rw",             FLAG, 0, MOUNT_ATTR_RDONLY },
	{ "nosuid",         FLAG, MOUNT_ATTR_NOSUID, 0 },
	{ "suid",           FLAG, 0, MOUNT_ATTR_NOSUID },
	{ "nodev",          FLAG, MOUNT_ATTR_NODEV, 0 },
	{ "dev",            FLAG, 0, MOUNT_ATTR_NODEV },
	{ "noexec",         FLAG, MOUNT_ATTR_NOEXEC, 0 },
	{ "exec",           FLAG, 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow",    FLAG, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow",      FLAG, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "nodiratime",     FLAG, MOUNT_ATTR_NODIRATIME, 0 },
	{ "diratime",       FLAG, 0, MOUNT_ATTR_NODIRATIME },
	{ "noatime",        FLAG, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "atime",          FLAG, 0, MOUNT_ATTR__ATIME },
	{ "relatime",       FLAG, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "norelatime",     FLAG, 0, 0 },
	{ "strictatime",    FLAG, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "nostrictatime",  FLAG, 0, MOUNT_ATTR__ATIME },

	{ "private",        PROPAGATION, MS_PRIVATE, 0 },
	{ "slave",          PROPAGATION, MS_SLAVE, 0 },
	{ "shared",         PROPAGATION, MS_SHARED, 0 },
	{ "unbindable",     PROPAGATION, MS_UNBINDABLE, 0 },

	{ "sync",           SUPERBLOCK },
	{ "async",          SUPERBLOCK },
	{ "dirsync",        SUPERBLOCK },
	{ "lazytime",       SUPERBLOCK },
	{ "nolazytime",     SUPERBLOCK },
	{ "mand",           SUPERBLOCK },
	{ "nomand",         SUPERBLOCK },

	{ "defaults",       NOTHING },
	{ "iversion",       NOTHING },
	{ "noiversion",     NOTHING },
	{ "silent",         NOTHING },
	{ "loud",           NOTHING },
	{ NULL }
};
/* clang-format on */

static const struct option *option_named(const char *name)
{
	for (const struct option *option = option_table; option->name; option++)
		if (!strcmp(option->name, name))
			return option;
	return NULL;
}

/* tree: the word is the form for everything below the mount too. */
static const struct option *option_find(const char *word, bool *tree)
{
	const struct option *option = option_named(word);

	*tree = !option && word[0] == 'r';
	if (*tree)
		option = option_named(word + 1);
	return *tree && option && option->meaning > IDMAP ? NULL : option;
}

static void option_take(struct mount_options *options, const struct option *option, bool tree)
{
	struct mount_flags *flags = tree ? &options->below : &options->top;

	switch (option->meaning) {
	case FLAG:
		flags->set = (flags->set & ~option->clear) | option->set;
		options->loosen = (options->loosen | option->clear) & ~option->set & RESTRICTING;
		flags->clear |= tree ? option->clear : option->clear & ~(uint64_t)RESTRICTING;
		break;
	case PROPAGATION:
		options->propagation = option->set;
		options->propagation_tree = tree;
		break;
	case BIND:
		options->bind = true;
		options->tree |= tree;
		break;
	case IDMAP:
		options->idmap = true;
		options->idmap_tree |= tree;
		break;
	case REMOUNT:
		options->remount = true;
		break;
	case COPY_SYMLINK:
		options->copy_symlink = true;
		break;
	case COPY_UP:
		options->copy_up = true;
		break;
	case SUPERBLOCK:
	case NOTHING:
		break;
	}
}

void mount_options_read(const struct config *config, const struct config_mount *mount,
	struct mount_options *options)
{
	*options = (struct mount_options){ .bind = mount->type && !strcmp(mount->type, "bind") };
	for (size_t i = 0; i < mount->options.count; i++) {
		bool tree;
		const struct option *option = option_find(mount->options.items[i], &tree);

		if (option)
			option_take(options, option, tree);
	}
	if (config->mode != MODE_UNSET && options->tree)
		options->below.set |= options->top.set & RESTRICTING;
}

int mount_where(const struct config_mount *mount, struct err *err)
{
	return err_where(err, "mount %s on %s", mount->source ? mount->source : mount->type,
		mount->destination);
}

uint64_t mount_propagation(const char *word)
{
	bool tree;
	const struct option *option = option_find(word, &tree);

	return option && option->meaning == PROPAGATION ? option->set : 0;
}

bool mount_option_is_for_file_system(const char *word)
{
	bool tree;
	const struct option *option = option_find(word, &tree);

	return word[0] && (!option || option->meaning == SUPERBLOCK);
}

static int flags_set(int fd, const struct mount_flags *flags, uint64_t propagation, bool tree)
{
	struct mount_attr attr = {
		.attr_set = flags->set,
		.attr_clr = flags->clear,
		.propagation = propagation,
	};

	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	if (mount_change(fd, attr, tree ? AT_RECURSIVE : 0) == 0)
		return 0;
	/* Locked in a user namespace that got the mount from outside; it protects nothing. */
	if (errno != EPERM || !((attr.attr_set | attr.attr_clr) & ACCESS_TIMES))
		return -1;
	attr.attr_set &= ~(uint64_t)ACCESS_TIMES;
	attr.attr_clr &= ~(uint64_t)ACCESS_TIMES;
	return mount_change(fd, attr, tree ? AT_RECURSIVE : 0);
}

int mount_options_set(int fd, const struct mount_options *options)
{
	bool tree = options->propagation_tree;
	struct mount_flags top = {
		.set = options->top.set & ~(options->below.set & RESTRICTING),
		.clear = options->top.clear,
	};

	if (flags_set(fd, &options->below, tree ? options->propagation : 0, true) < 0)
		return -1;
	return flags_set(fd, &top, tree ? 0 : options->propagation, false);
}

const char *mount_option_name(size_t index, struct arena *arena)
{
	const struct option *option = &option_table[index / 2];

	if (!option->name || index % 2 == 0)
		return option->name;
	return option->meaning > IDMAP ? "" : arena_printf(arena, "r%s", option->name);
}
