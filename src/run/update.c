/*
 * New limits for a container that was created. The config kept beside its state gets them too, so
 * that the next update starts from what is in force: it is written before the first limit, and
 * takes its name after the last one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "config/check.h"
#include "config/narrow.h"
#include "kernel/cgroup-processes.h"
#include "kernel/systemd.h"
#include "oci/spec.h"
#include "run/life.h"

/*
 * Under a policy that is laid over a bundle a limit can only be lowered: how much of what is in
 * force is the policy's own is not kept. What narrowing by the limits in force changes is above
 * them; it may write to what config points to.
 */
static int raise_refuse(struct run *run, struct config config, struct err *err)
{
	const char *asked = spec_write(&config, run->arena);

	if (!run->config->policy)
		return 0;
	if (limits_narrow(&config, run->config, run->arena, err) < 0)
		return -1;
	if (!strcmp(asked, spec_write(&config, run->arena)))
		return 0;
	err_set(err, EPERM, "a limit would be raised, which the policy \"%.80s\" keeps out",
		run->config->policy);
	return err_hint(err, "limits can be lowered; for more, create the container anew");
}

static int limits_change(struct run *run, const struct config_resources *more, struct err *err)
{
	struct config config = *run->config;
	struct err ignored;

	const char *text;

	if (resources_merge(&config.resources, more, run->arena, err) < 0 ||
		resources_check(&config, err) < 0)
		return -1;
	text = spec_write(&config, run->arena);
	if (raise_refuse(run, config, err) < 0 ||
		state_file_write(run, STATE_CONFIG_DRAFT, text, err) < 0)
		return -1;
	if (cgroup_update(run, &config.resources, more, err) < 0)
		return -1;
	if (systemd_update(run, &config.resources, err) < 0) {
		cgroup_update(run, &run->config->resources, more, &ignored);
		return -1;
	}
	if (renameat(run->state_dir, STATE_CONFIG_DRAFT, run->state_dir, "config.json") < 0)
		return err_errno(err, "replace %s/%s/config.json", run->state_root, run->id);
	return 0;
}

int life_update(struct run *run, const struct config_resources *more, struct err *err)
{
	struct config_resources asked = *more;
	struct state state;
	enum status status;

	asked.devices = NULL;
	asked.devices_count = 0;
	if (state_open(run, &state, err) < 0 || state_lock(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status == STATUS_CREATING || status == STATUS_STOPPED)
		return state_not_running(run, status, err);
	if (state_read_config(run, err) < 0)
		return -1;
	if (limits_change(run, &asked, err) == 0)
		return 0;
	unlinkat(run->state_dir, STATE_CONFIG_DRAFT, 0);
	return err_where(err, "update container \"%.80s\"", run->id);
}
