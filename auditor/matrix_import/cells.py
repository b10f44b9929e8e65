"""A workbook or CSV file → its sheets as clean text by cell, within bounds; nothing evaluated."""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange

from auditor.errors import InputError

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 200, 20_000, 40
MOST_CELLS = 1_000_000  # filled cells of all sheets; a role matrix has a few thousand
MOST_BYTES = 200 * 2**20  # of the file, and of what is packed in it
LONGEST = 32_767  # characters of a cell: Excel's own limit

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_SAVE_AGAIN = "Open it in a spreadsheet program and save it as .xlsx, without a password."


@dataclass(slots=True)
class Sheet:
    """The filled cells of a sheet; a merged range holds its text in its first cell.

    `cut` are the cells left out: beyond the bounds, or too long.
    """

    title: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    across: set[tuple[int, int]] = field(default_factory=set)
    cut: list[tuple[int, int]] = field(default_factory=list)

    def own(self, row: int, column: int | None) -> str:
        """Return the text of the cell itself; empty for a blank one."""
        return self.rows.get(row, {}).get(column, "") if column else ""

    def text(self, row: int, column: int | None) -> str:
        """Return the text of the cell, or that of the range merged from above."""
        if column is None:
            return ""
        return self.own(*self.merged.get((row, column), (row, column)))

    def name(self, row: int, column: int) -> str:
        """Return `Finance!B17`."""
        return f"{self.title}!{get_column_letter(column)}{row}"

    def add(self, row: int, values: Iterable[object]) -> int:
        """Keep the filled cells of a row and return how many they are."""
        cells = {column: text for column, value in enumerate(values, 1) if (text := clean(value))}
        beyond = [
            column for column, text in cells.items()
            if row > MOST_ROWS or column > MOST_COLUMNS or len(text) > LONGEST
        ]  # fmt: skip
        self.cut += [(row, column) for column in beyond]
        for column in beyond:
            del cells[column]
        if cells:
            self.rows[row] = cells
        return len(cells)

    def merge(self, text: str) -> int:
        """Note a range such as `A2:A5`, as far as rows are filled; return how many it spans.

        A range over several columns speaks for its first.
        """
        area = CellRange(text)
        last = min(area.max_row, max(self.rows, default=0))
        place = (area.min_row, area.min_col)
        for row in range(area.min_row, last + 1):
            self.merged[row, area.min_col] = place
        if area.max_col > area.min_col:
            self.across.add(place)
        return max(0, last - area.min_row + 1)


def read(path: Path) -> list[Sheet]:
    """Return the sheets of an XLSX file, or the one of a CSV file.

    Raises InputError for a file that is neither, is damaged or encrypted, or is too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is larger than {MOST_BYTES >> 20} MiB.")
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start.startswith(_ZIP):
                return _workbook(path, file)
            if start == _OLE:
                raise InputError(
                    f"{path} is encrypted, or a workbook of the old .xls form.", _SAVE_AGAIN
                )
            if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
                return [_csv(path, file.read())]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    raise InputError(f"{path} is neither an XLSX workbook nor a .csv file.")


@lru_cache(maxsize=2_000)
def _clean(text: str) -> str:
    kept = (
        char if char == "\n" or unicodedata.category(char)[0] != "C" else " " * char.isspace()
        for char in "\n".join(text.splitlines())
    )
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)


def clean(value: object) -> str:
    """Return a cell as text without control characters, blanks at the ends or empty lines."""
    if value is None:
        return ""
    text = getattr(value, "text", value)  # the formula of an array formula
    return _clean(unescape(str(text)))


def _workbook(path: Path, file: BinaryIO) -> list[Sheet]:
    _check_archive(path, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that a reader of texts can do without
            return _sheets(path, file)
    except (InputError, OSError):
        raise
    except Exception as error:  # openpyxl raises whatever a broken part makes it raise
        raise InputError(
            f"{path} is damaged or no XLSX workbook: {type(error).__name__}.", _SAVE_AGAIN
        ) from error


def _check_archive(path: Path, file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{path} is damaged: {error}.", _SAVE_AGAIN) from error
    if any(part.flag_bits & 1 for part in parts):
        raise InputError(f"{path} is encrypted.", _SAVE_AGAIN)
    # zipfile never unpacks more of a part than is declared here.
    if sum(part.file_size for part in parts) > MOST_BYTES:
        raise InputError(f"{path} unpacks to more than {MOST_BYTES >> 20} MiB.", _SAVE_AGAIN)


def _sheets(path: Path, file: BinaryIO) -> list[Sheet]:
    reader = ExcelReader(file, read_only=True, keep_links=False)
    reader.read()
    parts = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
    if len(reader.wb.worksheets) > MOST_SHEETS:
        raise InputError(f"{path} has more than {MOST_SHEETS} sheets.")
    found, filled, merged = [], 0, 0
    for source in reader.wb.worksheets:
        source.reset_dimensions()  # what a file says of its size need not be so
        sheet = Sheet(clean(source.title).replace("\n", " "))
        rows = source.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1, values_only=True)
        for number, values in enumerate(rows, 1):
            filled += sheet.add(number, values)
            _check_size(path, filled)
        for text in _MERGE.findall(reader.archive.read(parts[source.title])):
            merged += sheet.merge(text.decode())
            _check_size(path, merged)
        found.append(sheet)
    return found


def _check_size(path: Path, cells: int) -> None:
    if cells > MOST_CELLS:
        raise InputError(f"{path} has more than {MOST_CELLS:,} filled cells.")


def _csv(path: Path, content: bytes) -> Sheet:
    text = _decoded(path, content)
    sheet = Sheet(path.stem)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, values in enumerate(islice(reader, MOST_ROWS + 1), 1):
            sheet.add(number, values[: MOST_COLUMNS + 1])
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: not readable as CSV: {error}.") from error
    return sheet


def _decoded(path: Path, content: bytes) -> str:
    """Decode what spreadsheet programs write: UTF-8, UTF-16 with a mark, or Windows-1252."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"{path} is not text.", "Save it as CSV UTF-8.")


def _delimiter(text: str) -> str:
    """Return what divides the first line that has at least three of it."""
    for line in islice(io.StringIO(text), 200):
        best = max(",;\t|", key=line.count)
        if line.count(best) >= 3:
            return best
    return ","
