#pragma once
/* config.json, read into the waist and written back. */
#include "base/arena.h"
#include "base/err.h"
#include "format/rows.h"
#include "nucleus/config.h"

/*
 * Fills config (zeroed before) from config.json below bundle_dir, with what it names (the closure's
 * registration), and checks it: also that it is no layered image (image.h). bundle_path is what
 * errors call the bundle. Unknown properties are ignored as the specification asks; what is known
 * but not supported is an error. Text lives in arena. 0 or -1.
 */
int spec_read(int bundle_dir, const char *bundle_path, struct config *config, struct arena *arena,
	struct err *err);

/* The same with the configuration in another file, relative to the current directory. */
int spec_read_from(int bundle_dir, const char *bundle_path, const char *other,
	struct config *config, struct arena *arena, struct err *err);

/*
 * Fills config (zeroed before) from the config.json that a container was created with, which
 * spec_write wrote into its state directory: checked then, believed now. 0 or -1.
 */
int spec_read_kept(int state_dir, const char *state_path, struct config *config,
	struct arena *arena, struct err *err);

/*
 * Fills config->process (zeroed before), and the warnings about it, from a file that holds one
 * "process" object, and checks it. 0 or -1.
 */
int spec_process_read(
	const char *path, struct config *config, struct arena *arena, struct err *err);

/* True if two values of process.landlock say the same. */
bool spec_landlock_equal(const struct config_landlock *one, const struct config_landlock *other,
	struct arena *arena);

/* The annotations of the state: the client's, and what policies were laid over the bundle. */
struct pairs spec_annotations(const struct config *config, struct arena *arena);

/* The text of a valid config.json that spec_read would read back into an equal config, in arena. */
char *spec_write(const struct config *config, struct arena *arena);

/* All that spec_write writes as one tree, what travels in annotations as "dev.nucleus.*" beside the
 * properties of config.json. In arena. */
struct node *spec_tree(const struct config *config, struct arena *arena);

/*
 * Fills resources (zeroed before) from a table like linux.resources; file is named in errors. 0 or
 * -1.
 */
int resources_read(const struct node *table, const char *file, struct config_resources *resources,
	struct arena *arena, struct err *err);

/* Puts into resources what is set in more; lists as a whole, unified key by key. 0 or -1. */
int resources_merge(struct config_resources *resources, const struct config_resources *more,
	struct arena *arena, struct err *err);

/* The rows of all of config.json, for the table in spec-compat/. */
extern const struct key spec_keys[];
/* Those of dev.nucleus.* annotations, by their full names. */
extern const struct key annotation_keys[];
