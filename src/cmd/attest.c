/*
 * nucleus attest: a closure held against its store, path by path, at any of the levels that a start
 * knows. With `cached` it makes the record that starts then go by.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attest/closure.h"
#include "cmd/commands.h"
#include "cmd/means.h"
#include "cmd/prepare.h"
#include "format/json.h"

const struct option attest_options[] = {
	CLOSURE_OPTIONS,
	{ "store-dir", 0, "DIR", "where the store paths live (default: /nix/store)" },
	{ "attestation", 0, "full|cached|off", "how closely, as in a policy (default: full)" },
	{ "json", 0, NULL, "print the result as JSON" },
	{ 0 },
};

static int level_read(const char *text, int *level, struct err *err)
{
	*level = text ? ATTESTATION_UNSET : ATTESTATION_FULL;
	for (int i = 1; text && attestation_names[i]; i++)
		if (!strcmp(attestation_names[i], text))
			*level = i;
	return *level ? 0
		      : err_set(err, EINVAL, "--attestation %s: it is full, cached or off", text);
}

static void print_json(struct call *call, const struct config_closure *closure,
	const struct strings *notes, const struct attest_report *report)
{
	struct node *table = node_new(call->arena, NODE_TABLE);
	struct arena *arena = call->arena;

	node_put(arena, table, "verified", node_bool(arena, report->level != ATTESTATION_OFF));
	node_put_string(arena, table, "attestation", attestation_names[report->level]);
	node_put_strings(arena, table, "roots", &closure->roots);
	if (closure->roots.count)
		node_put_string(arena, table, "closureSha256", closure->sha256);
	node_put(arena, table, "paths", node_integer(arena, (int64_t)report->paths));
	node_put(arena, table, "files", node_integer(arena, (int64_t)report->files));
	node_put(arena, table, "bytes", node_integer(arena, (int64_t)report->bytes));
	node_put(arena, table, "milliseconds",
		node_integer(arena, (int64_t)(report->seconds * 1000)));
	node_put(arena, table, "threads", node_integer(arena, report->threads));
	if (notes->count)
		node_put_strings(arena, table, "notes", notes);
	puts(json_write(arena, table, true));
}

static void print_text(const struct config_closure *closure, const struct attest_report *report)
{
	static const char *const words[] = {
		[ATTESTATION_FULL] = "verified: ",
		[ATTESTATION_CACHED] = "unchanged:",
		[ATTESTATION_OFF] = "looked at:",
	};

	printf("%s %zu paths, %llu files", words[report->level], report->paths,
		(unsigned long long)report->files);
	if (report->level == ATTESTATION_FULL)
		printf(", %.1f MB", (double)report->bytes / 1e6);
	printf(" in %.2f s on %u threads\n", report->seconds, report->threads);
	for (size_t i = 0; i < closure->roots.count; i++)
		printf("root:      %s\n", closure->roots.items[i]);
	/* Without a root the closure has no name. */
	if (closure->roots.count)
		printf("closure:   sha256:%s\n", closure->sha256);
}

int attest_main(struct call *call, struct err *err)
{
	struct attest_report report = { 0 };
	struct config_closure closure;
	struct strings notes = { 0 };

	if (call->args_count)
		return call_error(
			call, err, "--closure LIST and nothing else names what to verify");
	if (prepare_closure(call, &closure, &notes, err) < 0 ||
		level_read(call_option(call, "attestation"), &closure.attestation, err) < 0 ||
		closure_verify(&closure, means_make(call), &report, err) < 0)
		return -1;
	if (call_option(call, "json"))
		print_json(call, &closure, &notes, &report);
	else
		print_text(&closure, &report);
	return 0;
}
