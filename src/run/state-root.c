/*
 * Where state is kept: --root, or what stands for it, made on demand. Nobody but the caller and
 * root may be able to write there, since what is found there is trusted.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "run/state.h"

int state_root_check(const struct run *run, struct err *err)
{
	if (run->state_root)
		return 0;
	err_set(err, EINVAL,
		"there is nowhere to keep state: XDG_RUNTIME_DIR is no directory of user %u's own",
		geteuid());
	return err_hint(err, "set it to one, as a login does, or use --root DIR");
}

/* Whoever can write there could put a container of his making in place of ours. */
int state_dir_check(int directory, const char *path, struct err *err)
{
	struct stat status;

	if (fstat(directory, &status) < 0)
		return err_errno(err, "stat the state directory %s", path);
	if ((status.st_uid == geteuid() || status.st_uid == 0) && !(status.st_mode & 022))
		return 0;
	err_set(err, EPERM, "state directory %s: others can write there (owner %u, mode %04o)",
		path, status.st_uid, status.st_mode & 07777);
	return err_hint(err, "use a directory of your own, with mode 0711 or less");
}

int state_root_open(struct run *run, struct err *err)
{
	run->root_dir = open(run->state_root, O_DIRECTORY | O_PATH | O_CLOEXEC);
	return run->root_dir < 0 ? err_errno(err, "open the state root %s", run->state_root)
				 : state_dir_check(run->root_dir, run->state_root, err);
}

int state_root_make(const struct run *run, struct err *err)
{
	if (state_root_check(run, err) < 0)
		return -1;
	return file_make_dirs(run->state_root, 0711) < 0
		? err_errno(err, "make the state root %s", run->state_root)
		: 0;
}
