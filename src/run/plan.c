/*
 * The plan: the table of steps seen through one config. Prints what walk.c would do; touches
 * nothing, needs no privilege. What is printed is what is hashed is what is run.
 */
#include <string.h>

#include "base/digest.h"
#include "format/json.h"
#include "nucleus/plan.h"

static const char *const side_names[] = {
	[PARENT] = "parent",
	[CHILD] = "child",
	[AFTER] = "parent, once the workload runs",
	[BESIDE] = "child, while the parent works",
	[ENDED] = "parent, once the workload has ended",
	[ASIDE] = "parent, while the child works",
};

struct node *plan_make(const struct config *config, struct arena *arena)
{
	struct node *plan = node_new(arena, NODE_ARRAY);

	for (const struct step *step = steps; step->name; step++) {
		struct node *row, *params;

		if (step->wanted && !step->wanted(config))
			continue;
		row = node_new(arena, NODE_TABLE);
		node_put(arena, row, "step", node_string(arena, step->name));
		node_put(arena, row, "side", node_string(arena, side_names[step->side]));
		params = node_new(arena, NODE_TABLE);
		if (step->print)
			step->print(config, params, arena);
		node_put(arena, row, "params", params);
		node_append(plan, row);
	}
	return plan;
}

void plan_digest(
	const struct node *plan, struct arena *arena, unsigned char sum[static SHA256_SIZE])
{
	const char *text = json_write(arena, plan, false);

	digest_bytes(text, strlen(text), sum);
}
