"""A call that somebody made, and what may be kept of it: no secret, no text without end."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
LONGEST_MESSAGE, LONGEST_CODE, LONGEST_QUERY, LONGEST_PATH = 200, 60, 4_000, 2_000
MASK = "***"

_CODE = re.compile(r"[A-Za-z][\w.-]*")
_NAMES = (
    r"authorization|cookie|client[_-]?id|token|api[_-]?key|password|passwd|pwd|secret"
    r"|private[_-]?key|public[_-]?key|signature|credential|session[_-]?id|jwt|bearer|basic"
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_SHORT_NAMES = {"auth", "code", "key", "sig"}
_NAMED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,20}}[\"'\\]{{0,4}}(?:\s?[:=]\s?|\s)[\"'\\]{{0,4}})"
    r"(?:(?:Basic|Bearer)\s)?(?=[^\s\"'\\]{0,200}[\d=+/_-]|[^\s\"'\\]{16})[^\s\"'\\,;&]+",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,20}}[\"'\\]{{0,4}}\s?[:=]\s?[\"'\\]{{0,4}}(?:(?:Basic|Bearer)\s)?)"
    r"[^\s\"'\\,;&]+",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # a JSON web token
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a client id is a GUID
    r"|(?<=://)[^\s/@]{1,200}@"
    r"|[A-Za-z0-9+/_=-]{32,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `method` in capitals, None where it is not said; `path` below /apis/3.0.

    `query` is without `?` and without the values of secrets. `status`, `code` and `message` are
    what came back, as far as it is said: the code one word, the message at most 200 printable
    characters. `time` is ISO 8601. `where` is the line, entry or cell it was read from.
    """

    method: str | None
    path: str
    query: str = ""
    status: int | None = None
    code: str | None = None
    message: str | None = None
    time: str | None = None
    duration_ms: float | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is no call, where and why; `count` places of one kind are told of together.

    `is_other` marks what could be read and goes elsewhere, such as the images of a web page.
    """

    where: str
    reason: str
    count: int = 1
    is_other: bool = False


def printable(text: str, most: int) -> str:
    """Return at most `most` characters of the text, without control characters."""
    head = text[: most * 4]  # so that one long text costs no more than a short one
    return "".join(char for char in head if char.isprintable() or char == " ")[:most]


def kept_message(found: object) -> str | None:
    """Return what may be kept of a message: printable, short, secrets masked."""
    if not isinstance(found, str):
        return None
    text = printable(" ".join(found[: LONGEST_MESSAGE * 4].split()), LONGEST_MESSAGE * 2)
    return masked(text)[:LONGEST_MESSAGE] or None


def kept_code(found: object) -> str | None:
    """Return an error code: a word such as `Security`; None for anything else."""
    is_code = isinstance(found, str) and len(found) <= LONGEST_CODE and _CODE.fullmatch(found)
    return str(found) if is_code else None


def kept_query(text: str) -> str:
    """Return a query without the values of its secrets."""
    pairs = printable(text.removeprefix("?"), LONGEST_QUERY).split("&")
    return "&".join(_pair(pair) for pair in pairs if pair)


def kept_status(found: object) -> int | None:
    """Return an HTTP status given as a number, or as text that begins with one."""
    if isinstance(found, bool):
        return None
    if isinstance(found, (int, float)):
        return int(found) if 100 <= found <= 599 else None
    text = re.match(r"\s*([1-5]\d\d)(?:\.0+)?(?![\w.])", found) if isinstance(found, str) else None
    return int(text[1]) if text else None


def kept_method(found: object) -> str | None:
    """Return an HTTP method in capitals; None for anything else."""
    word = found.strip().strip("\"'").upper() if isinstance(found, str) else ""
    return word if word in METHODS else None


def masked(text: str) -> str:
    """Return the text with everything that looks like a secret replaced by `***`."""
    return _BARE.sub(MASK, _NAMED.sub(rf"\1{MASK}", _assigned(text)))


def _assigned(text: str) -> str:
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def _pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    plain = unquote(name).casefold()
    if value and (plain in _SHORT_NAMES or _SECRET_NAME.search(plain)):
        return f"{name}={MASK}"
    return name + equals + _BARE.sub(_unless_name, _assigned(value)) if equals else masked(pair)


def _unless_name(found: re.Match[str]) -> str:
    """Keep a long word such as a condition's field; mask what looks drawn by lot."""
    is_word = re.fullmatch(r"[A-Za-z/]+=?[A-Za-z0-9]{0,12}", found[0])
    return found[0] if is_word else MASK
