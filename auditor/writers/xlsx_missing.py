"""The sheets about what to set: every right that lacks, and the same as a list to work through."""

from collections.abc import Iterator, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.click_paths import ROLE_SCREEN
from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.xlsx_decide import DECISION, OPEN, TICK, let_decide, let_tick, mark_words
from auditor.writers.xlsx_findings import (
    LACKING,
    accepted,
    evidence,
    evidence_rows,
    has_any,
    place,
    sources,
)
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import (
    ABSENT,
    STATE_WORDS,
    SUMMARY,
    Column,
    names,
    write_table,
)

_MISSING = (
    Column("Module", 14),
    Column("Permission", 22),
    Column("Verb", 9),
    Column("Level to set", 12),
    Column("Table Setup item", 20),
    Column("State", 14),
    Column("Fix: click path", 38),
    Column("Actions", 9),
    Column("Actions that break", 32),
    Column("Basis", 12),
    Column("Why and source", 32),
    Column("Evidence", 11),
    Column("Accepted", 18),
    *DECISION,
)
_CHECKLIST = (
    Column("Done", 11),
    Column("Step", 7),
    Column("Module", 16),
    Column("Permission", 28),
    Column("Box to set", 30),
    Column("Level", 9),
    Column("Click path", 69),
)


def write_missing(sheet: Worksheet, report: Report) -> int:
    """Write every right that is missing or set too low, with the click path that grants it."""
    own, at = place(report).own, evidence_rows(report)
    rows = [
        (*_missing_row(right, own.get(right.id), report), evidence(right, at), accepted(right),
         *OPEN)
        for right in report.rights
        if right.state in LACKING
    ]  # fmt: skip
    count = write_table(
        sheet,
        "One row per right. Evidence names rows of Requests. The last columns are yours.",
        _MISSING,
        rows,
        empty=nothing_missing(report),
        frozen=3,
        back=SUMMARY,
    )
    let_decide(sheet, len(_MISSING), count, report.finished)
    mark_words(sheet, 6, count, STATE_WORDS["granted"].text)
    return count


def write_checklist(sheet: Worksheet, report: Report) -> int:
    """Write one row per box to set, in the order of the screen, for whoever sets them."""
    count = write_table(
        sheet,
        f"Open {ROLE_SCREEN}, set each box, save, then run the audit again.",
        _CHECKLIST,
        [(TICK, step, *row) for step, row in enumerate(_boxes(report), 1)],
        empty=f"There is no box to set. {nothing_missing(report)}",
        frozen=2,
        back=SUMMARY,
    )
    let_tick(sheet, len(_CHECKLIST), count)
    return count


def nothing_missing(report: Report) -> str:
    """Say that nothing is missing only as far as that is known."""
    if has_any(report.rights, *LACKING):
        return "What is missing is accepted as it is."
    open_rights = report.counts.rights.undecided
    if open_rights or report.stopped:
        return f"No right was found missing, but {open_rights} are undecided: see Undecided." + (
            " The run ended early." if report.stopped else ""
        )
    if not report.counts.rights.granted:
        return "No right was found missing, and none was found granted: nothing was tested."
    return "No needed right is missing."


def _missing_row(right: RightPart, finding: FindingPart | None, report: Report) -> Sequence[Value]:
    return (
        right.module,
        Marked(right.permission, "strong"),
        Marked(right.verb, "strong"),
        right.needed or "All (assumed)",
        right.table or ABSENT,
        STATE_WORDS[right.state],
        finding.fix if finding else "",
        len(right.actions),
        names(right.actions),
        right.basis,
        sources(right, report),
    )


def _boxes(report: Report) -> Iterator[Sequence[Value]]:
    """Yield each box once, then the items that Customize beside it must allow."""
    own = place(report).own
    todo = [right for right in report.rights if right.state in LACKING and not right.accepted]
    for module, permission in dict.fromkeys((right.module, right.permission) for right in todo):
        here = [right for right in todo if (right.module, right.permission) == (module, permission)]
        path = f"{ROLE_SCREEN} > {module} > {permission}"
        boxes: dict[str, set[str]] = {}
        for right in here:
            if not _is_item_only(own.get(right.id)):
                boxes.setdefault(right.verb, set()).add(right.needed or "All")
        for verb, levels in boxes.items():
            level = "All" if "All" in levels else "My"
            yield (module, Marked(permission, "strong"), Marked(verb, "strong"), level,
                   f"{path} > {verb}: {level}")  # fmt: skip
        for item in dict.fromkeys(right.table for right in here if right.table):
            yield (module, Marked(permission, "strong"), Marked(f"Customize: {item}", "strong"),
                   "allow", f"{path} > Customize: allow '{item}'")  # fmt: skip


def _is_item_only(finding: FindingPart | None) -> bool:
    return finding is not None and finding.rule == "table-not-allowed"
