"""Which column of a log holds what: found by the meaning of its heading, or as the user says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.calls.addresses import Address, address
from auditor.calls.answers import NOTHING, answer
from auditor.calls.call import Call, Unreadable, kept_code, kept_method, kept_status, printable
from auditor.calls.clock import duration, iso
from auditor.errors import InputError, nearest

# What a heading may be called, the surest first. `url` and one other make a header.
MEANINGS: dict[str, tuple[str, ...]] = {
    "method": ("method", "http method", "request method", "verb", "http verb", "request type",
               "http request method", "operation", "action"),
    "url": ("url", "request url", "uri", "request uri", "full url", "api url", "path",
            "request path", "endpoint", "api endpoint", "resource", "uri stem", "cs uri stem",
            "address", "route", "request"),
    "query": ("query", "query string", "querystring", "uri query", "cs uri query"),
    "status": ("status", "status code", "statuscode", "http status",
               "http status code", "response code", "response status", "response status code",
               "http response", "http code", "sc status", "result code", "return code", "response",
               "result", "code"),
    "time": ("start time", "starttime", "start", "timestamp", "time stamp", "date time",
             "datetime", "request time", "time", "date", "start date", "started", "created"),
    "duration": ("duration", "duration ms", "elapsed", "elapsed ms", "time taken", "response time",
                 "latency", "ms", "duration milliseconds"),
    "body": ("response body", "error", "error message", "message", "body", "response text",
             "details", "response"),
    "key": ("api key description", "key description", "api key", "key", "api member", "member"),
}  # fmt: skip
FIELDS = tuple(MEANINGS)


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of every known column in a row, and the heading of the addresses."""

    places: Mapping[str, int]
    url_heading: str = "URL"

    def text(self, row: Sequence[object], name: str) -> object:
        """Return a cell of the row, None where the row or the log has none."""
        place = self.places.get(name)
        return row[place] if place is not None and place < len(row) else None


def plain(heading: object) -> str:
    """Write headings alike: `Start_Time` and `startTime` are `start time`."""
    spelled = str(heading or "").strip()
    if len(spelled) > 60 or re.search(r"[:{}\\=<>]", spelled.rstrip(":")):
        return ""  # a sentence or a value
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", spelled)
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def columns_of(row: Sequence[object], given: Mapping[str, str] | None = None) -> Columns | None:
    """Return the columns of a header row; None where the row is none.

    A header has the addresses and, unless the user says which columns to take, one more.
    """
    headings = [plain(cell) for cell in row[:200]]
    places = _given(row, given or {})
    if given and len(places) < len(given):
        return None
    for name, words in MEANINGS.items():
        free = [n for n in range(len(headings)) if n not in places.values()]
        found = _place(headings, words, free) if name not in places else None
        if found is not None:
            places[name] = found
    known = set(places) - {"key"}
    if "url" not in places or (len(known) < 2 and not given):
        return None
    return Columns(places, printable(str(row[places["url"]]), 40))


def check_given(given: Mapping[str, str] | None) -> None:
    """Raise InputError for a column that means nothing here."""
    for name in given or {}:
        if name not in FIELDS:
            hint = nearest(name, FIELDS) or f"Known are {', '.join(FIELDS)}."
            raise InputError(f"{printable(name, 40)!r} is not a column of an API log.", hint)


def _given(row: Sequence[object], given: Mapping[str, str]) -> dict[str, int]:
    spelled = [str(cell or "").strip().casefold() for cell in row[:200]]
    wanted = {name: heading.strip().casefold() for name, heading in given.items()}
    return {name: spelled.index(text) for name, text in wanted.items() if text in spelled}


def _place(headings: Sequence[str], words: Sequence[str], free: Sequence[int]) -> int | None:
    for word in words:
        for place in free:
            if headings[place] == word:
                return place
    for word in words[:6]:  # "Request URL (full)": only the surest words may be part of another
        for place in free:
            if f" {word} " in f" {headings[place]} ":
                return place
    return None


def call_of(row: Sequence[object], columns: Columns, where: str) -> Call | Unreadable:
    """Read one row of a log."""
    cell = columns.text(row, "url")
    text = str(cell).strip() if cell is not None else ""
    if not text:
        return Unreadable(where, f"no address in column {columns.url_heading!r}")
    method, target = _target(text, columns.text(row, "method"), columns.text(row, "query"))
    if target is None:
        if "://" in text or text.startswith("/"):
            return Unreadable(where, "goes elsewhere than to the ConnectWise API", is_other=True)
        return Unreadable(where, f"no address in column {columns.url_heading!r}")
    if "method" in columns.places and method is None:
        return Unreadable(where, "no HTTP method in its column")
    status = columns.text(row, "status")
    code, message = _answer(status, columns.text(row, "body"))
    return Call(
        method, target.path, target.query, kept_status(status), code, message,
        iso(columns.text(row, "time")), duration(columns.text(row, "duration")), where,
    )  # fmt: skip


def _target(text: str, method: object, query: object) -> tuple[str | None, Address | None]:
    """Return method and address; some logs write both into one column."""
    first, _, rest = text.partition(" ")
    leading = kept_method(first)
    place = rest.strip().partition(" ")[0] if leading else text
    target = address(place)
    if target and isinstance(query, str) and query.strip("-? ") and not target.query:
        target = address(f"{target.path}?{query.strip()}", lenient=True)
    return kept_method(method) or leading, target


def _answer(status: object, body: object) -> tuple[str | None, str | None]:
    for cell in (body, status):
        found = answer(cell) if isinstance(cell, str) and not cell.strip().isdigit() else NOTHING
        if found != NOTHING:
            return found
    return kept_code(body), None
