/*
 * A program that is traced may be the very thing a profile is to be made against: what it tries is
 * no reason to allow it. The list is the policies' own, and where arguments decide the built-in
 * profile's judgement of them.
 */
#include "trace/floor.h"

#include "policy/seccomp-default.h"

int floor_read(struct trace_floor *floor, struct arena *arena, struct err *err)
{
	return rules_resolve(&seccomp_default, arena, &floor->builtin, err);
}

/* True if the built-in profile has conditions for the call, and these arguments do not meet them.
 */
static bool builtin_refuses(const struct trace_floor *floor, const struct traced *call)
{
	struct seccomp_data data = traced_data(call);

	if (!seccomp_default_asks(call->name))
		return false;
	data.nr = seccomp_call_number(CALL_ABI_X86_64, call->name);
	return rules_decide(&floor->builtin, 1, &data) != SECCOMP_RET_ALLOW;
}

const char *floor_reason(const struct trace_floor *floor, const struct traced *call)
{
	autoarena arena = { 0 };
	struct config_syscall rule;

	if (!call->name)
		return "has no name here";
	if (call->abi != CALL_ABI_X86_64)
		return "is made the way of another machine than x86-64";
	rule = traced_rule(call, &arena);
	if (seccomp_floor_refuses(call->name, &rule))
		return "is a known way out of a sandbox";
	if (builtin_refuses(floor, call))
		return "is harmless with other arguments only";
	return NULL;
}
