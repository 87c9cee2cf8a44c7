/* nucleus gc: store paths that were held for containers which are gone may be collected. */
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "kernel/gc-roots.h"
#include "run/state.h"

const struct option gc_options[] = {
	{ "gc-roots", 0, "DIR", "where Nix keeps its roots (default: " GC_ROOTS_USUAL ")" },
	{ "dry-run", 'n', NULL, "only say what would be dropped" },
	{ "json", 0, NULL, "print the result as JSON" },
	{ 0 },
};

static void print_row(const char *word, const struct node *row)
{
	const struct node *root = node_get(row, "roots")->first;

	printf("%s %s:", word, node_get(row, "id")->text);
	for (; root; root = root->next)
		printf(" %s", root->text);
	putchar('\n');
}

int gc_main(struct call *call, struct err *err)
{
	const char *place = call_option(call, "gc-roots");
	bool dry_run = call_option(call, "dry-run") != NULL;
	const struct node *result;
	struct run like;

	if (call->args_count)
		return call_error(call, err, "it looks at all containers: no word goes with it");
	prepare_run(call, "", &like);
	if (state_root_check(&like, err) < 0)
		return -1;
	result = gc_roots_sweep(
		place ? place : GC_ROOTS_USUAL, like.state_root, dry_run, call->arena, err);
	if (!result)
		return -1;
	if (call_option(call, "json")) {
		fputs(json_write(call->arena, result, true), stdout);
		return 0;
	}
	for (const struct node *row = node_get(result, "dropped")->first; row; row = row->next)
		print_row(dry_run ? "would drop" : "dropped", row);
	return 0;
}
