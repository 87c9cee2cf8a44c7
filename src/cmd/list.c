/* nucleus list: every container of this state root, for people, scripts (-q) and clients (JSON). */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "run/life.h"

const struct option list_options[] = {
	{ "format", 'f', "table|json", "how (default: table)" },
	{ "quiet", 'q', NULL, "ids only, one a line" },
	{ 0 },
};

static const char *text(const struct node *document, const char *name)
{
	const struct node *node = node_get(document, name);

	return node ? node->text : "";
}

static void print_table(const struct node *list)
{
	int width = 12;

	for (const struct node *one = list->first; one; one = one->next)
		if ((int)strlen(text(one, "id")) > width)
			width = (int)strlen(text(one, "id"));
	printf("%-*s  %-8s  %-8s  %-30s  %-8s  %s\n", width, "ID", "PID", "STATUS", "CREATED",
		"OWNER", "BUNDLE");
	for (const struct node *one = list->first; one; one = one->next)
		printf("%-*s  %-8lld  %-8s  %-30s  %-8s  %s\n", width, text(one, "id"),
			(long long)node_get(one, "pid")->integer, text(one, "status"),
			text(one, "created"), text(one, "owner"), text(one, "bundle"));
}

int list_main(struct call *call, struct err *err)
{
	const char *format = call_option(call, "format");
	const struct node *list;
	struct run like;

	if (call->args_count)
		return call_error(call, err, "it lists all containers: no word goes with it");
	prepare_run(call, "", &like);
	list = life_list(&like, err);
	if (!list)
		return -1;
	if (call_option(call, "quiet"))
		for (const struct node *one = list->first; one; one = one->next)
			puts(text(one, "id"));
	else if (format && !strcmp(format, "json"))
		fputs(json_write(call->arena, list, true), stdout);
	else
		print_table(list);
	return 0;
}
