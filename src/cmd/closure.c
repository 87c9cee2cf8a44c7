/*
 * nucleus closure: what can be said of a closure from its list alone, without looking at the store.
 * digest prints its name, show the manifest that the name is the SHA-256 of; sign and verify are in
 * a file of their own, and so is pack, which does look at it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/closure.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "config/closure-manifest.h"
#include "config/signature.h"
#include "format/json.h"

const char closure_synopsis[] = "digest|show --closure LIST [--store-dir DIR] [--json] | "
				"pack --output FILE [--store-dir DIR] [--json] --closure LIST | "
				"sign --key FILE [--paths] [--output FILE] --closure LIST | "
				"verify --key KEY... [--needed N] [--json] --closure LIST";

const struct option closure_options[] = {
	CLOSURE_OPTIONS,
	{ "store-dir", 0, "DIR", "where the store paths live (default: /nix/store)" },
	{ "key", 'k', "KEY",
		"sign: the secret key's file; verify: a public key, or a file of them" },
	{ "paths", 0, NULL, "sign each path, as Nix does, and not the closure as a whole" },
	{ "output", 'o', "FILE",
		"what pack makes; where sign writes (default: `signatures` beside the list)" },
	{ "needed", 0, "N", "how many of the keys must have signed (default: 1)" },
	{ "json", 0, NULL, "print the result as JSON" },
	{ 0 },
};

/* Without a root it has no name. */
int closure_named(struct call *call, struct config_closure *closure, struct err *err)
{
	if (prepare_closure(call, closure, NULL, err) < 0)
		return -1;
	if (!closure->roots.count) {
		err_set(err, EINVAL, "%s: a list alone does not say what is the root",
			closure->registration);
		return err_hint(err, "name the root's store path with --closure-root");
	}
	return signatures_read_beside(AT_FDCWD, closure->registration, closure, call->arena, err);
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
	{ "pack", closure_pack },
	{ "sign", closure_sign },
	{ "verify", closure_verify_signed },
};

int closure_main(struct call *call, struct err *err)
{
	for (size_t i = 0; call->args_count == 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(call->args[0], verbs[i].name))
			return verbs[i].main(call, err);
	return call_error(call, err, "one word says what to do");
}
