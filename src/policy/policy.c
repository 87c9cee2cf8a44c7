/*
 * Reading a policy: TOML text into struct policy by the rows of its sections, then their checks.
 * Strict in everything: an unknown key, a missing version or a value out of bounds is an error
 * with its place in the file. Reads no file but the policy itself.
 */
#include "policy/policy.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "format/toml.h"
#include "policy/layers.h"

/* clang-format off */
static const struct key part_keys[] = {
	KEY(struct policy_part, file, "a file, relative to this one; in extends also the name of a built-in policy", .order = ORDER_FREE),
	KEY(struct policy_part, sha256, "what that file must hash to; required in production", .order = ORDER_FREE),
	{ 0 }
};

const struct key policy_keys[] = {
	KEY(struct policy, version, "the version of this format: 1; required", .order = ORDER_FIXED),
	CHOICE("mode", struct policy, mode, mode_names, "agent, strict-agent (if absent) or production", .order = ORDER_MORE, .absent = "\"strict-agent\""),
	LIST("extends", struct policy, extends, part_keys, "policies that this one narrows, the lowest first; also as one name, or a list of names", .order = ORDER_FREE),
	LIST("include", struct policy, include, part_keys, "files that are parts of this policy, below what it says itself", .order = ORDER_FREE),
	KEY(struct policy, may_widen, "keys and sections that a policy which extends this one may widen", .order = ORDER_FREE),
	TABLE("process", struct policy, process, process_keys, "what is run, and as whom"),
	TABLE("env", struct policy, env, env_keys, "the environment of what is run"),
	TABLE("closure", struct policy, closure, closure_policy_keys, "a Nix closure as the root"),
	TABLE("filesystem", struct policy, filesystem, filesystem_keys, "what can be seen and written"),
	LIST("volume", struct policy, volume, volume_keys, "directories and files of the host", .order = ORDER_PLACES),
	LIST("secret", struct policy, secret, secret_policy_keys, "passwords and keys, as files of the workload's own", .order = ORDER_SUBSET),
	TABLE("workspace", struct policy, workspace, workspace_keys, "the tree of the host that is worked on"),
	TABLE("context", struct policy, context, context_keys, "a tree of the host to read, copied without its secrets"),
	TABLE("namespaces", struct policy, namespaces, namespaces_keys, "what is the sandbox's own"),
	TABLE("resources", struct policy, resources, resources_keys, "how much may be used, by control group"),
	TABLE("capabilities", struct policy, capabilities, capabilities_keys, "parts of root's power that are kept"),
	TABLE("seccomp", struct policy, seccomp, seccomp_policy_keys, "which system calls may be made"),
	TABLE("landlock", struct policy, landlock, landlock_policy_keys, "which files and ports may be used, again"),
	TABLE("network", struct policy, network, network_keys, "what can be reached"),
	TABLE("limits", struct policy, limits, limits_keys, "resource limits of each process"),
	TABLE("check", struct policy, check, check_keys, "what `nucleus check` need not say"),
	{ 0 }
};
/* clang-format on */

/* In the order of the keys above. */
static const struct section *const sections[] = {
	&layers_section,
	&process_section,
	&env_section,
	&closure_section,
	&filesystem_section,
	&volume_section,
	&secret_section,
	&workspace_section,
	&context_section,
	&namespaces_section,
	&resources_section,
	&capabilities_section,
	&seccomp_section,
	&landlock_section,
	&network_section,
	&limits_section,
	&check_section,
};

static int rules_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (sections[i]->check && sections[i]->check(policy, rules, err) < 0)
			return -1;
	return 0;
}

/* Before the rows, so that a later format is called that and not a heap of unknown keys. */
static int version_check(const struct policy *policy, struct err *err)
{
	const struct node *version = node_get(policy->document, "version");

	if (!version)
		return policy_error(policy, err, "version",
			"missing; this is version 1 of the format, so add: version = 1");
	if (version->kind != NODE_INTEGER || version->integer != 1)
		return policy_error(policy, err, "version", "must be 1, the only version there is");
	return 0;
}

/* A name where a table with file could stand. */
static void name_widen(struct node *node, struct arena *arena)
{
	struct node *file;

	if (node->kind != NODE_STRING)
		return;
	file = node_new(arena, NODE_STRING);
	file->text = node->text;
	file->length = node->length;
	file->line = node->line;
	file->column = node->column;
	node->kind = NODE_TABLE;
	node->first = node->last = NULL;
	node->count = 0;
	node_put(arena, node, "file", file);
}

/* extends may be one name, or a list of names, or of tables with file and sha256. */
static void extends_widen(struct node *extends, struct arena *arena)
{
	struct node *only;

	name_widen(extends, arena);
	if (extends->kind == NODE_TABLE) {
		only = node_new(arena, NODE_TABLE);
		*only = *extends;
		only->key = NULL;
		only->next = NULL;
		extends->kind = NODE_ARRAY;
		extends->first = extends->last = only;
		extends->count = 1;
	}
	for (struct node *name = extends->kind == NODE_ARRAY ? extends->first : NULL; name;
		name = name->next)
		name_widen(name, arena);
}

static struct policy *layer_read(
	struct node *document, const char *file, struct arena *arena, struct err *err)
{
	struct policy *policy = arena_alloc(arena, 1, sizeof(*policy));
	struct node *extends;

	policy->file = arena_strdup(arena, file);
	policy->document = document;
	if (version_check(policy, err) < 0 || policy_move(policy, arena, err) < 0)
		return NULL;
	extends = node_get(policy->document, "extends");
	if (extends)
		extends_widen(extends, arena);
	node_name_file(policy->document, policy->file);
	if (rows_read(policy_keys, policy->document, policy, arena, UNKNOWN_REFUSED, policy->file,
		    err) < 0 ||
		widen_check(policy, err) < 0)
		return NULL;
	return policy;
}

struct policy *layer_parse(
	const char *text, size_t length, const char *file, struct arena *arena, struct err *err)
{
	struct err fault;
	struct node *document = toml_read(arena, text, length, &fault);

	if (document)
		return layer_read(document, file, arena, err);
	err_set(err, fault.code, "%s:%s", file, fault.text);
	return NULL;
}

/* What all layers amount to, in place of what the last one says. */
static int layers_join(struct policy *policy, struct arena *arena, struct err *err)
{
	struct policy joined = {
		.file = policy->file,
		.builtin = policy->builtin,
		.layers = policy->layers,
		.layers_count = policy->layers_count,
	};

	if (layers_check(policy, arena, err) < 0)
		return -1;
	joined.document = layers_merge(policy, arena);
	*policy = joined;
	return rows_read(
		policy_keys, policy->document, policy, arena, UNKNOWN_REFUSED, policy->file, err);
}

static int any_read(const char *file, struct arena *arena, struct bytes *bytes, struct err *err)
{
	return file_read(AT_FDCWD, file, NULL, POLICY_SIZE_MOST, arena, bytes, err);
}

/* A policy read from text, and what is below it, checked under its own mode. */
static struct policy *whole_read(struct policy *policy, const char *text, size_t length,
	policy_reader *reader, struct arena *arena, struct err *err)
{
	if (!policy || layers_read(policy, text, length, reader, arena, err) < 0 ||
		(policy->layers_count > 1 && layers_join(policy, arena, err) < 0) ||
		rules_check(policy, mode_find(policy->mode), err) < 0)
		return NULL;
	return policy;
}

static struct policy *text_read(const char *text, size_t length, const char *file, bool builtin,
	policy_reader *reader, struct arena *arena, struct err *err)
{
	struct policy *policy = layer_parse(text, length, file, arena, err);

	if (policy)
		policy->builtin = builtin;
	return whole_read(policy, text, length, reader, arena, err);
}

struct policy *policy_read_request(
	const struct launch *launch, const char **name, struct arena *arena, struct err *err)
{
	struct node *document = launch_translate(launch, name, arena, err);

	if (!document)
		return NULL;
	return whole_read(layer_read(document, launch->file, arena, err), launch->text,
		launch->length, any_read, arena, err);
}

struct policy *policy_read_text(
	const char *text, size_t length, const char *file, struct arena *arena, struct err *err)
{
	return text_read(text, length, file, false, any_read, arena, err);
}

struct policy *policy_read_layers(const char *text, size_t length, const char *file,
	policy_reader *reader, struct arena *arena, struct err *err)
{
	return text_read(text, length, file, false, reader, arena, err);
}

const struct builtin *builtin_find(const char *name)
{
	const struct builtin *found = builtins;

	while (found->name && strcmp(found->name, name) != 0)
		found++;
	return found->name ? found : NULL;
}

const char *policy_builtin(const char *name)
{
	const struct builtin *found = builtin_find(name);

	return found ? found->text : NULL;
}

struct policy *policy_read(const char *file, struct arena *arena, struct err *err)
{
	const struct builtin *found = builtin_find(file);
	struct bytes bytes;

	if (found)
		return text_read(found->text, found->length,
			arena_printf(arena, BUILTIN_NAME, file), true, any_read, arena, err);
	if (any_read(file, arena, &bytes, err) < 0)
		return NULL;
	return text_read(bytes.text, bytes.length, file, false, any_read, arena, err);
}

int policy_check(const struct policy *policy, int mode, struct err *err)
{
	int own = policy->mode ? policy->mode : MODE_STRICT_AGENT;

	if (mode != MODE_UNSET && mode < own)
		return policy_error(policy, err, "mode",
			"--mode %s is laxer than the policy's %s; only a stricter one may be given",
			mode_names[mode], mode_names[own]);
	return rules_check(policy, mode_find(mode ? mode : own), err);
}

int policy_item_error(const struct policy *policy, struct err *err, const char *list, size_t index,
	const char *member, const char *format, ...)
{
	char path[128], text[600];
	va_list args;

	snprintf(path, sizeof(path), "%s[%zu]%s%s", list, index, member ? "." : "",
		member ? member : "");
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return policy_error(policy, err, path, "%s", text);
}

const char *path_fault(const char *path)
{
	if (*path != '/')
		return "must be absolute";
	for (const char *part = path; *part;) {
		size_t length = strcspn(++part, "/");

		if (!length && (*part || part != path + 1))
			return "must not have an empty part or end with a slash";
		if ((length == 1 && *part == '.') || (length == 2 && !strncmp(part, "..", 2)))
			return "must not have . or .. in it";
		part += length;
	}
	return strlen(path) < 4096 ? NULL : "is too long";
}

bool path_below(const char *path, const char *tree)
{
	size_t length = strlen(tree);

	if (length == 1)
		return true;
	return !strncmp(path, tree, length) && (!path[length] || path[length] == '/');
}

int pin_check(const struct policy *policy, const struct mode_rules *rules, const char *sha256,
	const char *path, struct err *err)
{
	unsigned char sum[SHA256_SIZE];

	if (sha256 && !digest_read(sha256, sum))
		return policy_error(policy, err, path,
			"must be the 64 hexadecimal digits that sha256sum prints");
	if (!sha256 && rules->pins_required)
		return policy_error(policy, err, path,
			"missing; production mode pins each file a policy names: add the digest "
			"that sha256sum prints for it");
	return 0;
}

const char *policy_path(
	const struct policy *policy, const char *key, const char *path, struct arena *arena)
{
	const struct node *node = rows_node(policy->document, key);
	const char *file = node->file ? node->file : policy->file;
	const char *slash = strrchr(file, '/');

	if (*path == '/' || !slash)
		return path;
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}
