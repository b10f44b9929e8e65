"""Text pasted from a log, a traceback or a workflow tool → the calls it tells of.

Every address has its zone of the text; method, status and body are looked for there only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.calls.addresses import ROOTS, Address, address
from auditor.calls.answers import in_prose
from auditor.calls.call import METHODS, Call

_ROOT = "|".join(ROOTS)
_PIECE = r"(?:\{\{[^{}\n]{0,120}\}\}|<\w{1,40}>|[^\s\"'`<>\\|])"
_WORDS = "|".join(METHODS)
_ADDRESS = re.compile(
    rf"https?://{_PIECE}+"
    rf"|(?<![\w./:-])(?:\{{\{{[^{{}}\n]{{0,120}}\}}\}}|\$\{{?\w{{1,40}}\}}?)?"
    rf"/?(?:[\w.-]{{1,80}}/){{0,3}}apis/3\.0/{_PIECE}+"
    rf"|(?<![\w./:-])(?:\{{\{{[^{{}}\n]{{0,120}}\}}\}}|\$\{{?\w{{1,40}}\}}?)?"
    rf"/(?:{_ROOT})/{_PIECE}+"
    rf"|(?<=GET |OST |PUT |TCH |ETE )(?:{_ROOT})/{_PIECE}+",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"(?<![A-Za-z])({_WORDS})[\s\"'`*:\[\]()]{{1,6}}$")
_CALLED = re.compile(r"\.(get|post|put|patch|delete)\(\s{0,4}f?[\"'`]?$", re.IGNORECASE)
_KEYED = re.compile(
    rf"(?:method|verb|-X|--request)[\"'\\]{{0,4}}\s{{0,3}}[:=]?\s{{0,3}}[\"'\\]{{0,4}}({_WORDS})\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(rf"(?<![A-Za-z/_-])({_WORDS})(?![A-Za-z/_-])")
_NUMBER = re.compile(
    r"(?:(?<![\w.,/#%&=-])|(?<=[^\w./#%&-]=))([1-5]\d\d)"
    r"(?![\w/%]|[.,-]\w|\s?(?:ms|bytes?|[kM]i?B|records|rows|items|seconds|minutes)\b)"
    r"|(?<=[=\"'])([1-5]\d\d)(?![\w.-])"
)
_CUE = re.compile(
    r"(?:status|code|http(?:/\d(?:\.\d)?)?|errors?|return\w*|respon\w*|got|received|fail\w*|with"
    r"|answer\w*|->|=>|→|<-)[\"'\\\s:=(\[]{0,8}$",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"[\s):\]\"'\\,-]{0,4}(?:Client Error|Server Error|Forbidden|Unauthori|Not Found|Bad Request"
    r"|OK\b|Created|No Content|Conflict|Too Many|Internal|Method Not|Unsupported|Bad Gateway"
    r"|Service Un|Gateway|Accepted)",
    re.IGNORECASE,
)
_FOR_URL = re.compile(r"(?:for url|for uri|url|from|on|for|at|to)[:=]?\s?[\"'<(]?$", re.IGNORECASE)
_GAP = re.compile(r"\n[^\S\n]*(?:[-=*_]{3,}[^\S\n]*)?(?=\n)")
_BESIDE = re.compile(
    rf"[\s:;,>=()\[\]\"'|/.-]{{0,30}}(?:HTTP/[\d.]{{1,3}})?[\s:|]{{0,9}}(?:{_WORDS})?[\s\"':]{{0,9}}"
)
NEAR = 4_000  # characters on either side of an address


@dataclass(slots=True)
class _Hit:
    target: Address
    start: int
    end: int
    low: int = 0
    high: int = 0


def calls(text: str) -> Iterator[tuple[int, Call]]:
    """Yield (offset, call) for every address of the API in the text, in its order."""
    hits = list(_hits(text))
    _share(text, hits)
    told: _Told | None = None
    for hit in hits:
        new = _Told(hit.start, *_read(text, hit))
        if told and new.repeats(told):
            told = told.joined(new)
            continue
        if told:
            yield told.offset, told.call()
        told = new
    if told:
        yield told.offset, told.call()


@dataclass(frozen=True, slots=True)
class _Told:
    """What the text says of one address."""

    offset: int
    target: Address
    method: str | None
    status: int | None
    code: str | None
    message: str | None

    def call(self) -> Call:
        """Return it as a call without a place."""
        target = self.target
        return Call(self.method, target.path, target.query, self.status, self.code, self.message)

    def repeats(self, other: "_Told") -> bool:
        """Tell whether both may be one call, told of in parts."""
        ours = (self.method, self.status, self.code)
        pairs = list(zip(ours, (other.method, other.status, other.code), strict=True))
        is_part = any(None in pair for pair in pairs[:2])
        same = self.target.path.lower() == other.target.path.lower()
        agree = all(None in pair or pair[0] == pair[1] for pair in pairs)
        queries = {self.target.query, other.target.query} - {""}
        return same and is_part and agree and len(queries) < 2

    def joined(self, new: "_Told") -> "_Told":
        """Return both as one."""
        target = self.target if self.target.query else new.target
        return _Told(self.offset, target, self.method or new.method, self.status or new.status,
                     self.code or new.code, self.message or new.message)  # fmt: skip


def _hits(text: str) -> Iterator[_Hit]:
    for found in _ADDRESS.finditer(text):
        is_link = "href" in text[max(0, found.start() - 8) : found.start()].lower()
        if not is_link and (target := address(found[0])):
            yield _Hit(target, found.start(), found.end())


def _share(text: str, hits: list[_Hit]) -> None:
    """Give every address its zone: the text from `low` to `high`."""
    groups: list[list[_Hit]] = []
    for place, hit in enumerate(hits):
        last = hits[place - 1].end if place else 0
        gap = max((found.end() for found in _GAP.finditer(text, last, hit.start)), default=0)
        if place and not gap:
            groups[-1].append(hit)
        else:
            groups.append([hit])
            hit.low = gap
    for place, group in enumerate(groups):
        end = groups[place + 1][0].low if place + 1 < len(groups) else len(text)
        _share_group(text, group, end)
    for hit in hits:
        hit.low, hit.high = max(hit.low, hit.start - NEAR), min(hit.high, hit.end + NEAR)


def _share_group(text: str, group: list[_Hit], end: int) -> None:
    """Part a stretch without a blank line, by whether a status stands before or after."""
    is_before = _is_before(text, group[0], group[1].start if len(group) > 1 else end)
    for hit, after in zip(group, [*group[1:], None], strict=True):
        if after is None:
            hit.high = end
            continue
        line = text.rfind("\n", hit.end, after.start)
        if is_before:
            cut = text.find("\n", hit.end, after.start)
            cut = hit.end if cut < 0 else cut
        elif line >= 0:
            cut = line
        else:
            word = _BEFORE.search(text, max(hit.end, after.start - 16), after.start)
            cut = word.start() if word else after.start
        hit.high = after.low = cut


def _is_before(text: str, first: _Hit, end: int) -> bool:
    """Tell whether the status stands before the address rather than after it."""
    before = text[max(first.low, first.start - 300) : first.start]
    if not _statuses(before, len(before)):
        return False
    line_end = text.find("\n", first.end, end)
    after = text[first.end : min(line_end if line_end >= 0 else end, first.end + 300)]
    return bool(_FOR_URL.search(before)) or not _statuses(after, 0)


def _read(text: str, hit: _Hit) -> tuple[Address, str | None, int | None, str | None, str | None]:
    before, after = text[hit.low : hit.start], text[hit.end : hit.high]
    found = _statuses(before, len(before)) + _statuses(after, 0)
    status = min(found, default=None)
    code, message = in_prose(after)
    if not code:
        earlier = in_prose(before)
        code, message = earlier if earlier[0] else (code, message or earlier[1])
    return hit.target, _method(before, after), status[2] if status else None, code, message


def _method(before: str, after: str) -> str | None:
    near = before[-16:]
    if found := _BEFORE.search(near) or _CALLED.search(before[-40:]):
        return found[1].upper()
    if re.fullmatch(rf"[\s\"'>]*({_WORDS})[\s:]+", last := before.rpartition("\n")[2], re.I):
        return last.strip("\"'> \t:").upper()
    keyed = [*_KEYED.finditer(before)][-1:] or [*_KEYED.finditer(after)][:1]
    capital = keyed or [*_CAPITAL.finditer(before)][-1:]
    if not capital:
        capital = [*_CAPITAL.finditer(after.partition("\n")[0])][:1]
    return capital[0][1].upper() if capital else None


def _statuses(text: str, toward: int) -> list[tuple[int, int, int]]:
    """Return (rank, distance from `toward`, status), the lower the likelier."""
    found = []
    for number in _NUMBER.finditer(text):
        start, end = number.span()
        rank = _rank(text, start, end, toward)
        if rank is not None:
            found.append((rank, abs(start - toward), int(number[1] or number[2])))
    return found


def _rank(text: str, start: int, end: int, toward: int) -> int | None:
    """Say how likely a number is a status; None where nothing says so."""
    is_failure = text[start] in "45"
    if _REASON.match(text, end) or _CUE.search(text, max(0, start - 28), start):
        return 0
    if text[start - 1 : start] in {"(", "["} and text[end : end + 1] in {")", "]"} and is_failure:
        return 0
    between = text[end:toward] if toward else text[:start]
    return 1 if len(between) < 30 and _BESIDE.fullmatch(between) else None
