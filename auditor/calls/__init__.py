"""What a user holds of a failing call → calls. A file, a text or stdin, told apart by itself.

line, curl, har, api log or free text → Call | Unreadable. Every call is given, whatever its
status; what to make of it is for others. No secret is kept.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from auditor.calls import line
from auditor.calls.call import METHODS, Call, Unreadable
from auditor.calls.columns import check_given
from auditor.calls.sources import LONGEST_LINE, Progress, Source, opened
from auditor.calls.tally import Tally
from auditor.errors import InputError, nearest

__all__ = ["METHODS", "Call", "Kind", "Unreadable", "read"]

Kind = Literal["auto", "call", "curl", "har", "api-log", "text"]
Found = Iterator[Call | Unreadable]
MOST_COMMANDS = 16 * 2**20  # characters of a file of cURL commands


def read(
    source: Path | str,
    kind: Kind = "auto",
    *,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Found:
    """Yield the calls of a file (a Path), of stdin (`-`) or of a text, as they are read.

    The first 50 places that cannot be read are given one by one, the others by their number; what
    goes elsewhere than to the API is counted too. `columns` says which column of an API log holds
    `url`, `method`, `status` and so on. `progress` is told bytes read and bytes in all (None if
    unknown). The memory it takes does not grow with the input. Raises InputError where the input
    cannot be read or holds no call at all.
    """
    check_given(columns)
    if kind not in get_args(Kind):
        raise InputError(f"{kind!r} is no kind of input.", nearest(kind, get_args(Kind)))
    return _read(source, kind, columns, progress)


def _read(
    source: Path | str, kind: Kind, columns: Mapping[str, str] | None, progress: Progress | None
) -> Found:
    with opened(source, progress) as opening:
        if not opening.head.strip():
            raise InputError(f"{opening.label} is empty.")
        tally = Tally(opening.name)
        for found in _reader(opening, _told(opening) if kind == "auto" else kind, columns):
            if kept := tally.kept(found):
                yield kept
        yield from tally.rest()
        if not tally.seen:
            raise InputError(f"{opening.label} holds no call of the ConnectWise API.", _EXPECTED)


_EXPECTED = "A call has a path, such as PATCH /service/tickets/42, or an address with /apis/3.0/."


def _told(source: Source) -> str:
    from auditor.calls.sniff import kind_of  # noqa: PLC0415 - loads what reads workbooks

    return kind_of(source)


def _reader(source: Source, kind: str, columns: Mapping[str, str] | None) -> Found:
    match kind:
        case "call":
            return _calls(source)
        case "curl":
            from auditor.calls import curl  # noqa: PLC0415 - as all of these, when needed

            return curl.read(_whole(source), source.place)
        case "har":
            from auditor.calls import har  # noqa: PLC0415 - loads a reader of JSON

            return har.read(source)
        case "api-log":
            from auditor.calls import api_log  # noqa: PLC0415 - loads what reads workbooks

            return api_log.read(source, columns)
        case _:
            from auditor.calls import text  # noqa: PLC0415 - compiles many patterns

            return text.read(source)


def _calls(source: Source) -> Found:
    """Read one call a line."""
    for number, words in source.lines():
        where = source.place(number)
        if words is None:
            yield Unreadable(where, f"longer than {LONGEST_LINE:,} characters")
        elif words.strip():
            yield from _line(words, where)


def _line(words: str, where: str) -> Found:
    if "curl" in words.casefold():
        from auditor.calls import curl  # noqa: PLC0415

        if curl.is_curl(words):
            yield from curl.read(words, partial(_at, where))
            return
    yield line.parse(words, where) or _first_told(words, where)


def _at(where: str, _: int) -> str:
    return where


def _first_told(words: str, where: str) -> Call | Unreadable:
    from auditor.calls import text  # noqa: PLC0415

    told = next((call for _, call in text.calls_in(words)), None)
    if told is None:
        return Unreadable(where, "no call: a path such as /service/tickets/42 is missing")
    return text.placed(told, where)


def _whole(source: Source) -> str:
    parts: list[str] = []
    size = 0
    for part in source.texts():
        parts.append(part.lstrip("\ufeff") if not parts else part)
        size += len(part)
        if size > MOST_COMMANDS:
            raise InputError(f"{source.label} is too large for a file of cURL commands.")
    return "".join(parts)
