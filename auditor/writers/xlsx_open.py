"""The sheets about what no answer settled, and about what does not fit together."""

from collections.abc import Mapping, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.xlsx_decide import DECISION, OPEN, let_decide
from auditor.writers.xlsx_findings import (
    SEVERITIES,
    accepted,
    evidence,
    evidence_rows,
    place,
)
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, SUMMARY, Column, names, write_table

_UNDECIDED = (
    Column("Severity", 11),
    Column("Rule", 16),
    Column("Module", 14),
    Column("Permission", 22),
    Column("Verb", 9),
    Column("Table Setup item", 20),
    Column("Level needed", 11),
    Column("Leaning", 10),
    Column("Why it is undecided", 38),
    Column("What would settle it", 38),
    Column("Actions", 9),
    Column("Actions concerned", 32),
    Column("Evidence", 11),
    Column("Accepted", 18),
    *DECISION,
)
_CONFLICTS = (
    Column("Severity", 11),
    Column("Rule", 18),
    Column("Module", 15),
    Column("Permission", 24),
    Column("Verb", 9),
    Column("Table Setup item", 22),
    Column("What does not fit", 52),
    Column("What to look at", 60),
    Column("Actions", 9),
    Column("Actions concerned", 34),
    *DECISION,
)


def write_undecided(sheet: Worksheet, report: Report) -> int:
    """Write every right that is neither granted nor missing, and what would settle it."""
    own, at, remedies = place(report).own, evidence_rows(report), _remedies(report)
    rows = [
        (*_undecided_row(right, own.get(right.id), remedies), evidence(right, at),
         accepted(right), *OPEN)
        for right in report.rights
        if right.state == "undecided"
    ]  # fmt: skip
    count = write_table(
        sheet,
        "Neither granted nor missing: no answer proved one or the other.",
        _UNDECIDED,
        rows,
        empty=_nothing(report),
        frozen=5,
        back=SUMMARY,
    )
    let_decide(sheet, len(_UNDECIDED), count, report.finished)
    return count


def write_conflicts(sheet: Worksheet, report: Report) -> int:
    """Write where answers and settings disagree, and every finding that has no other sheet."""
    count = write_table(
        sheet,
        "Where answers, settings and exceptions do not fit together.",
        _CONFLICTS,
        [(*_conflict_row(finding), *OPEN) for finding in place(report).conflicts],
        empty="Nothing that was seen contradicts anything else.",
        frozen=5,
        back=SUMMARY,
    )
    let_decide(sheet, len(_CONFLICTS), count, report.finished)
    return count


def _undecided_row(
    right: RightPart, finding: FindingPart | None, remedies: Mapping[str, Sequence[str]]
) -> Sequence[Value]:
    return (
        SEVERITIES[finding.severity] if finding else ABSENT,
        finding.rule if finding else "",
        right.module,
        Marked(right.permission, "strong"),
        Marked(right.verb, "strong"),
        right.table or ABSENT,
        right.needed or "any",
        right.leaning or ABSENT,
        _reason(right, finding),
        "\n".join(filter(None, (finding.fix if finding else "", *remedies.get(right.id, ())))),
        len(right.actions),
        names(right.actions),
    )


def _remedies(report: Report) -> Mapping[str, Sequence[str]]:
    """Map each right to the remedies of the undecided actions that need it."""
    found: dict[str, dict[str, None]] = {}
    for action in report.actions:
        if action.verdict == "undecided":
            for name in action.rights:
                found.setdefault(name, {})[action.remedy] = None
    return {name: list(remedies) for name, remedies in found.items()}


def _reason(right: RightPart, finding: FindingPart | None) -> str:
    """Return the message of the finding, and the reason where it does not say that too."""
    if finding is None:
        return right.reason
    return finding.message if right.reason in finding.message else (
        f"{finding.message}\n{right.reason}"
    )  # fmt: skip


def _conflict_row(finding: FindingPart) -> Sequence[Value]:
    return (
        SEVERITIES[finding.severity],
        finding.rule,
        finding.module or ABSENT,
        Marked(finding.permission, "strong") if finding.permission else ABSENT,
        Marked(finding.verb, "strong") if finding.verb else ABSENT,
        finding.table or ABSENT,
        finding.message,
        finding.fix,
        len(finding.actions),
        names(finding.actions),
    )


def _nothing(report: Report) -> str:
    if report.stopped:
        return "No needed right is undecided, although the run ended early."
    return "No needed right is undecided." if report.needed else "No right was needed."
