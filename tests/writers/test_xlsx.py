"""The spreadsheet shows the report, all of it, and nothing a tenant wrote can act in it."""

import io
import re
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import BaseModel

from auditor.schema import Report, RightPart
from auditor.writers.xlsx import render
from tests.reports import action, full_report, report, request, right

SHEETS = [
    "Summary", "Missing rights", "Role matrix", "Actions", "Undecided", "Requests", "Not sent",
    "About",
]  # fmt: skip
TABLES = SHEETS[1:-1]
STATES = ("granted", "missing", "level_too_low", "undecided", "excess")
HOSTILE = (
    "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "+cmd|' /C calc'!A0", "-2+3", "@x", "#N/A", "\t=1",
    "\x00\x07\x1b[31m", "\u200f\u202eevil", "\ud800", "\ufffe\uffff", "x" * 40_000, "😀" * 20_000,
    "_x0041_", "a\r\nb", "",
)  # fmt: skip


def opened(shown: Report) -> Workbook:
    return load_workbook(io.BytesIO(render(shown)))


def table(book: Workbook, name: str) -> list[dict[str, Any]]:
    """Read the rows under the header as dicts."""
    header, *rows = book[name].iter_rows(min_row=3, values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def texts(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def cells(book: Workbook) -> Iterator[Cell]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if isinstance(cell, Cell))


def poisoned(part: Any, poison: str) -> Any:
    """Replace every free text of a model by the poison, however deep."""
    if isinstance(part, BaseModel):
        changes = {
            name: poisoned(value, poison)
            for name, value in part
            if name not in {"state", "verdict", "verb", "needed", "declared", "grade", "leaning",
                            "severity", "stopped"}
        }  # fmt: skip
        return part.model_copy(update=changes)
    if isinstance(part, tuple):
        return tuple(poisoned(item, poison) for item in part)
    return poison if isinstance(part, str) else part


def test_the_sheets_come_in_their_order() -> None:
    """The summary is first and the explanations last."""
    assert opened(full_report()).sheetnames == SHEETS


def test_the_summary_shows_the_headline_and_every_count() -> None:
    """The counts on the summary are the report's."""
    shown = full_report()
    found = texts(opened(shown)["Summary"])
    assert shown.headline in found
    for word, count in (*shown.counts.rights, *shown.counts.actions):
        places = [at for at, text in enumerate(found) if text == word.replace("_", " ")]
        assert places, word
        assert str(count) in found, word


def test_the_summary_counts_what_was_planned_sent_and_skipped() -> None:
    """Coverage is the number of requests of the model, split by whether they went out."""
    rows = opened(full_report())["Summary"].iter_rows(min_col=2, max_col=3, values_only=True)
    coverage = {label: value for label, value in rows if label}
    assert coverage["Requests planned"] == 2
    assert coverage["Requests sent"] == 1
    assert coverage["Planned, but not sent"] == 1
    assert coverage["Skipped by design"] == 1


@pytest.mark.parametrize("stopped", ["credentials", "safety", "interrupted", "unfinished"])
def test_a_run_that_ended_early_says_so_on_the_summary(stopped: str) -> None:
    """A prominent line tells that the report is partial."""
    found = opened(report(stopped=stopped))["Summary"]["B4"]
    assert re.match("[A-Z]+", str(found.value))
    assert found.font.b
    assert found.fill.fgColor.rgb == "00A3211A"


def test_nothing_looks_granted_without_a_proof() -> None:
    """The headline is green only if rights are granted and none is open or missing."""

    def colour(*rights: RightPart, stopped: str = "") -> object:
        row = 5 if stopped else 4
        return opened(report(rights=rights, stopped=stopped))["Summary"][f"B{row}"].fill.fgColor.rgb

    green = colour(right())
    assert colour() != green
    assert colour(right(), right(verb="Edit", state="undecided")) != green
    assert colour(right(), right(verb="Edit", state="missing")) != green
    assert colour(right(), stopped="interrupted") != green


def test_the_index_links_inside_the_book_only() -> None:
    """Each other sheet is linked from the summary, and no link leaves the file."""
    book = opened(full_report())
    links = [cell.hyperlink for cell in cells(book) if cell.hyperlink]
    assert [link.location for link in links] == [f"'{name}'!A1" for name in SHEETS[1:]]
    assert not any(link.target or link.id for link in links)


def test_missing_rights_are_those_of_the_model() -> None:
    """One row per right that is missing or too low, with the fix of its own finding."""
    shown = full_report()
    rows = table(opened(shown), "Missing rights")
    lacking = [part for part in shown.rights if part.state in {"missing", "level_too_low"}]
    assert [(row["Permission"], row["Verb"], row["Fix: click path"]) for row in rows] == [
        (part.permission, part.verb, f"fix {part.id}") for part in lacking
    ]
    assert [row["Level to set"] for row in rows] == ["All (assumed)", "All", "All"]
    assert rows[0]["Why and source"] == "the why\nSource One\ntwo"
    assert rows[0]["Evidence"] == "p0001"


def test_many_actions_are_counted_and_the_rest_is_pointed_to() -> None:
    """A cell names a screenful of actions and says how many more there are and where."""
    many = tuple(f"Tickets/Action {number}" for number in range(100))
    (row,) = table(opened(report(rights=(right(state="missing", actions=many),))), "Missing rights")
    assert row["Actions"] == 100
    assert row["Actions that break"].startswith("Tickets/Action 0\n")
    assert row["Actions that break"].endswith("… and 88 more: filter the sheet Actions")


def test_the_matrix_says_every_state_in_words() -> None:
    """Each right is one cell that reads without its colour; what is not needed is a dash."""
    rows = table(opened(full_report()), "Role matrix")
    by_name = {row["Permission"]: row for row in rows}
    tickets = by_name["Service Tickets"]
    assert tickets["Add"] == "All · granted (proved)"
    assert tickets["Edit"] == "any · MISSING"
    assert tickets["Delete"] == "any · undecided (leaning granted)"
    assert tickets["Inquire"] == "–"
    assert by_name["Close Service Tickets"]["Add"] == "All · LEVEL TOO LOW (has My)"
    assert by_name["Merge Tickets"]["Add"] == "not needed · EXCESS (has All)"
    assert by_name["Table Setup"]["Table Setup item"] == "Service / Service Board"


def test_the_matrix_shows_each_right_once() -> None:
    """No right of the model is lost in the grid."""
    shown = full_report()
    rows = table(opened(shown), "Role matrix")
    filled = [row[verb] for row in rows for verb in ("Add", "Edit", "Delete", "Inquire")]
    assert len([text for text in filled if text != "–"]) == len(shown.rights)


def test_every_action_is_shown_with_its_verdict() -> None:
    """The sheet of actions holds all of them, in the order of the model."""
    shown = full_report()
    rows = table(opened(shown), "Actions")
    assert [row["Action"] for row in rows] == [part.action for part in shown.actions]
    assert [row["Verdict"] for row in rows] == ["DENIED", "allowed", "undecided", "not tested"]
    assert rows[0]["Answer"] == "403 Security\nNo."
    assert rows[3]["Request"] == rows[3]["Answer"] == "–"


def test_undecided_rights_come_with_what_would_settle_them() -> None:
    """The fix of the finding and the remedies of the undecided actions stand together."""
    row = table(opened(full_report()), "Undecided")[0]
    assert row["Verb"] == "Delete"
    assert row["Leaning"] == "granted"
    assert row["What would settle it"] == "fix Service Desk/Service Tickets:Delete\nthe remedy"


def test_no_finding_is_lost() -> None:
    """A finding about no missing or undecided right follows the undecided rights."""
    rows = table(opened(full_report()), "Undecided")
    assert [row["Rule"] for row in rows] == ["missing-right", "missing-right", "conflict"]
    assert [row["Permission"] for row in rows] == ["Service Tickets", "Merge Tickets", "–"]


def test_every_request_is_shown_and_what_was_not_sent_again() -> None:
    """Requests hold the whole plan; what did not go out is listed with its reason."""
    book = opened(full_report())
    assert [row["Id"] for row in table(book, "Requests")] == ["p0001", "p0002"]
    assert [row["Times sent"] for row in table(book, "Requests")] == [1, 0]
    rows = table(book, "Not sent")
    assert [row["Kind"] for row in rows] == ["skipped by design", "planned, not sent"]
    assert rows[0]["Reason"] == "it acts without an id"


def test_the_last_sheet_explains_and_names_sources() -> None:
    """Order of checks is yes, no or unknown; a source's address is text."""
    found = texts(opened(full_report())["About"])
    at = found.index("/service/tickets")
    assert found[at : at + 4] == ["/service/tickets", "yes", "NO", "p0001"]
    assert "unknown" in found
    assert "https://one.example" in found


@pytest.mark.parametrize("poison", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stays_text(poison: str) -> None:
    """Whatever a text contains, the file opens and holds neither a formula nor an error."""
    book = opened(poisoned(full_report(), poison))
    assert {cell.data_type for cell in cells(book)} <= {"s", "n"}
    for cell in cells(book):
        assert isinstance(cell.value, str | int | None)
        assert len(str(cell.value).encode("utf-16-le")) // 2 <= 32_767


def test_text_that_looks_like_a_formula_is_quoted() -> None:
    """Editing such a cell in Excel does not turn it into a formula."""
    sheet = opened(report(actions=(action("=1+1"),)))["Actions"]
    assert sheet["B4"].value == "=1+1"
    assert sheet["B4"].quotePrefix
    assert not sheet["A4"].quotePrefix


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("a\uffffb", "a\ufffdb"),
        ("a\u202eb", "a\ufffdb"),
        ("a\u200fb", "a\u200fb"),
        ("y" * 40_000, "y" * 32_766 + "…"),
    ],
)
def test_what_a_cell_cannot_hold_is_replaced_visibly(text: str, shown: str) -> None:
    """A replaced character shows as U+FFFD, a cut text ends in an ellipsis."""
    assert opened(report(actions=(action(text),)))["Actions"]["B4"].value == shown


def test_an_escape_of_the_format_is_no_escape() -> None:
    """Excel reads _x0041_ as A, so its underscore is itself written as an escape."""
    sheet = opened(report(actions=(action("_x0041_"),)))["Actions"]
    assert sheet["B4"].value == "_x005F_x0041_"  # openpyxl shows it as it is in the file


def test_the_same_report_gives_the_same_bytes() -> None:
    """Nothing of the time of writing is in the file."""
    first = render(full_report())
    assert render(full_report()) == first
    with ZipFile(io.BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_properties_date_from_the_run() -> None:
    """Created and modified are when the run finished."""
    found = opened(full_report()).properties
    assert found.creator == "psa-audit"
    assert found.title == "ConnectWise PSA permission audit: acme"
    assert str(found.created) == str(found.modified) == "2026-11-24 08:01:40"


def test_an_empty_report_says_so_in_sentences() -> None:
    """A sheet without rows holds a sentence, not a void."""
    book = opened(report())
    for name in TABLES:
        assert str(book[name]["A4"].value).endswith("."), name


@pytest.mark.parametrize(
    ("state", "stopped"), [("undecided", ""), ("granted", "interrupted"), ("undecided", "safety")]
)
def test_nothing_missing_is_not_said_to_be_good_while_something_is_open(
    state: str, stopped: str
) -> None:
    """An unfinished run or an undecided right never reads as a clean result."""
    text = str(
        opened(report(rights=(right(state=state),), stopped=stopped))["Missing rights"]["A4"].value
    )
    assert ("undecided" in text) or ("ended early" in text)
    assert text != "No needed right is missing."


def test_nothing_missing_is_not_said_of_nothing() -> None:
    """A report without a single granted right does not read as a clean result."""
    assert "nothing was tested" in str(opened(report())["Missing rights"]["A4"].value)


def test_tables_are_made_for_reading_and_printing() -> None:
    """Header frozen, filtered and repeated; landscape, as wide as the page, pages numbered."""
    book = opened(full_report())
    for name in TABLES:
        sheet = book[name]
        assert re.fullmatch("[A-F]4", str(sheet.freeze_panes)), name
        assert str(sheet.auto_filter.ref).startswith("A3:"), name
        assert sheet.print_title_rows == "$3:$3", name
    for page in book.worksheets:
        assert page.page_setup.orientation == "landscape"
        assert page.page_setup.fitToWidth == 1
        assert "Page &P of &N" in str(page.oddFooter)


def test_a_report_of_every_operation_is_shown_whole() -> None:
    """3,111 actions and requests: a row each."""
    shown = report(
        actions=tuple(action(f"Action {number}") for number in range(3_111)),
        requests=tuple(request(number) for number in range(3_111)),
    )
    book = opened(shown)
    assert len(table(book, "Actions")) == len(table(book, "Requests")) == 3_111
