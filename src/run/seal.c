/*
 * A process that enters a sandbox shows its binary as /proc/PID/exe, and a script in there that
 * names /proc/self/exe as its interpreter runs it. Where the sandbox has the ids of who may write
 * the binary, that is a way to overwrite the runtime (CVE-2019-5736). A detached read-only clone of
 * the mount the binary lies on, executed again, costs no copy and cannot be written through; who
 * may not clone mounts executes a sealed copy in memory. memfd_create(2), proc(5).
 */
#include "run/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

static const char own_program[] = "/proc/self/exe";

/* MFD_EXEC, since Linux 6.3. */
enum { MEMORY_EXEC = 0x10, MAP_SIZE_MOST = 16384 };

/* True if whoever has these ids of ours may write this program, as its owner or like others. */
static bool writes(const struct stat *program, uint64_t first, uint64_t count)
{
	return program->st_mode & (S_IWGRP | S_IWOTH) ||
		(program->st_uid >= first && program->st_uid - first < count);
}

int seal_self(const struct config *config, char **argv, struct err *err)
{
	struct stat program;

	if (!config_has_new_namespace(config, NAMESPACE_USER) || stat(own_program, &program) < 0)
		return seal_program(argv, err);
	for (size_t i = 0; i < config->uid_mappings_count; i++)
		if (writes(&program, (uint64_t)config->uid_mappings[i].host_id.value,
			    (uint64_t)config->uid_mappings[i].size.value))
			return seal_program(argv, err);
	return 0;
}

bool seal_wanted(pid_t pid)
{
	char path[32], text[MAP_SIZE_MOST], *at = text;
	struct stat program;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	autoclose map = open(path, O_RDONLY | O_CLOEXEC);
	length = map < 0 ? -1 : read(map, text, sizeof(text) - 1);
	if (length < 0 || stat(own_program, &program) < 0)
		return true;
	text[length] = '\0';
	while (*at) {
		uint64_t first, count;

		strtoull(at, &at, 10);
		first = strtoull(at, &at, 10);
		count = strtoull(at, &at, 10);
		if (writes(&program, first, count))
			return true;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return false;
}

void seal_early(char **argv)
{
	struct stat program;
	struct err ignored;

	if (geteuid() == 0 || (stat(own_program, &program) == 0 && writes(&program, geteuid(), 1)))
		(void)!seal_program(argv, &ignored);
}

/* This program on a mount of its own that is read-only; -1 with errno. */
static int clone_open(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	autoclose self = (int)syscall(
		SYS_open_tree, AT_FDCWD, own_program, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (self < 0 ||
		syscall(SYS_mount_setattr, self, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) <
			0)
		return -1;
	return take_fd(&self);
}

/* This program in a memory that nobody can write any more; -1 with errno. */
static int copy_open(int program)
{
	const int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int made = memfd_create("nucleus", flags | MEMORY_EXEC);
	ssize_t sent;

	autoclose copy = made >= 0 || errno != EINVAL ? made : memfd_create("nucleus", flags);
	if (copy < 0)
		return -1;
	do
		sent = sendfile(copy, program, NULL, 1 << 30);
	while (sent > 0);
	if (sent < 0 ||
		fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
			0)
		return -1;
	return take_fd(&copy);
}

static bool is_sealed(int program)
{
	int seals = fcntl(program, F_GET_SEALS);
	struct statvfs where;

	return (seals >= 0 && seals & F_SEAL_WRITE) ||
		(fstatvfs(program, &where) == 0 && where.f_flag & ST_RDONLY);
}

int seal_program(char **argv, struct err *err)
{
	autoclose program = open(own_program, O_RDONLY | O_CLOEXEC);
	autoclose self = -1;

	if (program < 0)
		return err_errno(err, "seal: open this program");
	if (is_sealed(program))
		return 0;
	self = clone_open();
	if (self < 0)
		self = copy_open(program);
	if (self < 0)
		return err_errno(err, "seal: copy this program");
	syscall(SYS_execveat, self, "", argv, environ, AT_EMPTY_PATH);
	return err_errno(err, "seal: execute this program again");
}
