"""Text from anywhere → text that is safe and readable in a page: characters, ids, addresses."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from markupsafe import Markup

LONGEST = 2000  # characters of one text; report.json holds the whole of it
LONGEST_ID = 80
# Controls but tab and newline, halves of pairs, what is no character, and what turns direction.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_NOT_IN_IDS = re.compile(r"[^a-z0-9]+")


def clean(value: object) -> object:
    """Replace unfit characters by U+FFFD and cut long text; markup and numbers stay as they are."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = value
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … (cut: {len(text)} characters, all of them in report.json)"
    return _UNFIT.sub("\ufffd", text)


def ids(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return one id of a-z, 0-9 and hyphens for each name, no two alike, in the same order."""
    taken: dict[str, int] = {}
    found = []
    for name in names:
        slug = _NOT_IN_IDS.sub("-", name[: 4 * LONGEST_ID].lower())[:LONGEST_ID].strip("-")
        found.append(_free(f"{prefix}-{slug or 'unnamed'}", taken))
    return tuple(found)


def _free(wanted: str, taken: dict[str, int]) -> str:
    """Return the id, numbered from the second on; a number never meets another name."""
    taken[wanted] = taken.get(wanted, 0) + 1
    if taken[wanted] == 1:
        return wanted
    return _free(f"{wanted}-{taken[wanted]}", taken)


def first_of(names: Iterable[str], found: Iterable[str]) -> Callable[[str], str]:
    """Return the look-up name → id; empty for a name that the page does not hold."""
    known: dict[str, str] = {}
    for name, item in zip(names, found, strict=True):
        known.setdefault(name, item)
    return lambda name: known.get(name, "")


def address(url: str) -> str:
    """Return the address if it may become a link: https and nothing odd in it; else empty."""
    if len(url) > LONGEST or not re.fullmatch(r"https://[!-~]+", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_plain = parts.hostname is not None and "@" not in parts.netloc
    return url if is_plain else ""
