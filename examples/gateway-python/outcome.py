"""What a client gets: a result, denied (policy said no) or failed (it could not be judged, so nothing is returned)."""

from typing import Any

DENIALS = {
    "READ_SECRECY": "Denied: this is more secret than what you may read; use other sources, or tell the user.",
    "READ_INTEGRITY": "Denied: this is less trusted than what you may read; use trusted sources, or tell the user.",
    "WRITE_SECRECY": "Denied: you carry information that may not go where this tool writes, so nothing was sent; tell the user.",
    "WRITE_INTEGRITY": "Denied: this tool writes where only trusted input may go, and yours is not, so nothing was sent; tell the user.",
    "ITEMS_WITHHELD": "Denied: the response holds something that you may not read, and strict mode then denies all of it; ask for less.",
}
WAS_CALLED = " The tool had been called and may have done its work, so check before you call it again."
ACKNOWLEDGED = "The tool was called and has answered, but its answer may not be shown to you; do not call it again for that."


class Failed(Exception):
    """A call could not be judged, or not be carried out. `reason` is one of a closed set."""

    def __init__(self, reason: str, *, was_called: bool = False):
        super().__init__(reason)
        self.reason = reason
        self.was_called = was_called


def denied(reason: str) -> dict[str, Any]:
    return _error("denied", reason, DENIALS[reason])


def failed(failure: Failed) -> dict[str, Any]:
    words = f"Failed, so nothing is returned ({failure.reason}); try again later, or tell the user."
    return _error("failed", failure.reason, words + (WAS_CALLED if failure.was_called else ""))


def acknowledged() -> dict[str, Any]:
    """Stands for the answer of a tool that has done its work, where that may not be read."""
    return {"content": [text_item(ACKNOWLEDGED)]}


def with_notice(result: dict[str, Any], fates: list[str | None]) -> dict[str, Any]:
    """Says how many items were withheld, and by which kind of rule."""
    rules = [rule for rule in fates if rule is not None]
    secrecy = sum(rule.endswith("SECRECY") for rule in rules)
    counts = {"count": len(rules), "secrecy": secrecy, "integrity": len(rules) - secrecy}
    words = f"[Sluice] {len(rules)} withheld: {secrecy} by the secrecy policy, {len(rules) - secrecy} by the integrity policy."
    meta = {**result.get("_meta", {}), "sluice.dev/withheld": counts}
    return {**result, "content": [*result.get("content", []), text_item(words)], "_meta": meta}


def text_item(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _error(kind: str, reason: str, words: str) -> dict[str, Any]:
    meta = {"sluice.dev/outcome": kind, "sluice.dev/reason": reason}
    return {"content": [text_item(words)], "isError": True, "_meta": meta}
