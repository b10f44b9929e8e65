"""Rows → a sheet people can filter and print: title, note, frozen header, widths, page set-up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from auditor.writers.xlsx_look import GREY, Link, Marked, Pen, Value, height, put

HEADER = 3  # the row of the header, under title and note
A3, A4 = 8, 9  # paper sizes in the numbers of the format
WIDEST_A4 = 170  # wider tables get A3, so that fitting them to the page leaves them legible
NAMED = 12  # actions named in one cell; a cell that grows past a screen is not read

VERDICTS = {
    "allowed": Marked("allowed", "granted"),
    "denied": Marked("DENIED", "missing"),
    "undecided": Marked("undecided", "undecided"),
    "not_tested": Marked("not tested", "not_tested"),
}
OUTLOOKS = {
    "works": Marked("works", "granted"),
    "fails": Marked("FAILS", "missing"),
    "open": Marked("open", "undecided"),
}
RISKS = {
    "critical": Marked("CRITICAL", "missing"),
    "high": Marked("HIGH", "level_too_low"),
    "medium": Marked("medium", "undecided"),
    "low": Marked("low", "not_tested"),
}
STATE_WORDS = {
    "granted": Marked("granted", "granted"),
    "missing": Marked("MISSING", "missing"),
    "level_too_low": Marked("LEVEL TOO LOW", "level_too_low"),
    "undecided": Marked("undecided", "undecided"),
    "excess": Marked("EXCESS", "excess"),
}
ABSENT = Marked("–", "absent")
SUMMARY = "Summary"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and its width in characters."""

    heading: str
    width: float


def write_table(
    sheet: Worksheet,
    note: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    empty: str,
    frozen: int = 0,
    back: str = "",
) -> int:
    """Write title, note, header and rows, `frozen` columns staying in view; return the row count.

    Without rows the sentence `empty` stands in their place. `back` names a sheet to lead back to.
    """
    pen, widths = Pen(sheet), [column.width for column in columns]
    put(sheet, 1, 1, Marked(sheet.title, "title"))
    if back:
        put(sheet, 2, 1, Link(f"← {back}", f"'{back}'!A1"), "back")
    put(sheet, 2, 2 if back else 1, Marked(note, "note"))
    for place, column in enumerate(columns, 1):
        put(sheet, HEADER, place, Marked(column.heading, "header"))
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    last = HEADER
    for last, row in enumerate(rows, HEADER + 1):
        for place, value in enumerate(row, 1):
            pen.put(last, place, value)
        sheet.row_dimensions[last].height = height(zip(row, widths, strict=True))
    if last == HEADER:
        put(sheet, HEADER + 1, 1, Marked(empty, "note"))
    sheet.row_dimensions[HEADER].height = 27
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}{HEADER + 1}"
    sheet.auto_filter.ref = f"A{HEADER}:{get_column_letter(len(columns))}{last}"
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    set_up_page(sheet, A3 if sum(widths) > WIDEST_A4 else A4)
    return last - HEADER


def set_up_page(sheet: Worksheet, paper: int = A4, *, pages: int = 0) -> None:
    """Print landscape, as wide as the page, with sheet name and page numbers below.

    `pages` is how many it may take, 0 for as many as it needs.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = pages
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    footer = HeaderFooterItem()
    # Fixed texts: in a footer & begins a command, so no text of a tenant may come here.
    footer.left.text, footer.center.text, footer.right.text = "psa-audit", "&A", "Page &P of &N"
    for part in (footer.left, footer.center, footer.right):
        part.size, part.color = 8, GREY
    sheet.oddFooter = footer


def write_across(sheet: Worksheet, row: int, columns: tuple[int, int], value: Value) -> None:
    """Write one value over merged columns; Excel fits no height to these, so this does."""
    first, last = columns
    for column in range(first, last + 1):
        put(sheet, row, column, "", "text")
    put(sheet, row, first, value, "text")
    if first < last:
        sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    width = sum(
        sheet.column_dimensions[get_column_letter(at)].width for at in range(first, last + 1)
    )
    sheet.row_dimensions[row].height = height([(value, width)])


def write_section(sheet: Worksheet, row: int, columns: tuple[int, int], title: str) -> int:
    """Write a heading over the columns and return the row below it."""
    first, last = columns
    for column in range(first, last + 1):
        put(sheet, row, column, "", "section")
    put(sheet, row, first, title, "section")
    sheet.row_dimensions[row].height = 24
    return row + 1


def names(actions: Sequence[str], elsewhere: str = "Actions") -> str:
    """List actions one per line; say where the rest is when they are many."""
    if len(actions) <= NAMED:
        return "\n".join(actions)
    rest = len(actions) - NAMED
    return "\n".join(actions[:NAMED]) + f"\n… and {rest} more: filter the sheet {elsewhere}"
