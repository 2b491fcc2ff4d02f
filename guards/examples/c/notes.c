// A guard for a server of notes: who may see a note decides how secret it is, who wrote it how far it is trusted.
// No libc: clang, this file and the reader beside it are all that the module is made of.

#include <stdint.h>

#include "json.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("host_log") void host_log(int level, const char *text, int size);
IMPORT("call_backend")
int call_backend(const char *tool, int tool_size, const char *args, int args_size, char *out, int out_size);

enum { WARNING = 2, ERROR = 3 };
enum { GUARD_ERROR = -1, BUFFER_TOO_SMALL = -2, NO_LABELS = 0 };

// Memory: an arena that begins where the linker's data ends. It is empty again when the host has freed all that it took, so
// what a call takes for itself needs no freeing, and what outlives a call must not be in here.

extern char __heap_base;
static char *top = &__heap_base;
static int lent = 0;
static const int PAGE = 65536;

/// Traps where there is no more memory.
static char *take(int size) {
  char *block = (char *)(((uintptr_t)top + 7) & ~(uintptr_t)7);
  uintptr_t needed = (uintptr_t)block + (uint32_t)size, there = __builtin_wasm_memory_size(0) * PAGE;
  if (needed < (uintptr_t)block) __builtin_trap();
  if (needed > there && __builtin_wasm_memory_grow(0, (needed - there + PAGE - 1) / PAGE) == (size_t)-1) __builtin_trap();
  top = (char *)needed;
  return block;
}

EXPORT("alloc") char *borrow(int size) {
  lent++;
  return take(size);
}

EXPORT("dealloc") void give_back(char *block, int size) {
  if (--lent == 0) top = &__heap_base;
}

// Texts.

static int length_of(const char *text) {
  int length = 0;
  while (text[length] != 0) length++;
  return length;
}

static int fail(const char *why) {
  host_log(ERROR, why, length_of(why));
  return GUARD_ERROR;
}

/// What is written goes on being counted when it does not fit: the host is told the size that is needed.
typedef struct {
  char *out;
  int capacity;
  int length;
} writer;

static void put(writer *to, const char *text, int size) {
  if (to->length + size <= to->capacity) __builtin_memcpy(to->out + to->length, text, size);
  to->length += size;
}

static void say(writer *to, const char *text) { put(to, text, length_of(text)); }

static void say_number(writer *to, int number) {
  if (number >= 10) say_number(to, number / 10);
  put(to, &"0123456789"[number % 10], 1);
}

static int finish(writer *to) {
  if (to->length <= to->capacity) return to->length;
  if (to->capacity >= 4) __builtin_memcpy(to->out, &to->length, 4);
  return BUFFER_TOO_SMALL;
}

// The policy: {"editors": ["ada", …]}. It outlives its call, so it is copied out of the arena.

static char policy_text[64 * 1024];
static json editors = {NULL, NULL};

static bool same_text(json left, json right) {
  char *mark = top, *a = take(left.end - left.at), *b = take(right.end - right.at);
  int size = json_text(left, a);
  bool is_same = size >= 0 && size == json_text(right, b);
  for (int i = 0; is_same && i < size; i++) is_same = a[i] == b[i];
  top = mark;
  return is_same;
}

static bool is_editor(json author) {
  json each = {NULL, NULL};
  while (json_next(editors, &each))
    if (same_text(each, author)) return true;
  return false;
}

static bool is_list_of_strings(json list) {
  json each = {NULL, NULL};
  while (json_next(list, &each))
    if (json_kind(each) != '"') return false;
  return json_kind(list) == '[';
}

EXPORT("label_agent") int label_agent(const char *in, int size, char *out, int capacity) {
  writer answer = {out, capacity, 0};
  editors = (json){NULL, NULL};
  if (size > (int)sizeof policy_text) {
    say(&answer, "{\"success\":false,\"error\":\"the policy must be smaller: this guard has 64 KiB for it\"}");
    return finish(&answer);
  }
  __builtin_memcpy(policy_text, in, size);
  json policy = json_parse(policy_text, size);
  json list = json_member(policy, "editors");
  if (json_members(policy) == 1 && is_list_of_strings(list)) editors = list;
  if (editors.at == NULL)
    say(&answer, "{\"success\":false,\"error\":\"the policy must be {\\\"editors\\\": [names]}, and nothing else\"}");
  else
    say(&answer, "{\"agent\":{\"secrecy\":[],\"integrity\":[\"notes:edited\"]},\"difc_mode\":\"filter\"}");
  return finish(&answer);
}

// Labels.

static void say_labels(writer *to, bool is_public, bool is_edited) {
  say(to, is_public ? "\"secrecy\":[]," : "\"secrecy\":[\"notes:private\"],");
  say(to, is_edited ? "\"integrity\":[\"notes:edited\"]" : "\"integrity\":[]");
}

/// What says nothing about itself is private, and nobody's.
static void say_labels_of(writer *to, json note) {
  bool is_public = json_says(json_member(note, "visibility"), "public");
  say_labels(to, is_public, is_editor(json_member(note, "author")));
}

/// The JSON in the one text of a tool result; none where the tool failed, or answered otherwise.
static json told(json result) {
  json content = json_member(result, "content"), first = {NULL, NULL}, none = {NULL, NULL};
  if (json_kind(json_member(result, "isError")) == 't' || !json_next(content, &first)) return none;
  json text = json_member(first, "text"), second = first;
  char *decoded = json_kind(text) == '"' ? take(text.end - text.at) : NULL;
  if (decoded == NULL || json_next(content, &second)) return none;
  return json_parse(decoded, json_text(text, decoded));
}

/// Asks the server for a note; none where it does not say.
static json look_up(json id) {
  const char *tool = "read_note";
  int args_size = id.end - id.at + 7, code = BUFFER_TOO_SMALL;
  writer args = {take(args_size), args_size, 0};
  say(&args, "{\"id\":");
  put(&args, id.at, id.end - id.at);
  say(&args, "}");
  for (int capacity = 4096; code == BUFFER_TOO_SMALL;) {
    char *out = take(capacity);
    code = call_backend(tool, 9, args.out, args.length, out, capacity);
    if (code >= 0) return told(json_parse(out, code));
    // The host keeps the answer, and says how much room it needs: asking again costs no second call.
    int wanted = *(int *)out;
    capacity = wanted > 2 * capacity ? wanted : 2 * capacity;
  }
  char text[48];
  writer line = {text, sizeof text, 0};
  say(&line, "read_note: error -");
  say_number(&line, -code);
  host_log(WARNING, text, line.length);
  return (json){NULL, NULL};
}

static int label_note(json call, const char *operation, writer *answer) {
  json id = json_member(json_member(call, "tool_args"), "id");
  if (json_kind(id) != '"') return fail("the call has no id of a note");
  json note = look_up(id);
  if (json_kind(note) != '{') return fail("nobody knows what the note is");
  say(answer, "{\"resource\":{\"description\":\"a note\",");
  say_labels_of(answer, note);
  say(answer, "},\"operation\":\"");
  say(answer, operation);
  say(answer, "\"}");
  return finish(answer);
}

EXPORT("label_resource") int label_resource(const char *in, int size, char *out, int capacity) {
  json call = json_parse(in, size), tool = json_member(call, "tool_name");
  writer answer = {out, capacity, 0};
  if (editors.at == NULL || json_kind(tool) != '"') return fail("no policy was accepted, or this is no call");
  if (json_says(tool, "read_note")) return label_note(call, "read", &answer);
  if (json_says(tool, "write_note")) return label_note(call, "write", &answer);
  if (json_says(tool, "list_notes")) {
    say(&answer, "{\"resource\":{\"description\":\"all notes\",");
    say_labels(&answer, false, false);
    say(&answer, "},\"operation\":\"read\"}");
  } else {
    // Tags that nobody holds: what this guard does not know is open to nobody.
    say(&answer, "{\"resource\":{\"description\":\"unknown\",\"secrecy\":[\"notes:closed\"],");
    say(&answer, "\"integrity\":[\"notes:closed\"]},\"operation\":\"read-write\"}");
  }
  return finish(&answer);
}

EXPORT("label_response") int label_response(const char *in, int size, char *out, int capacity) {
  json call = json_parse(in, size), tool = json_member(call, "tool_name"), each = {NULL, NULL};
  if (editors.at == NULL || json_kind(tool) != '"') return fail("no policy was accepted, or this is no call");
  if (!json_says(tool, "list_notes")) return NO_LABELS;
  json notes = json_member(told(json_member(call, "tool_result")), "notes");
  if (json_kind(notes) != '[') return NO_LABELS;
  writer answer = {out, capacity, 0};
  say(&answer, "{\"labeled_paths\":[");
  for (int i = 0; json_next(notes, &each); i++) {
    say(&answer, i > 0 ? ",{\"path\":\"/notes/" : "{\"path\":\"/notes/");
    say_number(&answer, i);
    say(&answer, "\",\"labels\":{");
    say_labels_of(&answer, each);
    say(&answer, "}}");
  }
  say(&answer, "],\"items_path\":\"/notes\"}");
  return finish(&answer);
}
