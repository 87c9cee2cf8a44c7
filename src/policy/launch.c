/*
 * Launch requests as programs write them for the existing Nucleus: one flat table, in TOML or JSON,
 * whose keys are its command line's names in snake_case. Each is turned into the policy's own
 * sections, positions kept, and then read and checked as any policy is. What cannot be enforced
 * here is refused by name; nothing is passed over.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "policy/launch.h"

int launch_fault(
	const struct launch_request *request, const struct node *node, const char *format, ...)
{
	char what[600];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return err_set(request->err, EINVAL, "%s:%u:%u: %s", request->file, node->line,
		node->column, what);
}

struct node *launch_at(struct node *made, const struct node *where)
{
	made->line = made->key_line = where->line;
	made->column = made->key_column = where->column;
	return made;
}

/* Puts the value at "section.key", or at the top; the section is made if it is not there. */
void launch_put(struct launch_request *request, const char *path, struct node *value)
{
	const char *dot = strchr(path, '.');
	const char *name = dot ? arena_copy(request->arena, path, (size_t)(dot - path)) : NULL;
	struct node *table = name ? node_get(request->to, name) : request->to;

	if (!table) {
		table = launch_at(node_new(request->arena, NODE_TABLE), value);
		node_put(request->arena, request->to, name, table);
	}
	value->next = NULL;
	node_put(request->arena, table, dot ? dot + 1 : path, value);
}

int launch_text_check(
	const struct launch_request *request, const struct launch_row *row, const struct node *node)
{
	if (node->kind == NODE_STRING && strlen(node->text) == node->length)
		return 0;
	return launch_fault(request, node, "%s: expected a string, found %s", row->name,
		node->kind == NODE_STRING ? "a NUL character" : node_kind_name(node->kind));
}

int launch_kind_check(const struct launch_request *request, const struct launch_row *row,
	const struct node *node, enum node_kind kind)
{
	return node->kind == kind
		? 0
		: launch_fault(request, node, "%s: expected %s, found %s", row->name,
			  node_kind_name(kind), node_kind_name(node->kind));
}

int launch_move(struct launch_request *request, const struct launch_row *row, struct node *value)
{
	launch_put(request, row->to, value);
	return 0;
}

static bool is_empty(const struct node *value)
{
	return (value->kind >= NODE_ARRAY && !value->count) ||
		(value->kind == NODE_BOOL && !value->boolean) ||
		(value->kind == NODE_STRING && !value->length);
}

/* What asks for nothing is nothing to refuse. */
static int refuse(struct launch_request *request, const struct launch_row *row, struct node *value)
{
	return is_empty(value) ? 0 : launch_fault(request, value, "%s: %s", row->name, row->why);
}

/* The one word that is what happens here anyway. */
static int only(struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_text_check(request, row, value) < 0)
		return -1;
	return !strcmp(value->text, row->to)
		? 0
		: launch_fault(request, value, "%s: \"%s\" %s; \"%s\" is what there is", row->name,
			  value->text, row->why, row->to);
}

static int name_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_text_check(request, row, value) < 0)
		return -1;
	request->name = value->text;
	return 0;
}

static int mode_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_text_check(request, row, value) < 0)
		return -1;
	if (!strcmp(value->text, "mitos-agent"))
		launch_put(request, row->to,
			launch_at(node_string(request->arena, "strict-agent"), value));
	else
		launch_put(request, row->to, value);
	return 0;
}

static int root_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	const struct node *filesystem = node_get(request->to, "filesystem");

	if (filesystem && node_get(filesystem, "root"))
		return launch_fault(
			request, value, "%s: there is another root; a sandbox has one", row->name);
	launch_put(request, row->to, value);
	return 0;
}

static int pids_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (value->kind != NODE_INTEGER || value->integer)
		launch_put(request, row->to, value);
	return 0;
}

static int swap_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_kind_check(request, row, value, NODE_BOOL) < 0)
		return -1;
	if (!value->boolean)
		launch_put(request, row->to, launch_at(node_integer(request->arena, 0), value));
	return 0;
}

static int memlock_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	uint64_t size;

	if (value->kind == NODE_STRING && size_number(value->text, &size) && size <= INT64_MAX)
		value = launch_at(node_integer(request->arena, (int64_t)size), value);
	launch_put(request, row->to, value);
	return 0;
}

/* What is verified wherever there is a manifest, unless asked for: then there must be one. */
static int verify_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_kind_check(request, row, value, NODE_BOOL) < 0)
		return -1;
	if (value->boolean)
		launch_put(request, row->to, value);
	return 0;
}

/* A switch that means the opposite. */
static int not_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	if (launch_kind_check(request, row, value, NODE_BOOL) < 0)
		return -1;
	launch_put(request, row->to, launch_at(node_bool(request->arena, !value->boolean), value));
	return 0;
}

static int group_read(
	struct launch_request *request, const struct launch_row *row, struct node *value)
{
	*(strcmp(row->name, "group") != 0 ? &request->more_groups : &request->group) = value;
	return 0;
}

/* The primary group stands first in the policy's list. */
static int groups_settle(struct launch_request *request)
{
	static const struct launch_row row = { .name = "additional_groups" };
	struct node *more = request->more_groups, *groups;

	if (more && launch_kind_check(request, &row, more, NODE_ARRAY) < 0)
		return -1;
	if (more && more->count && !request->group)
		return launch_fault(request, more, "additional_groups: needs group beside it");
	if (!request->group)
		return 0;
	groups = launch_at(node_new(request->arena, NODE_ARRAY), request->group);
	for (struct node *group = more ? more->first : NULL, *next; group; group = next) {
		next = group->next;
		group->next = NULL;
		node_append(groups, group);
	}
	request->group->next = groups->first;
	groups->first = request->group;
	groups->last = groups->last ? groups->last : request->group;
	groups->count++;
	launch_put(request, "process.groups", groups);
	return 0;
}

#define NO_NETWORK "cannot be enforced yet: a sandbox has no network; remove this key"
#define NOT_HERE "is not for a sandbox to say; give nucleus run the option of that name"
#define NO_WATCH "cannot be done yet; remove this key, and watch from outside"
#define NO_GVISOR "is a second kernel, which is not part of this program"

/* clang-format off */
static const struct launch_row rows[] = {
	{ "name", name_read },
	{ "command", launch_move, "process.command" },
	{ "workdir", launch_move, "process.cwd" },
	{ "hostname", launch_move, "process.hostname" },
	{ "terminal", launch_move, "process.terminal" },
	{ "user", launch_move, "process.user" },
	{ "group", group_read },
	{ "additional_groups", group_read },
	{ "env_vars", launch_env_read, "env.set" },
	{ "memory", launch_move, "resources.memory" },
	{ "cpus", launch_move, "resources.cpus" },
	{ "cpu_weight", launch_move, "resources.cpu_weight" },
	{ "pids", pids_read, "resources.pids" },
	{ "swap", swap_read, "resources.swap" },
	{ "io_limits", refuse, .why = "is [[resources.io]] in a policy; write one and use --policy" },
	{ "memlock", memlock_read, "limits.memlock" },
	{ "rootfs", root_read, "filesystem.root" },
	{ "agent_toolchain_rootfs", root_read, "filesystem.root" },
	{ "rootfs_mode", only, "ro", "would make the root writable" },
	{ "volumes", launch_volumes_read },
	{ "secrets", launch_secrets_read, "file" },
	{ "systemd_credentials", launch_secrets_read, "credential" },
	{ "tmpfs", launch_tmpfs_read, "filesystem.tmpfs" },
	{ "workspace", launch_move, "workspace.source" },
	{ "workspace_mode", launch_move, "workspace.mode" },
	{ "workspace_exec", launch_move, "workspace.exec" },
	{ "context", launch_move, "context.source" },
	{ "context_mode", only, "copy", "would show later changes too" },
	{ "verify_context_integrity", refuse, .why = "is [context] sha256 in a policy, which tells what it must hash to; write one and use --policy" },
	{ "home", launch_move, "filesystem.home" },
	{ "provider_config_ro", refuse, .why = "is not supported; name each place in volumes, with :ro" },
	{ "provider_config_rw", refuse, .why = "is not supported; name each place in volumes, with :rw" },
	{ "seccomp_profile", launch_move, "seccomp.profile" },
	{ "seccomp_profile_sha256", launch_move, "seccomp.sha256" },
	{ "seccomp_allow", launch_move, "seccomp.allow" },
	{ "seccomp_mode", only, "enforce", "would let every call pass" },
	{ "seccomp_log", refuse, .why = "belongs to tracing; see nucleus seccomp trace" },
	{ "seccomp_log_denied", refuse, .why = "is SECCOMP_FILTER_FLAG_LOG among the flags of a profile; write it there" },
	{ "caps_policy", launch_move, "capabilities.file" },
	{ "caps_policy_sha256", launch_move, "capabilities.sha256" },
	{ "landlock_policy", launch_move, "landlock.file" },
	{ "landlock_policy_sha256", launch_move, "landlock.sha256" },
	{ "service_mode", mode_read, "mode" },
	{ "strict_agent", refuse, .why = "is service_mode = \"strict-agent\"; write that" },
	{ "runtime", only, "native", NO_GVISOR },
	{ "trust_level", only, "trusted", "wants gVisor, which is not part of this program" },
	{ "gvisor_platform", refuse, .why = NO_GVISOR },
	{ "network", only, "none", "cannot be enforced yet" },
	{ "allow_host_network", refuse, .why = NO_NETWORK },
	{ "nat_backend", refuse, .why = NO_NETWORK },
	{ "dns", refuse, .why = NO_NETWORK },
	{ "egress_allow", refuse, .why = NO_NETWORK },
	{ "egress_domains", refuse, .why = NO_NETWORK },
	{ "egress_tcp_ports", refuse, .why = NO_NETWORK },
	{ "egress_udp_ports", refuse, .why = NO_NETWORK },
	{ "credential_broker", refuse, .why = NO_NETWORK },
	{ "credential_broker_no_proxy_env", refuse, .why = NO_NETWORK },
	{ "publish", refuse, .why = NO_NETWORK },
	{ "time_namespace", launch_move, "namespaces.time" },
	{ "disable_cgroup_namespace", not_read, "namespaces.cgroup" },
	{ "rootless", refuse, .why = "follows from who calls; remove this key" },
	{ "allow_degraded_security", refuse, .why = "weakens what was asked for, which nothing here does; remove this key" },
	{ "allow_chroot_fallback", refuse, .why = "weakens what was asked for, which nothing here does; remove this key" },
	{ "proc_rw", refuse, .why = "is not supported; /proc is read-only where that matters" },
	{ "verify_rootfs_attestation", verify_read, "filesystem.manifest" },
	{ "require_kernel_lockdown", refuse, .why = "cannot be checked yet; remove this key, and check the host" },
	{ "hooks", refuse, .why = "runs programs on the host, which no request may ask for" },
	{ "health_cmd", refuse, .why = NO_WATCH },
	{ "health_interval", refuse, .why = NO_WATCH },
	{ "health_retries", refuse, .why = NO_WATCH },
	{ "health_start_period", refuse, .why = NO_WATCH },
	{ "readiness_exec", refuse, .why = NO_WATCH },
	{ "readiness_tcp", refuse, .why = NO_WATCH },
	{ "readiness_sd_notify", refuse, .why = NO_WATCH },
	{ "sd_notify", refuse, .why = "follows from NOTIFY_SOCKET in the environment of who calls; remove this key" },
	{ "env_fd", refuse, .why = NOT_HERE },
	{ "detach", refuse, .why = NOT_HERE },
	{ "bundle", refuse, .why = NOT_HERE },
	{ "pid_file", refuse, .why = NOT_HERE },
	{ "console_socket", refuse, .why = NOT_HERE },
	{ "events_fd", refuse, .why = "is not there; see nucleus events" },
	{ "events_jsonl", refuse, .why = "is not there; see nucleus events" },
	{ NULL, NULL },
};
/* clang-format on */

static const struct launch_row *row_find(const struct node *value)
{
	for (const struct launch_row *row = rows; row->name; row++)
		if (strlen(row->name) == value->key_length &&
			!memcmp(row->name, value->key, value->key_length))
			return row;
	return NULL;
}

static int value_read(struct launch_request *request, struct node *value)
{
	const struct launch_row *row = row_find(value);
	const char *nearest;

	if (row)
		return value->kind == NODE_NULL ? 0 : row->read(request, row, value);
	err_set(request->err, EINVAL, "%s:%u:%u: unknown key \"%.80s\" in a launch request",
		request->file, value->key_line, value->key_column, value->key);
	nearest = name_nearest(value->key, rows, sizeof(*rows));
	return nearest ? err_hint(request->err, "did you mean \"%s\"?", nearest) : -1;
}

struct node *launch_translate(
	const struct launch *launch, const char **name, struct arena *arena, struct err *err)
{
	struct launch_request request = {
		.to = node_new(arena, NODE_TABLE), .file = launch->file, .arena = arena, .err = err
	};
	struct node *workspace;

	launch_put(&request, "version", node_integer(arena, 1));
	for (struct node *value = launch->document->first, *next; value; value = next) {
		next = value->next;
		if (value_read(&request, value) < 0)
			return NULL;
	}
	if (groups_settle(&request) < 0)
		return NULL;
	if (!node_get(request.to, "mode"))
		launch_put(&request, "mode", node_string(arena, "agent"));
	workspace = node_get(request.to, "workspace");
	if (workspace && !node_get(workspace, "mode"))
		node_put_string(arena, workspace, "mode", "bind-rw");
	if (workspace)
		node_put_string(arena, workspace, "target", "/workspace");
	*name = request.name;
	return request.to;
}
