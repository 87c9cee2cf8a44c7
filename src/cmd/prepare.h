#pragma once
/* From what the user gave (a policy and a closure, or a bundle) to the config to carry out. */
#include "cmd/command.h"
#include "nucleus/config.h"
#include "nucleus/run.h"

/* The options of whatever makes a container from a bundle, as clients pass them. */
#define START_OPTIONS                                                                              \
	{ "config", 'f', "FILE", "the configuration, if it is not config.json in the bundle" },    \
		{ "pid-file", 0, "FILE", "write the first process's number there" },               \
		{ "console-socket", 0, "PATH", "a socket that receives the terminal" },            \
		{ "pidfd-socket", 0, "PATH", "a socket that receives the first process's pidfd" }, \
		{ "preserve-fds", 0, "N", "hand on N descriptors from 3 on, after LISTEN_FDS" },   \
		{ "no-new-keyring", 0, NULL, "keep the caller's session keyring" },                \
		{ "no-pivot", 0, NULL, "accepted: an initial ramfs needs nothing else here" },     \
	{                                                                                          \
		"no-subreaper", 0, NULL, "accepted: nucleus never is one"                          \
	}

/* The options that name a policy over a bundle, for commands that take no policy alone. */
#define OVER_OPTIONS                                                        \
	{ "policy", 'p', "FILE", "a TOML policy to narrow the bundle by" }, \
	{                                                                   \
		"mode", 'm', "MODE", "a stricter mode than the policy's"    \
	}

/* The options that name a Nix closure. */
#define CLOSURE_OPTIONS                                                                                \
	{                                                                                              \
		"closure", 'c', "LIST",                                                                \
		"a Nix closure: a directory with `registration` and `rootfs`, a list, or an image"     \
	},                                                                                             \
		{ "closure-root", 0, "PATH",                                                           \
			"the store path that becomes the root, or a link to it; may be given again" }, \
	{                                                                                              \
		"store", 0, "DIR", "the chroot store whose /nix/store is meant"                        \
	}

/* The options that name the input, first in each table that has them. */
#define POLICY_OPTIONS                                                                     \
	{ "policy", 'p', "FILE", "the TOML policy (default: the built-in agent policy)" }, \
		CLOSURE_OPTIONS,                                                           \
	{                                                                                  \
		"mode", 'm', "MODE",                                                       \
			"agent, strict-agent or production; not laxer than the policy's"   \
	}

/* What --mode says, MODE_UNSET if text is NULL. */
int prepare_mode(const char *text, int *mode, struct err *err);

/*
 * The closure that the options and --store-dir name, with its digest, for commands that want no
 * policy. Warns of roots that were followed, and adds that to notes unless it is NULL.
 */
int prepare_closure(const struct call *call, struct config_closure *closure, struct strings *notes,
	struct err *err);

/* Reads --policy, --closure, --mode and the command words. */
int prepare_policy(const struct call *call, char **args, size_t args_count, struct config *config,
	struct err *err);

/*
 * What --config or --config-fd names, without a bundle: a launch request is read into
 * call->request, and *name is what it calls the sandbox, or NULL; a config.json is left to whoever
 * reads bundles, from then on as --config. 0 or -1.
 */
int launch_find(struct call *call, const char **name, struct err *err);

/* Reads a bundle: refuses layered images, checks the config; fills run->bundle and bundle_dir. */
int prepare_bundle(const struct call *call, const char *dir, struct config *config, struct run *run,
	struct err *err);

/* Lays over the bundle in config the policies that --policy, the administrator's file and the
 * bundle's annotation name; mode is --mode, or MODE_UNSET. */
int over_apply(
	const struct call *call, int mode, struct config *config, struct run *run, struct err *err);

/* A bundle, if there is one, with a policy over it; else a policy alone. */
int prepare_either(
	const struct call *call, struct config *config, struct run *run, struct err *err);

/* Reports what a reader dropped and where the sandbox is weaker than it could be. */
void prepare_warn(const struct call *call, const struct config *config);

/* What a start needs beside the config: descriptors handed on, where a client is told of it. */
void prepare_start(struct call *call, struct config *config, struct run *run);

/* Tells the process of config of the sockets that come with it: LISTEN_FDS, if call->listen_fds. */
void prepare_listen(const struct call *call, struct config *config);

/* A name for a sandbox that nobody named, in arena. */
const char *prepare_id(struct arena *arena);

/* A struct run for one command on container id. */
void prepare_run(const struct call *call, const char *id, struct run *run);
