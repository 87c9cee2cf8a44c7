/*
 * New limits for a container that was created. The config kept beside its state gets them too, so
 * that the next update starts from what is in force: it is written before the first limit, and
 * takes its name after the last one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "config/check.h"
#include "kernel/cgroup-processes.h"
#include "kernel/systemd.h"
#include "oci/spec.h"
#include "run/life.h"

static int draft_write(struct run *run, const struct config *config, struct err *err)
{
	const char *text = spec_write(config, run->arena);
	autoclose fd = openat(run->state_dir, STATE_CONFIG_DRAFT,
		O_CREAT | O_TRUNC | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
		return err_errno(err, "write %s/%s/" STATE_CONFIG_DRAFT, run->state_root, run->id);
	return 0;
}

static int limits_change(struct run *run, const struct config_resources *more, struct err *err)
{
	struct config config = *run->config;
	struct err ignored;

	if (resources_merge(&config.resources, more, run->arena, err) < 0 ||
		resources_check(&config, err) < 0 || draft_write(run, &config, err) < 0)
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
	if (state_open(run, &state, err) < 0 || state_lock(run, err) < 0 ||
		state_refresh(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status == STATUS_CREATING || status == STATUS_STOPPED)
		return err_set(err, EINVAL, "container not running: \"%.80s\" is %s", run->id,
			status_name(status));
	if (state_read_config(run, err) < 0)
		return -1;
	if (limits_change(run, &asked, err) == 0)
		return 0;
	unlinkat(run->state_dir, STATE_CONFIG_DRAFT, 0);
	return err_where(err, "update container \"%.80s\"", run->id);
}
