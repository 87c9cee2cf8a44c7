/*
 * credentials(7), session-keyring(7). The set*id calls are made directly: the C library's would
 * signal threads that do not exist.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/caps.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

/* Supplementary groups; a sandbox has a handful. */
enum { GROUPS_MOST = 256 };

static int keyring_new(struct err *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	err_errno(err, "join a new session keyring");
	/* A kernel without keyrings has none that could leak; a filter around us only says so. */
	return err->code == ENOSYS && access("/proc/sys/kernel/keys", F_OK) < 0 && errno == ENOENT
		? 0
		: -1;
}

/* Back to the defaults, also what the caller ignores; the C library's call leaves out two. */
static int signals_reset(struct err *err)
{
	/* handler, flags, restorer, mask of the kernel's own struct sigaction */
	static const unsigned long standard[4];

	for (int signal = 1; signal < NSIG; signal++)
		if (signal != SIGKILL && signal != SIGSTOP &&
			syscall(SYS_rt_sigaction, signal, standard, NULL, sizeof(*standard)) < 0)
			return err_errno(err, "reset signal %d", signal);
	return 0;
}

/* A directory, or a bare place in a file system, is a way around the root of a sandbox of ours. */
static int preserved_check(const struct run *run, struct err *err)
{
	for (int fd = 3; fd < 3 + (int)run->preserved; fd++)
		if (file_refuse_place(fd, err) < 0)
			return -1;
	return 0;
}

/*
 * session_apply - cut what ties a new process to its caller
 *
 * Leaves: a session of its own; not dumpable, so that nothing in the sandbox can trace it or reach
 *         its descriptors (CVE-2016-9962), or so by become_root_apply; default signals; every
 *         inherited descriptor above 2 close-on-exec, as our own are from birth, but for those the
 *         caller hands on
 * Mustn't run after seccomp: the filter need not allow close_range or rt_sigaction
 */
int session_apply(struct run *run, struct err *err)
{
	/* The files in /proc of one that is not dumpable are the host's root's: a parent who is not
	 * could write no id maps there. */
	if (!run->rootless && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(err, "prctl PR_SET_DUMPABLE");
	if (run->config->mode != MODE_UNSET && preserved_check(run, err) < 0)
		return -1;
	if (setsid() < 0)
		return err_errno(err, "setsid");
	if (close_range(3 + run->preserved, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_errno(err, "mark every descriptor close-on-exec");
	return signals_reset(err);
}

/* With one id alone the first process has it from birth, and all rights with it. */
static bool has_root(const struct config *config)
{
	return config_has_namespace(config, NAMESPACE_USER) &&
		(config->ids != IDS_KEEP || config->ids_size.set);
}

/*
 * become_root_apply - be the root of the user namespace, with a keyring of its own
 *
 * Needs:  the id maps written
 * Leaves: what is made from here on belongs to the namespace's root, if it has one; no key of the
 * caller in reach, unless the caller said --no-new-keyring
 */
int become_root_apply(struct run *run, struct err *err)
{
	if (has_root(run->config)) {
		if (geteuid() == 0 && syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
			return err_errno(err, "setgroups to none");
		if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0) {
			err_errno(err, "become root of the user namespace");
			return err_hint(err, "uid 0 and gid 0 of the sandbox must be mapped");
		}
	}
	/* Changing ids made the process dumpable again where the host's fs.suid_dumpable says so.
	 */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(err, "prctl PR_SET_DUMPABLE");
	return run->no_new_keyring ? 0 : keyring_new(err);
}

/* True where user_namespaces(7) lets nobody call setgroups: proc's setgroups says "deny". */
static bool groups_denied(const struct run *run)
{
	char text[8] = "";

	autoclose fd = process_own_open(run->procfs, "setgroups", O_RDONLY);
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && !strncmp(text, "deny", 4);
}

/* True if there is no supplementary group but the primary one. */
static bool groups_none(void)
{
	gid_t groups[GROUPS_MOST];
	int count = getgroups(GROUPS_MOST, groups);

	for (int i = 0; i < count; i++)
		if (groups[i] != getegid())
			return false;
	return count >= 0;
}

static int groups_set(const struct run *run, struct err *err)
{
	const struct config_user *user = &run->config->process.user;
	gid_t groups[GROUPS_MOST];

	if (user->additional_gids.count > GROUPS_MOST)
		return err_set(err, EINVAL, "setgroups: %zu groups, at most %d are supported",
			user->additional_gids.count, GROUPS_MOST);
	for (size_t i = 0; i < user->additional_gids.count; i++)
		groups[i] = (gid_t)user->additional_gids.items[i];
	if (syscall(SYS_setgroups, user->additional_gids.count, groups) == 0)
		return 0;
	err_errno(err, "setgroups to %zu groups", user->additional_gids.count);
	/* Where it is denied it is enough that there is none to drop, or none that matters. */
	if (err->code == EPERM && user->additional_gids.count == 0 &&
		(groups_none() || run->config->ids_best_effort) && groups_denied(run))
		return 0;
	if (err->code == EINVAL)
		err_hint(err, "each of process.user.additionalGids must be mapped in gidMappings");
	return -1;
}

/*
 * identity_apply - become the workload's user
 *
 * Needs:  CAP_SETUID and CAP_SETGID in the user namespace
 * Leaves: real, effective and saved ids the workload's; capabilities as they were, for caps_apply
 *         to take and for what stands between: a filter without no_new_privs, a closed directory
 * Mustn't run before the mounts: they need the namespace's root
 */
int identity_apply(struct run *run, struct err *err)
{
	const struct config_user *user = &run->config->process.user;
	uid_t uid = (uid_t)user->uid.value;
	gid_t gid = (gid_t)user->gid.value;

	umask(user->umask.set ? (mode_t)user->umask.value : 022);
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return err_errno(err, "prctl PR_SET_KEEPCAPS");
	if (groups_set(run, err) < 0)
		return -1;
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		err_errno(err, "become group %u", gid);
	else if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		err_errno(err, "become user %u", uid);
	else if (prctl(PR_SET_KEEPCAPS, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(err, "prctl");
	else
		return caps_raise(err);
	if (err->code == EINVAL)
		err_hint(err, "the sandbox's id maps do not have this id");
	return -1;
}

void identity_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_user *user = &config->process.user;
	struct node *groups = node_new(arena, NODE_ARRAY);

	node_put_integer(arena, params, "uid", user->uid.value);
	node_put_integer(arena, params, "gid", user->gid.value);
	for (size_t i = 0; i < user->additional_gids.count; i++)
		node_append(groups, node_integer(arena, user->additional_gids.items[i]));
	node_put(arena, params, "groups", groups);
	node_put(arena, params, "umask",
		node_printf(arena, "%04llo", user->umask.set ? (long long)user->umask.value : 022));
}
