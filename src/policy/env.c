/*
 * [env]: the workload's environment, environ(7). PATH and HOME have defaults; nothing else is there
 * that the policy does not name, and nobody may say by a variable which code is loaded: what the
 * loader, ld.so(8), and the C library act on before a program does is refused. No error tells a
 * value.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "format/reader.h"
#include "policy/sections.h"

#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What a descriptor may bring. */
enum { TEXT_SIZE_MOST = 256 << 10, VARIABLES_MOST = 4096 };

/* clang-format off */
const struct key env_keys[] = {
	KEY(struct policy_env, set, "variables and their values; PATH and HOME have defaults, nothing is inherited; LD_* and the like are refused, NUCLEUS_* is reserved", .order = ORDER_FREE),
	KEY(struct policy_env, pass, "names of variables taken from the environment of who calls nucleus; one that is not there is not here either", .order = ORDER_SUBSET),
	BOUND("from-fd", struct policy_env, from_fd, 3, CALLER_FDS - 1, "an open descriptor of who calls nucleus, a file or a pipe with NAME=value in each line, or in each part if it holds NUL bytes", .order = ORDER_FIXED),
	{ 0 }
};
/* clang-format on */

/* Names that end with * stand for all that begin like that. */
static const struct refused {
	const char *name, *why;
} refused[] = {
	{ "LD_*", "tells the loader which code goes into every program" },
	{ "GCONV_PATH", "tells the C library where to load code from" },
	{ "GETCONF_DIR", "tells the C library which programs to run" },
	{ "GLIBC_TUNABLES", "changes how the loader and the C library protect a program" },
	{ "LOCPATH", "tells the C library which files to trust as its own" },
	{ "MALLOC_TRACE", "makes the C library write to a file of choice" },
	{ "NLSPATH", "tells the C library which files to trust as its own" },
	{ "NUCLEUS_*", "is reserved for what nucleus itself tells the sandbox" },
};

/* Why there can be no variable of this name, as half a sentence; or NULL. */
static const char *name_fault(const char *name)
{
	if (!*name || strchr(name, '='))
		return "cannot be the name of a variable";
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const char *star = strchr(refused[i].name, '*');

		if (star ? !strncmp(name, refused[i].name, (size_t)(star - refused[i].name))
			 : !strcmp(name, refused[i].name))
			return refused[i].why;
	}
	return NULL;
}

static bool pairs_hold(const struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!strcmp(pairs->items[i].key, name))
			return true;
	return false;
}

static int pass_check(const struct policy *policy, struct err *err)
{
	const struct strings *pass = &policy->env.pass;

	for (size_t i = 0; i < pass->count; i++) {
		const char *name = pass->items[i];

		if (strpbrk(name, "*?["))
			return policy_item_error(policy, err, "env.pass", i, NULL,
				"\"%s\": there are no patterns; name each variable, so that nothing "
				"unknown comes along",
				name);
		if (name_fault(name))
			return policy_item_error(policy, err, "env.pass", i, NULL, "\"%s\" %s",
				name, name_fault(name));
		if (pairs_hold(&policy->env.set, name))
			return policy_item_error(policy, err, "env.pass", i, NULL,
				"\"%s\" is in env.set too; keep one of them", name);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(pass->items[j], name))
				return policy_item_error(policy, err, "env.pass", i, NULL,
					"\"%s\" is listed twice", name);
	}
	return 0;
}

static int env_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct pairs *set = &policy->env.set;

	(void)rules;
	for (size_t i = 0; i < set->count; i++)
		if (name_fault(set->items[i].key))
			return policy_error(policy, err, "env.set", "\"%s\" %s; remove it",
				set->items[i].key, name_fault(set->items[i].key));
	for (size_t i = 0; policy->env.from_fd.set && i < policy->secret_count; i++)
		if (policy->secret[i].fd.set &&
			policy->secret[i].fd.value == policy->env.from_fd.value)
			return policy_error(policy, err, "env.from-fd",
				"descriptor %d is a secret's source too, and is read only once",
				(int)policy->env.from_fd.value);
	return pass_check(policy, err);
}

/* The value of a variable in a list of "NAME=value", or NULL. */
static const char *value_find(const char *const *list, size_t count, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < count && list[i]; i++)
		if (!strncmp(list[i], name, length) && list[i][length] == '=')
			return list[i] + length + 1;
	return NULL;
}

/* config.json, in which it is kept, is UTF-8. */
static bool is_utf8(const char *text)
{
	size_t room = strlen(text);

	while (room) {
		size_t length = utf8_length(text, room);

		if (!length)
			return false;
		text += length;
		room -= length;
	}
	return true;
}

static int pass_translate(struct draft *draft, struct err *err)
{
	const struct strings *pass = &draft->policy->env.pass;
	struct strings *env = &draft->config->process.env;

	for (size_t i = 0; i < pass->count && draft->translation->environment; i++) {
		const char *name = pass->items[i];
		const char *value = value_find(draft->translation->environment, SIZE_MAX, name);

		if (value && !is_utf8(value))
			return policy_item_error(draft->policy, err, "env.pass", i, NULL,
				"%s: the caller's value is not UTF-8", name);
		if (value)
			strings_add(env, draft->arena,
				arena_printf(draft->arena, "%s=%s", name, value));
	}
	return 0;
}

#define text_error(draft, err, ...) policy_error((draft)->policy, err, "env.from-fd", __VA_ARGS__)

/* One "NAME=value", the number'th of the text. */
static int line_add(struct draft *draft, const char *line, unsigned number, struct err *err)
{
	const struct policy_env *from = &draft->policy->env;
	struct strings *env = &draft->config->process.env;
	const char *equals = strchr(line, '='), *name;

	if (!equals || equals == line ||
		strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") !=
			(size_t)(equals - line) ||
		strchr("0123456789", *line))
		return text_error(draft, err,
			"what descriptor %d brings is not NAME=value in line %u; names are of "
			"letters, digits and _, and there are no comments, quotes or empty lines",
			(int)from->from_fd.value, number);
	name = arena_copy(draft->arena, line, (size_t)(equals - line));
	if (name_fault(name))
		return text_error(draft, err, "line %u: \"%s\" %s", number, name, name_fault(name));
	if (!is_utf8(equals + 1))
		return text_error(
			draft, err, "line %u: the value of %s is not UTF-8", number, name);
	if (pairs_hold(&from->set, name) || strings_hold(&from->pass, name) ||
		value_find(env->items, env->count, name))
		return text_error(draft, err,
			"line %u: \"%s\" has a value already, in a line before or in the policy",
			number, name);
	if (number > VARIABLES_MOST)
		return text_error(draft, err, "there are more than %d variables", VARIABLES_MOST);
	strings_add(env, draft->arena, line);
	return 0;
}

/* Each line, or where the text holds NUL bytes each part that ends with one. */
static int text_translate(struct draft *draft, const struct bytes *text, struct err *err)
{
	char end = memchr(text->text, '\0', text->length) ? '\0' : '\n';
	const char *at = text->text, *last = text->text + text->length;

	if (!text->length)
		return text_error(draft, err,
			"descriptor %d brings nothing; leave the key out, or give it something",
			(int)draft->policy->env.from_fd.value);
	for (unsigned number = 1; at < last; number++) {
		const char *stop = memchr(at, end, (size_t)(last - at));
		size_t length = (size_t)((stop ? stop : last) - at);

		if (line_add(draft, arena_copy(draft->arena, at, length), number, err) < 0)
			return -1;
		at += length + 1;
	}
	return 0;
}

static int from_fd_translate(struct draft *draft, struct err *err)
{
	const struct maybe_int *from = &draft->policy->env.from_fd;
	int fd = (int)from->value;
	char name[32];
	struct stat status;
	struct bytes text;

	if (!from->set)
		return 0;
	if (!(draft->translation->inherited >> fd & 1) || fstat(fd, &status) < 0)
		return text_error(draft, err,
			"descriptor %d is not open; call nucleus with it, as in: nucleus run ... "
			"%d</a/file",
			fd, fd);
	if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
		return text_error(draft, err, "descriptor %d is no file and no pipe", fd);
	snprintf(name, sizeof(name), "descriptor %d", fd);
	if (file_read_fd(fd, name, TEXT_SIZE_MOST, draft->arena, &text, err) < 0)
		return text_error(draft, err, "%s", err->text);
	return text_translate(draft, &text, err);
}

static int env_translate(struct draft *draft, struct err *err)
{
	const struct policy *policy = draft->policy;
	struct config_process *process = &draft->config->process;
	struct strings *env = &process->env;
	const struct pairs *set = &policy->env.set;
	const struct pair defaults[] = {
		{ "PATH", SEARCH_PATH },
		{ "HOME", policy_home(draft->policy) },
		{ "TERM", process->terminal ? "xterm" : NULL },
	};

	if (pass_translate(draft, err) < 0 || from_fd_translate(draft, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (defaults[i].value && !pairs_hold(set, defaults[i].key) &&
			!value_find(env->items, env->count, defaults[i].key))
			strings_add(env, draft->arena,
				arena_printf(
					draft->arena, "%s=%s", defaults[i].key, defaults[i].value));
	for (size_t i = 0; i < set->count; i++)
		strings_add(env, draft->arena,
			arena_printf(
				draft->arena, "%s=%s", set->items[i].key, set->items[i].value));
	return 0;
}

const struct section env_section = { env_check, env_translate };
