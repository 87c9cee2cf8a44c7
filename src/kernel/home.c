/*
 * HOME, where an environment of somebody else's making names none: callers rely on the runtime to
 * look it up. The root's own passwd(5) is asked, which whoever made the image wrote: it is read
 * bounded, by descriptor and without leaving the root, and nothing in it is an error.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/accounts.h"
#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/steps.h"

enum { PASSWD_SIZE_MOST = 1 << 20 };

bool home_wanted(const struct config *config)
{
	const struct strings *env = &config->process.env;

	for (size_t i = env->count; i-- > 0;)
		if (!strncmp(env->items[i], "HOME=", 5))
			return config_is_foreign(config) && !env->items[i][5];
	return config_is_foreign(config);
}

/* The home of a user by number in the text of a passwd file, as "HOME=..." in arena, or NULL. */
static const char *home_find(const char *passwd, int64_t uid, struct arena *arena)
{
	const char *line = account_line(passwd, 2, arena_printf(arena, "%lld", (long long)uid));
	size_t length = 0;
	const char *home = line ? account_field(line, 5, &length) : NULL;

	return length && *home == '/' ? arena_printf(arena, "HOME=%.*s", (int)length, home) : NULL;
}

/*
 * home_apply - find the home of the workload's user
 *
 * Needs:  run->rootfs, everything mounted
 * Leaves: run->home for exec_apply, "/" where the root knows no such user
 * Mustn't run after Landlock: nothing may be readable then
 */
int home_apply(struct run *run, struct err *err)
{
	autoclose file = file_open_in_root(
		run->rootfs, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct bytes bytes;
	struct stat stat;

	run->home = NULL;
	if (file >= 0 && fstat(file, &stat) == 0 && S_ISREG(stat.st_mode) &&
		file_read_fd(file, "/etc/passwd", PASSWD_SIZE_MOST, run->arena, &bytes, err) == 0)
		run->home = home_find(bytes.text, run->config->process.user.uid.value, run->arena);
	if (!run->home)
		run->home = "HOME=/";
	return 0;
}
