/*
 * Which arguments tell one call from another. A row is here if a profile that asks for it shuts
 * something: what an ioctl or prctl is for, the family of a socket, memory that can be executed,
 * flags and modes that are ways out with some values. Arguments that the kernel reads as int are
 * seen in their lower 32 bits only. syscalls(2), and the pages of the calls.
 */
#include "trace/traced.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "policy/seccomp-default.h"

#define INT 0xffffffffU
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	SET_IDS = 06000,
	NODE_MODE = 0170000 | SET_IDS,
	/* O_CREAT, and O_TMPFILE without the O_DIRECTORY in it: open(2) takes a mode with either.
	 */
	MAKES = 0100 | 020000000,
	/* PROT_WRITE and PROT_EXEC. */
	PROT_SHARP = 6,
	SOCKET_TYPE = 0xf,
};

/* clang-format off */
static const struct facet facets[] = {
	{ "arch_prctl",    0, INT,        "option" },
	{ "bpf",           0, INT,        "command" },
	{ "chmod",         1, SET_IDS,    "mode" },
	{ "clone",         0, INT,        "flags" },
	{ "creat",         1, SET_IDS,    "mode" },
	{ "fchmod",        1, SET_IDS,    "mode" },
	{ "fchmodat",      2, SET_IDS,    "mode" },
	{ "fchmodat2",     2, SET_IDS,    "mode" },
	{ "fcntl",         1, INT,        "command" },
	{ "ioctl",         1, INT,        "request" },
	{ "keyctl",        0, INT,        "operation" },
	{ "mknod",         1, NODE_MODE,  "mode" },
	{ "mknodat",       2, NODE_MODE,  "mode" },
	{ "mmap",          2, PROT_SHARP, "protection" },
	{ "mmap2",         2, PROT_SHARP, "protection" },
	{ "mprotect",      2, PROT_SHARP, "protection" },
	{ "open",          1, MAKES,      "flags" },
	{ "open",          2, SET_IDS,    "mode", { 1, MAKES, 0, true } },
	{ "openat",        2, MAKES,      "flags" },
	{ "openat",        3, SET_IDS,    "mode", { 2, MAKES, 0, true } },
	{ "personality",   0, ~0ULL,      "persona" },
	{ "pkey_mprotect", 2, PROT_SHARP, "protection" },
	{ "prctl",         0, INT,        "option" },
	{ "prctl",         1, ~0ULL,      "signal", { 0, INT, PR_SET_PDEATHSIG, false } },
	{ "ptrace",        0, ~0ULL,      "request" },
	{ "seccomp",       0, INT,        "operation" },
	{ "sendmmsg",      3, MSG_FASTOPEN, "flags" },
	{ "sendmsg",       2, MSG_FASTOPEN, "flags" },
	{ "sendto",        3, MSG_FASTOPEN, "flags" },
	{ "setns",         1, INT,        "type" },
	{ "socket",        0, INT,        "family" },
	{ "socket",        1, SOCKET_TYPE, "type" },
	{ "socket",        2, INT,        "protocol" },
	{ "socketcall",    0, INT,        "call" },
	{ "socketpair",    0, INT,        "family" },
	{ "socketpair",    1, SOCKET_TYPE, "type" },
	{ "socketpair",    2, INT,        "protocol" },
	{ "unshare",       0, ~0ULL,      "flags" },
};

const char *const abi_names[] = { "x86_64", "i386", "x32", NULL };
/* clang-format on */

/* i386's mmap takes a pointer to its arguments. */
static bool facet_fits(const struct facet *facet, const struct traced *traced)
{
	return traced->name && !strcmp(facet->name, traced->name) &&
		!(traced->abi == CALL_ABI_I386 && !strcmp(facet->name, "mmap"));
}

const struct facet *facet_next(const struct traced *traced, const struct facet *previous)
{
	const struct facet *facet = previous ? previous + 1 : facets;

	while (facet < facets + COUNT(facets) && !facet_fits(facet, traced))
		facet++;
	return facet < facets + COUNT(facets) ? facet : NULL;
}

void traced_arguments(struct traced *traced, const uint64_t args[static CALL_ARGS])
{
	const struct facet *facet = NULL;

	memset(traced->args, 0, sizeof(traced->args));
	memset(traced->facets, 0, sizeof(traced->facets));
	while ((facet = facet_next(traced, facet))) {
		bool same = (args[facet->when.index] & facet->when.mask) == facet->when.value;

		if (same == facet->when.differs)
			continue;
		traced->args[facet->index] = args[facet->index] & facet->mask;
		traced->facets[facet->index] = facet;
	}
}

void traced_which(const struct seccomp_data *data, struct traced *traced)
{
	*traced = (struct traced){ .number = data->nr };
	if (data->arch == AUDIT_ARCH_I386)
		traced->abi = CALL_ABI_I386;
	else
		traced->abi = data->nr >= 0 && data->nr & CALL_X32_BIT ? CALL_ABI_X32
								       : CALL_ABI_X86_64;
}

void traced_look(const struct seccomp_data *data, struct arena *arena, struct traced *traced)
{
	traced_which(data, traced);
	traced->name = seccomp_call_name(traced->abi, data->nr, arena);
	traced_arguments(traced, (const uint64_t *)data->args);
}

struct seccomp_data traced_data(const struct traced *traced)
{
	struct seccomp_data data = { .nr = traced->number };

	data.arch = traced->abi == CALL_ABI_I386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
	for (int i = 0; i < CALL_ARGS; i++)
		data.args[i] = traced->args[i];
	return data;
}

static int number_compare(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

int traced_compare(const struct traced *one, const struct traced *other)
{
	int order = number_compare(!one->name, !other->name);

	if (!order && one->name)
		order = strcmp(one->name, other->name);
	if (!order)
		order = number_compare(one->abi, other->abi);
	if (!order)
		order = number_compare((uint32_t)one->number, (uint32_t)other->number);
	for (int i = 0; i < CALL_ARGS && !order; i++) {
		order = number_compare(!one->facets[i], !other->facets[i]);
		if (!order)
			order = number_compare(one->args[i], other->args[i]);
	}
	return order;
}

struct config_syscall traced_rule(const struct traced *traced, struct arena *arena)
{
	struct config_syscall rule = {
		.names = { true, 1, arena_alloc(arena, 1, sizeof(*rule.names.items)) },
		.action = "SCMP_ACT_ALLOW",
		.args = arena_alloc(arena, CALL_ARGS, sizeof(*rule.args)),
	};

	rule.names.items[0] = traced->name;
	for (int i = 0; i < CALL_ARGS; i++) {
		struct config_syscall_arg *arg = &rule.args[rule.args_count];

		if (!traced->facets[i])
			continue;
		rule.args_count++;
		arg->index = (struct maybe_int){ true, i };
		if (traced->facets[i]->mask == ~0ULL) {
			arg->op = "SCMP_CMP_EQ";
			arg->value = (struct maybe_uint){ true, traced->args[i] };
		} else {
			arg->op = "SCMP_CMP_MASKED_EQ";
			arg->value = (struct maybe_uint){ true, traced->facets[i]->mask };
			arg->value_two = (struct maybe_uint){ true, traced->args[i] };
		}
	}
	return rule;
}

const char *traced_text(const struct traced *traced, struct arena *arena)
{
	const char *text = traced->name ? traced->name
					: arena_printf(arena, "call %d", traced->number);
	const char *between = " (";

	if (traced->abi != CALL_ABI_X86_64)
		text = arena_printf(arena, "%s of %s", text, abi_names[traced->abi]);
	for (int i = 0; i < CALL_ARGS; i++) {
		if (!traced->facets[i])
			continue;
		text = arena_printf(arena, "%s%s%s %#llx", text, between, traced->facets[i]->label,
			(unsigned long long)traced->args[i]);
		between = ", ";
	}
	return *between == ',' ? arena_printf(arena, "%s)", text) : text;
}
