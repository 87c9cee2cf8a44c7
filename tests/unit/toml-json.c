/*
 * toml-json: TOML on standard input, the tagged JSON of the public TOML conformance suite on
 * standard output; exit status 1 and "LINE:COLUMN: what is wrong" on standard error for what is not
 * TOML 1.0.0. Nothing is printed before the whole document has been read.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "format/toml.h"

static void text_print(const char *text, size_t length)
{
	putchar('"');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7F)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void tag_print(const char *type)
{
	printf("{\"type\":\"%s\",\"value\":", type);
}

static void real_print(double real)
{
	tag_print("float");
	if (isnan(real))
		printf("\"nan\"}");
	else
		printf("\"%.17g\"}", real);
}

static void scalar_print(const struct node *node)
{
	static const char *const forms[] = {
		[DATETIME_OFFSET] = "datetime",
		[DATETIME_LOCAL] = "datetime-local",
		[DATE_LOCAL] = "date-local",
		[TIME_LOCAL] = "time-local",
	};

	if (node->kind == NODE_REAL) {
		real_print(node->real);
	} else if (node->kind == NODE_BOOL) {
		tag_print("bool");
		printf("\"%s\"}", node->boolean ? "true" : "false");
	} else if (node->kind == NODE_INTEGER) {
		tag_print("integer");
		printf("\"%jd\"}", (intmax_t)node->integer);
	} else {
		tag_print(node->kind == NODE_STRING ? "string" : forms[node->datetime]);
		text_print(node->text, node->length);
		putchar('}');
	}
}

static void node_print(const struct node *node)
{
	bool table = node->kind == NODE_TABLE;

	if (!table && node->kind != NODE_ARRAY) {
		scalar_print(node);
		return;
	}
	putchar(table ? '{' : '[');
	for (const struct node *child = node->first; child; child = child->next) {
		if (table) {
			text_print(child->key, child->key_length);
			putchar(':');
		}
		node_print(child);
		if (child->next)
			putchar(',');
	}
	putchar(table ? '}' : ']');
}

int main(void)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct bytes input;
	struct node *root;

	if (file_read_fd(0, "standard input", TOML_SIZE_MOST, &arena, &input, &err)) {
		fprintf(stderr, "1:1: %s\n", err.text);
		return 1;
	}
	root = toml_read(&arena, input.text, input.length, &err);
	if (!root) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	node_print(root);
	putchar('\n');
	return fflush(stdout) != 0;
}
