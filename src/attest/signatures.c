/*
 * The signatures of a closure as a step of a start. Which keys are trusted is the config's word,
 * whoever wrote that; who has signed is never taken from it but worked out here each time.
 */
#include "attest/signatures.h"

#include "config/signature.h"

bool signatures_wanted(const struct config *config)
{
	return config->closure && config->closure->trusted_keys.set;
}

/*
 * signatures_apply - hold the list of the closure against the trusted keys
 *
 * Needs:  nothing but the config
 * Leaves: each path of the list known to be signed, by itself or with the whole closure, by enough
 *         of the keys; that the store has what the list says is the next step's
 * Mustn't run after the clone: a workload could be waiting
 */
int signatures_apply(struct run *run, struct err *err)
{
	return signatures_check(run->config->closure, err);
}

void signatures_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_closure *closure = config->closure;

	node_put_strings(arena, params, "trusted_keys", &closure->trusted_keys);
	node_put_integer(arena, params, "needed",
		closure->signatures_needed.set ? closure->signatures_needed.value : 1);
}
