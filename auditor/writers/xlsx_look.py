"""How a cell looks and how text gets into it: named styles, typed strings, nothing executable."""

import re
from dataclasses import dataclass, replace

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

FONT = "Arial"
PREFIX = "psa-audit "  # of the names that our styles have in Excel's style list
NAVY, INK, GREY, LINE = "1F2A44", "1B1F27", "5F6770", "D5DAE1"
LONGEST = 32_767  # UTF-16 units that Excel allows in a cell
REPLACEMENT = "\ufffd"

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


Value = str | int | Marked


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


# A state is legible without colour: its word says it, and weight and darkness repeat it.
STATES = {
    "granted": Look("1E5631", "E3F1E7"),
    "missing": Look("FFFFFF", "A3211A", bold=True),
    "level_too_low": Look("2E1D00", "EBA63F", bold=True),
    "undecided": Look("5C4700", "FFF3CD", italic=True),
    "excess": Look("33276E", "D9D2F0", bold=True),
    "not_tested": Look(GREY, "F1F3F5"),
}
_PLAIN = {
    "text": Look(),
    "strong": Look(bold=True),
    "number": Look(across="right"),
    "absent": Look("9AA1AB"),
    "header": Look("FFFFFF", NAVY, bold=True, upright="center", line=False),
    "title": Look(NAVY, size=14, bold=True, wrap=False, line=False),
    "banner": Look("FFFFFF", NAVY, size=18, bold=True, upright="center", line=False),
    "subtitle": Look("DCE3F0", NAVY, size=10, upright="center", line=False),
    "note": Look(GREY, wrap=False, line=False),
    "section": Look(NAVY, size=11, bold=True, upright="bottom"),
    "label": Look(GREY),
    "link": Look("1A56B0", underline=True),
}


def add_styles(book: Workbook) -> None:
    """Register every style with the workbook, each once."""
    looks = dict(_PLAIN)
    for name, state in STATES.items():
        looks[name] = state
        card = replace(state, across="center", upright="center", italic=False, line=False)
        looks[f"{name}.small"] = card
        looks[f"{name}.big"] = replace(card, size=20, bold=True, wrap=False)
        looks[f"{name}.headline"] = replace(card, size=13, bold=True, across="left")
    for name, look in looks.items():
        book.add_named_style(_style(name, look))


def put(sheet: Worksheet, row: int, column: int, value: Value, look: str = "") -> None:
    """Write one value; a text stays a text whatever it begins with."""
    cell = sheet.cell(row, column)
    if isinstance(value, int):
        cell.style = PREFIX + (look or "number")
        cell.value = value
        return
    text, own = (value.text, value.look) if isinstance(value, Marked) else (value, "text")
    cell.style = PREFIX + (look or own)
    if text:
        cell.value = clean(text)
        cell.data_type = "s"  # else openpyxl makes a formula of =... and an error of #N/A
        if text.startswith(_EXECUTABLE):
            cell.quotePrefix = True  # else Excel makes a formula of it once somebody edits it


def clean(text: str) -> str:
    """Return the text as a cell can hold it; what had to go shows as U+FFFD or an ellipsis."""
    text = _ESCAPE.sub("_x005F_", _UNFIT.sub(REPLACEMENT, text))
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
        horizontal=look.across, vertical=look.upright, wrap_text=look.wrap, indent=0
    )
    if look.fill:
        style.fill = PatternFill("solid", start_color=look.fill)
    if look.line:
        style.border = Border(bottom=Side("thin", LINE))
    return style
