/*
 * may_widen: the keys of a policy that one which extends it may widen. Each must be a key or a
 * section there is, and may be neither the mode nor the format, so that no list can give away what
 * a mode promises.
 */
#include <string.h>

#include "base/names.h"
#include "policy/layers.h"

/* Said once for all layers, or about a file and not about the sandbox. */
static const char *const never[] = { "version", "mode", "extends", "include", "may_widen" };

static const struct key *part_find(const struct key *keys, const char *name, size_t length)
{
	for (; keys->name; keys++)
		if (strlen(keys->name) == length && !memcmp(keys->name, name, length))
			return keys;
	return NULL;
}

static int unknown_fault(const struct policy *policy, size_t index, const struct key *keys,
	const char *at, struct err *err)
{
	const char *entry = policy->may_widen.items[index];
	const char *nearest = name_nearest(at, keys, sizeof(*keys));

	policy_item_error(
		policy, err, "may_widen", index, NULL, "\"%.80s\" is no key of a policy", entry);
	if (!nearest)
		return err_hint(err, "`nucleus policy --keys` lists them");
	return err_hint(err, "did you mean \"%.*s%s\"?", (int)(at - entry), entry, nearest);
}

static int entry_check(const struct policy *policy, size_t index, struct err *err)
{
	const char *entry = policy->may_widen.items[index], *at = entry;
	const struct key *keys = policy_keys, *row;

	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (!strcmp(entry, never[i]))
			return policy_item_error(policy, err, "may_widen", index, NULL,
				"\"%s\" is nothing that a later layer could widen; remove it",
				entry);
	for (;;) {
		size_t length = strcspn(at, ".");

		row = part_find(keys, at, length);
		if (!row)
			return unknown_fault(policy, index, keys, at, err);
		if (!at[length])
			return 0;
		if (row->type != KEY_TABLE && row->type != KEY_POINTER)
			return policy_item_error(policy, err, "may_widen", index, NULL,
				"\"%.*s\" is one value; leave out what follows it",
				(int)(at + length - entry), entry);
		keys = row->keys;
		at += length + 1;
	}
}

int widen_check(const struct policy *policy, struct err *err)
{
	for (size_t i = 0; i < policy->may_widen.count; i++)
		if (entry_check(policy, i, err) < 0)
			return -1;
	return 0;
}

bool layer_widens(const struct policy_layer *layer, const char *path)
{
	for (size_t i = 0; i < layer->may_widen.count; i++) {
		const char *entry = layer->may_widen.items[i];
		size_t length = strlen(entry);

		if (!strncmp(path, entry, length) && (!path[length] || path[length] == '.'))
			return true;
	}
	return false;
}
