"""The sheet about what the member has beyond its needs, worst harm first."""

from collections.abc import Mapping, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.xlsx_decide import DECISION, OPEN, let_decide
from auditor.writers.xlsx_findings import (
    SEVERITIES,
    Placed,
    accepted,
    evidence,
    evidence_rows,
    place,
)
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, RISKS, SUMMARY, Column, write_table

_EXCESS = (
    Column("Risk", 12),
    Column("Kind", 16),
    Column("Module", 15),
    Column("Permission", 24),
    Column("Verb", 9),
    Column("Level it has", 12),
    Column("Table Setup item", 20),
    Column("Harm", 50),
    Column("Fix: click path", 44),
    Column("How we know", 26),
    Column("Evidence", 11),
    Column("Accepted", 18),
    *DECISION,
)
_KINDS = {
    "admin-role": "admin role",
    "dangerous-combination": "dangerous combination",
    "level-too-wide": "level too wide",
}


def write_excess(sheet: Worksheet, report: Report) -> int:
    """Write admin roles and dangerous combinations, then every right that nothing needs."""
    placed, at = place(report), evidence_rows(report)
    rows: list[Sequence[Value]] = [_beyond_row(finding) for finding in placed.beyond]
    rows += [_right_row(right, placed, at) for right in report.excess]
    count = write_table(
        sheet,
        "Dangerous combinations first, then single rights, worst harm first. Nothing that was "
        "selected needs them.",
        _EXCESS,
        rows,
        empty=_nothing(report),
        frozen=2,
        back=SUMMARY,
    )
    let_decide(sheet, len(_EXCESS), count, report.finished)
    return count


def _beyond_row(finding: FindingPart) -> Sequence[Value]:
    """Show a finding about more than one right; where it names no tier, its severity stands."""
    tier = next((RISKS[tier] for tier in RISKS if f"({tier}): " in finding.message), None)
    return (
        tier or SEVERITIES[finding.severity],
        Marked(_KINDS[finding.rule], "strong"),
        *[ABSENT] * 5,
        finding.message,
        finding.fix,
        ABSENT,
        ABSENT,
        ABSENT,
        *OPEN,
    )


def _right_row(right: RightPart, placed: Placed, at: Mapping[str, int]) -> Sequence[Value]:
    finding = placed.own.get(right.id)
    return (
        RISKS[right.risk],
        "single right",
        right.module,
        Marked(right.permission, "strong"),
        Marked(right.verb, "strong"),
        right.declared or "not known",
        right.table or ABSENT,
        right.harm,
        finding.fix if finding else "",
        right.reason,
        evidence(right, at),
        accepted(right),
        *OPEN,
    )


def _nothing(report: Report) -> str:
    """Say that nothing is in excess only where the settings could tell."""
    if report.share == "public":
        return "What the member has beyond its needs is not shared."
    if any(item.answer == "read" and item.permissions for item in report.settings):
        return "The settings that were read hold nothing that was not needed."
    return "No right was found that is not needed; no settings were read that would show one."
