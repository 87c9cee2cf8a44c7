#pragma once
/* The directory that records are kept in, and the key that only the runtime has. */
#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"

struct records {
	const char *path;
	int dir; /* -1: there is none */
	unsigned char key[MAC_KEY_SIZE];
};

/*
 * Opens the directory, making it and its key if they are not there. Refuses one that anybody but
 * the caller may read or write, and a symlink on the way to it. 0, or -1 with err.
 */
int records_open(const char *path, struct records *records, struct err *err);
void records_close(struct records *records);

/* Reads a record of at most `most` bytes. 1; 0 if there is none; -1 with err. */
int records_read(const struct records *records, const char *name, size_t most, struct arena *arena,
	struct bytes *bytes, struct err *err);
/* Puts one in place as a whole, whoever else does the same at the time. 0 or -1. */
int records_write(const struct records *records, const char *name, const void *bytes, size_t length,
	struct err *err);
