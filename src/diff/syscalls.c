/*
 * System calls: what both compiled filters answer to every call there can be. Filters compare the
 * call's number with constants only, so between two neighbouring ones the answer cannot change, and
 * one number stands for all of them; arguments are programs.c's. Beyond the named calls the first
 * number that differs stands for its kind.
 */
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "diff/parts.h"
#include "diff/programs.h"
#include "kernel/seccomp-program.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	X32_BIT = 0x40000000,
	NAMED_MOST = 1024, /* no call with a name has a number above it */
	REGIONS_MOST = 16, /* told of one call, in each way */
	KINDS_MOST = 64,
	TEXT_SIZE = 192,
};

static const struct abi {
	const char *name;
	enum call_abi abi;
	uint32_t arch, first, end; /* numbers from first up to end, which is not included */
} abis[] = {
	{ "x86_64", CALL_ABI_X86_64, AUDIT_ARCH_X86_64, 0, X32_BIT },
	{ "x32", CALL_ABI_X32, AUDIT_ARCH_X86_64, X32_BIT, 0 },
	{ "i386", CALL_ABI_I386, AUDIT_ARCH_I386, 0, 0 },
};

struct comparison {
	struct diff *diff;
	const struct abi *abi;
	struct explorer *explorer;
	uint32_t *starts; /* numbers at which an answer may begin to change, sorted */
	size_t starts_count;
	uint32_t number;
	const char *name;            /* NULL: no call has this number */
	size_t told[DIFF_OTHER + 1]; /* regions of this call, by way */
	/* Answers to calls without a name that were told already. */
	uint32_t kinds[KINDS_MOST][2];
	size_t kinds_count;
};

static const char *action_text(struct arena *arena, uint32_t action)
{
	static const char *const names[] = { "kill process", "kill thread", "trap", "errno",
		"notify", "trace", "log", "allow" };
	unsigned value = action & SECCOMP_RET_DATA;
	const char *name = names[action_rank(action)];

	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return name;
	return value == 1     ? "errno EPERM"
		: value == 38 ? "errno ENOSYS"
			      : arena_printf(arena, "%s %u", name, value);
}

static enum diff_way region_way(const struct region *region)
{
	int a = action_rank(region->a), b = action_rank(region->b);

	return a == b ? DIFF_CHANGED : a < b ? DIFF_WIDER : DIFF_NARROWER;
}

/* "socket(0x26, ...)" up to the last argument that is not 0. */
static const char *region_text(
	const struct comparison *comparison, const struct region *region, const char *name)
{
	char text[TEXT_SIZE];
	int last = 5, used = snprintf(text, sizeof(text), "%s(", name);

	while (last > 0 && !region->call.args[last])
		last--;
	for (int i = 0; i <= last && used < (int)sizeof(text) - 24; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%#llx", i ? ", " : "",
			(unsigned long long)region->call.args[i]);
	return arena_printf(comparison->diff->arena, "%s%s)", text, last < 5 ? ", ..." : "");
}

static void region_witness(
	struct comparison *comparison, struct difference *item, const struct region *region)
{
	struct arena *arena = comparison->diff->arena;
	struct node *witness = diff_witness(comparison->diff, item, "syscall");
	struct node *args = node_new(arena, NODE_ARRAY);

	node_put_string(arena, witness, "arch", comparison->abi->name);
	node_put_string(arena, witness, "name", comparison->name);
	node_put_integer(arena, witness, "number", comparison->number);
	/* As text: most readers of JSON keep no more than 53 bits of a number. */
	for (int i = 0; i < 6; i++)
		node_append(args,
			node_printf(arena, "%#llx", (unsigned long long)region->call.args[i]));
	node_put(arena, witness, "args", args);
	node_put_string(arena, witness, "a", action_text(arena, region->a));
	node_put_string(arena, witness, "b", action_text(arena, region->b));
}

/* True if calls without a name that are answered like this one were told already. */
static bool kind_told(struct comparison *comparison, const struct region *region)
{
	for (size_t i = 0; i < comparison->kinds_count; i++)
		if (comparison->kinds[i][0] == region->a && comparison->kinds[i][1] == region->b)
			return true;
	if (comparison->kinds_count < KINDS_MOST) {
		comparison->kinds[comparison->kinds_count][0] = region->a;
		comparison->kinds[comparison->kinds_count++][1] = region->b;
	}
	return false;
}

static void region_found(const struct region *region, void *context)
{
	struct comparison *comparison = context;
	struct diff *diff = comparison->diff;
	const char *subject = comparison->name;
	enum diff_way way = region_way(region);
	struct difference *item;

	if (region->a == region->b || (!subject && kind_told(comparison, region)) ||
		comparison->told[way] >= REGIONS_MOST)
		return;
	comparison->told[way]++;
	if (!subject)
		subject = arena_printf(diff->arena, "calls without a name (as number %u)",
			comparison->number & ~(uint32_t)X32_BIT);
	if (region->asked)
		subject = region_text(comparison, region, subject);
	item = diff_add(diff, AREA_SYSCALLS, way, "linux.seccomp", subject, "%s -> %s (%s)",
		action_text(diff->arena, region->a), action_text(diff->arena, region->b),
		comparison->abi->name);
	region_witness(comparison, item, region);
}

static void call_compare(struct comparison *comparison, uint32_t number, const char *name)
{
	struct difference *item;

	comparison->number = number;
	comparison->name = name;
	memset(comparison->told, 0, sizeof(comparison->told));
	if (explorer_call(comparison->explorer, comparison->abi->arch, number))
		return;
	item = diff_add(comparison->diff, AREA_SYSCALLS, DIFF_OTHER, "linux.seccomp",
		name ? name : "calls without a name",
		"the filters are too involved to be compared (%s)", comparison->abi->name);
	node_put_integer(comparison->diff->arena, diff_witness(comparison->diff, item, "undecided"),
		"number", number);
}

static int number_compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static size_t starts_gather(const struct filter *filter, uint32_t *starts)
{
	const struct sock_filter *code = filter->program;
	size_t count = 0;

	for (size_t i = 0; i < filter->length; i++)
		if (BPF_CLASS(code[i].code) == BPF_JMP && code[i].code != (BPF_JMP | BPF_JA)) {
			starts[count++] = code[i].k;
			starts[count++] = code[i].k + 1;
		}
	return count;
}

/* Every number that may have a name, and beyond them each at which another answer may begin. */
static void abi_compare(struct comparison *comparison)
{
	const struct abi *abi = comparison->abi;
	uint32_t last = abi->first;

	for (uint32_t number = abi->first; number < abi->first + NAMED_MOST; number++)
		call_compare(comparison, number,
			seccomp_call_name(abi->abi, (int)number, comparison->diff->arena));
	for (size_t i = 0; i < comparison->starts_count; i++) {
		uint32_t number = comparison->starts[i];

		if (number - abi->first < NAMED_MOST || number == last ||
			number - abi->first >= abi->end - abi->first)
			continue;
		call_compare(comparison, number, NULL);
		last = number;
	}
	comparison->kinds_count = 0;
}

static void filters_compare(struct diff *diff, const struct filter *a, const struct filter *b)
{
	struct comparison comparison = { .diff = diff };

	comparison.explorer = explorer_make(diff->arena, a, b, region_found, &comparison);
	comparison.starts = arena_alloc(
		diff->arena, (size_t)4 * BPF_MAXINSNS + 2, sizeof(uint32_t));
	comparison.starts_count = starts_gather(a, comparison.starts);
	comparison.starts_count += starts_gather(b, comparison.starts + comparison.starts_count);
	comparison.starts[comparison.starts_count++] = NAMED_MOST;
	comparison.starts[comparison.starts_count++] = X32_BIT + NAMED_MOST;
	qsort(comparison.starts, comparison.starts_count, sizeof(uint32_t), number_compare);
	for (size_t i = 0; i < COUNT(abis); i++) {
		comparison.abi = &abis[i];
		abi_compare(&comparison);
	}
}

/* The one flag that gives up a guard, if each profile gives it up; the others only tell. */
static bool speculation_allowed(const struct config *config)
{
	static const char flag[] = "SECCOMP_FILTER_FLAG_SPEC_ALLOW";
	bool allowed = config->seccomp ? strings_hold(&config->seccomp->flags, flag)
				       : config->seccomp_more_count > 0;

	for (size_t i = 0; i < config->seccomp_more_count; i++)
		allowed &= strings_hold(&config->seccomp_more[i].flags, flag);
	return allowed;
}

static void flags_compare(struct diff *diff)
{
	struct difference *item;
	enum diff_way way;

	if (!diff_way_of(speculation_allowed(diff->a), speculation_allowed(diff->b), &way))
		return;
	item = diff_add(diff, AREA_SYSCALLS, way, "linux.seccomp.flags", "speculation", "%s",
		way == DIFF_WIDER ? "no longer restrained" : "restrained");
	node_put_string(diff->arena, diff_witness(diff, item, "value"), "value", "speculation");
}

int syscalls_compare(struct diff *diff, struct err *err)
{
	struct filter a, b;

	if (filter_make(diff->a, diff->arena, &a, err) < 0)
		return err_where(err, "A");
	if (filter_make(diff->b, diff->arena, &b, err) < 0)
		return err_where(err, "B");
	filters_compare(diff, &a, &b);
	flags_compare(diff);
	return 0;
}
