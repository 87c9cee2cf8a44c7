/*
 * The three modes as one table. A mode is a promise to the operator: agent is for trying things
 * and says where it is weak, strict-agent never weakens silently, production also wants to know
 * exactly what runs. The sections ask this table and never the mode itself.
 */
#include <string.h>

#include "policy/sections.h"

static const struct mode_rules modes[] = {
	[MODE_AGENT] = {
		.workdir_exec = true,
	},
	[MODE_STRICT_AGENT] = {
		.sharing_refused = true,
		.degrading_refused = true,
	},
	[MODE_PRODUCTION] = {
		.closure_required = true,
		.pins_required = true,
		.limits_required = true,
		.sharing_refused = true,
		.degrading_refused = true,
		.dangerous_refused = true,
		.tcp_denied = true,
		.init = true,
		.verify_mounts = true,
		.hidepid = true,
		.pids = 1024,
	},
};

const struct mode_rules *mode_find(int mode)
{
	return &modes[mode == MODE_UNSET ? MODE_STRICT_AGENT : mode];
}

const char *mode_absent(int mode, const char *path, struct arena *arena)
{
	const struct mode_rules *rules = mode_find(mode);

	if (!strcmp(path, "resources.pids") && rules->pids)
		return arena_printf(arena, "%ld", (long)rules->pids);
	if (!strcmp(path, "process.init") && rules->init)
		return "true";
	if (!strcmp(path, "landlock.net") && rules->tcp_denied)
		return "[]";
	return !strcmp(path, "filesystem.exec") && !rules->workdir_exec ? "[]" : NULL;
}
