"""Free text → calls: JSON in it is read as JSON, the rest as prose, block by block."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

from auditor.calls import objects, prose
from auditor.calls.answers import parsed
from auditor.calls.call import Call, Unreadable
from auditor.calls.sources import LONGEST_LINE, Source

BLOCK = 2**18  # characters after which a block ends at the next blank line
WINDOW = 4_096  # characters tried first
_DECODER = json.JSONDecoder()
_OPENING = re.compile(r"\{(?=\s*[\"}])|\[(?=\s*[\[{\"\]])")


def read(source: Source) -> Iterator[Call | Unreadable]:
    """Yield the calls in the order of the text; a line too long to be read is said."""
    block: list[str] = []
    first, size = 1, 0
    for number, line in source.lines():
        if line is None:
            yield Unreadable(source.place(number), f"longer than {LONGEST_LINE:,} characters")
        block.append(line or "")
        size += len(line or "") + 1
        if size > 4 * BLOCK or (size > BLOCK and not (line or "").strip()):
            yield from _of_block("\n".join(block), first, source)
            block, first, size = [], number + 1, 0
    yield from _of_block("\n".join(block), first, source)


def _of_block(text: str, first: int, source: Source) -> Iterator[Call]:
    lines = list(accumulate(len(line) + 1 for line in text.split("\n")))
    for offset, call in sorted(calls_in(text), key=lambda found: found[0]):
        yield placed(call, source.place(first + bisect_right(lines, offset)))


def placed(call: Call, where: str) -> Call:
    """Return the call with its place."""
    return replace(call, where=where)


def calls_in(text: str) -> Iterator[tuple[int, Call]]:
    """Yield (offset, call): first those that JSON tells of, then those of the prose around it."""
    if isinstance(inner := parsed(text.strip()), str):
        text = inner
    text = text.replace("\\/", "/")  # as some write JSON
    rest, last = [], 0
    for start, end, data in _documents(text):
        found = list(objects.calls_in(data, ""))
        if found and (objects.names_address(data) or end - start == len(text.strip())):
            yield from ((start, call) for call in found)
            rest += [text[last:start], _blank(text[start:end])]
            last = end
    yield from prose.calls("".join(rest) + text[last:])


def _blank(text: str) -> str:
    """Return as many blanks and line ends, so that offsets stay and a gap remains."""
    return "".join("\n" if char == "\n" else " " for char in text)


def _documents(text: str) -> Iterator[tuple[int, int, Any]]:
    """Yield (start, end, value) of the JSON objects and lists in a text, in linear time.

    A budget bounds what is spent on beginnings that come to nothing.
    """
    budget, place = 8 * len(text) + 4_096, 0
    while budget > 0 and (found := _OPENING.search(text, place)):
        place = found.end()
        spent, document = _document(text, found.start())
        budget -= spent
        if document:
            yield found.start(), document[0], document[1]
            place = document[0]


def _document(text: str, start: int) -> tuple[int, tuple[int, Any] | None]:
    """Return the cost, and the (end, value) of the JSON that begins here, if any does.

    A decoder's complaint counts lines from the start of its text: so it is given little of it.
    """
    spent, window = 0, WINDOW
    while True:
        piece = text[start : start + window]
        try:
            value, end = _DECODER.raw_decode(piece)
        except json.JSONDecodeError as error:
            spent += min(len(piece), error.pos + 64)
            is_cut = error.msg.startswith("Unterminated") or error.pos > len(piece) - 16
            if not is_cut or start + window >= len(text):
                return spent, None
            spent, window = spent + len(piece), window * 4
        except (RecursionError, ValueError):
            return spent + 50_000, None
        else:
            return spent + end, (start + end, value)
