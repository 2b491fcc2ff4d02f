"""Where the items of a tool result are, which labels each of them has, and what is left when some are withheld."""

import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

from monitor import Labels

INDEX = re.compile(r"(0|[1-9][0-9]*)\Z")
MAX_DIGITS = 4300  # beyond it, Python itself says that it is no number
MAX_INDEX_DIGITS = 9  # more items than fit into a message


class Unfilterable(Exception):
    """The result cannot be judged item by item: nothing of it may be delivered."""


class Paths(NamedTuple):
    """The labels that a guard gave by JSON Pointer."""

    entries: list[tuple[str, Labels | None]]
    default: Labels | None
    items_path: str


class Items(NamedTuple):
    """The array of items in a result."""

    labels: list[Labels | None]
    segments: list[str]


def read_json(text: str | bytes) -> Any:
    """Reads JSON of which all readers understand the same: no name twice, no number that would come out as another.

    Raises ValueError only for what is no JSON. What is, and cannot be read here, must not be taken for prose: the guard
    may have labelled what is in it.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_members, parse_int=_whole_number, parse_float=_number, parse_constant=_no_number
        )
    except RecursionError:
        raise Unfilterable("it is nested too deeply") from None


def write_json(value: Any) -> str:
    """On one line, in ASCII."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Unfilterable("an object has a name twice")
    return members


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Unfilterable("a number has too many digits")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    try:
        is_kept = Decimal(repr(number)) == Decimal(digits)
    except ArithmeticError:
        is_kept = False
    if not is_kept:
        raise Unfilterable("a number has more digits than Python's can hold")
    return number


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def split(pointer: str) -> list[str]:
    """The segments of a JSON Pointer. The leading slash may be missing, and `/` is the root."""
    path = pointer.removeprefix("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")] if path else []


def item_index(path: str, array: list[str]) -> int | None:
    """The index of the item that `path` names or leads into; None when it names none."""
    segments = split(path)
    if segments[: len(array)] != array or len(segments) <= len(array):
        return None
    return index_of(segments[len(array)])


def index_of(segment: str) -> int | None:
    return int(segment) if INDEX.match(segment) and len(segment) <= MAX_INDEX_DIGITS else None


def text_items(result: Any) -> list[int]:
    """The places of the text items in `content`. Items without a type count as text."""
    content = result.get("content") if isinstance(result, dict) else None
    return [i for i, item in enumerate(content) if is_text(item)] if isinstance(content, list) else []


def is_text(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("type", "text") not in ("text", ""):
        return False
    return isinstance(item.get("text"), str) and item["text"] != ""


def unwrap(result: Any) -> tuple[bool, Any]:
    """What pointers lead into: the JSON that the text items make when joined, else the result itself."""
    text = "".join(result["content"][i]["text"] for i in text_items(result))
    try:
        return (True, read_json(text)) if text else (False, result)
    except ValueError:
        return False, result


def find_items(result: Any, paths: Paths) -> Items | Labels | None:
    """The items with their labels; where the root is no array, the labels of the whole."""
    segments = split(paths.items_path)
    array = follow(unwrap(result)[1], segments)
    if not isinstance(array, list):
        if paths.items_path != "":
            raise Unfilterable("the guard's items_path leads to no array")
        return paths.default
    own = {item_index(path, segments): labels for path, labels in paths.entries}  # the last for an item wins
    return Items([own.get(i) or paths.default for i in range(len(array))], segments)


def follow(value: Any, segments: list[str]) -> Any:
    for segment in segments:
        if isinstance(value, dict) and segment in value:
            value = value[segment]
        elif isinstance(value, list) and (index := index_of(segment)) is not None and index < len(value):
            value = value[index]
        elif segment != "" or not isinstance(value, (dict, list)):
            raise Unfilterable("the guard's items_path leads nowhere")
    return value


def cut(result: dict[str, Any], items: Items, kept: list[int], *, alone: bool) -> dict[str, Any]:
    """The result with these items only. `alone`: what is around the array may not be read, and goes, too.

    Other forms of the same (structuredContent) always go: a withheld item must not be left in them.
    """
    is_wrapped, value = unwrap(result)
    left = _cut(value, items.segments, kept, alone)
    if not is_wrapped:
        return {name: member for name, member in left.items() if name != "structuredContent"}
    first, *others = text_items(result)
    text = {"type": "text", "text": write_json(left)}
    if alone:
        return {"content": [text]}
    around = {name: member for name, member in result.items() if name != "structuredContent"}
    content = [text if i == first else item for i, item in enumerate(result["content"]) if i not in others]
    return {**around, "content": content}


def _cut(value: Any, segments: list[str], kept: list[int], alone: bool) -> Any:
    if not segments:
        return [value[i] for i in kept]
    name, *further = segments
    if not isinstance(value, dict) or name not in value:
        raise Unfilterable("the items are inside another array")
    left = _cut(value[name], further, kept, alone)
    return {name: left} if alone else {**value, name: left}
