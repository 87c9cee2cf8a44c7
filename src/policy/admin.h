#pragma once
/*
 * The administrator's word on policies over bundles: nucleus.toml, and the directories of policies
 * it names. None of them can be named, written or read through by a bundle.
 */
#include "policy/policy.h"

struct admin_rule {
	/* What must hold for the rule to; all of those given. */
	const char *root;               /* --root is that directory or below it */
	const char *cgroup;             /* linux.cgroupsPath matches this pattern of fnmatch(3) */
	const char *annotation, *value; /* that annotation is there, and matches the pattern */
	const char *policy, *sha256;
	struct maybe_bool mandatory;
};

struct admin {
	const char *file;
	struct maybe_int version;
	struct strings policies; /* directories */
	struct admin_rule *rule;
	size_t rule_count;
};

/* The rows of nucleus.toml, for its reference. */
extern const struct key admin_keys[];

/*
 * Reads the administrator's file; where it is absent and need not be there, the defaults. It, and
 * every directory on the way to it, must belong to root and be writable by nobody else; no link is
 * followed. hushed: err tells nothing of what the file says, but where. NULL with err.
 */
struct admin *admin_read(
	const char *file, bool required, bool hushed, struct arena *arena, struct err *err);

/* Fills admin, whose file is set, from the text of that file, wherever it is from. 0 or -1. */
struct bytes;
int admin_parse(
	const struct bytes *bytes, struct admin *admin, struct arena *arena, struct err *err);

/* True if the rule is for a container with this state root, by whatever name, and this config. */
bool admin_rule_matches(const struct admin_rule *rule, const char *state_root,
	const struct config *config, struct arena *arena);

/*
 * The policy of that name in one of the administrator's directories, else the one built in, and in
 * sha256 the digest of its text, which must be the pinned one if that is not NULL. hushed: err is
 * fit for somebody who may not read the file. NULL with err.
 */
struct policy *admin_policy(const struct admin *admin, const char *name, const char *pinned,
	bool hushed, char sha256[static SHA256_TEXT_SIZE], struct arena *arena, struct err *err);

/* Makes of an error about a file one that begins with `what` and tells no more of the file than the
 * place of the fault; returns -1. */
int admin_hush(const char *what, const char *file, struct err *err);
