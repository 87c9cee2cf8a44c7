/*
 * The wire format of D-Bus, as much of it as a client of systemd's needs: method calls are written,
 * anything may come back. Nothing is allocated, no length is trusted, and a message that breaks a
 * rule is refused as a whole. Alignment counts from the start of the message; a body starts at a
 * multiple of eight, so it may count from its own. Rests on the D-Bus specification, "Message
 * Protocol" and "Marshaling".
 */
#include "kernel/dbus-message.h"

#include <endian.h>
#include <string.h>

enum { ARRAY_MOST = 1 << 26, MESSAGE_MOST = 1 << 27 };

enum field {
	FIELD_PATH = 1,
	FIELD_INTERFACE,
	FIELD_MEMBER,
	FIELD_ERROR_NAME,
	FIELD_REPLY_SERIAL,
	FIELD_DESTINATION,
	FIELD_SENDER,
	FIELD_SIGNATURE,
};

/* Bytes a value of this type takes (its length for texts), which is also its alignment; 0: unknown.
 */
static size_t type_size(char type)
{
	switch (type) {
	case 'y':
	case 'g':
		return 1;
	case 'n':
	case 'q':
		return 2;
	case 'b':
	case 'i':
	case 'u':
	case 's':
	case 'o':
		return 4;
	case 'x':
	case 't':
	case 'd':
		return 8;
	default:
		return 0;
	}
}

static void put(struct dbus_writer *writer, const void *bytes, size_t length)
{
	if (length > writer->room - writer->length) {
		writer->over = true;
		return;
	}
	memcpy(writer->bytes + writer->length, bytes, length);
	writer->length += length;
}

static void pad(struct dbus_writer *writer, size_t align)
{
	static const char zeros[8];

	put(writer, zeros, -writer->length & (align - 1));
}

void dbus_write_number(struct dbus_writer *writer, char type, uint64_t number)
{
	uint64_t little = htole64(number);

	pad(writer, type_size(type));
	put(writer, &little, type_size(type));
}

void dbus_write_text(struct dbus_writer *writer, char type, const char *text)
{
	size_t length = strlen(text);

	if (type == 'g' && length > UINT8_MAX)
		writer->over = true;
	dbus_write_number(writer, type == 'g' ? 'y' : 'u', length);
	put(writer, text, length + 1);
}

void dbus_write_struct(struct dbus_writer *writer)
{
	pad(writer, 8);
}

struct dbus_array dbus_array_begin(struct dbus_writer *writer, size_t align)
{
	struct dbus_array array;

	pad(writer, 4);
	array.length_at = writer->length;
	dbus_write_number(writer, 'u', 0);
	pad(writer, align);
	array.begin = writer->length;
	return array;
}

void dbus_array_end(struct dbus_writer *writer, struct dbus_array array)
{
	uint32_t length = htole32((uint32_t)(writer->length - array.begin));

	if (writer->length - array.begin > ARRAY_MOST)
		writer->over = true;
	if (!writer->over)
		memcpy(writer->bytes + array.length_at, &length, sizeof(length));
}

void dbus_write_property(struct dbus_writer *writer, const char *name, const char *signature)
{
	dbus_write_struct(writer);
	dbus_write_text(writer, 's', name);
	dbus_write_text(writer, 'g', signature);
}

static void write_field(struct dbus_writer *header, enum field field, char type, const char *text)
{
	const char signature[] = { type, '\0' };

	if (!*text)
		return;
	dbus_write_struct(header);
	dbus_write_number(header, 'y', field);
	dbus_write_text(header, 'g', signature);
	dbus_write_text(header, type, text);
}

int dbus_write_call(struct dbus_writer *header, const struct dbus_call *call, uint32_t serial)
{
	size_t length = call->body ? call->body->length : 0;
	struct dbus_array fields;

	put(header, (const char[]){ 'l', DBUS_CALL, 0, 1 }, 4);
	dbus_write_number(header, 'u', length);
	dbus_write_number(header, 'u', serial);
	fields = dbus_array_begin(header, 8);
	write_field(header, FIELD_PATH, 'o', call->path);
	write_field(header, FIELD_INTERFACE, 's', call->interface);
	write_field(header, FIELD_MEMBER, 's', call->member);
	write_field(header, FIELD_DESTINATION, 's', call->destination);
	write_field(header, FIELD_SIGNATURE, 'g', call->signature);
	dbus_array_end(header, fields);
	pad(header, 8);
	return header->over || (call->body && call->body->over) ? -1 : 0;
}

static uint32_t u32_at(const char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

static size_t header_length(const char *first)
{
	return (DBUS_FIRST + (size_t)u32_at(first + 12) + 7) & ~(size_t)7;
}

size_t dbus_message_length(const char first[static DBUS_FIRST])
{
	uint32_t body = u32_at(first + 4), fields = u32_at(first + 12);

	if (first[0] != 'l' || first[3] != 1 || fields > ARRAY_MOST || body > MESSAGE_MOST ||
		header_length(first) + body > MESSAGE_MOST)
		return 0;
	return header_length(first) + body;
}

/* Skips padding, which must be zero, and what follows it if that is there. */
static const char *take(const char *bytes, size_t *at, size_t end, size_t align, size_t length)
{
	size_t begin = (*at + align - 1) & ~(align - 1);

	if (begin > end || length > end - begin)
		return NULL;
	while (*at < begin)
		if (bytes[(*at)++])
			return NULL;
	*at = begin + length;
	return bytes + begin;
}

static bool take_number(const char *bytes, size_t *at, size_t end, char type, uint64_t *number)
{
	size_t size = type_size(type);
	const char *place = size ? take(bytes, at, end, size, size) : NULL;
	uint64_t little = 0;

	if (!place)
		return false;
	memcpy(&little, place, size);
	*number = le64toh(little);
	return type != 'b' || *number <= 1;
}

static const char *take_text(const char *bytes, size_t *at, size_t end, char type)
{
	const char *text;
	uint64_t length;

	if (!take_number(bytes, at, end, type == 'g' ? 'y' : 'u', &length) || length >= end - *at)
		return NULL;
	text = take(bytes, at, end, 1, length + 1);
	return text && strnlen(text, length + 1) == length ? text : NULL;
}

static bool is_text(char type)
{
	return type == 's' || type == 'o' || type == 'g';
}

/* The type a field must have; 0 for one nobody has defined yet, which is passed over. */
static char field_type(uint64_t field)
{
	static const char types[] = { 0, 'o', 's', 's', 's', 'u', 's', 's', 'g', 'u' };

	return field < sizeof(types) ? types[field] : 0;
}

static void field_keep(
	struct dbus_message *message, uint64_t field, const char *text, uint64_t number)
{
	switch (field) {
	case FIELD_INTERFACE:
		message->interface = text;
		break;
	case FIELD_MEMBER:
		message->member = text;
		break;
	case FIELD_ERROR_NAME:
		message->error_name = text;
		break;
	case FIELD_SIGNATURE:
		message->signature = text;
		break;
	case FIELD_REPLY_SERIAL:
		message->reply_serial = (uint32_t)number;
		break;
	default:
		break;
	}
}

static bool field_read(const char *bytes, size_t *at, size_t end, struct dbus_message *message)
{
	const char *signature, *text = NULL;
	uint64_t field, number = 0;

	if (!take(bytes, at, end, 8, 0) || !take_number(bytes, at, end, 'y', &field) || !field)
		return false;
	signature = take_text(bytes, at, end, 'g');
	if (!signature || !signature[0] || signature[1] ||
		(field_type(field) && field_type(field) != signature[0]))
		return false;
	if (is_text(signature[0]))
		text = take_text(bytes, at, end, signature[0]);
	if (is_text(signature[0]) ? !text : !take_number(bytes, at, end, signature[0], &number))
		return false;
	field_keep(message, field, text, number);
	return true;
}

bool dbus_message_read(const char *bytes, size_t length, struct dbus_message *message)
{
	size_t at = DBUS_FIRST, end;

	*message = (struct dbus_message){
		.interface = "",
		.member = "",
		.error_name = "",
		.signature = "",
	};
	if (length < DBUS_FIRST || dbus_message_length(bytes) != length || bytes[1] < DBUS_CALL)
		return false;
	message->type = (enum dbus_type)bytes[1];
	end = DBUS_FIRST + u32_at(bytes + 12);
	while (at < end)
		if (!field_read(bytes, &at, end, message))
			return false;
	if (!take(bytes, &at, length, 8, 0))
		return false;
	message->body = bytes + at;
	message->length = length - at;
	return true;
}

const char *dbus_read_text(struct dbus_message *message, char type)
{
	const char *text;

	if (message->signature[0] != type || !is_text(type))
		return NULL;
	text = take_text(message->body, &message->at, message->length, type);
	message->signature += text != NULL;
	return text;
}

bool dbus_read_number(struct dbus_message *message, char type, uint64_t *number)
{
	if (message->signature[0] != type ||
		!take_number(message->body, &message->at, message->length, type, number))
		return false;
	message->signature++;
	return true;
}
