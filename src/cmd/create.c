/* nucleus create: an OCI bundle becomes a container whose first process waits for `start`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"
#include "run/seal.h"

const struct option create_options[] = {
	{ "bundle", 'b', "DIR", "the bundle (default: the current directory)" },
	{ "console-socket", 0, "PATH", "a socket that receives the terminal" },
	{ "pid-file", 0, "FILE", "write the first process's number there" },
	{ 0 },
};

/* Decimal, no newline (clients read the raw bytes), there whole or not at all. */
static int pid_file_write(const char *path, pid_t pid, struct arena *arena, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *dir = slash ? arena_copy(arena, path, (size_t)(slash - path) + 1) : ".";
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", pid);

	autoclose dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return err_errno(err, "pid file %s", path);
	if (file_replace(dir_fd, slash ? slash + 1 : path, text, (size_t)length, err) < 0)
		return err_where(err, "pid file %s", path);
	return 0;
}

int create_main(struct call *call, struct err *err)
{
	const char *bundle = call_option(call, "bundle"), *pid_file = call_option(call, "pid-file");
	const char *id = call_id(call, err);
	struct config config = { 0 };
	struct err undo_err;
	struct run run;

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	if (prepare_bundle(call, bundle ? bundle : ".", &config, &run, err) < 0 ||
		seal_self(&config, call->argv, err) < 0)
		return -1;
	prepare_warn(call, &config);
	run.config = &config;
	if (life_create(&run, call_option(call, "console-socket"), err) < 0)
		return -1;
	if (pid_file && pid_file_write(pid_file, run.pid, call->arena, err) < 0) {
		life_delete(&run, true, &undo_err);
		return -1;
	}
	run_release(&run);
	return 0;
}
