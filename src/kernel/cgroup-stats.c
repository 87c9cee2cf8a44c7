/*
 * What a container uses, in the shape that clients of `events` read: v1's files and v2's as one
 * table. Of what a hierarchy does not count for the container nothing is said. Rests on
 * Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"

enum { TEXT_SIZE = 16384, USEC = 1000, TICK = 10 * 1000 * 1000 };

/* One number: a file's only one, or that behind a key; scale makes it bytes or nanoseconds. */
struct place {
	const char *file, *key;
	unsigned scale;
};

/* clang-format off */
static const struct gauge {
	const char *section, *name;
	int controller;
	struct place v1, v2;
} gauges[] = {
	{ "cpu.usage",        "total",            CGROUP_CPUACCT, { "cpuacct.usage", NULL, 1 },                   { "cpu.stat", "usage_usec", USEC }     },
	{ "cpu.usage",        "kernel",           CGROUP_CPUACCT, { "cpuacct.stat", "system", TICK },             { "cpu.stat", "system_usec", USEC }    },
	{ "cpu.usage",        "user",             CGROUP_CPUACCT, { "cpuacct.stat", "user", TICK },               { "cpu.stat", "user_usec", USEC }      },
	{ "cpu.throttling",   "periods",          CGROUP_CPU,     { "cpu.stat", "nr_periods", 1 },                { "cpu.stat", "nr_periods", 1 }        },
	{ "cpu.throttling",   "throttledPeriods", CGROUP_CPU,     { "cpu.stat", "nr_throttled", 1 },              { "cpu.stat", "nr_throttled", 1 }      },
	{ "cpu.throttling",   "throttledTime",    CGROUP_CPU,     { "cpu.stat", "throttled_time", 1 },            { "cpu.stat", "throttled_usec", USEC } },
	{ "memory",           "cache",            CGROUP_MEMORY,  { "memory.stat", "total_cache", 1 },            { "memory.stat", "file", 1 }           },
	{ "memory.usage",     "limit",            CGROUP_MEMORY,  { "memory.limit_in_bytes", NULL, 1 },           { "memory.max", NULL, 1 }              },
	{ "memory.usage",     "usage",            CGROUP_MEMORY,  { "memory.usage_in_bytes", NULL, 1 },           { "memory.current", NULL, 1 }          },
	{ "memory.usage",     "max",              CGROUP_MEMORY,  { "memory.max_usage_in_bytes", NULL, 1 },       { "memory.peak", NULL, 1 }             },
	{ "memory.usage",     "failcnt",          CGROUP_MEMORY,  { "memory.failcnt", NULL, 1 },                  { "memory.events", "max", 1 }          },
	{ "memory.swap",      "limit",            CGROUP_MEMORY,  { "memory.memsw.limit_in_bytes", NULL, 1 },     { "memory.swap.max", NULL, 1 }         },
	{ "memory.swap",      "usage",            CGROUP_MEMORY,  { "memory.memsw.usage_in_bytes", NULL, 1 },     { "memory.swap.current", NULL, 1 }     },
	{ "memory.swap",      "max",              CGROUP_MEMORY,  { "memory.memsw.max_usage_in_bytes", NULL, 1 }, { NULL, NULL, 0 }                      },
	{ "memory.swap",      "failcnt",          CGROUP_MEMORY,  { "memory.memsw.failcnt", NULL, 1 },            { "memory.swap.events", "max", 1 }     },
	{ "memory.kernel",    "limit",            CGROUP_MEMORY,  { "memory.kmem.limit_in_bytes", NULL, 1 },      { NULL, NULL, 0 }                      },
	{ "memory.kernel",    "usage",            CGROUP_MEMORY,  { "memory.kmem.usage_in_bytes", NULL, 1 },      { "memory.stat", "kernel", 1 }         },
	{ "memory.kernel",    "max",              CGROUP_MEMORY,  { "memory.kmem.max_usage_in_bytes", NULL, 1 },  { NULL, NULL, 0 }                      },
	{ "memory.kernel",    "failcnt",          CGROUP_MEMORY,  { "memory.kmem.failcnt", NULL, 1 },             { NULL, NULL, 0 }                      },
	{ "memory.kernelTCP", "limit",            CGROUP_MEMORY,  { "memory.kmem.tcp.limit_in_bytes", NULL, 1 },  { NULL, NULL, 0 }                      },
	{ "memory.kernelTCP", "usage",            CGROUP_MEMORY,  { "memory.kmem.tcp.usage_in_bytes", NULL, 1 },  { "memory.stat", "sock", 1 }           },
	{ "memory.kernelTCP", "max",              CGROUP_MEMORY,  { "memory.kmem.tcp.max_usage_in_bytes", NULL, 1 }, { NULL, NULL, 0 }                   },
	{ "memory.kernelTCP", "failcnt",          CGROUP_MEMORY,  { "memory.kmem.tcp.failcnt", NULL, 1 },         { NULL, NULL, 0 }                      },
	{ "pids",             "current",          CGROUP_PIDS,    { "pids.current", NULL, 1 },                    { "pids.current", NULL, 1 }            },
	{ "pids",             "limit",            CGROUP_PIDS,    { "pids.max", NULL, 1 },                        { "pids.max", NULL, 1 }                },
};
/* clang-format on */

/* Where a controller counts for the container. */
static int dir_of(const struct run_cgroup *cgroup, int controller, bool *v1)
{
	*v1 = cgroup->v1[controller] >= 0;
	return *v1 ? cgroup->v1[controller] : cgroup->v2;
}

static struct node *number_node(struct arena *arena, uint64_t number)
{
	struct node *node = node_integer(arena, (int64_t)number);

	node->huge = number > INT64_MAX;
	return node;
}

/* The table at a path like "memory.usage", made where it is not there yet. */
static struct node *table_at(struct node *table, const char *path, struct arena *arena)
{
	while (*path) {
		char *name = arena_copy(arena, path, strcspn(path, "."));
		struct node *next = node_get(table, name);

		if (!next)
			node_put(arena, table, name, next = node_new(arena, NODE_TABLE));
		table = next;
		path += strlen(name) + (path[strlen(name)] == '.');
	}
	return table;
}

/* Sets number to what is there; "max" is the largest number there is. */
static bool number_find(int dir, const struct place *place, uint64_t *number)
{
	char text[TEXT_SIZE], *at = text;
	size_t length = place->key ? strlen(place->key) : 0;

	if (!place->file || cgroup_read(dir, place->file, text, sizeof(text)) < 0)
		return false;
	while (length && at && (strncmp(at, place->key, length) || at[length] != ' '))
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	if (!at)
		return false;
	at += length + (length > 0);
	*number = !strncmp(at, "max", 3) ? UINT64_MAX : strtoull(at, NULL, 10) * place->scale;
	return true;
}

static void gauges_read(const struct run_cgroup *cgroup, struct node *stats, struct arena *arena)
{
	for (size_t i = 0; i < sizeof(gauges) / sizeof(*gauges); i++) {
		const struct gauge *gauge = &gauges[i];
		uint64_t number;
		bool v1;
		int dir = dir_of(cgroup, gauge->controller, &v1);

		if (dir < 0 || !number_find(dir, v1 ? &gauge->v1 : &gauge->v2, &number))
			continue;
		/* That no limit is set is said by 0 there. */
		if (gauge->controller == CGROUP_PIDS && number == UINT64_MAX)
			number = 0;
		node_put(arena, table_at(stats, gauge->section, arena), gauge->name,
			number_node(arena, number));
	}
}

/* v2 counts swap alone, where the reader expects memory and swap together. */
static void swap_complete(struct node *stats)
{
	static const char *const names[] = { "limit", "usage" };
	struct node *memory = node_get(stats, "memory");
	struct node *usage = memory ? node_get(memory, "usage") : NULL;
	struct node *swap = memory ? node_get(memory, "swap") : NULL;

	for (size_t i = 0; usage && swap && i < sizeof(names) / sizeof(*names); i++) {
		struct node *one = node_get(usage, names[i]), *both = node_get(swap, names[i]);

		if (one && both && !both->huge) {
			both->integer = one->huge ? -1 : both->integer + one->integer;
			both->huge = one->huge;
		}
	}
}

/* Every line of memory.stat. */
static void raw_read(int dir, struct node *stats, struct arena *arena)
{
	char text[TEXT_SIZE], *rest = text, *line;
	struct node *raw;

	if (dir < 0 || cgroup_read(dir, "memory.stat", text, sizeof(text)) < 0)
		return;
	raw = table_at(stats, "memory.raw", arena);
	while ((line = strsep(&rest, "\n"))) {
		char *name = strsep(&line, " ");

		if (line)
			node_put(arena, raw, name, number_node(arena, strtoull(line, NULL, 10)));
	}
}

static void percpu_read(int dir, struct node *stats, struct arena *arena)
{
	char text[TEXT_SIZE], *rest = text, *word;
	struct node *list;

	if (cgroup_read(dir, "cpuacct.usage_percpu", text, sizeof(text)) < 0)
		return;
	list = node_new(arena, NODE_ARRAY);
	while ((word = strsep(&rest, " ")))
		if (*word)
			node_append(list, number_node(arena, strtoull(word, NULL, 10)));
	node_put(arena, table_at(stats, "cpu.usage", arena), "percpu", list);
}

/* Appends a count for one device to the list of that name. */
static void block_put(struct node *blkio, const char *name, const unsigned device[2],
	const char *operation, uint64_t value, struct arena *arena)
{
	struct node *list = node_get(blkio, name), *entry = node_new(arena, NODE_TABLE);

	if (!list)
		node_put(arena, blkio, name, list = node_new(arena, NODE_ARRAY));
	node_put_integer(arena, entry, "major", device[0]);
	node_put_integer(arena, entry, "minor", device[1]);
	node_put_string(arena, entry, "op", operation);
	node_put(arena, entry, "value", number_node(arena, value));
	node_append(list, entry);
}

#define BLOCK_BYTES "ioServiceBytesRecursive"
#define BLOCK_COUNT "ioServicedRecursive"

/* "8:0 Read 4096", a line an operation. */
static void block_read_v1(
	int dir, const char *file, const char *name, struct node *blkio, struct arena *arena)
{
	char text[TEXT_SIZE], *rest = text, *line, operation[16];
	unsigned long long value;
	unsigned device[2];

	if (cgroup_read(dir, file, text, sizeof(text)) < 0)
		return;
	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "%u:%u %15s %llu", &device[0], &device[1], operation, &value) == 4)
			block_put(blkio, name, device, operation, value, arena);
}

/* "8:0 rbytes=4096 wbytes=0 rios=1 ...", a line a device. */
static void block_read_v2(int dir, struct node *blkio, struct arena *arena)
{
	static const struct {
		const char *key, *name, *operation;
	} words[] = {
		{ " rbytes=", BLOCK_BYTES, "Read" },
		{ " wbytes=", BLOCK_BYTES, "Write" },
		{ " dbytes=", BLOCK_BYTES, "Discard" },
		{ " rios=", BLOCK_COUNT, "Read" },
		{ " wios=", BLOCK_COUNT, "Write" },
		{ " dios=", BLOCK_COUNT, "Discard" },
	};
	char text[TEXT_SIZE], *rest = text, *line;
	unsigned device[2];

	if (cgroup_read(dir, "io.stat", text, sizeof(text)) < 0)
		return;
	while ((line = strsep(&rest, "\n")))
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			const char *word = strstr(line, words[i].key);

			if (word && sscanf(line, "%u:%u", &device[0], &device[1]) == 2)
				block_put(blkio, words[i].name, device, words[i].operation,
					strtoull(word + strlen(words[i].key), NULL, 10), arena);
		}
}

static void block_read(const struct run_cgroup *cgroup, struct node *stats, struct arena *arena)
{
	struct node *blkio = table_at(stats, "blkio", arena);
	bool v1;
	int dir = dir_of(cgroup, CGROUP_IO, &v1);

	if (dir < 0)
		return;
	if (v1) {
		block_read_v1(dir, "blkio.throttle.io_service_bytes_recursive", BLOCK_BYTES, blkio,
			arena);
		block_read_v1(
			dir, "blkio.throttle.io_serviced_recursive", BLOCK_COUNT, blkio, arena);
	} else {
		block_read_v2(dir, blkio, arena);
	}
}

/* Pages of one size, whose files begin with "hugetlb.2MB". */
static void huge_put(int dir, bool v1, const char *size, struct node *huge, struct arena *arena)
{
	const struct place places[] = {
		{ arena_printf(arena, "hugetlb.%s.%s", size, v1 ? "usage_in_bytes" : "current"),
			NULL, 1 },
		{ v1 ? arena_printf(arena, "hugetlb.%s.max_usage_in_bytes", size) : NULL, NULL, 1 },
		{ arena_printf(arena, "hugetlb.%s.%s", size, v1 ? "failcnt" : "events"),
			v1 ? NULL : "max", 1 },
	};
	static const char *const names[] = { "usage", "max", "failcnt" };
	struct node *pages = node_new(arena, NODE_TABLE);
	uint64_t number;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (number_find(dir, &places[i], &number))
			node_put(arena, pages, names[i], number_node(arena, number));
	node_put(arena, huge, size, pages);
}

static void huge_read(const struct run_cgroup *cgroup, struct node *stats, struct arena *arena)
{
	struct node *huge = table_at(stats, "hugetlb", arena);
	const char *name;
	bool v1;
	int dir = dir_of(cgroup, CGROUP_HUGETLB, &v1);
	DIR *entries = dir < 0 ? NULL : file_entries(dir);

	while (entries && (name = file_entry_next(entries))) {
		char size[16], rest[32];

		if (sscanf(name, "hugetlb.%15[^.].%31s", size, rest) == 2 &&
			!strcmp(rest, v1 ? "usage_in_bytes" : "current"))
			huge_put(dir, v1, size, huge, arena);
	}
	if (entries)
		closedir(entries);
}

struct node *cgroup_stats(const struct run_cgroup *cgroup, struct arena *arena)
{
	struct node *stats = node_new(arena, NODE_TABLE);
	bool v1;
	int memory = dir_of(cgroup, CGROUP_MEMORY, &v1);

	gauges_read(cgroup, stats, arena);
	if (!v1)
		swap_complete(stats);
	raw_read(memory, stats, arena);
	if (cgroup->v1[CGROUP_CPUACCT] >= 0)
		percpu_read(cgroup->v1[CGROUP_CPUACCT], stats, arena);
	block_read(cgroup, stats, arena);
	huge_read(cgroup, stats, arena);
	return stats;
}
