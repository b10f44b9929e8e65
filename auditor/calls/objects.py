"""JSON as logs, workflow tools and HTTP libraries write it → the calls it tells of."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from auditor.calls import prose
from auditor.calls.addresses import Address, address
from auditor.calls.answers import LONGEST, NOTHING, Found, answer, parsed
from auditor.calls.call import Call, kept_method, kept_status
from auditor.calls.clock import duration, iso

Node = Mapping[str, Any]
DEEPEST = 40
MOST_NODES = 100_000

_URL = ("url", "requesturl", "uri", "requesturi", "fullurl", "apiurl", "requestpath",
        "endpoint", "path", "resource", "apiendpoint", "requestedurl")  # fmt: skip
_METHOD = ("method", "httpmethod", "requestmethod", "verb", "httpverb", "requesttype")
_STATUS = ("statuscode", "httpstatus", "httpstatuscode", "responsecode", "responsestatus",
           "responsestatuscode", "status", "httpcode", "code", "response", "result",
           "errorcode")  # fmt: skip
_BODY = ("responsebody", "response", "body", "responsetext", "responsedata", "error", "data",
         "detail", "details", "content", "text", "message", "errormessage", "result",
         "output", "exception")  # fmt: skip
_TIME = ("starttime", "timestamp", "starteddatetime", "time", "datetime", "date", "started",
         "createdat")  # fmt: skip
_DURATION = ("durationms", "duration", "elapsedms", "elapsed", "responsetime", "latency")
_ASIDE = frozenset({"headers", "requestheaders", "responseheaders", "cookies", "auth"})
_SENT = frozenset({"request", "config", "input", "params", "parameters", "inputs"})
_STATUS_IN_TEXT = re.compile(
    r"(?:status(?:[ _]code)?|http|error|returned|code|\()\W{0,4}([1-5]\d\d)\b"
    r"|^\W{0,2}([1-5]\d\d)\b|\b([45]\d\d) (?:Client|Server|Forbidden|Unauthorized|Not |Bad )",
    re.IGNORECASE,
)


def calls_in(data: Any, where: str) -> Iterator[Call]:
    """Yield the calls of a parsed JSON value, in their order; JSON in strings is opened too."""
    for fields in _walk(data, _Around(), [MOST_NODES]):
        yield Call(*fields, where=where)


def names_address(data: Any, depth: int = 0) -> bool:
    """Tell whether an address stands under a key for one, rather than in a sentence."""
    if isinstance(data, dict):
        return bool(_target(_plain(data))) or any(
            names_address(value, depth + 1) for value in data.values() if depth < DEEPEST
        )
    return (
        isinstance(data, list)
        and depth < DEEPEST
        and any(names_address(item, depth + 1) for item in data)
    )


T = TypeVar("T")
Fields = tuple[
    str | None, str, str, int | None, str | None, str | None, str | None, float | None
]  # the fields of a Call up to `where`


@dataclass(frozen=True, slots=True)
class _Around:
    """Where in a document an object stands; `is_sent` marks what belongs to a request."""

    outer: tuple[Node, ...] = ()
    depth: int = 0
    is_sent: bool = False

    def within(self, node: Node, key: str) -> "_Around":
        """Return the place of what an object holds under a key."""
        return _Around((node, *self.outer[:2]), self.depth + 1, self.is_sent or key in _SENT)

    def item(self, *, alone: bool) -> "_Around":
        """Return the place of an item: several in one list share nothing that is around it."""
        return _Around(self.outer if alone else (), self.depth + 1, self.is_sent)


def _walk(node: Any, around: _Around, budget: list[int]) -> Iterator[Fields]:
    budget[0] -= 1
    if around.depth > DEEPEST or budget[0] < 0:
        return
    if isinstance(node, dict):
        plain = _plain(node)
        if target := _target(plain):
            yield _fields(target, plain, around)
            return
        for key, value in plain.items():
            if key not in _ASIDE:
                yield from _walk(value, around.within(plain, key), budget)
    elif isinstance(node, list):
        for item in node:
            yield from _walk(item, around.item(alone=len(node) == 1), budget)
    elif isinstance(node, str) and isinstance(inner := parsed(node.strip()), (dict, list)):
        yield from _walk(inner, around.item(alone=True), budget)
    elif isinstance(node, str) and "/" in node and " " in node and not around.is_sent:
        yield from _told(node)


def _told(sentence: str) -> Iterator[Fields]:
    """Yield the calls that a sentence tells of, not the addresses it only mentions."""
    for _, call in prose.calls(sentence[:LONGEST]):
        if call.method or call.status:
            yield (call.method, call.path, call.query, call.status, call.code, call.message,
                   None, None)  # fmt: skip


def _plain(node: Mapping[Any, Any]) -> dict[str, Any]:
    """Write keys alike: `Status-Code`, `status_code` and `statusCode` are one."""
    return {re.sub(r"[^a-z0-9]", "", str(key)[:60].lower()): node[key] for key in node}


def _target(node: Node) -> Address | None:
    if "op" in node:  # a line of a PATCH body: its path is a field's
        return None
    for key in _URL:
        value = node.get(key)
        if isinstance(value, str) and len(value) < 100_000 and (found := _read(value, node)):
            query = node.get("query") or node.get("querystring")
            if isinstance(query, str) and query and not found.query:
                return address(f"{found.path}?{query}", lenient=True)
            return found
    return None


def _read(value: str, node: Node) -> Address | None:
    """Read an address, perhaps with a method before it or a base beside it."""
    if "/" not in value or "\n" in value.strip():
        return None
    if _leading_method(value):
        return address(value.split(maxsplit=1)[1])
    base = node.get("baseurl") or node.get("base")
    if isinstance(base, str) and "://" not in value:
        joined = f"{base.rstrip('/')}/{value.lstrip('/')}"
        return address(joined) or address(value)
    return address(value)


def _fields(target: Address, node: Node, around: _Around) -> Fields:
    """Gather what is said of one call: beside its address, below it, or around it."""
    near = [
        (node, around.is_sent),
        *((below, sent or around.is_sent) for below, sent in _below(node)),
    ]
    for parent in around.outer:
        near += [(parent, False), *_below(parent, beside=True)]
    every = [found for found, _ in near]
    came_back = [found for found, is_sent in near if not is_sent]
    method = _first(every, _METHOD, kept_method) or _first([node], _URL, _leading_method)
    status = _first(came_back, _STATUS, kept_status) or _first(came_back, _BODY, status_in)
    code, message = _answer(came_back)
    time, spent = _first(every, _TIME, iso), _first(every, _DURATION, duration)
    return method, target.path, target.query, status, code, message, time, spent


def _leading_method(value: object) -> str | None:
    words = value.split(maxsplit=1) if isinstance(value, str) else []
    return kept_method(words[0]) if len(words) == 2 else None


def _below(node: Node, depth: int = 0, *, beside: bool = False) -> Iterator[tuple[Node, bool]]:
    """Yield the objects within an object that tell of the same call, and whether they were sent.

    `beside`: within an object around the call, those that hold an address are other calls.
    """
    for key, value in list(node.items())[:200]:
        inner = parsed(value.strip()) if isinstance(value, str) and len(value) < 200_000 else value
        if key in _ASIDE or not isinstance(inner, dict):
            continue
        if (beside or depth) and names_address(inner):
            continue
        plain = _plain(inner)
        yield plain, key in _SENT
        if depth < 3 and key not in _SENT:
            yield from _below(plain, depth + 1, beside=beside)


def _first(
    near: Sequence[Node], keys: Sequence[str], kept: Callable[[object], T | None]
) -> T | None:
    found = (kept(node.get(key)) for node in near for key in keys)
    return next((value for value in found if value is not None), None)


def _answer(near: Sequence[Node]) -> Found:
    """Return code and message: of an error's own object, else of any body beside the call."""
    best = NOTHING
    for node in near:
        if isinstance(node.get("code"), str) and (found := answer(dict(node)))[0]:
            return found
        for key in _BODY:
            found = answer(node.get(key))
            if found[0]:
                return found
            best = best if best != NOTHING else found
    return best


def status_in(value: object) -> int | None:
    """Return the status that a sentence such as `Request failed with status code 403` names."""
    if not isinstance(value, str):
        return None
    found = _STATUS_IN_TEXT.search(value[:2_000])
    return int(next(part for part in found.groups() if part)) if found else None
