#pragma once
/*
 * A policy that is made of several files: which they are, what a later one may change, and what
 * they amount to together. Used by policy.c alone.
 */
#include "policy/builtin.h"
#include "policy/sections.h"

/* How errors call a policy that is built in. */
#define BUILTIN_NAME "%s (built in)"

enum { LAYERS_DEEP = 8, LAYERS_MOST = 32 };

/* policy.c: one file's text as a policy of its own, moved keys moved, nothing merged; or NULL. */
struct policy *layer_parse(
	const char *text, size_t length, const char *file, struct arena *arena, struct err *err);

/* policy.c: NULL if there is none of that name. */
const struct builtin *builtin_find(const char *name);

/*
 * layers.c: collects what policy extends and includes into its layers. 0, or -1 with the place of
 * the name that cannot be followed.
 */
int layers_read(struct policy *policy, const char *text, size_t length, policy_reader *reader,
	struct arena *arena, struct err *err);

/* widen.c: that may_widen names keys there are. */
int widen_check(const struct policy *policy, struct err *err);
/* Whether the layer lets later ones widen the key at path. */
bool layer_widens(const struct policy_layer *layer, const char *path);

/* narrow.c: that no layer is wider than those below it. */
int layers_check(const struct policy *policy, struct arena *arena, struct err *err);

/* places.c: what of a list of places below is left out above and would uncover something, in the
 * layer at index; NULL if nothing. */
const char *places_uncovered(const struct policy *policy, size_t index, const struct key *key,
	const struct node *below, const struct node *above, struct arena *arena);

/* merge.c: whether the key at path is about its file, and no value of the policy. */
bool layers_own(const char *path);
/* The same for a node of the table at path. */
bool layers_skip(const char *path, const struct node *node);
/* merge.c: the document that all layers amount to; its nodes know their files. */
struct node *layers_merge(const struct policy *policy, struct arena *arena);

/* order.c: the value that the absence of key means, or NULL; path is for what depends on mode. */
const struct node *order_absent(
	const struct key *key, const char *path, int mode, struct arena *arena);
/* Whether the value of this key is the name of a file. */
bool order_names_file(const struct key *key, const struct node *node);
/* Whether what stands above is as below or narrower, by the key's order; NULL is absent. */
bool order_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena);
/* The same for two items of lists. */
bool order_item_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena);
/* The item of a list, which may be NULL, that allows item; NULL if there is none. */
const struct node *order_find(const struct key *key, const struct node *list,
	const struct node *item, struct arena *arena);
/* The row of a node of a table; NULL if there is none. */
const struct key *order_row(const struct key *keys, const struct node *node);
