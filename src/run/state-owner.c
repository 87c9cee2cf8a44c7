/* Whose a container is: who owns its state directory, by the host's passwd(5). */
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "run/state.h"

const char *state_owner(const struct run *run)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user;
	const char *name = NULL;
	struct stat status;

	if (fstat(run->state_dir, &status) == 0 && file)
		while (!name && (user = fgetpwent(file)))
			if (user->pw_uid == status.st_uid)
				name = arena_strdup(run->arena, user->pw_name);
	if (file)
		fclose(file);
	return name ? name : arena_printf(run->arena, "%u", status.st_uid);
}
