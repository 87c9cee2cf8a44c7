/*
 * Bump allocation over malloc'ed chunks. Chunks double up to a bound, so a document costs a
 * handful of allocations. Oversized requests get a chunk of their own.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHUNK_FIRST = 32 << 10,
	CHUNK_MOST = 1 << 20,
};

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

static void arena_starved(void)
{
	static const char text[] = "nucleus: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	_exit(125);
}

static struct arena_chunk *chunk_new(struct arena *arena, size_t need)
{
	size_t size = arena->chunk ? arena->chunk->size * 2 : CHUNK_FIRST;
	struct arena_chunk *chunk;

	if (size > CHUNK_MOST)
		size = CHUNK_MOST;
	if (size < need)
		size = need;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		arena_starved();
	*chunk = (struct arena_chunk){ .next = arena->chunk, .size = size };
	arena->chunk = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunk;
	size_t need;
	void *result;

	if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
		arena_starved();
	need = (need + align - 1) & ~(align - 1);
	if (!chunk || chunk->size - chunk->used < need)
		chunk = chunk_new(arena, need);
	result = chunk->bytes + chunk->used;
	chunk->used += need;
	return memset(result, 0, need);
}

void arena_release(struct arena *arena)
{
	while (arena->chunk) {
		struct arena_chunk *next = arena->chunk->next;

		free(arena->chunk);
		arena->chunk = next;
	}
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->chunk, arena->chunk ? arena->chunk->used : 0 };
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	/* The first chunk is kept even if there was none, as another would follow. */
	while (arena->chunk && arena->chunk != mark.chunk && arena->chunk->next) {
		struct arena_chunk *next = arena->chunk->next;

		free(arena->chunk);
		arena->chunk = next;
	}
	if (arena->chunk)
		arena->chunk->used = mark.used;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1, 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	char most[256], *text;
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(most, sizeof(most), format, args);
	text = arena_alloc(arena, (size_t)length + 1, 1);
	if ((size_t)length < sizeof(most))
		memcpy(text, most, (size_t)length);
	else
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	void *wider;

	if (count & (count - 1))
		return items;
	wider = arena_alloc(arena, count ? count * 2 : 1, size);
	if (count)
		memcpy(wider, items, count * size);
	return wider;
}
