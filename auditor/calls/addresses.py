"""A URL or path as people write it → the path below /apis/3.0 and the query."""

import re
from dataclasses import dataclass

from auditor.calls.call import LONGEST_PATH, kept_query, printable

# First segments of the API's paths; a test holds them against operations.csv.
ROOTS = (
    "company", "configurations", "expense", "finance", "marketing", "procurement", "project",
    "sales", "schedule", "service", "system", "time",
)  # fmt: skip

_API = re.compile(r"(?:^|/)apis/3\.0(?=/|$)", re.IGNORECASE)
_HOST = re.compile(r"^(?:https?:)?//([^/]*)", re.IGNORECASE)
_CODEBASE = re.compile(r"^/?v\d+[._]\w+(?=/)", re.IGNORECASE)
_VARIABLE = re.compile(r"^/?(?:\$\{?[\w:.]+\}?|\{\{?[^{}/]*\}?\}|%\w+%|<[^<>/]*>)(?=/)")
_JINJA = re.compile(r"\$?\{\{?([^{}]{0,200})\}?\}")
_POINTED = re.compile(r"(?<=/)(?:<([^<>/]{1,60})>|:([A-Za-z]\w{0,60})|\$([A-Za-z]\w{0,60}))(?=/|$)")
_OPENING, _CLOSING = "\"'`<([{\\“‘«", "\"'`>)].,;:!\\”’»"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a call goes: `/service/tickets/42` and `pageSize=1`."""

    path: str
    query: str = ""


def address(text: str, *, lenient: bool = False) -> Address | None:
    """Return where the API is asked; None where it is not, as far as one can tell.

    Strict: a path with `apis/3.0`, one at a ConnectWise host, one below a known root. Lenient:
    any path, for somebody who says that it is one, and a known root at any host. Ids and letter
    case stay as they are.
    """
    whole = _bare(text)
    place, _, query = whole.partition("#")[0].partition("?")
    path = _below_api(place, lenient=lenient)
    if path is None or len(path) > LONGEST_PATH:
        return None
    bare = re.split(r"[,;]", _placeholders(path), maxsplit=1)[0]  # no path of the API has these
    parts = [part for part in bare.split("/") if part]
    clean = "/" + "/".join(printable(part.replace(" ", "%20"), LONGEST_PATH) for part in parts)
    return Address(clean, kept_query(query)) if parts else None


def is_root(word: str) -> bool:
    """Tell whether the API has paths that begin so."""
    return word.lower() in ROOTS


def _bare(text: str) -> str:
    """Take off the quotes and punctuation around an address."""
    text = text.strip().lstrip(_OPENING if "{" not in text[:2] else _OPENING.replace("{", ""))
    end = len(text)
    while end and text[end - 1] in _CLOSING and not _is_closed(text, end):
        end -= 1
    return text[:end].strip()


def _is_closed(text: str, end: int) -> bool:
    """Tell whether a bracket or quote at the end belongs to one in the last 200 characters."""
    last, tail = text[end - 1], text[max(0, end - 200) : end]
    if last in "\"'`":
        return tail.count(last) % 2 == 0
    opening = {")": "(", "]": "[", ">": "<"}.get(last)
    return opening is not None and tail.count(opening) >= tail.count(last)


def _below_api(place: str, *, lenient: bool) -> str | None:
    if found := _API.search(place):
        return place[found.end() :]
    if place.startswith("//") and is_root(place.strip("/").partition("/")[0]):
        place = place.lstrip("/")
    host = _HOST.match(place)
    path = place[host.end() :] if host else _VARIABLE.sub("", place)
    path = _CODEBASE.sub("", path)
    first = path.strip("/").partition("/")[0]
    if host and not (lenient or "connectwise" in host[1].lower()):
        return None
    if is_root(first):
        return path
    return path if lenient and not host and path.startswith("/") else None


def _placeholders(path: str) -> str:
    """Write `{{ ticket.id }}`, `${id}`, `<id>` and `:id` as the matrices do: `{id}`."""
    path = _JINJA.sub(lambda found: _named(found[1]), path)
    return _POINTED.sub(lambda found: _named(found[1] or found[2] or found[3]), path)


def _named(text: str) -> str:
    return "{" + (re.sub(r"[^\w]+", "_", text[:60]).strip("_") or "id") + "}"
