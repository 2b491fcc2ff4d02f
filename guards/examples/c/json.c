#include "json.h"

static const int MAX_DEPTH = 512;

static const char *after_value(const char *at, const char *end, int depth);

static const char *after_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) at++;
  return at;
}

static bool is_digit(const char *at, const char *end) { return at < end && *at >= '0' && *at <= '9'; }

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool contains(const char *characters, char one) {
  while (*characters != 0 && *characters != one) characters++;
  return *characters != 0;
}

/// The unit that four hexadecimal digits write, or -1.
static int hex_unit(const char *at, const char *end) {
  int unit = 0;
  for (int i = 0; i < 4; i++, at++) {
    int value = at < end ? hex_value(*at) : -1;
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

static const char *after_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++) {
    if ((unsigned char)*at < 0x20) return NULL;
    if (*at != '\\') continue;
    if (++at == end || !contains("\"\\/bfnrtu", *at)) return NULL;
    if (*at == 'u' && hex_unit(at + 1, end) < 0) return NULL;
  }
  return at < end ? at + 1 : NULL;
}

static const char *after_digits(const char *at, const char *end) {
  if (!is_digit(at, end)) return NULL;
  while (is_digit(at, end)) at++;
  return at;
}

static const char *after_number(const char *at, const char *end) {
  if (*at == '-') at++;
  const char *first = at;
  at = after_digits(at, end);
  if (at == NULL || (*first == '0' && at > first + 1)) return NULL;
  if (at < end && *at == '.') at = after_digits(at + 1, end);
  if (at == NULL || at == end || (*at != 'e' && *at != 'E')) return at;
  at++;
  if (at < end && (*at == '+' || *at == '-')) at++;
  return after_digits(at, end);
}

static const char *after_word(const char *at, const char *end, const char *word) {
  for (; *word != 0; word++, at++)
    if (at == end || *at != *word) return NULL;
  return at;
}

static const char *after_name(const char *at, const char *end) {
  at = at < end && *at == '"' ? after_string(at, end) : NULL;
  if (at == NULL) return NULL;
  at = after_space(at, end);
  return at < end && *at == ':' ? after_space(at + 1, end) : NULL;
}

static const char *after_container(const char *at, const char *end, int depth) {
  char open = *at, close = open == '{' ? '}' : ']';
  if (depth == MAX_DEPTH) return NULL;
  at = after_space(at + 1, end);
  if (at < end && *at == close) return at + 1;
  for (;;) {
    if (open == '{') at = after_name(at, end);
    if (at != NULL) at = after_value(at, end, depth + 1);
    if (at == NULL) return NULL;
    at = after_space(at, end);
    if (at == end || (*at != ',' && *at != close)) return NULL;
    if (*at == close) return at + 1;
    at = after_space(at + 1, end);
  }
}

/// Where the value at `at` ends; NULL where there is none.
static const char *after_value(const char *at, const char *end, int depth) {
  if (at == end) return NULL;
  switch (*at) {
    case '{':
    case '[':
      return after_container(at, end, depth);
    case '"':
      return after_string(at, end);
    case 't':
      return after_word(at, end, "true");
    case 'f':
      return after_word(at, end, "false");
    case 'n':
      return after_word(at, end, "null");
    default:
      return after_number(at, end);
  }
}

json json_parse(const char *text, size_t size) {
  const char *end = text + size;
  json value = {after_space(text, end), NULL};
  value.end = after_value(value.at, end, 0);
  bool is_whole = value.end != NULL && after_space(value.end, end) == end;
  return is_whole ? value : (json){NULL, NULL};
}

char json_kind(json value) { return value.at == NULL ? 0 : *value.at; }

/// The first value in a container, or the one after `last`; in an object, names are values of their own.
static bool next_value(json container, json *last) {
  const char *at = last->at == NULL ? container.at + 1 : last->end;
  at = after_space(at, container.end);
  if (last->at != NULL && (*at == ',' || *at == ':')) at = after_space(at + 1, container.end);
  if (*at == ']' || *at == '}') return false;
  *last = (json){at, after_value(at, container.end, 0)};
  return true;
}

json json_member(json object, const char *name) {
  json found = {NULL, NULL}, each = {NULL, NULL};
  if (json_kind(object) != '{') return found;
  while (next_value(object, &each)) {
    bool is_named = json_says(each, name);
    next_value(object, &each);
    if (is_named) found = each;
  }
  return found;
}

int json_members(json object) {
  json each = {NULL, NULL};
  int values = 0;
  if (json_kind(object) != '{') return 0;
  while (next_value(object, &each)) values++;
  return values / 2;
}

bool json_next(json array, json *item) { return json_kind(array) == '[' && next_value(array, item); }

static char *put_utf8(char *out, int code) {
  if (code < 0x80) {
    *out++ = code;
  } else if (code < 0x800) {
    *out++ = 0xc0 | code >> 6;
    *out++ = 0x80 | (code & 0x3f);
  } else {
    if (code >= 0x10000) *out++ = 0xf0 | code >> 18;
    *out++ = code >= 0x10000 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12;
    *out++ = 0x80 | (code >> 6 & 0x3f);
    *out++ = 0x80 | (code & 0x3f);
  }
  return out;
}

/// The code point of the escape whose `u` is at `*at`, which is left at its last digit. Half a pair is U+FFFD.
static int escaped_code(const char **at, const char *end) {
  int unit = hex_unit(*at + 1, end);
  *at += 4;
  if ((unit & 0xf800) != 0xd800) return unit;
  bool is_pair = (unit & 0xfc00) == 0xd800 && *at + 2 < end && (*at)[1] == '\\' && (*at)[2] == 'u';
  int low = is_pair ? hex_unit(*at + 3, end) : -1;
  if (low < 0 || (low & 0xfc00) != 0xdc00) return 0xfffd;
  *at += 6;
  return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

static int short_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

int json_text(json string, char *out) {
  if (json_kind(string) != '"') return -1;
  const char *end = string.end - 1;
  char *start = out;
  for (const char *at = string.at + 1; at < end; at++) {
    if (*at != '\\')
      *out++ = *at;
    else if (*++at == 'u')
      out = put_utf8(out, escaped_code(&at, end));
    else
      *out++ = short_escape(*at);
  }
  return out - start;
}

bool json_says(json string, const char *text) {
  if (json_kind(string) != '"') return false;
  const char *end = string.end - 1;
  for (const char *at = string.at + 1; at < end; at++, text++) {
    int code = *at;
    if (*at == '\\') code = *++at == 'u' ? escaped_code(&at, end) : short_escape(*at);
    if (*text == 0 || code != *text) return false;
  }
  return *text == 0;
}
