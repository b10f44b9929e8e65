"""The first sheet: the outcome in a sentence, counts, the run, and links to the other sheets."""

from collections import Counter
from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import Report
from auditor.writers.xlsx_look import Link, Marked, Value, put
from auditor.writers.xlsx_table import set_up_page, write_across, write_section

LABEL, FIRST, LAST = 2, 3, 7
_WIDTHS = (2, 26, 19, 19, 19, 19, 19, 2)
_STOPPED = {
    "credentials": "STOPPED: the PSA no longer accepted the credentials. What was still open then "
    "is undecided or not tested.",
    "safety": "SAFETY STOP: a write that had to fail succeeded. No further write was sent. Look "
    "at that request and at the record in ConnectWise first.",
    "throttled": "STOPPED: the PSA kept asking to slow down. What was still open then is undecided "
    "or not tested.",
    "interrupted": "INTERRUPTED: this is a valid report of the part that ran.",
    "unfinished": "UNFINISHED: the journal ends before the plan does. Resume the run to complete "
    "it.",
}
_EXITS = (
    ("0", "every needed right is proved"),
    ("1", "needed rights are missing, or rights are in excess where that was asked to fail"),
    ("2", "a flag, a file or the configuration is wrong"),
    ("3", "incomplete: nothing is missing, but needed rights are undecided"),
    ("4", "the PSA could not be reached, or did not accept the credentials"),
    ("5", "safety stop: a write that had to fail succeeded"),
    ("130", "interrupted, with a valid partial report"),
)
Index = Sequence[tuple[str, str, int | None]]
Card = tuple[str, int, str]


def write_summary(sheet: Worksheet, report: Report, index: Index) -> None:
    """Write the summary; `index` holds (sheet, what it shows, its rows) of the other sheets."""
    for place, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.sheet_view.showGridLines = False
    row = _headlines(sheet, report)
    rights = report.counts.rights
    needed = rights.granted + rights.missing + rights.level_too_low + rights.undecided
    row = _cards(sheet, row, ("Rights", f"{needed} needed"), _rights(report))
    row = _cards(sheet, row, ("Actions", f"{len(report.actions)} in all"), _outlooks(report))
    row = _cards(sheet, row, ("Their own requests", "one per action"), _actions(report))
    row = write_section(sheet, row, (LABEL, LAST), "Sheets")
    for name, purpose, rows in index:
        put(sheet, row, LABEL, Link(name, f"'{name}'!A1"))
        write_across(
            sheet, row, (FIRST, LAST), purpose if rows is None else _counted(purpose, rows)
        )
        row += 1
    for title, pairs in (
        ("Run", _run(report)),
        ("Coverage", _coverage(report)),
        ("What the program's exit code means", _EXITS),
    ):
        row = write_section(sheet, row + 1, (LABEL, LAST), title)
        for label, value in pairs:
            put(sheet, row, LABEL, Marked(label, "label"))
            write_across(sheet, row, (FIRST, LAST), value)
            row += 1
    sheet.freeze_panes = "A4"
    sheet.print_options.horizontalCentered = True
    set_up_page(sheet, pages=1)


def _counted(purpose: str, rows: int) -> str:
    return f"{purpose} ({rows} row{'' if rows == 1 else 's'})"


def _headlines(sheet: Worksheet, report: Report) -> int:
    """Write title, target, outcome and, if the run ended early, that; return the next row."""
    lines: list[tuple[str, str, float]] = [
        ("ConnectWise PSA permission audit", "banner", 36),
        (f"{report.target.company} on {report.target.site}", "subtitle", 22),
        ("", "note", 8),
    ]
    if report.stopped:
        lines.append((_STOPPED[report.stopped], "missing.headline", 40))
    lines.append((report.headline, f"{_outcome(report)}.headline", 40))
    for row, (text, look, height) in enumerate(lines, 1):
        for column in range(LABEL, LAST + 1):
            put(sheet, row, column, "", look)
        put(sheet, row, LABEL, Marked(text, look))
        sheet.merge_cells(start_row=row, end_row=row, start_column=LABEL, end_column=LAST)
        sheet.row_dimensions[row].height = height
    return len(lines) + 2


def _outcome(report: Report) -> str:
    """Choose the look of the headline; nothing looks granted without a proof."""
    rights = report.counts.rights
    if rights.missing or rights.level_too_low or report.stopped == "safety":
        return "missing"
    if rights.undecided or report.stopped:
        return "undecided"
    return "granted" if rights.granted else "not_tested"


def _cards(sheet: Worksheet, row: int, title: tuple[str, str], cards: Sequence[Card]) -> int:
    """Write one row of large numbers over their words; a zero stays quiet."""
    put(sheet, row, LABEL, Marked(title[0], "section"))
    put(sheet, row + 1, LABEL, Marked(title[1], "label"))
    for column, (word, count, look) in enumerate(cards, FIRST):
        shown = look if count else "not_tested"
        put(sheet, row, column, count, f"{shown}.big")
        put(sheet, row + 1, column, Marked(word, f"{shown}.small"))
    sheet.row_dimensions[row].height = 34
    sheet.row_dimensions[row + 1].height = 18
    return row + 3


def _rights(report: Report) -> Sequence[Card]:
    counts = report.counts.rights
    return (
        ("granted", counts.granted, "granted"),
        ("missing", counts.missing, "missing"),
        ("level too low", counts.level_too_low, "level_too_low"),
        ("undecided", counts.undecided, "undecided"),
        ("excess", counts.excess, "excess"),
    )


def _outlooks(report: Report) -> Sequence[Card]:
    counts = Counter(action.outlook for action in report.actions)
    return (
        ("work", counts["works"], "granted"),
        ("fail", counts["fails"], "missing"),
        ("are open", counts["open"], "undecided"),
    )


def _actions(report: Report) -> Sequence[Card]:
    counts = report.counts.actions
    return (
        ("allowed", counts.allowed, "granted"),
        ("denied", counts.denied, "missing"),
        ("undecided", counts.undecided, "undecided"),
        ("not tested", counts.not_tested, "not_tested"),
    )


def _run(report: Report) -> Sequence[tuple[str, str]]:
    return (
        ("Site", report.target.site),
        ("Company", report.target.company),
        ("API version", report.target.api_version),
        ("Profile", ", ".join(report.profile)),
        ("Started, finished (UTC)", " – ".join(filter(None, (report.started, report.finished)))),
        ("Plan (SHA-256)", report.plan.hash),
        ("Made by", f"psa-audit {report.tool.version}, matrices {report.tool.matrices}"),
        ("Shared for", report.share),
    )


def _coverage(report: Report) -> Sequence[tuple[str, Value]]:
    sent = sum(1 for request in report.requests if request.sent)
    unused = sum(1 for request in report.requests if request.followup and not request.sent)
    return (
        ("Requests planned", len(report.requests)),
        ("Requests sent", sent),
        ("Follow-ups that were not needed", unused),
        ("Planned, but not sent", len(report.requests) - sent - unused),
        ("Skipped by design", len(report.skipped)),
    )
