/* nucleus plan: every step of a start with its parameters, in order; nothing is touched. */
#include <stdio.h>

#include "base/digest.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "nucleus/plan.h"
#include "run/life.h"

const char plan_synopsis[] =
	"[--policy FILE] [--closure LIST] [--mode MODE] [--json] [--] [CMD [ARG...]] | --bundle DIR [--json]";

const struct option plan_options[] = {
	POLICY_OPTIONS,
	{ "bundle", 'b', "DIR", "an OCI bundle instead of a policy" },
	{ "json", 0, NULL, "as JSON, with the plan's digest" },
	{ 0 },
};

static void print_value(const struct node *node, struct arena *arena)
{
	if (node->kind == NODE_STRING)
		printf("%s", node->text);
	else
		printf("%s", json_write(arena, node, false));
}

/* One step a paragraph: name and side, then one parameter a line, list items on their own. */
static void print_step(const struct node *step, struct arena *arena)
{
	printf("%s (%s)\n", node_get(step, "step")->text, node_get(step, "side")->text);
	for (const struct node *param = node_get(step, "params")->first; param;
		param = param->next) {
		printf("  %s:", param->key);
		if (param->kind != NODE_ARRAY || !param->first ||
			param->first->kind != NODE_TABLE) {
			printf(" ");
			print_value(param, arena);
		} else {
			for (const struct node *item = param->first; item; item = item->next) {
				printf("\n    ");
				print_value(item, arena);
			}
		}
		printf("\n");
	}
}

int plan_main(struct call *call, struct err *err)
{
	struct config config = { 0 };
	unsigned char sum[SHA256_SIZE];
	char digest[SHA256_TEXT_SIZE];
	struct node *plan, *document;
	struct run run;

	prepare_run(call, "", &run);
	if (prepare_either(call, &config, &run, err) < 0)
		return -1;
	run_release(&run);
	prepare_warn(call, &config);
	plan = plan_make(&config, call->arena);
	plan_digest(plan, call->arena, sum);
	digest_text(sum, digest);
	if (call_option(call, "json")) {
		document = node_new(call->arena, NODE_TABLE);
		node_put(call->arena, document, "sha256", node_string(call->arena, digest));
		node_put(call->arena, document, "steps", plan);
		puts(json_write(call->arena, document, true));
		return 0;
	}
	for (const struct node *step = plan->first; step; step = step->next)
		print_step(step, call->arena);
	printf("plan sha256: %s\n", digest);
	return 0;
}
