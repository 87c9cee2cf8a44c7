/*
 * Sources are cloned as detached mounts before a sandbox has namespaces of its own, and that takes
 * CAP_SYS_ADMIN over the mounts they are on. Rests on user_namespaces(7): one user and one group
 * can be mapped without privilege, once setgroups(2) is given up. More of them, and with them the
 * right to drop groups, only newuidmap(1) and newgidmap(1) can give, which are started before the
 * namespace is made: in it their set-user-id bits mean nothing.
 */
#include "run/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/closure.h"
#include "attest/outside.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/lists.h"
#include "kernel/caps.h"
#include "kernel/ids.h"
#include "kernel/steps.h"
#include "run/baton.h"
#include "run/spawn.h"

enum { GROUPS_MOST = 65536 };

/* One of the two maps, and who writes what its own user may not. */
struct map {
	const char *program, *file, *granted;
	unsigned own;
};

static int map_write(const char *path, const char *text, struct err *err)
{
	autoclose fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, "write \"%s\" to %s", text, path);
	return 0;
}

/* The caller alone. */
static int maps_write(const struct map maps[2], struct err *err)
{
	char text[40];

	if (map_write("/proc/self/setgroups", "deny", err) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%u %u 1", maps[i].own, maps[i].own);
		if (map_write(maps[i].file, text, err) < 0)
			return -1;
	}
	return 0;
}

static int namespaces_make(struct err *err)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		return 0;
	err_errno(err, "make a user namespace for a caller who is not root");
	return err_hint(err, "run it as root, or allow unprivileged user namespaces");
}

static bool ids_needed(const struct config *config)
{
	if (ids_wanted(config))
		return true;
	for (size_t i = 0; i < config->uid_mappings_count; i++)
		if (config->uid_mappings[i].host_id.value != geteuid() ||
			config->uid_mappings[i].size.value != 1)
			return true;
	for (size_t i = 0; i < config->gid_mappings_count; i++)
		if (config->gid_mappings[i].host_id.value != getegid() ||
			config->gid_mappings[i].size.value != 1)
			return true;
	return false;
}

/* Groups that the workload must not have. */
static bool groups_needless(struct arena *arena)
{
	gid_t *groups = arena_alloc(arena, GROUPS_MOST, sizeof(*groups));
	int count = getgroups(GROUPS_MOST, groups);

	for (int i = 0; i < count; i++)
		if (groups[i] != getegid())
			return true;
	return false;
}

static const char *program_find(const char *name, struct arena *arena)
{
	static const char *const places[] = { "/run/wrappers/bin", "/usr/bin", "/bin",
		"/usr/local/bin" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *path = arena_printf(arena, "%s/%s", places[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* The command line that maps the caller and all he was granted to the same numbers; NULL if there
 * is no program for it, or nothing granted: lack says what is missing. */
static char **command_make(
	const struct map *map, struct arena *arena, const char **lack, struct err *err)
{
	struct id_spans granted = { .arena = arena };
	struct strings words = { 0 };
	const char *program = program_find(map->program, arena);

	*lack = arena_printf(arena, "%s is not installed", map->program);
	if (!program)
		return NULL;
	*lack = NULL;
	if (ids_granted(map->granted, &granted, err) < 0)
		return NULL;
	*lack = arena_printf(arena, "%s gives them none", map->granted);
	strings_add(&words, arena, program);
	strings_add(&words, arena, arena_printf(arena, "%d", getpid()));
	for (size_t i = 0; i <= granted.count; i++) {
		struct id_span own = { map->own, map->own + 1ULL };
		struct id_span span = i ? granted.items[i - 1] : own;

		if (i && span.first < own.end && own.first < span.end)
			continue;
		strings_add(
			&words, arena, arena_printf(arena, "%llu", (unsigned long long)span.first));
		strings_add(
			&words, arena, arena_printf(arena, "%llu", (unsigned long long)span.first));
		strings_add(&words, arena,
			arena_printf(arena, "%llu", (unsigned long long)(span.end - span.first)));
	}
	return words.count > 5 ? strings_vector(&words, arena) : NULL;
}

static int wait_for(pid_t pid, const char *program, struct err *err)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_errno(err, "wait for %s", program);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(err, EPERM, "%s refused to map the ids that it gives this user", program);
}

/* Both programs wait for the namespace, and are let go with one byte each. */
static int maps_ask(char **const commands[2], struct err *err)
{
	int gate[2], failed = 0;
	pid_t pids[2] = { -1, -1 };

	if (pipe2(gate, O_CLOEXEC) < 0)
		return err_errno(err, "make a pipe");
	for (int i = 0; i < 2; i++)
		pids[i] = spawn_gated(gate, commands[i]);
	if (pids[0] < 0 || pids[1] < 0)
		failed = err_errno(err, "fork");
	else if (namespaces_make(err) < 0)
		failed = -1;
	else if (write(gate[1], "\n\n", 2) != 2)
		failed = err_errno(err, "write to a pipe");
	fd_close(&gate[0]);
	fd_close(&gate[1]);
	for (int i = 0; i < 2; i++)
		if (pids[i] > 0 &&
			wait_for(pids[i], commands[i][0], failed ? &(struct err){ 0 } : err) < 0)
			failed = -1;
	return failed;
}

static int lack_error(const char *what, const char *lack, struct arena *arena, struct err *err)
{
	const char *name = ids_user_name(arena);

	err_set(err, EPERM, "%s, and %s", what, lack);
	return err_hint(err,
		"install the package uidmap and write \"%s:100000:65536\", or another range that "
		"is nobody's, to /etc/subuid and /etc/subgid; or set ids = \"keep-id\" in "
		"[namespaces]",
		name);
}

/* What cannot be had: an error, or for groups at best effort a warning. */
static int lack_told(const struct run *run, const struct config *config, bool needed,
	const char *lack, struct err *err)
{
	if (needed && (config->ids || config->mode != MODE_UNSET))
		return lack_error("the sandbox needs more ids of the host than the caller's own",
			lack, run->arena, err);
	/* Of a bundle whoever writes its maps, or drops its groups, says what is wrong. */
	if (needed || config->mode == MODE_UNSET)
		return 0;
	if (!config->ids_best_effort)
		return lack_error("the caller's supplementary groups cannot be dropped", lack,
			run->arena, err);
	run->warn(arena_printf(run->arena,
		"its processes have the caller's supplementary groups, which cannot be dropped: %s",
		lack));
	return 0;
}

static int bundle_open_again(struct run *run, struct err *err)
{
	run->ids.nested = true;
	if (run->bundle_dir < 0)
		return 0;
	fd_close(&run->bundle_dir);
	run->bundle_dir = open(run->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return run->bundle_dir < 0 ? err_errno(err, "bundle %s", run->bundle) : 0;
}

struct outside {
	const struct run *run;
	const struct config *config;
	int ends[2];
};

static void outside_main(void *argument)
{
	struct outside *outside = argument;

	/* With its own copy open it would not see the end of who holds the other. */
	fd_close(&outside->ends[0]);
	outside_serve(outside->config->closure, outside->run->attest_means, outside->ends[1]);
}

/* Who stays where the owners of a store can be told apart. */
static int outside_begin(struct run *run, const struct config *config, struct err *err)
{
	struct outside outside = { .run = run, .config = config };

	if (!attest_wanted(config))
		return 0;
	if (baton_make(outside.ends, err) < 0)
		return -1;
	run->outside.end = outside.ends[0];
	run->outside.pid = spawn_tied(outside_main, &outside);
	fd_close(&outside.ends[1]);
	return run->outside.pid < 0 ? err_errno(err, "fork") : 0;
}

int rootless_enter(struct run *run, const struct config *config, struct err *err)
{
	const struct map maps[2] = {
		{ "newuidmap", "/proc/self/uid_map", "/etc/subuid", geteuid() },
		{ "newgidmap", "/proc/self/gid_map", "/etc/subgid", getegid() },
	};
	char **commands[2] = { 0 };
	const char *lack = NULL;
	bool needed;

	if (caps_have(CAP_SYS_ADMIN))
		return 0;
	if (outside_begin(run, config, err) < 0)
		return -1;
	needed = ids_needed(config);
	if (needed || groups_needless(run->arena)) {
		for (int i = 0; i < 2 && !lack; i++) {
			commands[i] = command_make(&maps[i], run->arena, &lack, err);
			if (!commands[i] && !lack)
				return -1;
			lack = commands[i] ? NULL : lack;
		}
		if (lack && lack_told(run, config, needed, lack, err) < 0)
			return -1;
		if (!lack)
			return maps_ask(commands, err) < 0 ? -1 : bundle_open_again(run, err);
	}
	if (namespaces_make(err) < 0 || maps_write(maps, err) < 0)
		return -1;
	return bundle_open_again(run, err);
}
