"""One line in which somebody names a call: `PATCH /service/tickets/42`."""

import re

from auditor.calls.addresses import Address, address, is_root
from auditor.calls.answers import NOTHING, Found, answer
from auditor.calls.call import Call, kept_method, kept_status

MOST_WORDS = 6  # beside the path; more of them is prose
LONGEST = 8_192
_SPACED = re.compile(r"\$?\{\{[^{}]{0,200}\}\}|<[^<>/]{1,60}>")
_BODY = re.compile(r"[\"']?[{\[]{1,4}\\{0,4}[\"']")
_VERSION = re.compile(r"\bHTTP/\d(?:\.\d)?\b", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\w./#%=&-])[(\[]?([1-5]\d\d)(?![\w./%&=-]*[\w/%&=])")
_EDGE = "\"'`,;:()[]<>“”‘’"
_ARROW = re.compile(
    r"^\s*(?:HTTP\S*\s*)?(?:->|=>|→|[-–—:,;(]|(?:returned|status|failed|[1-5]\d\d)\b)",
    re.IGNORECASE,
)


def parse(text: str, where: str = "") -> Call | None:
    """Return the call of a line that holds one and little else; None for any other text.

    Method and status may stand before or after the path, or be missing.
    """
    if len(text) > LONGEST or len(text.strip().splitlines()) != 1:
        return None
    whole = text.strip().replace("\\/", "/")
    body = _BODY.search(whole)
    if body and "/" not in whole[: body.start()]:
        return None  # a line of JSON
    plain = whole[: body.start()] if body else whole
    line = _SPACED.sub(lambda found: re.sub(r"\s", "", found[0]), plain)
    left, mark, right = line.partition("?")
    head, tail = left, ""
    if mark:
        head, place = _last_word(left)
        query, tail = _split_query(right)
        target = address(f"{place}?{query}", lenient=True)
        words = _words(head)
    else:
        words = _words(left)
        target, words = _take_address(words)
    if not target or len(words) > MOST_WORDS:
        return None
    found = answer(whole[body.start() :].strip()) if body else NOTHING
    return _call(target, words, f"{head} {tail}" if mark else line, found, where)


def _call(target: Address, words: list[str], line: str, found: Found, where: str) -> Call:
    methods = [method for word in words if (method := kept_method(word.strip(_EDGE)))]
    beside = _VERSION.sub(" ", line)
    status = next((kept_status(found[1]) for found in _STATUS.finditer(beside)), None)
    code, message = found
    method = methods[0] if methods else None
    return Call(method, target.path, target.query, status, code, message, where=where)


def _words(text: str) -> list[str]:
    return _VERSION.sub(" ", text).split()


def _last_word(text: str) -> tuple[str, str]:
    parts = text.rsplit(maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 else ("", text)


def _split_query(text: str) -> tuple[str, str]:
    """Part a query, perhaps with blanks in it, from what is said after it."""
    first, blank, rest = text.partition(" ")
    if not blank or _VERSION.match(rest.strip()) or _ARROW.match(rest):
        return first.rstrip(_EDGE), rest
    arrow = max(text.rfind(sign) for sign in (" -> ", " => ", " HTTP/", " returned "))
    return (text[:arrow], text[arrow:]) if arrow > 0 else (text.rstrip(_EDGE), "")


def _take_address(words: list[str]) -> tuple[Address | None, list[str]]:
    """Return the one word that is an address, and the others."""
    found = [place for place, word in enumerate(words) if _looks_like_path(word)]
    if len(found) != 1:
        return None, words
    place = found[0]
    return address(words[place], lenient=True), words[:place] + words[place + 1 :]


def _looks_like_path(word: str) -> bool:
    word = word.strip(_EDGE)
    is_path = word.startswith("/") or "://" in word or "/apis/3.0" in word.lower()
    first, slash, rest = word.partition("/")
    is_variable = first[:1] in {"$", "{", "<", "%"} and is_root(rest.partition("/")[0])
    return is_path or bool(slash and rest and (is_root(first) or is_variable))
