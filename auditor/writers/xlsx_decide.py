"""What the reader fills in: a decision with owner and day, or a tick; checked, and seen at once."""

from datetime import date

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from auditor.writers.xlsx_look import Marked
from auditor.writers.xlsx_table import HEADER, Column

DECISION = (Column("Decision", 11), Column("Owner", 14), Column("Due date", 12))
OPEN = (Marked("", "input"), Marked("", "input"), Marked("", "date"))
TICK = Marked("", "input")
_ZERO = date(1899, 12, 30)  # the day that spreadsheets count from
_FIRST = date(2000, 1, 1)
_DONE, _TODO, _LATER = "E3F1E7", "FBE3D6", "E4E9F5"
# The rules below are formats, not cells: they compute nothing that the report says.


def let_decide(sheet: Worksheet, columns: int, rows: int, since: str) -> None:
    """Make the last three of the columns a decision; a due date lies not before the day `since`."""
    if not rows:
        return
    decision, owner, due = (get_column_letter(columns - back) for back in (2, 1, 0))
    first, last = HEADER + 1, HEADER + rows
    choice = DataValidation("list", formula1='"accept,fix,later"', allow_blank=True)
    choice.promptTitle, choice.prompt = "Decision", "accept: stays. fix: change it. later: by when?"
    choice.errorTitle, choice.error = "Decision", "Choose accept, fix or later, or leave it empty."
    earliest = _day(since)
    number = str((earliest - _ZERO).days)
    day = DataValidation("date", operator="greaterThanOrEqual", formula1=number, allow_blank=True)
    day.errorTitle, day.error = "Due date", f"Give a date from {earliest} on."
    _add(sheet, choice, f"{decision}{first}:{decision}{last}")
    _add(sheet, day, f"{due}{first}:{due}{last}")
    cells = f"{decision}{first}:{due}{last}"
    for word, colour in (("accept", _DONE), ("fix", _TODO), ("later", _LATER)):
        _mark(sheet, cells, f'${decision}{first}="{word}"', colour, bold=True)
    whole = f"A{first}:{owner}{last}"
    _mark(sheet, whole, f'${decision}{first}="accept"', "", grey=True)


def let_tick(sheet: Worksheet, columns: int, rows: int) -> None:
    """Make the first column a tick: yes or no; a row that is done is struck out."""
    if not rows:
        return
    first, last = HEADER + 1, HEADER + rows
    tick = DataValidation("list", formula1='"yes,no"', allow_blank=True)
    tick.errorTitle, tick.error = "Done", "Choose yes or no, or leave it empty."
    _add(sheet, tick, f"A{first}:A{last}")
    cells = f"A{first}:{get_column_letter(columns)}{last}"
    _mark(sheet, cells, f'$A{first}="yes"', _DONE, grey=True, struck=True)
    _mark(sheet, f"A{first}:A{last}", f'$A{first}="no"', _TODO, bold=True)


def mark_words(sheet: Worksheet, column: int, rows: int, word: str) -> None:
    """Colour a state that the reader overwrites with the word of a good one."""
    if rows:
        letter, first, last = get_column_letter(column), HEADER + 1, HEADER + rows
        cells = f"{letter}{first}:{letter}{last}"
        _mark(sheet, cells, f'${letter}{first}="{word}"', _DONE, ink="1E5631")


def _add(sheet: Worksheet, validation: DataValidation, cells: str) -> None:
    validation.showErrorMessage = validation.showInputMessage = True
    validation.add(cells)
    sheet.add_data_validation(validation)


def _mark(
    sheet: Worksheet,
    cells: str,
    condition: str,
    colour: str,
    *,
    bold: bool | None = None,
    grey: bool = False,
    struck: bool | None = None,
    ink: str = "",
) -> None:
    """Show cells otherwise where the condition holds; weight and strokes repeat the colour."""
    font = Font(bold=bold, strike=struck, color="8B94A3" if grey else ink or None)
    fill = PatternFill(bgColor=colour, fill_type="solid") if colour else None
    look = DifferentialStyle(font=font, fill=fill)
    rule = Rule(type="expression", formula=[condition], dxf=look)
    sheet.conditional_formatting.add(cells, rule)


def _day(text: str) -> date:
    """Return the day of a time; the first one of 2000 where none can be read."""
    try:
        return max(date.fromisoformat(text[:10]), _FIRST)
    except ValueError:
        return _FIRST
