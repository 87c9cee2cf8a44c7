/*
 * config.json as a whole: the top rows, the way in (read, settle, check) and the way out. Source:
 * OCI runtime specification 1.3, config.md. What is read is never believed to be supported because
 * it is known: rows that are refused say so.
 */
#include "oci/spec.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "config/check.h"
#include "format/json.h"
#include "oci/image.h"
#include "oci/parts.h"

/* clang-format off */
static const struct key root_keys[] = {
	KEY(struct config_root, path, "a directory, absolute or relative to the bundle"),
	KEY(struct config_root, readonly, "the root cannot be written to"),
	{ 0 }
};

static const struct key mount_keys[] = {
	KEY(struct config_mount, destination, "inside the container"),
	KEY(struct config_mount, type, "a file system, or bind"),
	KEY(struct config_mount, source, "a path for a bind mount, else what the file system wants"),
	KEY(struct config_mount, options, "as mount(8); what is no flag goes to the file system"),
	LIST("uidMappings", struct config_mount, uid_mappings, mapping_keys, "its own mapping of users; with idmap alone, the container's"),
	LIST("gidMappings", struct config_mount, gid_mappings, mapping_keys, "its own mapping of groups; with idmap alone, the container's"),
	{ 0 }
};

const struct key spec_keys[] = {
	NAMED("ociVersion", struct config, oci_version, "any 1.x"),
	TABLE("process", struct config, process, spec_process_keys, "what is run"),
	TABLE("root", struct config, root, root_keys, "the container's root"),
	KEY(struct config, hostname, "needs a uts namespace"),
	KEY(struct config, domainname, "needs a uts namespace"),
	LIST("mounts", struct config, mounts, mount_keys, "in the order they are made"),
	PART("hooks", hooks_keys, "programs run at six moments, in the order listed"),
	KEY(struct config, annotations, "handed on in the state; dev.nucleus.* is read"),
	PART("linux", linux_keys, "Linux"),
	IGNORED("vm", "for virtual machines"),
	IGNORED("solaris", "for Solaris"),
	IGNORED("windows", "for Windows"),
	IGNORED("zos", "for z/OS"),
	IGNORED("freebsd", "for FreeBSD"),
	{ 0 }
};
/* clang-format on */

/* Some callers always write a path. */
static void namespaces_settle(struct config *config)
{
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].path && !*config->namespaces[i].path)
			config->namespaces[i].path = NULL;
}

/* Relative destinations are deprecated and mean the same below "/". */
static void mounts_settle(struct config *config, struct arena *arena)
{
	for (size_t i = 0; i < config->mounts_count; i++) {
		struct config_mount *mount = &config->mounts[i];

		if (mount->destination && *mount->destination && mount->destination[0] != '/')
			mount->destination = arena_printf(arena, "/%s", mount->destination);
	}
}

/* dir_path: what errors call the directory, or NULL: path says it all. */
static struct node *spec_parse(int dir, const char *dir_path, const char *path, const char *file,
	struct arena *arena, struct err *err)
{
	struct bytes bytes;
	struct node *root;

	if (file_read(dir, path, NULL, JSON_SIZE_MOST, arena, &bytes, err) < 0) {
		if (dir_path)
			err_where(err, "%s", dir_path);
		return NULL;
	}
	root = json_read(arena, bytes.text, bytes.length, err);
	if (!root) {
		char what[sizeof(err->text)];

		memcpy(what, err->text, sizeof(what));
		err_set(err, err->code, "%s:%s", file, what);
	}
	return root;
}

int spec_read(int bundle_dir, const char *bundle_path, struct config *config, struct arena *arena,
	struct err *err)
{
	return spec_read_from(bundle_dir, bundle_path, NULL, config, arena, err);
}

int spec_read_from(int bundle_dir, const char *bundle_path, const char *other,
	struct config *config, struct arena *arena, struct err *err)
{
	const char *file = other ? other : arena_printf(arena, "%s/config.json", bundle_path);
	struct node *root;

	/* Before anything else: an image has no config.json to complain about. */
	if (image_refuse(bundle_dir, NULL, NULL, err) < 0)
		return err_where(err, "%s", bundle_path);
	root = other ? spec_parse(AT_FDCWD, NULL, other, file, arena, err)
		     : spec_parse(bundle_dir, bundle_path, "config.json", file, arena, err);
	if (!root || rows_read(spec_keys, root, config, arena, UNKNOWN_IGNORED, file, err) < 0 ||
		annotations_read(root, file, config, arena, err) < 0)
		return -1;
	/* Whoever writes annotations need not be one who may read the host's files. */
	if (config->secrets_count)
		return rows_fault(root, file, "annotations." ANNOTATION_PREFIX "secrets", err,
			"a bundle may not name secrets; a policy may");
	namespaces_settle(config);
	mounts_settle(config, arena);
	resources_settle(&config->resources);
	capabilities_settle(config, arena);
	if (image_refuse(-1, NULL, config, err) < 0 ||
		closure_settle(bundle_dir, config, arena, err) < 0 || config_check(config, err) < 0)
		return rows_locate(root, file, err);
	if (image_refuse(bundle_dir, config->root.path, config, err) < 0)
		return err_where(err, "%s", bundle_path);
	return 0;
}

int spec_read_kept(int state_dir, const char *state_path, struct config *config,
	struct arena *arena, struct err *err)
{
	const char *file = arena_printf(arena, "%s/config.json", state_path);
	struct node *root = spec_parse(state_dir, state_path, "config.json", file, arena, err);

	if (!root || rows_read(spec_keys, root, config, arena, UNKNOWN_IGNORED, file, err) < 0)
		return -1;
	return annotations_read(root, file, config, arena, err);
}

/* Without the new time namespace: it travels in an annotation, for runtimes that do not know it. */
static struct config without_time(const struct config *config, struct arena *arena)
{
	struct config copy = *config;
	size_t kept = 0;

	copy.namespaces = arena_alloc(arena, config->namespaces_count, sizeof(*copy.namespaces));
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].type != NAMESPACE_TIME || config->namespaces[i].path)
			copy.namespaces[kept++] = config->namespaces[i];
	copy.namespaces_count = kept;
	memset(&copy.time_offsets, 0, sizeof(copy.time_offsets));
	return copy;
}

/* What the specification requires though it may be absent here. */
static void required_add(struct node *root, const struct config *config, struct arena *arena)
{
	struct node *place = node_get(root, "root"), *process = node_get(root, "process");

	if (!place)
		node_put(arena, root, "root", place = node_new(arena, NODE_TABLE));
	if (!node_get(place, "path"))
		node_put(arena, place, "path", node_string(arena, "rootfs"));
	if (process && !node_get(process, "user")) {
		struct node *user = node_new(arena, NODE_TABLE);

		node_put(arena, user, "uid", node_integer(arena, config->process.user.uid.value));
		node_put(arena, user, "gid", node_integer(arena, config->process.user.gid.value));
		node_put(arena, process, "user", user);
	}
}

struct node *spec_tree(const struct config *config, struct arena *arena)
{
	struct node *root = rows_write(spec_keys, config, arena);
	struct node *ours = rows_write(annotation_keys, config, arena);

	for (struct node *child = ours->first, *next; child; child = next) {
		next = child->next;
		child->next = NULL;
		node_append(root, child);
	}
	return root;
}

char *spec_write(const struct config *config, struct arena *arena)
{
	struct config plain = without_time(config, arena);
	struct node *root = rows_write(spec_keys, &plain, arena);
	struct node *annotations = node_get(root, "annotations");

	required_add(root, config, arena);
	if (!annotations)
		annotations = node_new(arena, NODE_TABLE);
	annotations_write(config, annotations, arena);
	if (annotations->count && !node_get(root, "annotations"))
		node_put(arena, root, "annotations", annotations);
	return json_write(arena, root, true);
}
