#pragma once
/*
 * The small shapes the nouns are built from: a value that may be absent, and lists that know
 * whether they were given at all. An absent list and an empty one mean different things (an empty
 * list denies), so the difference is kept in the type and never guessed later.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maybe_bool {
	bool set;
	bool value;
};

struct maybe_int {
	bool set;
	int64_t value;
};

/* The whole unsigned range, for OCI values such as RLIM_INFINITY and seccomp operands. */
struct maybe_uint {
	bool set;
	uint64_t value;
};

struct maybe_real {
	bool set;
	double value;
};

/* A byte count; in a policy it may be written "512M". */
struct maybe_size {
	bool set;
	uint64_t value;
};

struct strings {
	bool set;
	size_t count;
	const char **items;
};

struct numbers {
	bool set;
	size_t count;
	int64_t *items;
};

/* key = value tables whose keys the writer chooses: annotations, sysctl, env, unified. */
struct pair {
	const char *key;
	const char *value;
};

struct pairs {
	bool set;
	size_t count;
	struct pair *items;
};

#define SHA256_SIZE 32
/* 64 hexadecimal digits and the NUL. */
#define SHA256_TEXT_SIZE 65
