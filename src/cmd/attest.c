/*
 * nucleus attest: a closure held against its store, path by path. On a terminal, work that takes
 * longer than half a second shows how far it is, how fast it goes and how long it will take.
 */
#include <stdio.h>
#include <unistd.h>

#include "attest/closure.h"
#include "base/clock.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"

const struct option attest_options[] = {
	CLOSURE_OPTIONS,
	{ "store-dir", 0, "DIR", "where the store paths live (default: /nix/store)" },
	{ "json", 0, NULL, "print the result as JSON" },
	{ 0 },
};

struct shown {
	uint64_t began;
	bool any;
};

static void show(void *object, uint64_t done, uint64_t total)
{
	struct shown *shown = object;
	double seconds = (double)(clock_now() - shown->began) / 1e9;
	double rate = (double)done / 1e6 / seconds;

	if (seconds < 0.5 || rate <= 0)
		return;
	shown->any = true;
	fprintf(stderr, "\rattest: %3.0f %% of %.1f MB, %.0f MB/s, %.0f s left \033[K",
		total ? 100.0 * (double)done / (double)total : 100.0, (double)total / 1e6, rate,
		(double)(total - done) / 1e6 / rate);
}

static void print_json(struct call *call, const struct config_closure *closure,
	const struct strings *notes, const struct attest_report *report)
{
	struct node *table = node_new(call->arena, NODE_TABLE);
	struct arena *arena = call->arena;

	node_put(arena, table, "verified", node_bool(arena, true));
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
	printf("verified: %zu paths, %llu files, %.1f MB in %.2f s on %u threads\n", report->paths,
		(unsigned long long)report->files, (double)report->bytes / 1e6, report->seconds,
		report->threads);
	for (size_t i = 0; i < closure->roots.count; i++)
		printf("root:     %s\n", closure->roots.items[i]);
	/* Without a root the closure has no name. */
	if (closure->roots.count)
		printf("closure:  sha256:%s\n", closure->sha256);
}

int attest_main(struct call *call, struct err *err)
{
	struct shown shown = { .began = clock_now() };
	struct attest_progress progress = { .report = show, .object = &shown };
	struct attest_report report = { 0 };
	struct config_closure closure;
	struct strings notes = { 0 };
	int result;

	if (call->args_count)
		return call_error(
			call, err, "--closure LIST and nothing else names what to verify");
	if (prepare_closure(call, &closure, &notes, err) < 0)
		return -1;
	result = closure_verify(
		&closure.closure, isatty(STDERR_FILENO) ? &progress : NULL, &report, err);
	if (shown.any)
		fputs("\r\033[K", stderr);
	if (result < 0)
		return -1;
	if (call_option(call, "json"))
		print_json(call, &closure, &notes, &report);
	else
		print_text(&closure, &report);
	return 0;
}
