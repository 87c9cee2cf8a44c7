/*
 * Options as every OCI client writes them: `--name VALUE`, `--name=VALUE`, `-n VALUE`, flags. No
 * abbreviations: a name that is not in the table is an error today and stays free for tomorrow.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

int options_read(
	const struct option *options, int argc, char **argv, const char **values, struct err *err)
{
	int used = 0;

	while (used < argc && argv[used][0] == '-' && argv[used][1]) {
		const char *word = argv[used++];
		size_t length = strcspn(word, "=");
		const struct option *option;

		if (!strcmp(word, "--"))
			break;
		option = find(options, word, length);
		if (!option)
			return err_set(err, EINVAL, "unknown option %.*s", (int)length, word);
		if (!option->value && word[length])
			return err_set(err, EINVAL, "option --%s takes no value", option->name);
		if (option->value && !word[length] && used == argc)
			return err_set(err, EINVAL, "option --%s needs a value: %s", option->name,
				option->value);
		if (!option->value)
			values[option - options] = "";
		else
			values[option - options] = word[length] ? word + length + 1 : argv[used++];
	}
	return used;
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
	const struct option *options = call->command->options;

	for (size_t i = 0; options && options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return call->values[i];
	return NULL;
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
