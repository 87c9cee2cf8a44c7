/*
 * The files a policy is made of: what it extends comes first, then what it includes, itself last,
 * and so on for each of them. A name means the same bytes throughout: each file is read once, and a
 * pin is held against the very bytes that are parsed.
 */
#include "policy/layers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"

/* A file, and through which others it came to be read. */
struct opened {
	const char *real;
	const struct opened *up;
	struct policy_layer *layer;
	const struct policy *own; /* what it says by itself */
	unsigned depth;
};

struct reading {
	struct policy *policy;
	const char **reals; /* of the layers, in their order */
	size_t count;       /* files begun so far */
	policy_reader *reader;
	struct arena *arena;
	struct err *err;
};

/* One name in a file. */
struct name {
	const struct opened *in;
	const struct policy_part *part;
	const char *path;
	bool included;
};

#define name_fault(reading, name, ...) \
	policy_error((name)->in->own, (reading)->err, (name)->path, __VA_ARGS__)

static struct policy_layer *layer_new(struct reading *reading, const struct policy *own,
	const struct bytes *bytes, const struct name *name)
{
	struct policy_layer *layer = arena_alloc(reading->arena, 1, sizeof(*layer));

	*layer = (struct policy_layer){
		.file = own->file,
		.builtin = own->builtin,
		.text = bytes->text,
		.length = bytes->length,
		.document = own->document,
		.may_widen = own->may_widen,
	};
	if (!name)
		return layer;
	layer->included = name->included;
	layer->pinned = name->part->sha256 != NULL;
	layer->up = name->in->layer;
	layer->named = name->path;
	return layer;
}

static void layer_append(struct reading *reading, struct policy_layer *layer, const char *real)
{
	struct policy *policy = reading->policy;

	policy->layers = arena_grow(reading->arena, policy->layers, policy->layers_count,
		sizeof(struct policy_layer *));
	reading->reals = arena_grow(
		reading->arena, reading->reals, policy->layers_count, sizeof(char *));
	reading->reals[policy->layers_count] = real;
	policy->layers[policy->layers_count++] = layer;
}

static int parts_follow(struct reading *reading, const struct opened *opened);

/* "a.toml -> b.toml -> a.toml" */
static int cycle_fault(struct reading *reading, const struct name *name, const struct opened *first)
{
	const char *chain = first->own->file;

	for (const struct opened *at = name->in; at != first; at = at->up)
		chain = arena_printf(reading->arena, "%s -> %s", at->own->file, chain);
	return name_fault(reading, name, "\"%.200s\" leads back to itself: %.100s -> %.250s",
		name->part->file, first->own->file, chain);
}

/* That the name can be followed at all; real is NULL for a built-in policy. */
static int name_check(struct reading *reading, const struct name *name, const char *real)
{
	unsigned char sum[SHA256_SIZE];

	if (name->part->sha256 && !real)
		return name_fault(reading, name,
			"sha256 pins a file, and \"%s\" is built in; remove it", name->part->file);
	if (name->part->sha256 && !digest_read(name->part->sha256, sum))
		return name_fault(reading, name,
			"sha256 must be the 64 hexadecimal digits that sha256sum prints");
	for (const struct opened *up = name->in; up && real; up = up->up)
		if (up->real && !strcmp(up->real, real))
			return cycle_fault(reading, name, up);
	if (name->in->depth + 1 >= LAYERS_DEEP)
		return name_fault(reading, name,
			"a policy may rest on others %d deep, and this is one more",
			LAYERS_DEEP - 1);
	return 0;
}

/* The pin of a name against the bytes that are parsed. */
static int pin_hold(struct reading *reading, const struct name *name, const char *file,
	const char *bytes, size_t length)
{
	unsigned char wanted[SHA256_SIZE], got[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	if (!name->part->sha256)
		return 0;
	digest_bytes(bytes, length, got);
	digest_text(got, text);
	if (digest_read(name->part->sha256, wanted) && !memcmp(wanted, got, sizeof(got)))
		return 0;
	return name_fault(reading, name, "%s: its sha256 is %s, not the pinned %s", file, text,
		name->part->sha256);
}

/* A file that is a layer already is not put on a second time, but the pin holds here too. */
static int again_check(struct reading *reading, const struct name *name, size_t index)
{
	struct policy_layer *layer = reading->policy->layers[index];

	layer->included &= name->included;
	layer->pinned |= name->part->sha256 != NULL;
	return pin_hold(reading, name, layer->file, layer->text, layer->length);
}

/* The bytes of what the name means; real is NULL for a built-in policy. */
static int name_read(struct reading *reading, const struct name *name, const char *file,
	const char *real, struct bytes *bytes)
{
	struct err fault;

	if (!real) {
		const struct builtin *found = builtin_find(name->part->file);

		*bytes = (struct bytes){ (char *)found->text, found->length };
		return 0;
	}
	if (reading->reader(file, reading->arena, bytes, &fault) < 0)
		return name_fault(reading, name, "%s", fault.text);
	return pin_hold(reading, name, file, bytes->text, bytes->length);
}

static int layer_read(
	struct reading *reading, const struct name *name, const char *file, const char *real)
{
	struct opened opened = { .real = real, .up = name->in, .depth = name->in->depth + 1 };
	struct policy *own;
	struct bytes bytes;

	if (++reading->count >= LAYERS_MOST)
		return name_fault(
			reading, name, "a policy may be made of %d files at most", LAYERS_MOST);
	if (name_read(reading, name, file, real, &bytes) < 0)
		return -1;
	own = layer_parse(bytes.text, bytes.length, file, reading->arena, reading->err);
	if (!own)
		return -1;
	own->builtin = !real;
	opened.own = own;
	opened.layer = layer_new(reading, own, &bytes, name);
	if (parts_follow(reading, &opened) < 0)
		return -1;
	layer_append(reading, opened.layer, real ? real : name->part->file);
	return 0;
}

static int name_follow(struct reading *reading, const struct name *name)
{
	const char *file = name->part->file, *real;
	autofree char *found = NULL;
	bool builtin;

	if (!file || !*file)
		return name_fault(reading, name, "names no file");
	builtin = !name->included && builtin_find(file);
	if (builtin) {
		real = file;
		file = arena_printf(reading->arena, BUILTIN_NAME, file);
	} else {
		file = policy_path(name->in->own, name->path, file, reading->arena);
		found = realpath(file, NULL);
		if (!found)
			return name_fault(reading, name, "%.200s: %s", file, strerror(errno));
		real = arena_strdup(reading->arena, found);
	}
	if (name_check(reading, name, builtin ? NULL : real) < 0)
		return -1;
	for (size_t i = 0; reading->reals && i < reading->policy->layers_count; i++)
		if (!strcmp(reading->reals[i], real))
			return again_check(reading, name, i);
	return layer_read(reading, name, file, builtin ? NULL : real);
}

static int list_follow(struct reading *reading, const struct opened *in,
	const struct policy_part *parts, size_t count, bool included)
{
	const char *key = included ? "include" : "extends";

	for (size_t i = 0; i < count; i++) {
		const struct name name = {
			.in = in,
			.part = &parts[i],
			.included = included,
			.path = count == 1 && !included
				? key
				: arena_printf(reading->arena, "%s[%zu]", key, i),
		};

		if (name_follow(reading, &name) < 0)
			return -1;
	}
	return 0;
}

static int parts_follow(struct reading *reading, const struct opened *opened)
{
	const struct policy *own = opened->own;

	if (list_follow(reading, opened, own->extends, own->extends_count, false) < 0)
		return -1;
	return list_follow(reading, opened, own->include, own->include_count, true);
}

int layers_read(struct policy *policy, const char *text, size_t length, policy_reader *reader,
	struct arena *arena, struct err *err)
{
	struct reading reading = { .policy = policy, .reader = reader, .arena = arena, .err = err };
	struct opened opened = { .own = policy };

	opened.layer = layer_new(&reading, policy, &(struct bytes){ (char *)text, length }, NULL);
	if (policy->extends_count || policy->include_count) {
		autofree char *real = policy->builtin ? NULL : realpath(policy->file, NULL);

		opened.real = real ? arena_strdup(arena, real) : NULL;
		if (parts_follow(&reading, &opened) < 0)
			return -1;
	}
	layer_append(&reading, opened.layer, policy->file);
	return 0;
}

/* A file that nothing pins could be another one tomorrow. */
static int pins_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	for (size_t i = 0; i + 1 < policy->layers_count && rules->pins_required; i++) {
		const struct policy_layer *layer = policy->layers[i];

		if (layer->builtin || layer->pinned)
			continue;
		rows_fault(layer->up->document, layer->up->file, layer->named, err,
			"%s is not pinned; production mode pins each file a policy names",
			layer->file);
		return err_hint(err,
			"write file and sha256, as in { file = \"%s\", sha256 = \"...\" }, with the "
			"digest that sha256sum prints",
			layer->file);
	}
	return 0;
}

const struct section layers_section = { pins_check, NULL };
