/*
 * closure.trusted_keys and closure.signatures_needed: who must have signed what is run. Checked
 * here so that a fault is told where it stands, before anything is made; what counts is the step of
 * a start (attest/signatures.c), which holds a bundle's closure against the same keys.
 */
#include <fcntl.h>

#include "config/signature.h"
#include "policy/sections.h"

int closure_trust_check(const struct policy *policy, struct err *err)
{
	const struct policy_closure *closure = &policy->closure;
	struct trusted_keys keys;
	struct err fault = { 0 };

	if (trusted_keys_read(&closure->trusted_keys, (struct maybe_int){ 0 }, &keys, &fault) < 0)
		return policy_error(policy, err, "closure.trusted_keys", "%s", fault.text);
	if (trusted_keys_read(&closure->trusted_keys, closure->signatures_needed, &keys, &fault) <
		0)
		return policy_error(policy, err, "closure.signatures_needed", "%s", fault.text);
	if (keys.count && closure->attestation == ATTESTATION_OFF)
		return policy_error(policy, err, "closure.attestation",
			"off, so nothing holds the store against what trusted_keys have signed; "
			"remove one of them");
	return 0;
}

void closure_trust_grant(const struct policy *policy, struct config_closure *closure)
{
	closure->trusted_keys = policy->closure.trusted_keys;
	closure->signatures_needed = policy->closure.signatures_needed;
}

int closure_trust_translate(struct draft *draft, struct config_closure *closure, struct err *err)
{
	closure_trust_grant(draft->policy, closure);
	if (signatures_read_beside(AT_FDCWD, closure->registration, closure, draft->arena, err) < 0)
		return -1;
	if (signatures_check(closure, err) < 0)
		return policy_error(draft->policy, err, "closure.trusted_keys", "%s", err->text);
	return 0;
}
