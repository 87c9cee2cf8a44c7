/*
 * nucleus closure: what can be said of a closure from its list alone, without looking at the store.
 * digest prints its name, show the manifest that the name is the SHA-256 of.
 */
#include <stdio.h>
#include <string.h>

#include "base/lists.h"
#include "cmd/commands.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "format/json.h"

const char closure_synopsis[] = "digest|show --closure DIR [--store-dir DIR] [--json]";

const struct option closure_options[] = {
	{ "closure", 'c', "DIR", "the directory with `registration` and `rootfs`" },
	{ "store-dir", 0, "DIR", "where the store paths live (default: /nix/store)" },
	{ "json", 0, NULL, "print the digest as JSON" },
	{ 0 },
};

/* The closure that --closure names. */
static int closure_named(struct call *call, struct config_closure *closure, struct err *err)
{
	const char *dir = call_option(call, "closure"), *store = call_option(call, "store-dir");
	const char *root;

	*closure = (struct config_closure){ .store_dir = store ? store : "/nix/store" };
	if (!dir)
		return call_error(call, err, "--closure DIR names the closure");
	if (closure_read_dir(dir, closure->store_dir, &closure->closure, &root, call->arena, err) <
		0)
		return -1;
	strings_add(&closure->roots, call->arena, root);
	closure_identify(closure, NULL, call->arena);
	return 0;
}

static int digest(struct call *call, struct err *err)
{
	struct config_closure closure;
	struct node *table;

	if (closure_named(call, &closure, err) < 0)
		return -1;
	if (!call_option(call, "json")) {
		puts(closure.sha256);
		return 0;
	}
	table = node_new(call->arena, NODE_TABLE);
	node_put_string(call->arena, table, "closureSha256", closure.sha256);
	node_put_integer(call->arena, table, "paths", (int64_t)closure.closure.paths_count);
	puts(json_write(call->arena, table, true));
	return 0;
}

static int show(struct call *call, struct err *err)
{
	struct config_closure closure;
	struct bytes manifest;

	if (closure_named(call, &closure, err) < 0)
		return -1;
	manifest = closure_manifest(&closure, call->arena);
	fwrite(manifest.text, 1, manifest.length, stdout);
	return 0;
}

static const struct verb {
	const char *name;
	int (*main)(struct call *call, struct err *err);
} verbs[] = {
	{ "digest", digest },
	{ "show", show },
};

int closure_main(struct call *call, struct err *err)
{
	for (size_t i = 0; call->args_count == 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(call->args[0], verbs[i].name))
			return verbs[i].main(call, err);
	return call_error(call, err, "one word says what to do");
}
