/*
 * nucleus ps: a container's processes, as an array of numbers or as ps(1) prints them. That runs on
 * the host with the caller's options and shows everyone; what is not the container's is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "run/life.h"
#include "run/spawn.h"

enum { OUTPUT_MOST = 64 << 20 };

const struct option ps_options[] = {
	{ "format", 'f', "table|json", "json: an array of their numbers" },
	{ 0 },
};

static void numbers_print(struct call *call, const struct numbers *pids)
{
	struct node *array = node_new(call->arena, NODE_ARRAY);

	for (size_t i = 0; i < pids->count; i++)
		node_append(array, node_integer(call->arena, pids->items[i]));
	puts(json_write(call->arena, array, false));
}

/* In the child: becomes ps, whose output goes to fd. */
static void ps_become(char **argv, int fd)
{
	signal(SIGPIPE, SIG_DFL);
	if (dup2(fd, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	_exit(127);
}

/* All that ps prints with the given options. */
static int ps_run(
	struct call *call, char **options, size_t count, struct bytes *output, struct err *err)
{
	char **argv = arena_alloc(call->arena, count + 3, sizeof(*argv));
	int ends[2], status = -1;
	pid_t pid;

	argv[0] = arena_strdup(call->arena, "ps");
	argv[1] = arena_strdup(call->arena, "-ef");
	if (count)
		memcpy(argv + 1, options, count * sizeof(*argv));
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "make a pipe");
	autoclose from = ends[0];
	autoclose to = ends[1];
	pid = spawn_fork();
	if (pid < 0)
		return err_errno(err, "fork");
	if (pid == 0)
		ps_become(argv, to);
	fd_close(&to);
	if (file_read_fd(from, "ps", OUTPUT_MOST, call->arena, output, err) < 0)
		return -1;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(err, ENOEXEC,
			"ps: the host has no ps(1) to print a table; use --format json");
	return WIFEXITED(status) && WEXITSTATUS(status) < 2
		? 0
		: err_set(err, EINVAL, "ps: ps(1) failed");
}

/* The n-th word of a line, counted from 0. */
static const char *word_at(const char *line, size_t n)
{
	line += strspn(line, " ");
	while (n-- > 0) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

/* Which word of the heading is PID, or -1. */
static int pid_column(const char *heading)
{
	for (int i = 0; *word_at(heading, (size_t)i); i++) {
		const char *word = word_at(heading, (size_t)i);

		if (strcspn(word, " ") == 3 && !strncmp(word, "PID", 3))
			return i;
	}
	return -1;
}

static bool pids_hold(const struct numbers *pids, int64_t pid)
{
	for (size_t i = 0; i < pids->count; i++)
		if (pids->items[i] == pid)
			return true;
	return false;
}

static int table_print(struct call *call, const struct numbers *pids, struct err *err)
{
	struct bytes output = { 0 };
	char *rest, *line;
	int column;

	if (ps_run(call, call->args + 1, call->args_count - 1, &output, err) < 0)
		return -1;
	rest = output.text;
	line = strsep(&rest, "\n");
	column = line ? pid_column(line) : -1;
	if (column < 0)
		return err_set(err, EINVAL, "ps: with these options ps(1) prints no column PID");
	puts(line);
	while ((line = strsep(&rest, "\n")))
		if (pids_hold(pids, atoll(word_at(line, (size_t)column))))
			puts(line);
	return 0;
}

int ps_main(struct call *call, struct err *err)
{
	const char *format = call_option(call, "format");
	struct numbers pids;
	struct run run;
	int result;

	/* Of what follows ID only a format is ours. */
	if (call->args_count == 3 && !format &&
		(!strcmp(call->args[1], "-f") || !strcmp(call->args[1], "--format"))) {
		format = call->args[2];
		call->args_count = 1;
	}
	if (!call->args_count)
		return call_error(call, err, "no container id");
	prepare_run(call, call->args[0], &run);
	result = life_processes(&run, &pids, err);
	run_release(&run);
	if (result < 0)
		return -1;
	if (!format || !strcmp(format, "table"))
		return table_print(call, &pids, err);
	if (strcmp(format, "json") != 0)
		return call_error(call, err, "--format %.80s: it is one of table|json", format);
	numbers_print(call, &pids);
	return 0;
}
