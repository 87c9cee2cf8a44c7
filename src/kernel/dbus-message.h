#pragma once
/*
 * Messages of the D-Bus wire format, little-endian, in memory of the caller's. Writing never fails:
 * what does not fit is remembered and seen when the message is sent. Reading believes no length.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dbus_type { DBUS_CALL = 1, DBUS_REPLY = 2, DBUS_ERROR = 3, DBUS_SIGNAL = 4 };

/* The first bytes of a message, from which its length is known. */
enum { DBUS_FIRST = 16 };

struct dbus_writer {
	char *bytes; /* aligned like the message or body it is */
	size_t room, length;
	bool over; /* something did not fit, or is no text D-Bus has */
};

/* One value; padding is put in front of it. A type is its letter: s o g, y b n q i u x t. */
void dbus_write_text(struct dbus_writer *writer, char type, const char *text);
void dbus_write_number(struct dbus_writer *writer, char type, uint64_t number);
/* Before the members of a struct. */
void dbus_write_struct(struct dbus_writer *writer);

/* An array whose elements begin at multiples of `align`: what begin returns is given to end. */
struct dbus_array {
	size_t length_at, begin;
};
struct dbus_array dbus_array_begin(struct dbus_writer *writer, size_t align);
void dbus_array_end(struct dbus_writer *writer, struct dbus_array array);

/* One property of an a(sv): its name, and the signature of the one value written next. */
void dbus_write_property(struct dbus_writer *writer, const char *name, const char *signature);

struct dbus_call {
	const char *destination, *path, *interface, *member;
	const char *signature; /* of the body; "" for none */
	const struct dbus_writer *body;
};

/* Everything of a method call but its body, which follows it; 0, or -1 if anything did not fit. */
int dbus_write_call(struct dbus_writer *header, const struct dbus_call *call, uint32_t serial);

/* A message as it was read; absent fields are "" or 0. Texts point into its bytes. */
struct dbus_message {
	enum dbus_type type;
	uint32_t reply_serial;
	const char *interface, *member, *error_name, *signature;
	/* What of the body is not read yet: bytes and signature. */
	const char *body;
	size_t at, length;
};

/* The whole length of the message that begins so, or 0 if it is none. */
size_t dbus_message_length(const char first[static DBUS_FIRST]);

/* False if the bytes, of the length it says, are no message. */
bool dbus_message_read(const char *bytes, size_t length, struct dbus_message *message);

/* The body's next value if it has this type: the text or NULL; a number or false. */
const char *dbus_read_text(struct dbus_message *message, char type);
bool dbus_read_number(struct dbus_message *message, char type, uint64_t *number);
