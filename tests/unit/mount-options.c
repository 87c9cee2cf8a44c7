/* kernel/mount-options: what each word of a mount's options means, alone and together. */
#include <errno.h>
#include <sys/mount.h>

#include "check.h"
#include "kernel/mount-options.h"
#include "kernel/room.h"

#define MOUNT(kind, ...)                                                                   \
	((struct config_mount){ .destination = "/m",                                       \
		.type = (kind),                                                            \
		.options = { .set = true,                                                  \
			.count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
			.items = (const char *[]){ __VA_ARGS__ } } })

/* The specification's table of options, and the recursive and id-mapping ones beside it. */
static const char *const known[] = { "async", "atime", "bind", "defaults", "dev", "diratime",
	"dirsync", "exec", "iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime",
	"noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
	"nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount",
	"rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime",
	"rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave",
	"rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave",
	"strictatime", "suid", "symfollow", "sync", "unbindable", "idmap", "ridmap" };

static struct mount_options read_options(int mode, struct config_mount mount)
{
	struct config config = { .mode = mode };
	struct mount_options options;

	mount_options_read(&config, &mount, &options);
	return options;
}

static bool is_superblock_flag(const char *name)
{
	static const char *const flags[] = { "sync", "async", "dirsync", "lazytime", "nolazytime",
		"mand", "nomand" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(name, flags[i]))
			return true;
	return false;
}

static void test_every_name(void)
{
	CHECK(sizeof(known) / sizeof(known[0]) == 61);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (mount_option_is_for_file_system(known[i]) != is_superblock_flag(known[i]))
			CHECK_TEXT(known[i], "a word that is no data of a file system");
	CHECK(mount_option_is_for_file_system("size=64k"));
	CHECK(mount_option_is_for_file_system("newinstance"));
	CHECK(mount_option_is_for_file_system("RO"));
	CHECK(!mount_option_is_for_file_system(""));
}

static void test_kinds(void)
{
	CHECK(read_options(0, MOUNT("bind", "ro")).bind);
	CHECK(!read_options(0, MOUNT("bind", "ro")).tree);
	CHECK(read_options(0, MOUNT(NULL, "rbind")).tree);
	CHECK(read_options(0, MOUNT("none", "bind")).bind);
	CHECK(!read_options(0, MOUNT("tmpfs", "ro")).bind);
	CHECK(read_options(0, MOUNT(NULL, "bind", "idmap")).idmap);
	CHECK(read_options(0, MOUNT(NULL, "rbind", "ridmap")).idmap_tree);
	CHECK(read_options(0, MOUNT(NULL, "bind", "copy-symlink")).copy_symlink);
	CHECK(read_options(0, MOUNT(NULL, "bind", "remount")).remount);
}

static void test_flags(void)
{
	struct mount_options options = read_options(
		0, MOUNT("tmpfs", "ro", "nosuid", "nodev", "noexec", "nosymfollow"));

	CHECK(options.top.set ==
		(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			MOUNT_ATTR_NOSYMFOLLOW));
	CHECK(options.top.clear == 0 && options.below.set == 0);
	/* The later word wins, and none of them loosens the source's own mount. */
	options = read_options(0, MOUNT(NULL, "bind", "ro", "rw", "nosuid", "suid", "dev", "exec"));
	CHECK(options.top.set == 0 && options.top.clear == 0);
	options = read_options(0, MOUNT(NULL, "bind", "rw", "ro"));
	CHECK(options.top.set == MOUNT_ATTR_RDONLY);
	options = read_options(0, MOUNT(NULL, "rbind", "rrw", "rnosuid"));
	CHECK(options.below.clear == MOUNT_ATTR_RDONLY && options.below.set == MOUNT_ATTR_NOSUID);
	options = read_options(0, MOUNT(NULL, "rbind", "rro", "rrw"));
	CHECK(options.below.set == 0 && options.below.clear == MOUNT_ATTR_RDONLY);
}

static void test_access_times(void)
{
	struct mount_options options = read_options(
		0, MOUNT("tmpfs", "noatime", "strictatime", "nodiratime"));

	CHECK(options.top.set == (MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODIRATIME));
	CHECK(options.top.clear == MOUNT_ATTR__ATIME);
	options = read_options(0, MOUNT("tmpfs", "strictatime", "noatime", "relatime"));
	CHECK(options.top.set == 0 && options.top.clear == MOUNT_ATTR__ATIME);
	options = read_options(0, MOUNT("tmpfs", "nodiratime", "diratime"));
	CHECK(options.top.set == 0);
	options = read_options(0, MOUNT(NULL, "rbind", "rnoatime"));
	CHECK(options.below.set == MOUNT_ATTR_NOATIME && options.below.clear == MOUNT_ATTR__ATIME);
}

static void test_propagation(void)
{
	struct mount_options options = read_options(0, MOUNT(NULL, "rbind", "private", "rslave"));

	CHECK(options.propagation == MS_SLAVE && options.propagation_tree);
	options = read_options(0, MOUNT(NULL, "bind", "rslave", "unbindable"));
	CHECK(options.propagation == MS_UNBINDABLE && !options.propagation_tree);
	CHECK(read_options(0, MOUNT(NULL, "bind")).propagation == 0);
}

/* With a mode a restriction of an rbind holds for its tree; without one OCI's meaning stands. */
static void test_mode(void)
{
	struct config_mount mount = MOUNT(NULL, "ro", "nosuid", "noatime", "rbind");

	CHECK(read_options(MODE_UNSET, mount).below.set == 0);
	CHECK(read_options(MODE_AGENT, mount).below.set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
	CHECK(read_options(MODE_AGENT, MOUNT(NULL, "bind", "ro")).below.set == 0);
	CHECK(read_options(MODE_AGENT, MOUNT(NULL, "rbind", "ro", "rw")).below.set == 0);
}

static void test_loosened(void)
{
	struct mount_options options = read_options(
		0, MOUNT(NULL, "remount", "ro", "nosuid", "rw"));

	CHECK(options.remount && options.top.set == MOUNT_ATTR_NOSUID && !options.top.clear);
	CHECK(options.loosen == MOUNT_ATTR_RDONLY);
	CHECK(read_options(0, MOUNT(NULL, "rw", "ro")).loosen == 0);
	CHECK(read_options(0, MOUNT("tmpfs", "tmpcopyup")).copy_up);
}

/* fs.mount-max to the last mount, with the few beside those that the config names. */
static void test_room(void)
{
	struct err err = { 0 };

	CHECK(room_mounts_check(164, 50, 50, &err) == 0);
	CHECK(room_mounts_check(163, 50, 50, &err) < 0 && err.code == ENOSPC);
	CHECK(room_mounts_check(UINT64_MAX, 50, 1000000, &err) == 0);
	CHECK(room_mounts_check(0, 0, 0, &err) < 0);
}

int main(void)
{
	test_every_name();
	test_kinds();
	test_flags();
	test_access_times();
	test_propagation();
	test_mode();
	test_loosened();
	test_room();
	return check_result("mount-options");
}
