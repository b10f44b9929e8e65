"""How a cell looks and how text gets into it: named styles, typed strings, nothing executable."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

FONT = "Arial"
PREFIX = "psa-audit "  # of the names that our styles have in Excel's style list
NAVY, INK, GREY, LINE = "1F2A44", "1B1F27", "5F6770", "D5DAE1"
LONGEST = 32_767  # UTF-16 units that Excel allows in a cell
REPLACEMENT = "\ufffd"
_MOST_LINES = 35  # Excel allows a row 409 points
_PER_WIDTH = 1.4  # characters of our size in a unit of column width

# Not XML, or (U+202A.. and U+2066..) able to show a text in another order than it is stored.
_UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x000A_ as the character 0A
_EXECUTABLE = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the name of its look."""

    text: str
    look: str


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a place in the same workbook, such as `'Requests'!A7`."""

    text: str
    place: str


Value = str | int | Marked | Link


@dataclass(frozen=True, slots=True)
class Look:
    """What sets a style apart from plain text."""

    ink: str = INK
    fill: str = ""
    size: float = 9
    bold: bool = False
    italic: bool = False
    underline: bool = False
    across: str = "left"
    upright: str = "top"
    wrap: bool = True
    line: bool = True
    indent: int = 0
    boxed: bool = False
    shown_as: str = ""


# A state is legible without colour: its word says it, and weight and darkness repeat it.
STATES = {
    "granted": Look("1E5631", "E3F1E7", across="center"),
    "missing": Look("FFFFFF", "A3211A", bold=True, across="center"),
    "level_too_low": Look("2E1D00", "EBA63F", bold=True, across="center"),
    "undecided": Look("5C4700", "FFF3CD", italic=True, across="center"),
    "excess": Look("33276E", "D9D2F0", bold=True, across="center"),
    "not_tested": Look(GREY, "F1F3F5", across="center"),
}
_PLAIN = {
    "text": Look(indent=1),
    "strong": Look(bold=True, indent=1),
    "number": Look(across="center"),
    "absent": Look("9AA1AB", across="center"),
    "header": Look("FFFFFF", NAVY, bold=True, upright="center", line=False, indent=1),
    "title": Look(NAVY, size=14, bold=True, wrap=False, line=False),
    "banner": Look("FFFFFF", NAVY, size=18, bold=True, upright="center", line=False, indent=1),
    "subtitle": Look("DCE3F0", NAVY, size=10, upright="center", line=False, indent=1),
    "note": Look(GREY, wrap=False, line=False),
    "section": Look(NAVY, size=11, bold=True, upright="center", wrap=False),
    "label": Look(GREY),
    "link": Look("1A56B0", underline=True),
    "back": Look("1A56B0", underline=True, wrap=False, line=False),
    # What the reader fills in: a box, also on paper.
    "input": Look(fill="FFFEF5", across="center", boxed=True),
    "date": Look(fill="FFFEF5", across="center", boxed=True, shown_as="yyyy-mm-dd"),
}


def add_styles(book: Workbook) -> None:
    """Register every style with the workbook, each once."""
    looks = dict(_PLAIN)
    for name, state in STATES.items():
        looks[name] = state
        card = replace(state, across="center", upright="center", italic=False, line=False)
        looks[f"{name}.small"] = card
        looks[f"{name}.big"] = replace(card, size=20, bold=True, wrap=False)
        looks[f"{name}.headline"] = replace(card, size=13, bold=True, across="left", indent=1)
    for name, look in looks.items():
        book.add_named_style(_style(name, look))


class Pen:
    """Writes into one sheet, and looks each style up only once: openpyxl is slow at that."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._styles: dict[str, StyleArray] = {}

    def put(self, row: int, column: int, value: Value, look: str = "") -> None:
        """Write one value; a text stays a text whatever it begins with."""
        cell: Any = self.sheet.cell(row, column)  # the stubs know no _style, openpyxl's manual does
        if isinstance(value, int):
            self._dress(cell, look or "number")
            cell.value = value
            return
        text, own = _parts(value)
        self._dress(cell, look or own)
        if isinstance(value, Link):
            cell.hyperlink = Hyperlink(ref="", location=value.place)
        if text:
            cell.value = clean(text)
            cell.data_type = "s"  # else openpyxl makes a formula of =... and an error of #N/A
            if text.startswith(_EXECUTABLE):
                cell._style = copy(cell._style)
                cell.quotePrefix = True  # else Excel makes a formula of it when it is edited

    def _dress(self, cell: Any, look: str) -> None:
        if look not in self._styles:
            cell.style = PREFIX + look
            self._styles[look] = cell._style
        cell._style = self._styles[look]


def put(sheet: Worksheet, row: int, column: int, value: Value, look: str = "") -> None:
    """Write one value into a sheet of few."""
    Pen(sheet).put(row, column, value, look)


def _parts(value: str | Marked | Link) -> tuple[str, str]:
    """Return the text of a value and its look."""
    match value:
        case Marked(text, look):
            return text, look
        case Link(text, _):
            return text, "link"
        case str():
            return value, "text"


def height(cells: Iterable[tuple[Value, float]]) -> float:
    """Return the points a row needs for its (value, width); not every program fits rows itself."""
    most = 1
    for value, width in cells:
        text = str(value) if isinstance(value, int) else _parts(value)[0]
        fits = int((width - 1) * _PER_WIDTH)  # 1 for the indent
        if len(text) > fits or "\n" in text:
            lines = text[: fits * _MOST_LINES].split("\n")
            most = max(most, sum(_wrapped(line, fits) for line in lines))
    return min(most, _MOST_LINES) * 11.5 + 4


def _wrapped(line: str, fits: int) -> int:
    """Count the lines a text takes when it wraps between words, and long words anywhere."""
    count, used = 1, 0
    for word in line.split(" "):
        if used and used + 1 + len(word) > fits:
            count, used = count + 1, 0
        used += len(word) + (used > 0)
        if used > fits:
            count, used = count + (used - 1) // fits, (used - 1) % fits + 1
    return count


def clean(text: str) -> str:
    """Return the text as a cell can hold it; what had to go shows as U+FFFD or an ellipsis."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    text = _ESCAPE.sub("_x005F_", _UNFIT.sub(REPLACEMENT, lines))
    if len(text) * 2 <= LONGEST or len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    units = text.encode("utf-16-le")[: (LONGEST - 1) * 2]
    return units.decode("utf-16-le", "ignore") + "…"


def _style(name: str, look: Look) -> NamedStyle:
    style = NamedStyle(PREFIX + name)
    style.font = Font(
        name=FONT,
        size=look.size,
        bold=look.bold,
        italic=look.italic,
        color=look.ink,
        underline="single" if look.underline else None,
    )
    style.alignment = Alignment(
        horizontal=look.across, vertical=look.upright, wrap_text=look.wrap, indent=look.indent
    )
    if look.fill:
        style.fill = PatternFill("solid", start_color=look.fill)
    if look.boxed:
        side = Side("thin", GREY)
        style.border = Border(side, side, side, side)
    elif look.line:
        style.border = Border(bottom=Side("thin", LINE))
    if look.shown_as:
        style.number_format = look.shown_as
    return style
