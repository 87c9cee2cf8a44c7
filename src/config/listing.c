/*
 * What every form of a closure's list must keep, checked by the same code: each path has its
 * grammar and stands once, each reference is listed. Reading costs n log n in the size of the text
 * and never touches the store.
 */
#include "config/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/registration.h"

int listing_fault(const struct listing *listing, struct position at, const char *format, ...)
{
	char column[16] = "", text[800];
	va_list args;

	if (at.column)
		snprintf(column, sizeof(column), ":%u", at.column);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(listing->err, EINVAL, "%s:%u%s: %s", at.file, at.line, column, text);
}

const char *listing_path(
	const struct listing *listing, struct position at, const char *text, const char *expected)
{
	const char *store_dir = listing->closure->store_dir, *path = text, *fault;

	if (*text && *text != '/')
		path = arena_printf(listing->arena, "%s/%s", store_dir, text);
	fault = store_path_fault(path, store_dir);
	if (!fault)
		return path;
	listing_fault(listing, at, "%s expected here, but \"%.300s\" %s", expected, text, fault);
	return NULL;
}

bool listing_number(const char *text, uint64_t *number)
{
	*number = 0;
	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(*number, 10, number) ||
			__builtin_add_overflow(*number, *text - '0', number))
			return false;
	}
	return *number <= INT64_MAX;
}

void listing_add(struct listing *listing, const struct record *record)
{
	listing->records = arena_grow(
		listing->arena, listing->records, listing->count, sizeof(*listing->records));
	listing->records[listing->count++] = *record;
}

/* A record and a store_path both start with the path's text. */
static int path_compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static int duplicates_check(const struct listing *listing)
{
	for (size_t i = 1; i < listing->count; i++) {
		const struct record *one = &listing->records[i - 1], *other = &one[1];

		if (strcmp(one->path.path, other->path.path) != 0)
			continue;
		if (one->at.line > other->at.line)
			other = one, one = &listing->records[i];
		return listing_fault(listing, other->at, "%s is listed already, in line %u",
			other->path.path, one->at.line);
	}
	return 0;
}

/* Leaves a record's references sorted, each pointing at the text of the listed path. */
static int references_check(const struct listing *listing, struct record *record)
{
	struct strings *references = &record->path.references;

	for (size_t i = 0; i < references->count; i++) {
		const struct store_path *found = closure_find(
			listing->closure, references->items[i]);

		if (!found)
			return listing_fault(listing, record->at,
				"the reference %s of %s is not itself listed", references->items[i],
				record->path.path);
		references->items[i] = found->path;
		if (strcmp(found->path, record->path.path) != 0)
			listing->closure->paths[found - listing->closure->paths].referenced = true;
	}
	if (references->count > 1)
		qsort(references->items, references->count, sizeof(*references->items),
			path_compare);
	for (size_t i = 1; i < references->count; i++)
		if (references->items[i - 1] == references->items[i])
			return listing_fault(listing, record->at, "%s has the reference %s twice",
				record->path.path, references->items[i]);
	return 0;
}

int listing_end(struct listing *listing)
{
	struct closure *closure = listing->closure;
	size_t count = listing->count;

	if (count > 1)
		qsort(listing->records, count, sizeof(*listing->records), path_compare);
	if (duplicates_check(listing) < 0)
		return -1;
	closure->paths = arena_alloc(listing->arena, count, sizeof(*closure->paths));
	closure->paths_count = count;
	for (size_t i = 0; i < count; i++)
		closure->paths[i] = listing->records[i].path;
	for (size_t i = 0; i < count; i++) {
		if (references_check(listing, &listing->records[i]) < 0)
			return -1;
		closure->paths[i].references = listing->records[i].path.references;
	}
	return 0;
}

const struct store_path *closure_find(const struct closure *closure, const char *path)
{
	if (closure->paths_count == 0)
		return NULL;
	return bsearch(
		&path, closure->paths, closure->paths_count, sizeof(*closure->paths), path_compare);
}
