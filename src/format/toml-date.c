/*
 * Dates and times: offset date-time, local date-time, local date, local time. Every field is held
 * to its range, days to the month and the leap year; second 60 is a leap second. Nothing is
 * converted: the node keeps the text with `T` and `Z` in capitals, the fraction as written.
 * Rests on RFC 3339.
 */
#include "format/toml-reader.h"

bool toml_date_wanted(const struct reader *reader)
{
	size_t digits = 0;

	while (toml_is_digit(toml_peek(reader, digits)))
		digits++;
	return digits > 0 && (toml_peek(reader, digits) == '-' || toml_peek(reader, digits) == ':');
}

static bool byte_take(struct reader *reader, char wanted)
{
	if (toml_peek(reader, 0) != wanted)
		return false;
	reader->at++;
	return true;
}

/* Passes what is written like the pattern, where each 9 is a digit, and adds up its fields. */
static bool fields_take(struct reader *reader, const char *pattern, int *fields)
{
	*fields = 0;
	for (; *pattern; pattern++, reader->at++) {
		char c = toml_peek(reader, 0);

		if (*pattern == '9' ? !toml_is_digit(c) : c != *pattern)
			return false;
		if (*pattern == '9')
			*fields = *fields * 10 + (c - '0');
		else
			*++fields = 0;
	}
	return true;
}

static int range_check(
	struct reader *reader, const char *at, const char *what, int value, int least, int most)
{
	if (value >= least && value <= most)
		return 0;
	return reader_fault(
		reader, at, "%s %02d is not between %02d and %02d", what, value, least, most);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int date_read(struct reader *reader)
{
	const char *at = reader->at;
	int fields[3];

	if (!fields_take(reader, "9999-99-99", fields))
		return reader_fault(reader, at, "a date is written YYYY-MM-DD");
	if (range_check(reader, at + 5, "month", fields[1], 1, 12))
		return -1;
	return range_check(reader, at + 8, "day", fields[2], 1, month_days(fields[0], fields[1]));
}

static int time_read(struct reader *reader)
{
	const char *at = reader->at;
	int fields[3];

	if (!fields_take(reader, "99:99:99", fields))
		return reader_fault(reader, at, "a time is written HH:MM:SS");
	if (range_check(reader, at, "hour", fields[0], 0, 23) ||
		range_check(reader, at + 3, "minute", fields[1], 0, 59) ||
		range_check(reader, at + 6, "second", fields[2], 0, 60))
		return -1;
	if (!byte_take(reader, '.'))
		return 0;
	if (!toml_is_digit(toml_peek(reader, 0)))
		return reader_fault(reader, reader->at, "a fraction of a second needs digits");
	while (toml_is_digit(toml_peek(reader, 0)))
		reader->at++;
	return 0;
}

static int offset_read(struct reader *reader)
{
	const char *at = reader->at;
	int fields[2];

	if (byte_take(reader, 'Z') || byte_take(reader, 'z'))
		return 0;
	if ((!byte_take(reader, '+') && !byte_take(reader, '-')) ||
		!fields_take(reader, "99:99", fields))
		return reader_fault(reader, at, "an offset is written Z, +HH:MM or -HH:MM");
	if (range_check(reader, at + 1, "hour", fields[0], 0, 23))
		return -1;
	return range_check(reader, at + 4, "minute", fields[1], 0, 59);
}

/* Which of the four forms it is, by what follows; 0 or -1. */
static int stamp_read(struct reader *reader, enum node_datetime *form)
{
	*form = TIME_LOCAL;
	if (toml_peek(reader, 2) == ':')
		return time_read(reader);
	*form = DATE_LOCAL;
	if (date_read(reader))
		return -1;
	if (!byte_take(reader, 'T') && !byte_take(reader, 't') &&
		!(toml_is_digit(toml_peek(reader, 1)) && byte_take(reader, ' ')))
		return 0;
	*form = DATETIME_LOCAL;
	if (time_read(reader))
		return -1;
	if (!toml_word(reader, 0))
		return 0;
	*form = DATETIME_OFFSET;
	return offset_read(reader);
}

/* The text in its one form: T between date and time, Z for no offset. */
static char *stamp_text(struct reader *reader, const char *start, size_t length)
{
	char *text = arena_copy(reader->arena, start, length);

	if (length > 10 && text[4] == '-')
		text[10] = 'T';
	if (text[length - 1] == 'z')
		text[length - 1] = 'Z';
	return text;
}

struct node *toml_date(struct reader *reader)
{
	const char *start = reader->at;
	enum node_datetime form;
	struct node *node;

	if (stamp_read(reader, &form))
		return NULL;
	if (toml_word(reader, 0))
		return toml_fault(reader, reader->at, "unexpected text after the date or time");
	node = reader_node(reader, NODE_DATETIME, start);
	node->datetime = form;
	node->length = (size_t)(reader->at - start);
	node->text = stamp_text(reader, start, node->length);
	return node;
}
