/*
 * Options as every OCI client writes them: `--name VALUE`, `--name=VALUE`, `-n VALUE`, flags,
 * global ones before or after the command's name. No abbreviations: a name that is not in the table
 * is an error today and stays free for tomorrow.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lists.h"
#include "cmd/command.h"

static const struct option *find(const struct option *options, const char *word, size_t length)
{
	for (const struct option *option = options; option && option->name; option++) {
		if (!strncmp(word, "--", 2) && strlen(option->name) == length - 2 &&
			!strncmp(word + 2, option->name, length - 2))
			return option;
		if (word[1] != '-' && length == 2 && word[1] == option->letter)
			return option;
	}
	return NULL;
}

/* A value that may be one of few: "text|json". */
static bool is_one_of(const char *value, const char *words)
{
	size_t length = strlen(value);

	for (const char *word = words; word;
		word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL)
		if (length && !strncmp(word, value, length) && strchr("|", word[length]))
			return true;
	return !strchr(words, '|');
}

/* The option at argv[0]: how many words it takes, or -1. */
static int option_read(struct call *call, int argc, char **argv, struct err *err)
{
	const char *word = argv[0];
	size_t length = strcspn(word, "=");
	const struct option *option = NULL;
	const char *value;
	bool apart;

	if (call->command)
		option = find(call->command->options, word, length);
	if (!option)
		option = find(global_options, word, length);
	if (!option)
		return err_set(err, EINVAL, "unknown option %.*s", (int)length, word);
	if (!option->value && word[length])
		return err_set(err, EINVAL, "option --%s takes no value", option->name);
	apart = option->value && !word[length];
	if (apart && argc == 1)
		return err_set(
			err, EINVAL, "option --%s needs a value: %s", option->name, option->value);
	value = apart ? argv[1] : word[length] ? word + length + 1 : "";
	if (option->value && !is_one_of(value, option->value))
		return err_set(err, EINVAL, "option --%s %.80s: it is one of %s", option->name,
			value, option->value);
	call->given = arena_grow(call->arena, call->given, call->given_count, sizeof(*call->given));
	call->given[call->given_count++] = (struct given){ option, value };
	return apart ? 2 : 1;
}

/* A lone "-" and a negative number are words like any other. */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

int options_read(struct call *call, int argc, char **argv, struct err *err)
{
	bool in_order = !call->command || call->command->in_order, divided = false;

	call->args = arena_alloc(call->arena, (size_t)argc + 1, sizeof(*call->args));
	call->args_count = 0;
	for (int used = 0; used < argc;) {
		bool word = !is_option(argv[used]), end = !strcmp(argv[used], "--");
		int more = 1;

		if (end || (word && in_order)) {
			call->args_before = call->args_count;
			divided = end;
			for (used += end; used < argc; used++)
				call->args[call->args_count++] = argv[used];
		} else if (word) {
			call->args[call->args_count++] = argv[used];
		} else {
			more = option_read(call, argc - used, argv + used, err);
		}
		if (more < 0)
			return -1;
		used += more;
	}
	if (!divided)
		call->args_before = call->args_count;
	return 0;
}

void options_print(const struct option *options)
{
	for (const struct option *option = options; option && option->name; option++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", option->letter ? '-' : ' ',
			option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
			option->name, option->value ? " " : "", option->value ? option->value : "");
		printf("  %-30s %s\n", left, option->about);
	}
}

const char *call_option(const struct call *call, const char *name)
{
	for (size_t i = call->given_count; i-- > 0;)
		if (!strcmp(call->given[i].option->name, name))
			return call->given[i].value;
	return NULL;
}

struct strings call_options(const struct call *call, const char *name)
{
	struct strings values = { 0 };

	for (size_t i = 0; i < call->given_count; i++)
		if (!strcmp(call->given[i].option->name, name))
			strings_add(&values, call->arena, call->given[i].value);
	return values;
}

int call_error(const struct call *call, struct err *err, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set(err, EINVAL, "%s: %s", call->command->name, text);
	return err_hint(err, "usage: nucleus %s %s", call->command->name, call->command->synopsis);
}

const char *call_id(const struct call *call, struct err *err)
{
	if (call->args_count == 1)
		return call->args[0];
	call_error(call, err,
		call->args_count ? "one container id, not %zu words" : "no container id",
		call->args_count);
	return NULL;
}
