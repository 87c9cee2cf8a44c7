/*
 * Annotations org.systemd.property.NAME: a unit property as GVariant text. The types units use are
 * read, strictly and in decimal: booleans, texts, lists of texts, and whole numbers, int32 unless a
 * word before them says otherwise. Clients pass on annotations of people they do not trust with the
 * host, so only what concerns the container's own unit is let through. Rests on GLib's "GVariant
 * Text Format", systemd.unit(5) and on what other runtimes read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kernel/systemd.h"

enum { TEXT_MOST = 4096 };

static const struct {
	const char *word;
	char type;
	bool is_signed;
	int bits;
} numbers[] = {
	{ "byte", 'y', false, 8 },
	{ "int16", 'n', true, 16 },
	{ "uint16", 'q', false, 16 },
	{ "int32", 'i', true, 32 },
	{ "uint32", 'u', false, 32 },
	{ "int64", 'x', true, 64 },
	{ "uint64", 't', false, 64 },
};
enum { NUMBERS = sizeof(numbers) / sizeof(*numbers), NUMBER_PLAIN = 3, NUMBER_UINT64 = 6 };

static const char *blanks_skip(const char *text)
{
	return text + strspn(text, " \t\n");
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 1 && length < 128 && name[0] >= 'A' && name[0] <= 'Z' &&
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
		length;
}

/* "...Sec" with a small letter before it, which "...USec" has not. */
static bool in_seconds(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 3, "Sec") && name[length - 4] >= 'a' &&
		name[length - 4] <= 'z';
}

/* If text begins with this word: what follows it; else NULL. */
static const char *word_skip(const char *text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(text, word, length) != 0 || strcspn(text, " \t\n") < length ||
		(text[length] && text[length] != ' ' && text[length] != '\t' &&
			text[length] != '\n'))
		return NULL;
	return blanks_skip(text + length);
}

/* "@as [...]", "@t 5": the letters instead of a word. */
static const char *annotated(const char *text, char type)
{
	const char word[] = { '@', type, '\0' };

	return word_skip(text, word);
}

/* Digits up to the end of the text, at most `most`. */
static bool digits_read(const char *text, uint64_t most, uint64_t *number)
{
	size_t count = strspn(text, "0123456789");

	*number = 0;
	for (size_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(*number, 10, number) ||
			__builtin_add_overflow(*number, (uint64_t)(text[i] - '0'), number))
			return false;
	return count && !*blanks_skip(text + count) && *number <= most;
}

static bool number_read(const char *text, int index, uint64_t *number)
{
	bool negative = numbers[index].is_signed && *text == '-';
	int bits = numbers[index].bits - numbers[index].is_signed;
	uint64_t most = (bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1) + negative;

	if (!digits_read(text + negative, most, number))
		return false;
	if (negative)
		*number = -*number;
	return true;
}

/* The text in quotes at *text, which moves behind it. */
static bool quoted_read(const char **text, char out[static TEXT_MOST])
{
	const char *at = *text, quote = *at++;
	size_t used = 0;

	if (quote != '\'' && quote != '"')
		return false;
	for (; *at != quote; at++) {
		if (*at == '\\' && (!*++at || !strchr("\\'\"", *at)))
			return false;
		if (!*at || used + 1 == TEXT_MOST)
			return false;
		out[used++] = *at;
	}
	out[used] = '\0';
	*text = blanks_skip(at + 1);
	return true;
}

static bool list_write(const char *text, struct dbus_writer *writer)
{
	struct dbus_array array = dbus_array_begin(writer, 4);
	char one[TEXT_MOST];
	bool more = *(text = blanks_skip(text + 1)) != ']';

	while (more) {
		if (!quoted_read(&text, one))
			return false;
		dbus_write_text(writer, 's', one);
		more = *text == ',';
		text = more ? blanks_skip(text + 1) : text;
	}
	dbus_array_end(writer, array);
	return *text == ']' && !*blanks_skip(text + 1);
}

static bool bool_write(const char *name, const char *text, struct dbus_writer *writer)
{
	const char *after = word_skip(text, "true");
	bool value = after != NULL;

	after = after ? after : word_skip(text, "false");
	if (!after || *after)
		return false;
	dbus_write_property(writer, name, "b");
	dbus_write_number(writer, 'b', value);
	return true;
}

static bool text_write(const char *name, const char *text, struct dbus_writer *writer)
{
	char value[TEXT_MOST];

	if (!quoted_read(&text, value) || *text)
		return false;
	dbus_write_property(writer, name, "s");
	dbus_write_text(writer, 's', value);
	return true;
}

/* Skips a word for a number's type; the type's index, of NUMBER_PLAIN without one. */
static int type_skip(const char **text)
{
	for (int i = 0; i < NUMBERS; i++) {
		const char *after = word_skip(*text, numbers[i].word);

		after = after ? after : annotated(*text, numbers[i].type);
		if (!after)
			continue;
		*text = after;
		return i;
	}
	return NUMBER_PLAIN;
}

static bool number_write(const char *name, const char *text, struct dbus_writer *writer)
{
	int index = type_skip(&text);
	uint64_t number;

	if (!number_read(text, index, &number))
		return false;
	dbus_write_property(writer, name, (const char[]){ numbers[index].type, '\0' });
	dbus_write_number(writer, numbers[index].type, number);
	return true;
}

/* Any whole number that is not negative, made microseconds. */
static bool seconds_write(const char *name, const char *text, struct dbus_writer *writer)
{
	char microseconds[132];
	uint64_t number;

	type_skip(&text);
	if (!number_read(text, NUMBER_UINT64, &number) ||
		__builtin_mul_overflow(number, 1000000, &number))
		return false;
	snprintf(microseconds, sizeof(microseconds), "%.*sUSec", (int)strlen(name) - 3, name);
	dbus_write_property(writer, microseconds, "t");
	dbus_write_number(writer, 't', number);
	return true;
}

static bool value_write(const char *name, const char *text, struct dbus_writer *writer)
{
	const char *list = word_skip(text, "@as");

	if (in_seconds(name))
		return seconds_write(name, text, writer);
	if (list || *text == '[') {
		text = list ? list : text;
		/* An empty list has a type only if it is told. */
		if (*text != '[' || (!list && *blanks_skip(text + 1) == ']'))
			return false;
		dbus_write_property(writer, name, "as");
		return list_write(text, writer);
	}
	return bool_write(name, text, writer) || text_write(name, text, writer) ||
		number_write(name, text, writer);
}

/*
 * Limits and accounting, how it is killed, and its order among others. Must never grow by a
 * dependency, which starts and stops the host's units, by an action, which may end the machine, nor
 * by what names a user, a path or a program.
 */
static bool is_harmless(const char *name)
{
	static const char *const names[] = { "After", "AllowedCPUs", "AllowedMemoryNodes", "Before",
		"BlockIO*", "CPU*", "CollectMode", "DefaultDependencies", "DefaultMemory*",
		"Description", "Documentation", "FinalKillSignal", "IO*", "IPAccounting", "Kill*",
		"ManagedOOM*", "Memory*", "OOMPolicy", "RestartKillSignal", "RuntimeMax*",
		"RuntimeRandomizedExtra*", "SendSIG*", "Startup*", "Tasks*", "TimeoutStop*",
		"WatchdogSignal" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strcspn(names[i], "*");

		if (!strncmp(name, names[i], length) && (names[i][length] || !name[length]))
			return true;
	}
	return false;
}

int systemd_property(
	const char *name, const char *text, struct dbus_writer *writer, struct err *err)
{
	static const char *const ours[] = { "PIDs", "Slice", "Delegate" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (!strcmp(name, ours[i]))
			return err_set(err, EINVAL, "it is set for every container, in one way");
	if (!is_name(name))
		return err_set(err, EINVAL, "it is no property of a systemd unit");
	if (!is_harmless(name))
		return err_set(err, EPERM,
			"it is not one of those that concern the container's own unit alone");
	if (value_write(name, blanks_skip(text), writer))
		return 0;
	err_set(err, EINVAL, "\"%.200s\" is no value for it", text);
	return err_hint(err,
		"true, 'text', ['a', 'b'] or a number, with its type before it as in \"uint64 5\"");
}
