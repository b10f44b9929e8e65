"""The query of a call → conditions in it that cannot be read, each with a caret and a repair."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from auditor.conditions import AllOf, AnyOf, Comparison, Condition, ConditionError, parse

PARAMETERS = ("conditions", "childConditions", "customFieldConditions")
MASK = "***"  # what the reader of calls puts in the place of a secret
MOST_REPAIRS = 8
WIDTH = 72  # characters of a condition that are shown around its fault
MOST_ROWS = 1000  # of one page
_VARIABLE = re.compile(r"\$?\{\{.*?\}\}|\$\{[^{}]*\}|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class QueryFault:
    """A fault of a query: `text` the condition, `position` from 1 (0: none), `repair` if known.

    `is_fatal` where it cannot be read; else it reads, but hardly as it is meant.
    """

    parameter: str
    text: str
    position: int
    message: str
    hint: str
    repair: str = ""
    is_fatal: bool = True

    @property
    def pointed(self) -> tuple[str, str]:
        """Return the condition, cut around the fault, and a line with a caret below it."""
        start = max(0, self.position - 1 - WIDTH // 2) if len(self.text) > WIDTH else 0
        shown = self.text[start : start + WIDTH]
        return shown, " " * (self.position - 1 - start) + "^"


def faults(query: str) -> tuple[QueryFault, ...]:
    """Return what is wrong with the conditions of a query, and with its other parameters."""
    return tuple(fault for name, value, cut in _pairs(query) for fault in _faults(name, value, cut))


def check(text: str, parameter: str = "conditions", *, is_cut: bool = False) -> QueryFault | None:
    """Return the fault of one condition; None where there is none.

    `is_cut`: a bare & follows in the query, so that the API sees no more than this.
    """
    try:
        found = parse(_filled(text))
    except ConditionError as error:
        hint = f"{error.hint} An & within a value is written %26." if is_cut else error.hint
        message = str(error).partition(": ")[2]
        return QueryFault(parameter, text, error.position, message, hint, repaired(text))
    return next(_doubts(found, parameter, text), None)


def repaired(text: str) -> str:
    """Return the condition with its likely mistakes mended; empty where that cannot be done."""
    for _ in range(MOST_REPAIRS):
        try:
            parse(_filled(text))
        except ConditionError as error:
            mended = _mended(text, error.position - 1)
            if mended == text:
                return ""
            text = mended
        else:
            return text
    return ""


def _filled(text: str) -> str:
    """Put a number of the same length for what a workflow fills in, such as `{{ id }}`."""
    return _VARIABLE.sub(lambda found: "1".ljust(len(found[0])), text)


def _pairs(query: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, value, whether a piece without a name follows), decoded."""
    parts = query.split("&")
    for number, part in enumerate(parts):
        name, _, value = part.partition("=")
        after = parts[number + 1] if number + 1 < len(parts) else "page=1"
        is_cut = not re.match(r"[A-Za-z-]+=", after)
        if name.strip():
            yield unquote_plus(name).strip(), unquote_plus(value), is_cut


def _faults(name: str, value: str, is_cut: bool) -> Iterator[QueryFault]:
    known = {parameter.casefold(): parameter for parameter in PARAMETERS}
    if parameter := known.get(name.casefold()):
        if (
            value.strip()
            and MASK not in value
            and (found := check(value, parameter, is_cut=is_cut))
        ):
            yield found
    elif name.casefold() == "pagesize" and value.isdecimal() and int(value[:9]) > MOST_ROWS:
        hint = f"Ask for at most {MOST_ROWS} rows a page."
        yield QueryFault(name, value, 0, "more rows than a page holds", hint, f"{MOST_ROWS}",
                         is_fatal=False)  # fmt: skip
    elif near := difflib.get_close_matches(name.casefold(), known, 1, 0.85):
        message = f"{name!r} is no parameter, so that nothing is filtered"
        hint = f"Write {known[near[0]]}=."
        yield QueryFault(name, value, 0, message, hint, known[near[0]], is_fatal=False)


# ---------------------------------------------------------------- repairs

_SWAPS = (
    (r"==+", "="), (r"<>", "!="), (r"&&\s*", "AND "), (r"\|\|\s*", "OR "),
    (r"is\s+not\s+null\b", "!= null"), (r"is\s+null\b", "= null"), (r";\s*", " AND "),
    (r"\.(?=[A-Za-z])", "/"),
)  # fmt: skip
_DATE = re.compile(
    r"\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_BARE = re.compile(r"(?:(?!\s+(?:AND|OR)\b)[^()\"',])+", re.IGNORECASE)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "`": "'"})


def _mended(text: str, place: int) -> str:
    """Return the text with one mistake at this place mended; the same text if none is known."""
    if (straight := text.translate(_CURLY)) != text:
        return straight
    head, rest = text[:place], text[place:]
    for wrong, right in _SWAPS:
        if found := re.match(wrong, rest, re.IGNORECASE):
            return head + right + rest[found.end() :]
    if rest[:1] in {'"', "'"}:
        return text + rest[0]
    if rest[:1] == "[":
        return _closed(head, rest)
    if not rest.strip():
        return text + ")" * (text.count("(") > text.count(")"))
    if re.search(r"[=<>(,]\s*$|\b(?:contains|like)\s*$", head, re.IGNORECASE):
        return head + _quoted(rest)
    return text


def _closed(head: str, rest: str) -> str:
    """Close a datetime, or make one of what stands in brackets."""
    found = _DATE.match(rest, 1)
    if found and "]" not in rest[found.end() : found.end() + 1]:
        return f"{head}[{found[0]}]{rest[found.end() :]}"
    return head + rest


def _quoted(rest: str) -> str:
    """Put the value at the start in brackets if it is a datetime, else in quotes."""
    if date := _DATE.match(rest):
        return f"[{date[0]}]{rest[date.end() :]}"
    found = _BARE.match(rest)
    if not found or not found[0].strip():
        return rest
    value = found[0].rstrip()
    return f'"{value}"{rest[len(value) :]}'


# ---------------------------------------------------------------- doubts


def _doubts(found: Condition, parameter: str, text: str) -> Iterator[QueryFault]:
    """Yield values that read as text and are hardly meant so."""
    match found:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _doubts(part, parameter, text)
        case Comparison(field, operator, str(value)) if operator not in {"contains", "like"}:
            if better := _better(field[-1], value):
                quoted = next((f"{q}{value}{q}" for q in "\"'" if f"{q}{value}{q}" in text), "")
                message = f"{'/'.join(field)} is compared with a text"
                hint = f"Write {better}, without quotes, if the field is no text."
                place = text.find(quoted) + 1 if quoted else 0
                mended = text.replace(quoted, better, 1) if quoted else ""
                yield QueryFault(parameter, text, place, message, hint, mended, is_fatal=False)
        case _:
            pass


def _better(field: str, value: str) -> str:
    """Return how a value is written that is no text by its look; empty where it may be one."""
    if value.casefold() in {"true", "false"}:
        return value.capitalize()
    if re.fullmatch(r"\d{1,10}", value) and (field.casefold() == "id" or field.endswith("Id")):
        return value
    if len(value) > 7 and _DATE.fullmatch(value):
        return f"[{value}]"
    return ""
