#pragma once
/*
 * From what an operator writes to what the executor does: a TOML policy read strictly, checked,
 * and translated into struct config together with what the command line adds.
 */
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "format/rows.h"
#include "nucleus/policy.h"

/* Bytes of a policy file. */
enum { POLICY_SIZE_MOST = 1 << 20 };

/* What the command line adds to a policy, and what the translation says back. */
struct translation {
	/* --closure, or NULL; --closure-root and --store, see closure_request. */
	const char *closure, *store;
	struct strings closure_roots;
	const char *records;    /* --records DIR, or NULL: the same of a closure that is `cached` */
	const char *state_root; /* --root DIR, or NULL: what no volume may let a workload write */
	char **args;            /* what follows "--"; none: the policy's own command */
	size_t args_count;
	/* The caller's environment, ends with NULL; or NULL. */
	const char *const *environment;
	uint64_t inherited; /* the caller's descriptors, a bit each */
	int mode; /* --mode, or MODE_UNSET; may be stricter than the policy's, never laxer */
	const char *seccomp_profile; /* a file in OCI JSON instead of all of [seccomp], or NULL */
	uid_t uid;                   /* the caller's effective ids */
	gid_t gid;
	bool ids_short; /* the caller's user namespace has no ids to share out */
	/* Filled by policy_translate: where the sandbox is weaker than its mode's best. */
	struct strings warnings;
};

/* What tells of the host or reaches it and is hidden from every sandbox; ends with NULL. */
extern const char *const policy_masked_paths[];

/* The rows of a whole policy, for the reference of every key. */
extern const struct key policy_keys[];

/*
 * Reads and checks the policy in file: "agent", "strict-agent" and "production" are the ones built
 * in (a file of that name is written "./agent"), anything else is a path. NULL, or a policy that
 * lives in arena. Touches nothing but that file.
 */
struct policy *policy_read(const char *file, struct arena *arena, struct err *err);

/* As policy_read, from length bytes of text; file is what errors call it. */
struct policy *policy_read_text(
	const char *text, size_t length, const char *file, struct arena *arena, struct err *err);

/* A launch request as it was read, from TOML or JSON. */
struct launch {
	const char *file; /* what errors call it */
	const char *text;
	size_t length;
	const struct node *document; /* its nodes become the policy's */
};

/*
 * As policy_read_text, from a launch request, whose flat keys (launch.c) stand for those of a
 * policy. *name is what it calls the sandbox, or NULL.
 */
struct policy *policy_read_request(
	const struct launch *launch, const char **name, struct arena *arena, struct err *err);

/* How a file that a policy extends or includes is read, POLICY_SIZE_MOST bytes at most: 0 or -1. */
typedef int policy_reader(
	const char *file, struct arena *arena, struct bytes *bytes, struct err *err);

/* As policy_read_text, where not every file may be a layer. */
struct policy *policy_read_layers(const char *text, size_t length, const char *file,
	policy_reader *reader, struct arena *arena, struct err *err);

/* The text of a policy built in, NUL-terminated, or NULL if there is none of that name. */
const char *policy_builtin(const char *name);

/*
 * Checks policy again under mode (MODE_UNSET: its own, else strict-agent): 0, or -1 if the mode is
 * laxer than the policy's or asks for what the policy lacks.
 */
int policy_check(const struct policy *policy, int mode, struct err *err);

/*
 * The effective policy under mode (MODE_UNSET: its own) as a document in arena: every value that
 * the policy has, and of what it leaves out that which the mode means by it. A value's node says
 * where it is from: .file and .line, or a .line of 0.
 */
struct node *policy_effective(const struct policy *policy, int mode, struct arena *arena);

/* "FILE:LINE", or "built-in default". */
const char *policy_origin(const struct node *value, struct arena *arena);

/*
 * Fills config (all zero before) from policy and translation; text lives in arena or in policy.
 * Reads the files the policy names and looks at the root's top level; makes and mounts nothing.
 * config->cgroups_path stays NULL: it follows the id. 0 or -1.
 */
int policy_translate(const struct policy *policy, struct translation *translation,
	struct config *config, struct arena *arena, struct err *err);

/* What closure's roots have, as a packed closure names it: fills its image_entries. 0 or -1. */
int policy_pack(struct config_closure *closure, struct arena *arena, struct err *err);

/*
 * Fills config (all zero before) with what policy restricts in bundle, for config_narrow. A key
 * that means nothing over a bundle is an error. 0 or -1.
 */
int policy_over(const struct policy *policy, struct translation *translation,
	const struct config *bundle, struct config *config, struct arena *arena, struct err *err);
