#pragma once
/* Places in the new root that something is mounted on. */
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "kernel/siblings.h"
#include "nucleus/config.h"
#include "nucleus/run.h"

/* A directory that a mount point may turn out to be whatever it is called; all 0 if it is absent.
 */
struct place {
	uint64_t mount, inode;
};

/* What mounts on the way may change; all 0 at first. */
struct places {
	struct place root, proc;
	bool proc_is_real; /* a proc file system is mounted on /proc */
	bool known;
};

/* Opens the place for something of this file type inside run->rootfs, making it if it is absent. */
int place_open(struct run *run, const char *destination, mode_t type, struct err *err);

/*
 * Mounts source, a detached mount of something of this type, at a place that is beside the
 * destination before and is made now: it needs no other check. False if it is not such a place, or
 * if that failed; place_open then finds or says what is there. Each destination is to be asked for,
 * in order, or `siblings` to be told to forget.
 */
bool place_attach_beside(struct run *run, struct siblings *siblings, const char *destination,
	mode_t type, int source);

/*
 * 0 if source, a detached mount, may be mounted at place, which destination has led to. Only a proc
 * file system may stand at /proc, and below it only a few files that are known to be emulated.
 */
int place_check(struct run *run, struct places *places, const char *destination, int place,
	int source, struct err *err);
