/*
 * Which ids of the host stand for nobody. For the machine's root: those that /etc/subuid and
 * /etc/subgid give to "nucleus", else a range that useradd (login.defs(5), up to 600100000),
 * systemd's containers (up to 0x6fffffff) and its foreign images (from 0x7ffe0000) leave alone;
 * what the two files give to somebody in there is left out. For the root of a user namespace with
 * fewer ids, the upper half of them. For anybody else, what newuidmap(1) put beside his own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/accounts.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/ids.h"

#define OWN_NAME "nucleus"

/* 65534 is whoever has no id; what could be its own is not given away. */
enum { NOBODY = 65534, FILE_MOST = 1 << 20, MAP_SIZE = 16384 };

static const struct id_span usual = { 0x78000000, 0x7ffe0000 };

void id_spans_add(struct id_spans *spans, struct id_span span)
{
	spans->items = arena_grow(spans->arena, spans->items, spans->count, sizeof(span));
	spans->items[spans->count++] = span;
}

const struct id_span *id_spans_meet(const struct id_spans *spans, struct id_span span)
{
	for (size_t i = 0; i < spans->count; i++)
		if (span.first < spans->items[i].end && spans->items[i].first < span.end)
			return &spans->items[i];
	return NULL;
}

/* Ids that this process's user namespace has, as they are called in it. */
static int mapped_read(const char *file, struct id_spans *spans, struct err *err)
{
	char text[MAP_SIZE];
	unsigned long long inside, outside, count;
	ssize_t got;

	autoclose fd = open(file, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got < 0)
		return err_errno(err, "read %s", file);
	text[got] = '\0';
	for (const char *line = text; *line; line = account_next(line))
		if (sscanf(line, "%llu %llu %llu", &inside, &outside, &count) == 3)
			id_spans_add(spans, (struct id_span){ inside, inside + count });
	return 0;
}

static struct id_span common(struct id_span left, struct id_span right)
{
	struct id_span span = {
		left.first > right.first ? left.first : right.first,
		left.end < right.end ? left.end : right.end,
	};

	return span.first < span.end ? span : (struct id_span){ 0, 0 };
}

static uint64_t length(struct id_span span)
{
	return span.end - span.first;
}

/* The longest span that both users and groups have. */
static int mapped_find(struct arena *arena, struct id_span *longest, struct err *err)
{
	struct id_spans users = { .arena = arena }, groups = { .arena = arena };

	*longest = (struct id_span){ 0, 0 };
	if (mapped_read("/proc/self/uid_map", &users, err) < 0 ||
		mapped_read("/proc/self/gid_map", &groups, err) < 0)
		return -1;
	for (size_t i = 0; i < users.count; i++)
		for (size_t j = 0; j < groups.count; j++) {
			struct id_span span = common(users.items[i], groups.items[j]);

			if (length(span) > length(*longest))
				*longest = span;
		}
	return 0;
}

bool ids_short(void)
{
	autoarena arena = { 0 };
	struct id_span mapped;
	struct err ignored;

	return mapped_find(&arena, &mapped, &ignored) < 0 || length(mapped) < IDS_FEWEST;
}

static bool entry_read(const char *line, struct id_span *span)
{
	int64_t first, count;
	size_t first_length, count_length;
	const char *first_text = account_field(line, 1, &first_length);
	const char *count_text = account_field(line, 2, &count_length);

	if (!account_id_read(first_text, first_length, &first) ||
		!account_id_read(count_text, count_length, &count) || !count)
		return false;
	*span = (struct id_span){ (uint64_t)first, (uint64_t)(first + count) };
	return true;
}

/* Our own entry, and all others' as spans; an absent file is an empty one. */
static int entries_read(
	const char *file, struct id_span *own, struct id_spans *others, struct err *err)
{
	const char *line;
	struct bytes bytes;
	struct id_span span;

	*own = (struct id_span){ 0, 0 };
	if (file_read(AT_FDCWD, file, NULL, FILE_MOST, others->arena, &bytes, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	line = account_line(bytes.text, 0, OWN_NAME);
	if (line && !entry_read(line, own))
		return err_set(err, EINVAL,
			"%s: the entry of " OWN_NAME " is not " OWN_NAME ":FIRST:COUNT", file);
	for (line = bytes.text; *line; line = account_next(line))
		if (entry_read(line, &span))
			id_spans_add(others, span);
	return 0;
}

const char *ids_user_name(struct arena *arena)
{
	const char *number = arena_printf(arena, "%u", geteuid()), *line;
	struct bytes bytes;
	struct err ignored;

	if (file_read(AT_FDCWD, "/etc/passwd", NULL, FILE_MOST, arena, &bytes, &ignored) < 0)
		return number;
	line = account_line(bytes.text, 2, number);
	return line ? arena_copy(arena, line, strcspn(line, ":\n")) : number;
}

int ids_granted(const char *file, struct id_spans *granted, struct err *err)
{
	const char *number = arena_printf(granted->arena, "%u", geteuid());
	const char *name = ids_user_name(granted->arena);
	struct bytes bytes;
	struct id_span span;

	if (file_read(AT_FDCWD, file, NULL, FILE_MOST, granted->arena, &bytes, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	for (const char *line = bytes.text; *line; line = account_next(line)) {
		size_t size = strcspn(line, ":\n");
		bool own = (size == strlen(name) && !strncmp(line, name, size)) ||
			(size == strlen(number) && !strncmp(line, number, size));

		if (own && entry_read(line, &span) && !id_spans_meet(granted, span))
			id_spans_add(granted, span);
	}
	return 0;
}

static int own_entry(
	struct id_span users, struct id_span groups, struct id_span *range, struct err *err)
{
	*range = common(users, groups);
	if (length(*range))
		return 0;
	err_set(err, EINVAL, "/etc/subuid and /etc/subgid have no id in common for " OWN_NAME);
	return err_hint(err, "give it the same line in both: " OWN_NAME ":FIRST:COUNT");
}

/* What is in the upper half will not be in the way of the users there are. */
static struct id_span upper_half(struct id_span mapped)
{
	mapped.first += length(mapped) / 2;
	if (mapped.first <= NOBODY && mapped.end > NOBODY)
		mapped.end = NOBODY;
	return mapped;
}

static int range_of_root(
	struct id_span mapped, struct id_span *range, struct id_spans *others, struct err *err)
{
	struct id_span users, groups;

	if (entries_read("/etc/subuid", &users, others, err) < 0 ||
		entries_read("/etc/subgid", &groups, others, err) < 0)
		return -1;
	if (length(users) || length(groups)) {
		others->count = 0;
		if (own_entry(users, groups, range, err) < 0)
			return -1;
	} else {
		*range = usual;
	}
	if (range->first >= mapped.first && range->end <= mapped.end)
		return 0;
	others->count = 0;
	*range = upper_half(mapped);
	if (length(mapped) >= IDS_FEWEST)
		return 0;
	err_set(err, EINVAL, "this user namespace has %llu ids in a row, too few to share out",
		(unsigned long long)length(mapped));
	return err_hint(err, "start it with more, or set ids = \"keep-id\" in [namespaces]");
}

int ids_range(bool nested, struct id_span *range, struct id_spans *others, struct err *err)
{
	struct id_span mapped = { 0, UINT32_MAX };

	if (nested && mapped_find(others->arena, &mapped, err) < 0)
		return -1;
	if (geteuid() == 0)
		return range_of_root(mapped, range, others, err);
	*range = mapped;
	if (length(mapped) > 1)
		return 0;
	return err_set(err, EPERM, "user %u has no ids but its own", geteuid());
}
