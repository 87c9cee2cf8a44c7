#pragma once
/* The objects of config.json, one file each: their rows, and what is settled after reading. */
#include "base/arena.h"
#include "base/err.h"
#include "format/rows.h"
#include "nucleus/config.h"

extern const struct key spec_process_keys[];
extern const struct key linux_keys[];
extern const struct key hooks_keys[];
extern const struct key mapping_keys[];
extern const struct key spec_resources_keys[];
extern const struct key time_offset_keys[];

/* Drops the capabilities no kernel has, with a warning each, as the specification asks. */
void capabilities_settle(struct config *config, struct arena *arena);

/* Zero is "not set" for a few values that some callers always write. */
void resources_settle(struct config_resources *resources);

/* Moves dev.nucleus.* out of config->annotations into the members they are for. root: the document.
 */
int annotations_read(const struct node *root, const char *file, struct config *config,
	struct arena *arena, struct err *err);

/* Adds dev.nucleus.* to annotations, a table of strings. */
void annotations_write(const struct config *config, struct node *annotations, struct arena *arena);

/* Reads the registration the closure names, and adds the mounts of store paths that have none. */
int closure_settle(int bundle_dir, struct config *config, struct arena *arena, struct err *err);
