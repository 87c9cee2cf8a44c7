/*
 * Dates and times: offset date-time, local date-time, local date, local time. Every field is held
 * to its range, days to the month and the leap year; second 60 is a leap second. Nothing is
 * converted: the node keeps the text with `T` and `Z` in capitals, the fraction as written.
 * Rests on RFC 3339.
 */
#include <string.h>

#include "format/toml-reader.h"

/* One unquoted word, taken apart from the left. */
struct stamp {
	struct toml_reader *reader;
	const char *at, *end;
};

bool toml_date_wanted(const char *token, size_t length)
{
	size_t digits = 0;

	while (digits < length && toml_is_digit(token[digits]))
		digits++;
	return digits > 0 && digits < length && (token[digits] == '-' || token[digits] == ':');
}

static bool stamp_take(struct stamp *stamp, char wanted)
{
	if (stamp->at == stamp->end || *stamp->at != wanted)
		return false;
	stamp->at++;
	return true;
}

/* Exactly count digits. */
static bool stamp_digits(struct stamp *stamp, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--, stamp->at++) {
		if (stamp->at == stamp->end || !toml_is_digit(*stamp->at))
			return false;
		*value = *value * 10 + (*stamp->at - '0');
	}
	return true;
}

static int range_check(
	struct stamp *stamp, const char *at, const char *what, int value, int least, int most)
{
	if (value >= least && value <= most)
		return 0;
	return toml_fault(stamp->reader, at, "%s %02d is not between %02d and %02d", what, value,
		least, most);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int date_read(struct stamp *stamp)
{
	const char *at = stamp->at;
	int year, month, day;

	if (!stamp_digits(stamp, 4, &year) || !stamp_take(stamp, '-') ||
		!stamp_digits(stamp, 2, &month) || !stamp_take(stamp, '-') ||
		!stamp_digits(stamp, 2, &day))
		return toml_fault(stamp->reader, at, "a date is written YYYY-MM-DD");
	if (range_check(stamp, at + 5, "month", month, 1, 12))
		return -1;
	return range_check(stamp, at + 8, "day", day, 1, month_days(year, month));
}

static int time_read(struct stamp *stamp)
{
	const char *at = stamp->at;
	int hour, minute, second, digit;

	if (!stamp_digits(stamp, 2, &hour) || !stamp_take(stamp, ':') ||
		!stamp_digits(stamp, 2, &minute) || !stamp_take(stamp, ':') ||
		!stamp_digits(stamp, 2, &second))
		return toml_fault(stamp->reader, at, "a time is written HH:MM:SS");
	if (range_check(stamp, at, "hour", hour, 0, 23) ||
		range_check(stamp, at + 3, "minute", minute, 0, 59) ||
		range_check(stamp, at + 6, "second", second, 0, 60))
		return -1;
	if (!stamp_take(stamp, '.'))
		return 0;
	if (!stamp_digits(stamp, 1, &digit))
		return toml_fault(stamp->reader, stamp->at, "a fraction of a second needs digits");
	while (stamp->at < stamp->end && toml_is_digit(*stamp->at))
		stamp->at++;
	return 0;
}

static int offset_read(struct stamp *stamp)
{
	const char *at = stamp->at;
	int hour, minute;

	if (stamp_take(stamp, 'Z') || stamp_take(stamp, 'z'))
		return 0;
	if ((!stamp_take(stamp, '+') && !stamp_take(stamp, '-')) ||
		!stamp_digits(stamp, 2, &hour) || !stamp_take(stamp, ':') ||
		!stamp_digits(stamp, 2, &minute))
		return toml_fault(stamp->reader, at, "an offset is written Z, +HH:MM or -HH:MM");
	if (range_check(stamp, at + 1, "hour", hour, 0, 23))
		return -1;
	return range_check(stamp, at + 4, "minute", minute, 0, 59);
}

/* Which of the four forms it is, by what follows; 0 or -1. */
static int stamp_read(struct stamp *stamp, bool spaced, enum node_datetime *form)
{
	*form = TIME_LOCAL;
	if (stamp->end - stamp->at > 2 && stamp->at[2] == ':')
		return time_read(stamp);
	*form = DATE_LOCAL;
	if (date_read(stamp))
		return -1;
	if (!stamp_take(stamp, 'T') && !stamp_take(stamp, 't') &&
		!(spaced && stamp_take(stamp, ' ')))
		return 0;
	*form = DATETIME_LOCAL;
	if (time_read(stamp))
		return -1;
	if (stamp->at == stamp->end)
		return 0;
	*form = DATETIME_OFFSET;
	return offset_read(stamp);
}

/* The text in its one form: T between date and time, Z for no offset. */
static char *stamp_text(struct toml_reader *reader, size_t length)
{
	char *text = arena_copy(reader->arena, reader->at, length);

	if (length > 10 && text[4] == '-')
		text[10] = 'T';
	if (text[length - 1] == 'z')
		text[length - 1] = 'Z';
	return text;
}

struct node *toml_date(struct toml_reader *reader, size_t length)
{
	struct stamp stamp = { .reader = reader, .at = reader->at };
	enum node_datetime form;
	struct node *node;
	bool spaced = length == 10 && toml_peek(reader, 10) == ' ' &&
		toml_is_digit(toml_peek(reader, 11));

	if (spaced)
		length += 1 + toml_token(reader, 11);
	stamp.end = reader->at + length;
	if (stamp_read(&stamp, spaced, &form))
		return NULL;
	if (stamp.at != stamp.end) {
		toml_fault(reader, stamp.at, "unexpected text after the date or time");
		return NULL;
	}
	node = toml_node(reader, NODE_DATETIME, reader->at);
	node->datetime = form;
	node->text = stamp_text(reader, length);
	node->length = length;
	reader->at += length;
	return node;
}
