/* The lines of a trace, see file.h. */
#include "format/json.h"
#include "trace/rows.h"

static const char *line(struct arena *arena, const struct node *table)
{
	return arena_printf(arena, "%s\n", json_write(arena, table, false));
}

static const char *line_of(struct arena *arena, const char *name, struct node *table)
{
	struct node *whole = node_new(arena, NODE_TABLE);

	node_put(arena, whole, name, table);
	return line(arena, whole);
}

const char *trace_head_line(const struct trace_head *head, struct arena *arena)
{
	return line_of(arena, "trace", rows_write(trace_head_keys, head, arena));
}

const char *trace_end_line(const struct trace_end *end, struct arena *arena)
{
	return line_of(arena, "end", rows_write(trace_end_keys, end, arena));
}

static struct node *unsigned_new(struct arena *arena, uint64_t value)
{
	struct node *node = node_integer(arena, (int64_t)value);

	node->huge = value > INT64_MAX;
	return node;
}

struct node *trace_call(const struct seen *seen, uint64_t count, struct arena *arena)
{
	struct node *table = node_new(arena, NODE_TABLE), *args = node_new(arena, NODE_TABLE);
	const struct traced *call = &seen->call;

	node_put_string(arena, table, "call", call->name);
	node_put_string(arena, table, "arch", abi_names[call->abi]);
	node_put_integer(arena, table, "number", call->number);
	for (int i = 0; i < CALL_ARGS; i++)
		if (call->facets[i])
			node_put(arena, args, call->facets[i]->label,
				unsigned_new(arena, call->args[i]));
	if (args->count)
		node_put(arena, table, "args", args);
	if (seen->answer)
		node_put_integer(arena, table, "errno", seen->answer);
	node_put(arena, table, "count", unsigned_new(arena, count));
	return table;
}

const char *trace_call_line(const struct seen *seen, uint64_t count, struct arena *arena)
{
	return line(arena, trace_call(seen, count, arena));
}
