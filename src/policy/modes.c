/*
 * The three modes as one table. A mode is a promise to the operator: agent is for trying things
 * and says where it is weak, strict-agent never weakens silently, production also wants to know
 * exactly what runs. The sections ask this table and never the mode itself.
 */
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
