#pragma once
/*
 * A command is one file and one row of the table in main.c. Its options are rows too, so that
 * parsing, --help, the man page and the completions cannot disagree.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/types.h"

struct option {
	const char *name;  /* without dashes */
	char letter;       /* 0: none */
	const char *value; /* what its value is called, or may be: "text|json"; NULL for a flag */
	const char *about;
};

/* One option as it was given; value is "" for a flag. */
struct given {
	const struct option *option;
	const char *value;
};

struct command;
struct policy;

/* One call of one command. */
struct call {
	const struct command *command;
	struct arena *arena;
	const char *root; /* --root; NULL: there is no default for this user */
	/* What --config or --config-fd asked for in the place of --policy, or NULL. */
	struct policy *request;
	char **argv; /* the whole command line, for seal_self */
	/* Every option, global or the command's own, in the order given. */
	struct given *given;
	size_t given_count;
	/* The words that are no options. */
	char **args;
	size_t args_count;
	const char *records; /* --records; NULL: there is no default for this user */
	bool user_namespace; /* this process's ids are not the machine's */
	const char *ids_dir; /* where the ids in use are recorded */
	/* How many of them stand before a "--"; all of them if there is none. */
	size_t args_before;
	const char *seccomp_profile; /* instead of the policy's [seccomp], or NULL */
	/* Descriptors from 3 on that the container gets; the first of them by LISTEN_FDS. */
	unsigned preserved, listen_fds;
	/* Which of the caller's descriptors below CALLER_FDS are open for a policy to name. */
	uint64_t inherited;
	int status; /* the exit status when main returns 0 */
};

struct command {
	const char *name;
	const char *synopsis; /* what follows the name */
	const char *about;
	const struct option *options; /* ends with a name of NULL; NULL: none */
	int (*main)(struct call *call, struct err *err);
	/* Its first word ends the options: what follows may have options of its own. */
	bool in_order;
	/* Hands descriptors on. */
	bool preserves;
	int refused; /* the exit status of an error, if it is not the usual one */
};

extern const struct command commands[]; /* ends with a name of NULL */
extern const struct option global_options[];

/* The value given last for an option, "" for a flag, NULL if it was not given. */
const char *call_option(const struct call *call, const char *name);

/* All values given for an option, in order; set if there is one. In the call's arena. */
struct strings call_options(const struct call *call, const char *name);

/*
 * Reads what follows a command's name, or with a command of NULL what stands before it: options of
 * the command and global ones into call->given, other words into call->args. Everything after "--",
 * and where words come in order after the first of them, is words. 0 or -1.
 */
int options_read(struct call *call, int argc, char **argv, struct err *err);
void options_print(const struct option *options);

/* Before anything is opened: the caller's descriptors, the log, --root. 0 or -1. */
int call_begin(struct call *call, struct err *err);

/* Closes the caller's descriptors but those in the set kept, and keeps these from what is executed.
 */
void call_descriptors_keep(struct call *call, uint64_t kept);

/* What --rootless says; by default, whether uid 0 here is not the machine's. */
bool call_rootless(const struct call *call);

/* An error about how the command was called, with its synopsis as the hint; returns -1. */
int call_error(const struct call *call, struct err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Exactly one word must be left: the container's id. */
const char *call_id(const struct call *call, struct err *err);
