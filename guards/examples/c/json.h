// Reads JSON where it stands: a value is the part of the text that it takes up. Nothing is copied but strings that are decoded.
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/// The text of one JSON value; `at` is NULL where there is no such value.
typedef struct {
  const char *at;
  const char *end;
} json;

/// The one value that the text holds, strictly as RFC 8259 says; none where it holds none, or is nested deeper than 512.
json json_parse(const char *text, size_t size);

/// What kind of value it is, by its first character: { [ " t f n, a digit or a minus; 0 where there is none.
char json_kind(json value);

/// The value under a name of an object; the last one where the name is repeated.
json json_member(json object, const char *name);

/// How many members an object has.
int json_members(json object);

/// The items of an array, one after the other: begin with `item` none; false after the last one.
bool json_next(json array, json *item);

/// Decodes a string into `out`, which has room for the whole value: how many bytes, or -1 where it is no string.
int json_text(json string, char *out);

/// Whether it is a string that says exactly this, in ASCII.
bool json_says(json string, const char *text);

#endif
