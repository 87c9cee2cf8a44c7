/*
 * Metadata as evidence: the kernel sets a file's change time at every write, link, rename, chmod,
 * chown and setxattr, and lets nobody choose it. That holds only where the file system keeps
 * inode numbers and change times of its own; one that shows another's (overlay), takes a server's
 * word (NFS, FUSE, 9p), can be replaced as a whole under the same numbers (images), or lets mapped
 * pages change without a trace once they were written (tmpfs) never counts as settled. Elsewhere a
 * mapped page does so until it is on the disk, so contents are written there before they are read:
 * the next write to a clean page is a fault, which sets the change time. A file that changed as the
 * clock stood could change once more within the same tick, so it has to be some time ago; and one
 * from the future says that the clock was set back. See inode(7), statfs(2), sync_file_range(2).
 */
#include "attest/seen.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>

/* More than the coarsest change time that a file system in the list below keeps: a second. */
enum { SETTLED_SECONDS = 2 };

static const uint32_t traceable[] = {
	0x0000ef53, /* ext2, ext3, ext4 */
	0x58465342, /* XFS */
	0x9123683e, /* btrfs */
	0xf2f52010, /* F2FS */
	0x2fc12fc1, /* ZFS */
	0xca451a4e, /* bcachefs */
};

time_t seen_settled_before(void)
{
	return time(NULL) - SETTLED_SECONDS;
}

static bool is_traceable(uint32_t type)
{
	for (size_t i = 0; i < sizeof(traceable) / sizeof(*traceable); i++)
		if (traceable[i] == type)
			return true;
	return false;
}

int seen_begin(struct seen *seen, int fd, time_t settled_before)
{
	struct statfs system;

	*seen = (struct seen){ .before = settled_before };
	digest_init(&seen->digest);
	if (fstatfs(fd, &system) < 0)
		return -1;
	seen->settled = is_traceable((uint32_t)system.f_type);
	digest_add(&seen->digest, &system.f_type, sizeof(system.f_type));
	digest_add(&seen->digest, &system.f_fsid, sizeof(system.f_fsid));
	return 0;
}

static void text_add(struct seen *seen, const char *text)
{
	digest_add(&seen->digest, text, strlen(text) + 1);
}

void seen_file(struct seen *seen, const char *name, const struct stat *stat)
{
	const uint64_t fields[] = { stat->st_dev, stat->st_ino, (uint64_t)stat->st_size,
		(uint64_t)stat->st_ctim.tv_sec, (uint64_t)stat->st_ctim.tv_nsec, stat->st_mode,
		stat->st_uid, stat->st_gid };

	text_add(seen, name);
	digest_add(&seen->digest, fields, sizeof(fields));
	seen->settled &= stat->st_ctim.tv_sec < seen->before;
}

void seen_target(struct seen *seen, const char *target)
{
	text_add(seen, target);
}

/* Twice: what btrfs compresses is not being written yet when the first call waits for it. */
void seen_contents(struct seen *seen, int fd)
{
	const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		SYNC_FILE_RANGE_WAIT_AFTER;

	for (int i = 0; i < 2 && seen->settled; i++)
		seen->settled = sync_file_range(fd, 0, 0, all) == 0;
}

/* No entry has this name, so no file can be taken for the end of a directory. */
void seen_leave(struct seen *seen)
{
	text_add(seen, "/");
}

void seen_end(struct seen *seen, unsigned char sum[static SHA256_SIZE])
{
	digest_end(&seen->digest, sum);
}
