"""Which finding is shown on which sheet, and where the evidence of a right is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.xlsx_look import Link, Marked, Value
from auditor.writers.xlsx_table import ABSENT, HEADER

Cell = tuple[str | None, str | None, str | None, str | None]
LACKING = ("missing", "level_too_low")
REQUESTS = "Requests"
_RULES = {
    "missing-right": LACKING,
    "table-not-allowed": LACKING,
    "level-too-low": LACKING,
    "one-of-rights": ("undecided",),
    "undecided-right": ("undecided",),
    "excess-right": ("excess",),
}
_BEYOND = ("admin-role", "dangerous-combination", "level-too-wide")
SEVERITIES = {
    "high": Marked("HIGH", "missing"),
    "medium": Marked("medium", "undecided"),
    "low": Marked("low", "not_tested"),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Every finding in one place: beside its right, among the excess, or with the conflicts."""

    own: Mapping[str, FindingPart]
    beyond: tuple[FindingPart, ...]
    conflicts: tuple[FindingPart, ...]


def place(report: Report) -> Placed:
    """Give each finding its place; none is left out."""
    rights = {_cell(right): right for right in report.rights}
    own: dict[str, FindingPart] = {}
    beyond, conflicts = [], []
    for finding in report.findings:
        right = rights.get(_cell(finding))
        if right and right.state in _RULES.get(finding.rule, ()) and right.id not in own:
            own[right.id] = finding
        elif finding.rule in _BEYOND:
            beyond.append(finding)
        else:
            conflicts.append(finding)
    return Placed(own, tuple(beyond), tuple(conflicts))


def evidence_rows(report: Report) -> Mapping[str, int]:
    """Map the id of a request to its row on the sheet of requests."""
    return {item.id: row for row, item in enumerate(report.requests, HEADER + 1)}


def evidence(right: RightPart, rows: Mapping[str, int]) -> Value:
    """Name the requests a state rests on, and lead to the first of them."""
    names = ", ".join(right.evidence)
    row = next((rows[name] for name in right.evidence if name in rows), None)
    return Link(names, f"'{REQUESTS}'!A{row}") if row and names else names or ABSENT


def accepted(right: RightPart) -> Value:
    """Say who answers for a right that stays as it is, and until when."""
    if right.accepted is None:
        return ABSENT
    return f"until {right.accepted.expires}: {right.accepted.owner}\n{right.accepted.reason}"


def sources(right: RightPart, report: Report) -> str:
    """Say why a right is needed and who says so, a line each."""
    titles = {source.id: source.title for source in report.sources}
    named = (titles.get(name, name) for name in right.source.split(";"))
    return "\n".join(filter(None, (right.why, *named)))


def has_any(rights: Iterable[RightPart], *states: str) -> bool:
    """Tell whether a right is in one of the states."""
    return any(right.state in states for right in rights)


def _cell(part: RightPart | FindingPart) -> Cell:
    return part.module, part.permission, part.verb, part.table
