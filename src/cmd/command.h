#pragma once
/*
 * A command is one file and one row of the table in main.c. Its options are rows too, so that
 * parsing, --help, the man page and the completions cannot disagree.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct option {
	const char *name;  /* without dashes */
	char letter;       /* 0: none */
	const char *value; /* what its value is called, NULL for a flag */
	const char *about;
};

enum { OPTIONS_MOST = 24 };

struct command;

/* One call of one command. */
struct call {
	const struct command *command;
	struct arena *arena;
	const char *root; /* --root */
	bool debug;
	char **argv; /* the whole command line, for seal_self */
	/* What is left after the options. */
	char **args;
	size_t args_count;
	/* Values by the order of command->options: NULL absent, "" for a flag. */
	const char *values[OPTIONS_MOST];
	int status; /* the exit status when main returns 0 */
};

struct command {
	const char *name;
	const char *synopsis; /* what follows the name */
	const char *about;
	const struct option *options; /* ends with a name of NULL; NULL: none */
	int (*main)(struct call *call, struct err *err);
};

extern const struct command commands[]; /* ends with a name of NULL */
extern const struct option global_options[];

/* The value given for an option of the command, "" for a flag, NULL if it was not given. */
const char *call_option(const struct call *call, const char *name);

/*
 * Reads options from argv until "--" or the first word that is none; values by the rows' order.
 * Gives the number of words used, or -1.
 */
int options_read(
	const struct option *options, int argc, char **argv, const char **values, struct err *err);
void options_print(const struct option *options);

/* An error about how the command was called, with its synopsis as the hint; returns -1. */
int call_error(const struct call *call, struct err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Exactly one word must be left: the container's id. */
const char *call_id(const struct call *call, struct err *err);
