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

from auditor.finding_rules import RULES
from auditor.schema import Report, RightPart
from auditor.writers.xlsx import render
from tests.reports import action, finding, full_report, report, right
from tests.writers.samples import POISONS, about, poisoned, whole_report

SHEETS = [
    "Summary", "Missing", "Fix checklist", "Excess", "Role matrix", "Actions", "Undecided",
    "Conflicts", "Requests", "Not sent", "Settings", "Calibration", "Sources", "About",
]  # fmt: skip
TABLES = SHEETS[1:-1]


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


def links(book: Workbook, *names: str) -> list[Any]:
    return [cell for name in names for row in book[name].iter_rows() for cell in row
            if cell.hyperlink]  # fmt: skip


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


def test_the_index_leads_to_every_sheet_and_each_leads_back() -> None:
    """Each sheet is linked from the summary and links to it, and no link leaves the file."""
    book = opened(whole_report())
    index = [cell.hyperlink.location for cell in links(book, "Summary")]
    assert index == [f"'{name}'!A1" for name in SHEETS[1:]]
    for name in SHEETS[1:]:
        assert book[name]["A2"].hyperlink.location == "'Summary'!A1"
    assert not any(cell.hyperlink.target or cell.hyperlink.id for cell in links(book, *SHEETS))


def test_evidence_leads_to_its_request() -> None:
    """The first request of a state is a click away; a request that is not there is no link."""
    found = opened(whole_report())["Missing"]["L4"]
    assert found.value == "p0001"
    assert found.hyperlink.location == "'Requests'!A4"
    alone = opened(report(rights=(right(state="missing"),)))["Missing"]["L4"]
    assert (alone.value, alone.hyperlink) == ("p0001", None)


def test_missing_rights_are_those_of_the_model() -> None:
    """One row per right that is missing or too low, with the fix of its own finding."""
    shown = whole_report()
    rows = table(opened(shown), "Missing")
    lacking = [part for part in shown.rights if part.state in {"missing", "level_too_low"}]
    assert [(row["Permission"], row["Verb"], row["Fix: click path"]) for row in rows] == [
        (part.permission, part.verb, f"fix {part.id}") for part in lacking
    ]
    assert [row["Level to set"] for row in rows] == ["All (assumed)", "All", "All", "All"]
    assert rows[0]["Why and source"] == "the why\nSource One\ntwo"
    assert rows[3]["Accepted"] == "until 2027-03-31: Ann\nuntil it is retired"


def test_many_actions_are_counted_and_the_rest_is_pointed_to() -> None:
    """A cell names a screenful of actions and says how many more there are and where."""
    many = tuple(f"Tickets/Action {number}" for number in range(100))
    (row,) = table(opened(report(rights=(right(state="missing", actions=many),))), "Missing")
    assert row["Actions"] == 100
    assert row["Actions that break"].startswith("Tickets/Action 0\n")
    assert row["Actions that break"].endswith("… and 88 more: filter the sheet Actions")


def test_the_checklist_has_one_row_per_box() -> None:
    """Each box once at its highest level, then each Customize item once, in screen order."""
    setup = {"module": "System", "state": "missing"}
    rights = (
        right(state="level_too_low", needed="All"),
        right("Table Setup", verb="Add", table="A", **setup),
        right("Table Setup", verb="Add", table="B", needed=None, **setup),
        right("Table Setup", verb="Edit", table="B", needed="My", **setup),
        right("Agreements", "undecided"),
        right("Invoicing", "granted"),
    )
    rows = table(opened(report(rights=rights)), "Fix checklist")
    assert [(row["Step"], row["Permission"], row["Box to set"], row["Level"]) for row in rows] == [
        (1, "Service Tickets", "Add", "All"),
        (2, "Table Setup", "Add", "All"),
        (3, "Table Setup", "Edit", "My"),
        (4, "Table Setup", "Customize: A", "allow"),
        (5, "Table Setup", "Customize: B", "allow"),
    ]
    role = "System > Security Roles > (the member's role)"
    assert rows[0]["Click path"] == f"{role} > Service Desk > Service Tickets > Add: All"
    assert rows[3]["Click path"] == f"{role} > System > Table Setup > Customize: allow 'A'"


def test_the_checklist_leaves_out_what_needs_no_box() -> None:
    """A table right whose box is there needs its item only; an accepted right needs nothing."""
    lacking = right("Table Setup", "missing", module="System", table="A")
    only = finding(lacking, "table-not-allowed")
    shown = report(rights=(lacking,), findings=(only,))
    assert [row["Box to set"] for row in table(opened(shown), "Fix checklist")] == ["Customize: A"]
    kept = tuple(part for part in whole_report().rights if part.accepted)
    sentence = opened(report(rights=kept))["Fix checklist"]["A4"].value
    assert sentence == "There is no box to set. What is missing is accepted as it is."


def test_the_excess_begins_with_what_is_dangerous_together() -> None:
    """Findings about several rights come first; the risk of a right is said in words."""
    rows = table(opened(whole_report()), "Excess")
    assert [(row["Kind"], row["Risk"]) for row in rows] == [
        ("dangerous combination", "CRITICAL"),
        ("admin role", "HIGH"),
        ("level too wide", "low"),
        ("single right", "medium"),
    ]
    assert rows[-1]["Permission"] == "Merge Tickets"
    assert rows[-1]["Harm"] == "Can change tickets."


def test_the_matrix_says_every_state_in_words() -> None:
    """Each right is one cell that reads without its colour; what is not needed is a dash."""
    rows = table(opened(whole_report()), "Role matrix")
    shown = {row["Permission"]: {key.split(":")[0]: row[key] for key in row} for row in rows}
    tickets = shown["Service Tickets"]
    assert tickets["Add"] == "All | granted, proved | ?"
    assert tickets["Edit"] == "any | MISSING | ?"
    assert tickets["Delete"] == "any | undecided, leaning granted | ?"
    assert tickets["Inquire"] == "–"
    assert shown["Close Service Tickets"]["Add"] == "All | LEVEL TOO LOW | My"
    assert shown["Merge Tickets"]["Add"] == "not needed | EXCESS | All"
    assert shown["Agreements"]["Edit"] == "All | MISSING, accepted | ?"
    assert shown["Table Setup"]["Table Setup item"] == "Service / Service Board"


def test_every_action_is_shown_with_verdict_and_outlook() -> None:
    """The sheet of actions holds all of them, in the order of the model."""
    shown = whole_report()
    rows = table(opened(shown), "Actions")
    assert [row["Action"] for row in rows] == [part.action for part in shown.actions]
    assert [row["Verdict"] for row in rows] == ["DENIED", "allowed", "undecided", "not tested"]
    assert {row["Outlook"] for row in rows} == {"FAILS"}
    assert rows[0]["Answer"] == "403 Security\nNo."
    assert rows[3]["Request"] == rows[3]["Answer"] == "–"


def test_undecided_rights_come_with_what_would_settle_them() -> None:
    """The fix of the finding and the remedies of the undecided actions stand together."""
    shown = whole_report()
    rows = table(opened(shown), "Undecided")
    assert [row["Permission"] for row in rows] == ["Service Tickets", "Invoicing"]
    assert rows[0]["Leaning"] == "granted"
    assert rows[0]["What would settle it"] == "fix Service Desk/Service Tickets:Delete\nthe remedy"
    assert [row["Rule"] for row in rows] == ["undecided-right", "undecided-right"]


def test_no_finding_is_lost_and_none_is_shown_twice() -> None:
    """Each is beside its right, among the excess, or with the conflicts."""
    shown = whole_report()
    book = opened(shown)
    beside = [name for name in ("Missing", "Undecided") for _ in table(book, name)]
    rules = [row["Rule"] for row in table(book, "Conflicts")]
    assert rules == ["conflict", "conflict", "unknown-permission", "exception-expired",
                     "exception-stale"]  # fmt: skip
    assert len(beside) + len(table(book, "Excess")) + len(rules) == len(shown.findings)


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_about_no_shown_right_has_a_place(rule: str) -> None:
    """Whatever the rule, its message is in the book."""
    book = opened(report(findings=(about(rule, message="the only one"),)))
    assert "the only one" in [text for name in TABLES for text in texts(book[name])]


def test_every_request_is_shown_and_what_was_not_sent_again() -> None:
    """Requests hold the whole plan; what did not go out is listed with its reason."""
    book = opened(full_report())
    assert [row["Id"] for row in table(book, "Requests")] == ["p0001", "p0002"]
    assert [row["Times sent"] for row in table(book, "Requests")] == [1, 0]
    rows = table(book, "Not sent")
    assert [row["Kind"] for row in rows] == ["skipped by design", "planned, not sent"]
    assert rows[0]["Reason"] == "it acts without an id"


def test_the_settings_that_were_read_are_named() -> None:
    """Each source with its answer, what it held, and the names that nobody knows."""
    rows = [tuple(row.values()) for row in table(opened(whole_report()), "Settings")]
    assert rows == [
        ("/system/mySecurity", "read", 91, "–", "System/Warp"),
        ("/system/myMembers", "403 Security", 0, "–", "–"),
    ]


def test_the_order_of_checks_is_yes_no_or_unknown() -> None:
    """A resource that nothing was established for says so."""
    rows = [tuple(row.values()) for row in table(opened(whole_report()), "Calibration")]
    assert rows == [
        ("/service/tickets", "yes", "NO", "p0001", "–"),
        ("/time/entries", "unknown", "unknown", "–", "–"),
    ]


def test_sources_are_named_and_their_addresses_are_text() -> None:
    """Nothing leads out of the file."""
    book = opened(whole_report())
    assert [tuple(row.values()) for row in table(book, "Sources")] == [
        ("one", "Source One", "https://one.example")
    ]
    assert book["Sources"]["C4"].hyperlink is None


def test_the_last_sheet_explains_every_word_and_rule() -> None:
    """Outlooks, verdicts, states, risks, basis, and all rules."""
    found = texts(opened(whole_report())["About"])
    for word in ("FAILS", "DENIED", "LEVEL TOO LOW", "CRITICAL", "inferred", *RULES):
        assert word in found
    assert "psa-audit/report/1" in found


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stays_text(poison: str) -> None:
    """Whatever a text contains, the file opens and holds neither a formula nor an error."""
    book = opened(poisoned(whole_report(), poison))
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
    book = opened(report(sources=()))
    for name in TABLES:
        assert str(book[name]["A4"].value).endswith("."), name


@pytest.mark.parametrize(
    ("state", "stopped"), [("undecided", ""), ("granted", "interrupted"), ("undecided", "safety")]
)
def test_nothing_missing_is_not_said_to_be_good_while_something_is_open(
    state: str, stopped: str
) -> None:
    """An unfinished run or an undecided right never reads as a clean result."""
    text = str(opened(report(rights=(right(state=state),), stopped=stopped))["Missing"]["A4"].value)
    assert ("undecided" in text) or ("ended early" in text)
    assert text != "No needed right is missing."


def test_nothing_missing_is_not_said_of_nothing() -> None:
    """A report without a single granted right does not read as a clean result."""
    assert "nothing was tested" in str(opened(report())["Missing"]["A4"].value)
