"""An API log → its calls. The format of the download is not published: headings decide."""

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.calls import objects
from auditor.calls.call import Call, Unreadable, printable
from auditor.calls.columns import Columns, call_of, columns_of
from auditor.calls.events import items
from auditor.calls.sources import LONGEST_LINE, Source
from auditor.calls.workbook import is_workbook, sheets
from auditor.errors import InputError

Given = Mapping[str, str] | None
Row = Sequence[object]
Placed = Iterator[tuple[str, Row | None]]
DELIMITERS = ",;\t|"
HEADER_WITHIN = 30  # rows
MOST_JOINED = 50  # lines of one row, where a cell has line ends in it
_TOO_LONG = f"longer than {LONGEST_LINE:,} characters"


def read(source: Source, given: Given = None) -> Iterator[Call | Unreadable]:
    """Yield the calls of a log in CSV, XLSX or JSON, and the rows that are none.

    `given` maps what to take (`url`, `method`, `status` ...) to a heading of the log. Raises
    InputError where no row is a header.
    """
    if is_workbook(source):
        return _workbook(source, given)
    match source.start().lstrip()[:1]:
        case "{":
            return _json_lines(source, given)
        case "[":
            return _json_list(source, given)
        case _:
            return _rows(_csv(source, delimiter_of(source.first_lines(), given)), source, given)


def _rows(rows: Placed, source: Source, given: Given) -> Iterator[Call | Unreadable]:
    columns, before = None, list[Row]()
    for where, row in rows:
        if row is None:
            yield Unreadable(where, _TOO_LONG)
        elif not any(str(cell).strip() for cell in row if cell is not None):
            continue
        elif columns:
            yield call_of(row, columns, where)
        elif found := columns_of(row, given):
            columns = found
        else:
            before.append(row)
            if len(before) >= HEADER_WITHIN:
                break
    if not columns:
        raise no_header(source, before, given)


def no_header(source: Source, before: Sequence[Row], given: Given) -> InputError:
    """Return the complaint about a log whose columns cannot be told apart."""
    first = [printable(str(cell or "").strip(), 24) for cell in (before[0] if before else [])][:12]
    named = ", ".join(repr(heading) for heading in first if heading.isascii())
    missing = f"no row with {', '.join(map(repr, given.values()))}" if given else "no heading row"
    return InputError(
        f"{source.label} has {missing} among its first {HEADER_WITHIN} rows"
        + (f"; the first row is {named}." if named and len(first) > 1 else "."),
        "Say which column holds the address: columns={'url': 'My Column'}.",
    )


def delimiter_of(lines: Iterable[str], given: Given = None) -> str:
    """Return what parts the header's columns; a comma where no line is a header."""
    known = [line for line in list(lines)[:HEADER_WITHIN] if len(line) < LONGEST_LINE]
    for line in known:
        found = [sign for sign in DELIMITERS if columns_of(split(line, sign), given)]
        if found:
            return max(found, key=line.count)
    return max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in known[:2]))


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of one row; a row that is not proper CSV is cut at every delimiter."""
    try:
        rows = list(csv.reader(line.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        return line.split(delimiter)
    return rows[0] if len(rows) == 1 else line.split(delimiter)


def _csv(source: Source, delimiter: str) -> Placed:
    """Yield (place, cells); a quote that is never closed spoils its own line only."""
    lines = source.lines()
    waiting: deque[tuple[int, str | None]] = deque()
    while (first := waiting.popleft() if waiting else next(lines, None)) is not None:
        number, line = first
        where = source.place(number)
        if line is None:
            yield where, None
            continue
        joined = _joined(line, waiting, lines)
        yield where, [cell.replace("\0", "") for cell in split(joined, delimiter)]


def _joined(
    line: str, waiting: deque[tuple[int, str | None]], lines: Iterator[tuple[int, str | None]]
) -> str:
    """Add the lines that belong to the same row: until every quote is closed."""
    quotes, size, parts = line.count('"'), len(line), [line]
    taken = 0
    while quotes % 2:
        if taken == len(waiting) and (more := next(lines, None)) is not None:
            waiting.append(more)
        text = waiting[taken][1] if taken < len(waiting) else None
        if text is None or taken >= MOST_JOINED or size > LONGEST_LINE:
            return line.replace('"', "")  # never closed: the quote stands for itself
        taken, quotes, size = taken + 1, quotes + text.count('"'), size + len(text)
        parts.append(text)
    for _ in range(taken):
        waiting.popleft()
    return "\n".join(parts)


def _workbook(source: Source, given: Given) -> Iterator[Call | Unreadable]:
    """Read every sheet that has a header row; without any, the first one's rows are named."""
    complaint, has_log = None, False
    for title, rows in sheets(source):
        prefix = f"{source.name}: {title}!A"
        try:
            placed = ((f"{prefix}{number}", row) for number, row in rows)
            yield from _rows(placed, source, given)
            has_log = True
        except InputError as error:
            if error.hint and "column" not in error.hint:
                raise
            complaint = complaint or error
    if complaint and not has_log:
        raise complaint


def _json_lines(source: Source, given: Given) -> Iterator[Call | Unreadable]:
    """Read one object a line; an object over many lines is read as a document with lists."""
    first = next((line for line in source.first_lines() if line.strip()), "")
    if not _is_object(first) and len(first) < len(source.start()) - 1:
        yield from _json_list(source, given)
        return
    for number, line in source.lines():
        where = source.place(number)
        if line is None:
            yield Unreadable(where, _TOO_LONG)
        elif line.strip():
            yield from _of_line(line, where, given)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _of_line(line: str, where: str, given: Given) -> Iterator[Call | Unreadable]:
    try:
        data = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        yield Unreadable(where, "not a line of JSON")
        return
    yield from _of_object(data, where, given)


def _of_object(data: object, where: str, given: Given) -> Iterator[Call | Unreadable]:
    """Read one object: by the headings that the user gave, or by the meaning of its keys."""
    if given and isinstance(data, dict):
        columns: Columns | None = columns_of(list(data), given)
        yield (call_of(list(data.values()), columns, where) if columns
               else Unreadable(where, "without the columns that were named"))  # fmt: skip
        return
    found = None
    for found in objects.calls_in(data, where):
        yield found
    if not found:
        yield Unreadable(where, "names no address of the ConnectWise API")


def _json_list(source: Source, given: Given) -> Iterator[Call | Unreadable]:
    for number, item in enumerate(items(source, lambda _: True), 1):
        where = f"{source.name} entry {number}".strip()
        if isinstance(item, Unreadable):
            yield item
        else:
            yield from _of_object(item, where, given)
