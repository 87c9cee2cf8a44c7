/*
 * personality(2): which machine uname(2) tells of. Of all it can do the specification knows only
 * the domain; every flag is cleared, since some of them weaken a process (ADDR_NO_RANDOMIZE,
 * READ_IMPLIES_EXEC).
 */
#include <sys/personality.h>

#include "base/err.h"
#include "format/node.h"
#include "kernel/steps.h"

bool personality_wanted(const struct config *config)
{
	return config->personality != PERSONALITY_UNSET;
}

/*
 * personality_apply - set the execution domain
 *
 * Leaves: the domain, for this process and all it starts; none of the caller's flags
 * Mustn't run after seccomp: the filter need not allow personality
 */
int personality_apply(struct run *run, struct err *err)
{
	int domain = run->config->personality;

	return personality(domain == PERSONALITY_LINUX32 ? PER_LINUX32 : PER_LINUX) < 0
		? err_errno(err, "personality %s", personality_names[domain])
		: 0;
}

void personality_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "domain", personality_names[config->personality]);
}
