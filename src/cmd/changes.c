/* What `nucleus run --dry-run` tells of the trees that were copied: a line each, or JSON. */
#include "cmd/changes.h"

#include <stdio.h>

#include "format/json.h"
#include "format/node.h"

/* A name from inside may not speak to the terminal. */
static void print_text(const char *text)
{
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
		if (*byte < 0x20 || *byte == 0x7f || *byte == '\\' ||
			(*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0))
			printf("\\x%02x", *byte);
		else
			putchar(*byte);
}

static void print_change(const char *what, const struct node *change)
{
	const struct node *size = node_get(change, "size"), *link = node_get(change, "link");
	const struct node *before = node_get(change, "before"), *why = node_get(change, "why");

	printf("%-9s ", what);
	print_text(node_get(change, "path")->text);
	if (node_get(change, "kind")->text[0] == 'd')
		putchar('/');
	if (link) {
		printf(" -> ");
		print_text(link->text);
	}
	if (why)
		printf(": %s", why->text);
	else if (before)
		printf(" (%lld bytes, was %lld)", (long long)size->integer,
			(long long)before->integer);
	else if (size)
		printf(" (%lld bytes)", (long long)size->integer);
	putchar('\n');
}

static void print_paths(const char *what, const struct node *paths)
{
	for (const struct node *path = paths->first; path; path = path->next) {
		printf("%-9s ", what);
		print_text(path->text);
		putchar('\n');
	}
}

static void print_tree(const struct node *tree)
{
	static const struct {
		const char *list, *word;
	} lists[] = { { "added", "added" }, { "changed", "changed" }, { "deleted", "deleted" },
		{ "refused", "refused" }, { "conflicts", "conflict" } };

	printf("%s: ", tree->key);
	print_text(node_get(tree, "source")->text);
	printf(", %lld entries, %lld bytes, sha256 %s\n",
		(long long)node_get(tree, "files")->integer,
		(long long)node_get(tree, "bytes")->integer, node_get(tree, "sha256")->text);
	print_paths("excluded", node_get(tree, "excluded"));
	print_paths("no file", node_get(tree, "notFiles"));
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const struct node *list = node_get(tree, lists[i].list);

		for (const struct node *one = list ? list->first : NULL; one; one = one->next)
			print_change(lists[i].word, one);
	}
}

void changes_print(const struct node *report, bool json, struct arena *arena)
{
	if (json) {
		puts(json_write(arena, report, true));
		return;
	}
	for (const struct node *tree = report->first; tree; tree = tree->next)
		print_tree(tree);
}
