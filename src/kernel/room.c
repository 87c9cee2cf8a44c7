/*
 * Room for many mounts at once, before anything is done. A closure of a thousand store paths is a
 * thousand descriptors, and the kernel lets everything wait for a grace period (milliseconds) each
 * time a table grows that two processes share, as the janitor shares this one's: so it grows once,
 * while nobody does. How many mounts a namespace may have is fs.mount-max, sysctl(2) of the whole
 * machine; a new namespace begins with those of the caller's. proc_sys_fs(5).
 */
#include "kernel/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/steps.h"

enum {
	DESCRIPTORS_BESIDE = 64, /* those the runtime itself may need beside one per mount */
	MOUNTS_BESIDE = 64, /* devices, masked paths, and what the runtime makes for a moment */
	MOUNTS_MANY = 24,   /* a new table has room for 64 descriptors */
};

static int limit_raise(struct run *run, rlim_t needed, struct err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(err, "read the limit of open files");
	if (limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max < needed) {
		err_set(err, EMFILE, "%zu mounts need more open files than the hard limit of %llu",
			run->config->mounts_count, (unsigned long long)limit.rlim_max);
		return err_hint(
			err, "raise it with \"ulimit -Hn %llu\"", (unsigned long long)needed);
	}
	run->nofile_soft = limit.rlim_cur;
	limit.rlim_cur = needed;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(
			err, "raise the limit of open files to %llu", (unsigned long long)needed);
	return 0;
}

/* UINT64_MAX if it cannot be read. */
static uint64_t room_mounts_most(void)
{
	FILE *file = fopen("/proc/sys/fs/mount-max", "re");
	unsigned long long most;
	bool found = file && fscanf(file, "%llu", &most) == 1;

	if (file)
		fclose(file);
	return found ? most : UINT64_MAX;
}

int room_explain(struct err *err)
{
	return err->code != ENOSPC
		? -1
		: err_hint(err, "fs.mount-max, %llu, is how many mounts a mount namespace may have",
			  (unsigned long long)room_mounts_most());
}

static uint64_t mounts_present(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	uint64_t count = 0;
	char *line = NULL;
	size_t size = 0;

	while (mounts && getline(&line, &size, mounts) > 0)
		count++;
	free(line);
	if (mounts)
		fclose(mounts);
	return count;
}

int room_mounts_check(uint64_t most, uint64_t present, uint64_t wanted, struct err *err)
{
	uint64_t needed = present + wanted + MOUNTS_BESIDE;

	if (needed <= most)
		return 0;
	err_set(err, ENOSPC,
		"%llu mounts are more than a mount namespace may have: fs.mount-max is %llu, and "
		"it begins with %llu",
		(unsigned long long)wanted, (unsigned long long)most, (unsigned long long)present);
	return err_hint(
		err, "raise it with \"sysctl fs.mount-max=%llu\"", (unsigned long long)needed);
}

bool room_wanted(const struct config *config)
{
	return config->mounts_count > MOUNTS_MANY;
}

/*
 * room_apply - let there be a descriptor and a mount for each mount of the config
 *
 * Needs:  nothing
 * Leaves: run->nofile_soft, which the workload gets back; a table that need not grow
 * Mustn't run after the janitor's step: then each growth would be waited for
 */
int room_apply(struct run *run, struct err *err)
{
	size_t wanted = run->config->mounts_count;
	rlim_t needed = wanted + DESCRIPTORS_BESIDE;
	uint64_t most = room_mounts_most();
	autoclose any = -1, last = -1;

	/* They are counted only where it can matter: that takes as long as there are many. */
	if (wanted > most / 4 && room_mounts_check(most, mounts_present(), wanted, err) < 0)
		return -1;
	if (limit_raise(run, needed, err) < 0)
		return -1;
	any = open("/", O_PATH | O_CLOEXEC);
	last = any < 0 ? -1 : fcntl(any, F_DUPFD_CLOEXEC, (int)needed - 1);
	return last < 0
		? err_errno(err, "make room for %llu open files", (unsigned long long)needed)
		: 0;
}
