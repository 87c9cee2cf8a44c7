#pragma once
/*
 * One arena per document: everything read from it lives and dies together, no per-field free.
 * Running out of memory ends the program with status 125 and one line on stderr; this is the only
 * place below cmd/ that may end it. Readers bound their input, so only a starved machine gets here.
 */
#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;
};

/* Frees everything at once; the arena may be used again. An all-zero arena is a valid empty one. */
void arena_release(struct arena *arena);

/* Zeroed memory for count items of size bytes, aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of length bytes. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/*
 * Room for one more item at the end of an array that has count of them: the array is moved to
 * double its room when count is a power of two (or 0), as a cheap growing list inside an arena.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size);

/* All that is allocated after a mark is given back by arena_rewind, for what comes and goes in
 * turns; the room stays the arena's. */
struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#define autoarena __attribute__((cleanup(arena_release))) struct arena
