/*
 * The TOML reader: what each form reads as, where each fault is and what it says, where each value
 * is, and that no document takes more than linear time. The public conformance suite is run on
 * toml-json beside this.
 */
#include "format/toml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "check.h"

struct example {
	const char *toml, *wanted;
};

static void text_render(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20)
			fprintf(out, "<%02X>", text[i]);
		else
			putc(text[i], out);
}

/* The tree in one line: {a=1,b=[2.5,'text',true]}, dates with the letter of their form. */
static void node_render(FILE *out, const struct node *node)
{
	bool table = node->kind == NODE_TABLE;

	if (node->kind == NODE_BOOL)
		fprintf(out, "%s", node->boolean ? "true" : "false");
	else if (node->kind == NODE_INTEGER)
		fprintf(out, "%jd", (intmax_t)node->integer);
	else if (node->kind == NODE_REAL)
		fprintf(out, "~%.17g", node->real);
	else if (node->kind == NODE_DATETIME)
		fprintf(out, "%c:%s", "ODdt"[node->datetime], node -> text);
	if (node->kind == NODE_STRING) {
		putc('\'', out);
		text_render(out, node->text, node->length);
		putc('\'', out);
	}
	if (!table && node->kind != NODE_ARRAY)
		return;
	putc(table ? '{' : '[', out);
	for (const struct node *child = node->first; child; child = child->next) {
		if (table) {
			text_render(out, child->key, child->key_length);
			putc('=', out);
		}
		node_render(out, child);
		if (child->next)
			putc(',', out);
	}
	putc(table ? '}' : ']', out);
}

/* What a document reads as, or its error; the caller frees the text. */
static char *rendered(const char *toml, size_t length)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	/* The text is copied without a byte after it, so that reading too far is seen. */
	char *exact = malloc(length ? length : 1);

	memcpy(exact, toml, length);
	root = toml_read(&arena, exact, length, &err);
	free(exact);
	if (root)
		node_render(out, root);
	else
		fprintf(out, "%s", err.text);
	fclose(out);
	return text;
}

static void check_rendered(const char *toml, size_t length, const char *wanted)
{
	char *got = rendered(toml, length);

	CHECK_TEXT(got, wanted);
	free(got);
}

static const struct example valids[] = {
	{ "", "{}" },
	{ "\n# only a comment", "{}" },
	{ "\xEF\xBB\xBF"
	  "a = 1",
		"{a=1}" },
	{ "a = 1 # why\r\nb=2\r\n", "{a=1,b=2}" },
	/* keys */
	{ "a-b_1 = 1\n1 = 2\n- = 3", "{a-b_1=1,1=2,-=3}" },
	{ "\"\" = 1\n'a.b' = 2\n\"\\u00e9\\n\" = 3", "{=1,a.b=2,\xC3\xA9<0A>=3}" },
	{ "a . b\t.c = 1\na.b.d = 2\na.e = 3", "{a={b={c=1,d=2},e=3}}" },
	{ "3.14 = 1", "{3={14=1}}" },
	{ "true = inf", "{true=~inf}" },
	/* strings */
	{ "a = \"\"", "{a=''}" },
	{ "a = \"\\b\\t\\n\\f\\r\\\"\\\\\"", "{a='<08><09><0A><0C><0D>\"\\'}" },
	{ "a = \"\\u00e9\\U0001F600\\uFFFF\"", "{a='\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBF'}" },
	{ "a = \"x\\u0000y\"", "{a='x<00>y'}" },
	{ "a = 'C:\\n \"x\"'", "{a='C:\\n \"x\"'}" },
	{ "a = \"\"\"\nx\r\n y\"\"\"", "{a='x<0A> y'}" },
	{ "a = \"\"\"\r\n\nx\"\"\"", "{a='<0A>x'}" },
	{ "a = \"\"\"x \\  \n \t\r\n  y\\\n\"\"\"", "{a='x y'}" },
	{ "a = \"\"\"\"x\"\"\"\"\"", "{a='\"x\"\"'}" },
	{ "a = \"\"\"x\"\"y\\\"\"\"\"", "{a='x\"\"y\"'}" },
	{ "a = \"\"\"\"\"\"", "{a=''}" },
	{ "a = '''\n\\ ''x''''", "{a='\\ ''x''}" },
	{ "a = '''''two'''''", "{a='''two'''}" },
	/* integers */
	{ "a = [+99, 42, 0, +0, -0, -17]", "{a=[99,42,0,0,0,-17]}" },
	{ "a = [1_000, 5_349_221, 1_2_3]", "{a=[1000,5349221,123]}" },
	{ "a = [0xDEAD_beef, 0o0755, 0b1101_0110, 0x00]", "{a=[3735928559,493,214,0]}" },
	{ "a = [9223372036854775807, -9223372036854775808]",
		"{a=[9223372036854775807,-9223372036854775808]}" },
	{ "a = 0x7fffffffffffffff", "{a=9223372036854775807}" },
	/* decimal numbers */
	{ "a = [+1.0, 3.5, -0.25, 5e+22, 1e06, -2E-2]",
		"{a=[~1,~3.5,~-0.25,~4.9999999999999996e+22,~1000000,~-0.02]}" },
	{ "a = [6.5e-1, 9_224.5_0, 1_0e1_0, -0.0]",
		"{a=[~0.65000000000000002,~9224.5,"
		"~100000000000,~-0]}" },
	{ "a = [inf, +inf, -inf]", "{a=[~inf,~inf,~-inf]}" },
	/* booleans, dates */
	{ "a = [true, false]", "{a=[true,false]}" },
	{ "a = 1979-05-27T07:32:00Z", "{a=O:1979-05-27T07:32:00Z}" },
	{ "a = 1979-05-27t00:32:00.999999-07:00", "{a=O:1979-05-27T00:32:00.999999-07:00}" },
	{ "a = 1979-05-27 07:32:00z", "{a=O:1979-05-27T07:32:00Z}" },
	{ "a = 1979-05-27 07:32:00 # then", "{a=D:1979-05-27T07:32:00}" },
	{ "a = [1979-05-27,2000-02-29 ]", "{a=[d:1979-05-27,d:2000-02-29]}" },
	{ "a = 1979-05-27 # 07", "{a=d:1979-05-27}" },
	{ "a = [07:32:00, 23:59:60.5]", "{a=[t:07:32:00,t:23:59:60.5]}" },
	/* arrays */
	{ "a = []", "{a=[]}" },
	{ "a = [ # why\n 1, # one\r\n\n 'x' ,\n[[]], {b = 1},\n]", "{a=[1,'x',[[]],{b=1}]}" },
	/* inline tables */
	{ "a = {}\nb = { }", "{a={},b={}}" },
	{ "a = { b = 1 , c.d = 2, c.e = [\n3\n] }", "{a={b=1,c={d=2,e=[3]}}}" },
	{ "a = {b = '''\n'''}", "{a={b=''}}" },
	/* tables */
	{ "[a]\n[ b . 'c' ] # why\nd = 1", "{a={},b={c={d=1}}}" },
	{ "[a.b]\nx = 1\n[a]\ny = 2\n[a.c]", "{a={b={x=1},y=2,c={}}}" },
	{ "[a]\nb.c = 1\n[a.b.d]\n[a.e]", "{a={b={c=1,d={}},e={}}}" },
	{ "a.b = 1\n[a.c]\nd = 2", "{a={b=1,c={d=2}}}" },
	{ "[a.b.c]\n[a]\nb.d = 1", "{a={b={c={},d=1}}}" },
	/* arrays of tables */
	{ "[[a]]\nx = 1\n[[ a ]]\n[[a]]\nx = 2", "{a=[{x=1},{},{x=2}]}" },
	{ "[[a]]\n[a.b]\nx = 1\n[[a.c]]\n[[a.c]]\n[[a]]\n[a.b]\nx = 2\n[[a.c]]",
		"{a=[{b={x=1},c=[{},{}]},{b={x=2},c=[{}]}]}" },
	{ "[[a.b]]\n[a]\nc = 1", "{a={b=[{}],c=1}}" },
};

static const struct example invalids[] = {
	/* encoding */
	{ "a = 1 # \x01",
		"1:9: control character 0x01: in a \"basic string\" it is written \\u0001" },
	{ "a = '\x7F'",
		"1:6: control character 0x7F: in a \"basic string\" it is written \\u007F" },
	{ "a = 1\rb = 2", "1:6: a carriage return without a line feed after it" },
	{ "# \xC3", "1:3: byte 0xC3 is not UTF-8" },
	{ "a = 1\n# \xC0\x80", "2:3: byte 0xC0 is not UTF-8" },
	{ "# \xED\xA0\x80", "1:3: byte 0xED is not UTF-8" },
	{ "# \xF4\x90\x80\x80", "1:3: byte 0xF4 is not UTF-8" },
	{ "# \xE0\x9F\xBF", "1:3: byte 0xE0 is not UTF-8" },
	{ "# \xF0\x8F\xBF\xBF", "1:3: byte 0xF0 is not UTF-8" },
	{ "# \xE2\x82x", "1:3: byte 0xE2 is not UTF-8" },
	{ "\xFF\xFEz", "1:1: byte 0xFF is not UTF-8" },
	{ "a = 1\n\xEF\xBB\xBF", "2:1: the key \"\xEF\xBB\xBF\" needs quotes" },
	/* keys */
	{ "= 1", "1:1: a key is missing before \"=\"" },
	{ "a\nb = 1", "1:2: after the key \"a\" a = is missing" },
	{ "a b = 1", "1:3: after the key \"a\" a = is missing" },
	{ "a. = 1", "1:4: a key is missing before \"=\"" },
	{ ".a = 1", "1:1: a key is missing before \".a\"" },
	{ "\xC3\xA9 = 1", "1:1: the key \"\xC3\xA9\" needs quotes" },
	{ "\"\"\"a\"\"\" = 1", "1:1: a key cannot be a multi-line string" },
	{ "a =", "1:4: a value is missing before the end of the line" },
	{ "a = # b", "1:5: a value is missing before the end of the line" },
	{ "a = = b", "1:5: a value is missing before \"=\"" },
	{ "a = 1 b = 2", "1:7: the line should end here, but \"b\" follows" },
	/* strings */
	{ "a = \"x", "1:5: the string is not closed on its line: \" is missing" },
	{ "a = 'x\n'", "1:5: the string is not closed on its line: ' is missing" },
	{ "a = \"x\\\ny\"",
		"1:7: no escape begins like this: write \\\\ for a backslash, or use "
		"'single' quotes" },
	{ "\na = \"\"\"x\n\"\"", "2:5: the string is not closed: \"\"\" is missing" },
	{ "a = \"\"\"\\\"\"\"", "1:5: the string is not closed: \"\"\" is missing" },
	{ "a = \"\\d\"",
		"1:6: no escape begins like this: write \\\\ for a backslash, or use "
		"'single' quotes" },
	{ "a = \"\"\"\nx\\ y\"\"\"",
		"2:2: no escape begins like this: write \\\\ for a backslash, or "
		"use ''' quotes" },
	{ "a = \"\\u12\"", "1:6: \\u needs 4 hexadecimal digits" },
	{ "a = \"\\U0000004\"", "1:6: \\U needs 8 hexadecimal digits" },
	{ "a = \"x\\uD800\"", "1:7: \\uD800 is not a Unicode character" },
	{ "a = \"\\U00110000\"", "1:6: \\U00110000 is not a Unicode character" },
	{ "a = \"x\" \"y\"", "1:9: the line should end here, but \"\"\" follows" },
	/* numbers */
	{ "a = 9223372036854775808", "1:5: \"9223372036854775808\" does not fit in 64 bits" },
	{ "a = -9223372036854775809", "1:5: \"-9223372036854775809\" does not fit in 64 bits" },
	{ "a = 0x8000000000000000", "1:5: \"0x8000000000000000\" does not fit in 64 bits" },
	{ "a = 99999999999999999999999",
		"1:5: \"99999999999999999999999\" does not fit in 64 bits" },
	{ "a = 012", "1:5: \"012\" is not a number: leading zeros are not allowed" },
	{ "a = -01.5", "1:5: \"-01.5\" is not a number: leading zeros are not allowed" },
	{ "a = 0_1", "1:5: \"0_1\" is not a number: leading zeros are not allowed" },
	{ "a = 1__0",
		"1:5: \"1__0\" is not a number: an underscore must stand between two digits" },
	{ "a = 1_", "1:5: \"1_\" is not a number: an underscore must stand between two digits" },
	{ "a = 1_.5",
		"1:5: \"1_.5\" is not a number: an underscore must stand between two digits" },
	{ "a = +", "1:5: \"+\" is not a number: digits must follow the sign" },
	{ "a = +0x1", "1:5: \"+0x1\" is not a number: only base ten takes a sign" },
	{ "a = 0o8", "1:5: \"0o8\" is not an octal integer: 0o, then digits out of 01234567" },
	{ "a = 0X1", "1:5: \"0X1\" is not a number: bases are 0x, 0o and 0b" },
	{ "a = 1.", "1:5: \"1.\" is not a number: digits must follow the point" },
	{ "a = .5", "1:5: \".5\" is not a number: digits must stand before the point" },
	{ "a = 1.e2", "1:5: \"1.e2\" is not a number: digits must follow the point" },
	{ "a = 1e", "1:5: \"1e\" is not a number: the exponent needs digits" },
	{ "a = 1.2.3", "1:5: \"1.2.3\" is not a number: unexpected text after the digits" },
	{ "a = 5M", "1:5: \"5M\" is not a number: unexpected text after the digits" },
	/* words */
	{ "a = True", "1:5: \"True\" is not a value: true and false are written in small letters" },
	{ "a = yes", "1:5: \"yes\" is not a value: text needs quotes around it" },
	{ "a = Inf", "1:5: \"Inf\" is not a value: text needs quotes around it" },
	/* dates */
	{ "a = 2023-02-29", "1:13: day 29 is not between 01 and 28" },
	{ "a = 1900-02-29", "1:13: day 29 is not between 01 and 28" },
	{ "a = 2023-04-31", "1:13: day 31 is not between 01 and 30" },
	{ "a = 2023-13-01", "1:10: month 13 is not between 01 and 12" },
	{ "a = 2023-00-01", "1:10: month 00 is not between 01 and 12" },
	{ "a = 2023-1-01", "1:5: a date is written YYYY-MM-DD" },
	{ "a = 10000-01-01", "1:5: a date is written YYYY-MM-DD" },
	{ "a = 2023-01-01T", "1:16: a time is written HH:MM:SS" },
	{ "a = 2023-01-01T07:32", "1:16: a time is written HH:MM:SS" },
	{ "a = 24:00:00", "1:5: hour 24 is not between 00 and 23" },
	{ "a = 23:60:00", "1:8: minute 60 is not between 00 and 59" },
	{ "a = 23:59:61", "1:11: second 61 is not between 00 and 60" },
	{ "a = 07:32:00.", "1:14: a fraction of a second needs digits" },
	{ "a = 07:32:00Z", "1:13: unexpected text after the date or time" },
	{ "a = 2023-01-01 07:32:00+0700", "1:24: an offset is written Z, +HH:MM or -HH:MM" },
	{ "a = 2023-01-01 07:32:00+24:00", "1:25: hour 24 is not between 00 and 23" },
	{ "a = 2023-01-01  07:32:00", "1:17: the line should end here, but \"07:32:00\" follows" },
	/* arrays and inline tables */
	{ "a = [1\n, 2", "1:5: the array is not closed: ] is missing" },
	{ "a = [1 2]", "1:8: between the values of an array a comma is missing" },
	{ "a = [,]", "1:6: a value is missing before \",\"" },
	{ "a = {b = 1", "1:5: the inline table is not closed: } is missing" },
	{ "a = {b = 1,}", "1:12: no comma may follow an inline table's last value" },
	{ "a = {b = 1,\nc = 2}",
		"1:12: an inline table stays on one line: close it with } or use a "
		"[table]" },
	{ "a = {b = 1 c = 2}", "1:12: expected , or } in the inline table, not \"c\"" },
	{ "a = {b = 1, b = 2}", "1:13: the key \"b\" is already set on line 1" },
	{ "a = {b = {}, b.c = 1}",
		"1:14: \"b\" is already a value on line 1: nothing can be added to it" },
	/* headers */
	{ "[]", "1:2: a key is missing before \"]\"" },
	{ "[a", "1:3: the header is not closed: \"]\" is missing" },
	{ "[[a]", "1:4: the header is not closed: \"]]\" is missing" },
	{ "[[a] ]", "1:4: the header is not closed: \"]]\" is missing" },
	{ "[ [a]]", "1:3: a key is missing before \"[\"" },
	{ "[a] b = 1", "1:5: the line should end here, but \"b\" follows" },
	{ "[a.]", "1:4: a key is missing before \"]\"" },
	/* redefinition */
	{ "a = 1\n\"a\" = 2", "2:1: the key \"a\" is already set on line 1" },
	{ "\"\\u001b[1m\\u009b\" = 1\n\"\\u001b[1m\\u009b\" = 2",
		"2:1: the key \"\\u001B[1m\\u009B\" is already set on line 1" },
	{ "[a]\n[b]\n[a]", "3:2: the table \"a\" is already defined by its header on line 1" },
	{ "[a.b]\n[a]\n[a]", "3:2: the table \"a\" is already defined by its header on line 2" },
	{ "\"\" = 1\n'' . b = 2",
		"2:1: \"\" is already a value on line 1: nothing can be added to it" },
	{ "a = 1\n[a]", "2:2: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "a = 1\n[a.b]", "2:2: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "a = 1\na.b = 2", "2:1: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "a = {}\na.b = 2",
		"2:1: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "a = {b = {}}\n[a.b.c]",
		"2:2: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "a = []\n[[a]]", "2:3: \"a\" is already a value on line 1: nothing can be added to it" },
	{ "[a]\nb = 1\n[a.b]",
		"3:4: \"b\" is already a value on line 2: nothing can be added to it" },
	{ "a.b = 1\n[a]", "2:2: the table \"a\" is already defined by a dotted key on line 1" },
	{ "a.b.c = 1\n[a.b]", "2:4: the table \"b\" is already defined by a dotted key on line 1" },
	{ "a.b = 1\na.b.c = 2",
		"2:3: \"b\" is already a value on line 1: nothing can be added to it" },
	{ "a.b.c = 1\na.b = 2", "2:3: the key \"b\" is already set on line 1" },
	{ "[a.b]\n[a]\nb.c = 1",
		"3:1: the table \"b\" is already defined by its header on line 1" },
	{ "[a.b.c]\n[a]\nb.d = 1\n[a.b]",
		"4:4: the table \"b\" is already defined by a dotted key on line 1" },
	{ "[[a]]\n[a]", "2:2: \"a\" is an array of tables since line 1: only [[...]] adds to it" },
	{ "[[a.b]]\n[a]\nb.c = 1",
		"3:1: \"b\" is an array of tables since line 1: only [[...]] adds to it" },
	{ "[a]\n[[a]]", "2:3: the table \"a\" is already defined by its header on line 1" },
	{ "[a.b]\n[[a]]", "2:3: \"a\" is a table since line 1, not an array of tables" },
	{ "a.b = 1\n[[a]]", "2:3: the table \"a\" is already defined by a dotted key on line 1" },
	{ "[[a]]\n[a.b]\n[[a.b]]",
		"3:5: the table \"b\" is already defined by its header on line 2" },
	{ "[a]\nb = 1\n[c]\n[[a.b]]",
		"4:5: \"b\" is already a value on line 2: nothing can be added to it" },
};

static void test_forms(void)
{
	for (size_t i = 0; i < sizeof(valids) / sizeof(*valids); i++)
		check_rendered(valids[i].toml, strlen(valids[i].toml), valids[i].wanted);
	for (size_t i = 0; i < sizeof(invalids) / sizeof(*invalids); i++)
		check_rendered(invalids[i].toml, strlen(invalids[i].toml), invalids[i].wanted);
	check_rendered("a = 'x\0'", 8, "1:7: a NUL byte: this is not a text file, or is UTF-16");
	check_rendered("a = nan", 7, "{a=~nan}");
}

static void check_position(const struct node *node, unsigned key_line, unsigned key_column,
	unsigned line, unsigned column)
{
	CHECK(node && node->key_line == key_line && node->key_column == key_column);
	CHECK(node && node->line == line && node->column == column);
}

static void test_positions(void)
{
	static const char toml[] = "\xEF\xBB\xBF"
				   "one = 1\n"
				   " \"\xC3\xA9\".two = [ 2,\n"
				   "\t'''\n"
				   "''', { x  =\t3 } ]\n"
				   "\n"
				   "[a.b]\r\n"
				   "c = 07:32:00\n"
				   "[a]\n"
				   "[[list]]\n"
				   " [[list]]\n";
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root = toml_read(&arena, toml, sizeof(toml) - 1, &err), *node;

	CHECK(root != NULL);
	if (!root)
		return;
	check_position(root, 0, 0, 1, 1);
	check_position(node_get(root, "one"), 1, 1, 1, 7);
	node = node_get(root, "\xC3\xA9");
	check_position(node, 2, 2, 2, 2);
	node = node_get(node, "two");
	check_position(node, 2, 7, 2, 13);
	check_position(node->first, 0, 0, 2, 15);
	check_position(node->first->next, 0, 0, 3, 2);
	check_position(node->last, 0, 0, 4, 6);
	check_position(node->last->first, 4, 8, 4, 13);
	node = node_get(root, "a");
	check_position(node, 8, 2, 8, 2);
	node = node_get(node, "b");
	check_position(node, 6, 4, 6, 4);
	check_position(node->first, 7, 1, 7, 5);
	node = node_get(root, "list");
	check_position(node, 9, 3, 9, 3);
	check_position(node->first, 0, 0, 9, 3);
	check_position(node->last, 0, 0, 10, 4);
}

/* A document that nests count levels. */
static void check_nested(
	const char *before, const char *middle, const char *after, int count, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < count; i++)
		fputs(before, out);
	fputs(middle, out);
	for (int i = 0; i < count; i++)
		fputs(after, out);
	fclose(out);
	if (wanted) {
		check_rendered(text, size, wanted);
	} else {
		char *got = rendered(text, size);

		CHECK(got[0] == '{');
		free(got);
	}
	free(text);
}

static void test_bounds(void)
{
	size_t size = TOML_SIZE_MOST + 1;
	char *text = malloc(size);

	check_nested("a={", "", "}", 1, "{a={}}");
	check_nested("a={", "a=1", "}", 63, NULL);
	check_nested("a={", "a=1", "}", 64, "1:195: nested more than 64 deep");
	check_nested("a.", "a = 1", "", 63, NULL);
	check_nested("a.", "a = 1", "", 64, "1:133: nested more than 64 deep");
	memset(text, '[', size);
	memcpy(text, "a =", 3);
	check_rendered(text, size - 1, "1:68: nested more than 64 deep");
	memset(text, '\n', size);
	check_rendered(text, size - 1, "{}");
	check_rendered(text, size, "1:1: the document is larger than 4194304 bytes");
	free(text);
}

/* A document of count lines between first and last, each made by the format from its number. */
static char *lines_make(
	const char *first, const char *format, const char *last, int count, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	fputs(first, out);
	for (int i = 0; i < count; i++)
		fprintf(out, format, i);
	fputs(last, out);
	fclose(out);
	return text;
}

/* Quadratic time would take minutes here; five seconds leave room for a sanitizer and a busy
 * machine. */
static void test_time(void)
{
	static const struct {
		const char *first, *format, *last;
		int count;
	} documents[] = {
		{ "", "key-%d = 1\n", "", 100000 },
		{ "", "[table.name-%d]\n", "", 100000 },
		{ "", "[[list]]\nn = %d\n", "", 100000 },
		{ "", "a.b.c.d.k%d = {x = 1, y.z = 2}\n", "", 60000 },
		{ "a = [\n", "%d, # one\n", "]", 200000 },
		{ "a = \"\"\"", "%d \\\n   \\t\n", "\"\"\"", 200000 },
	};

	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		size_t size;
		char *text = lines_make(documents[i].first, documents[i].format, documents[i].last,
			documents[i].count, &size);
		clock_t begin = clock();
		char *got = rendered(text, size);

		CHECK(got[0] == '{');
		CHECK(clock() - begin < 5 * CLOCKS_PER_SEC);
		free(got);
		free(text);
	}
}

int main(void)
{
	test_forms();
	test_positions();
	test_bounds();
	test_time();
	return check_result("toml");
}
