"""The sheets about rights: what is missing, the role matrix, what is undecided."""

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.rights import Verb
from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, STATE_WORDS, Column, names, write_table

Cell = tuple[str | None, str | None, str | None, str | None]
LACKING = ("missing", "level_too_low")

_MISSING = (
    Column("Module", 15),
    Column("Permission", 24),
    Column("Verb", 10),
    Column("Level to set", 14),
    Column("Table Setup item", 24),
    Column("State", 16),
    Column("Fix: click path", 44),
    Column("Actions", 10),
    Column("Actions that break", 38),
    Column("Basis", 13),
    Column("Why and source", 40),
    Column("Evidence", 13),
)
_MATRIX = (
    Column("Module", 15),
    Column("Permission", 28),
    Column("Table Setup item", 26),
    *(Column(verb, 24) for verb in Verb),
    Column("Evidence", 24),
    Column("Wanted by", 26),
)
_UNDECIDED = (
    Column("Severity", 11),
    Column("Rule", 17),
    Column("Module", 15),
    Column("Permission", 24),
    Column("Verb", 10),
    Column("Table Setup item", 24),
    Column("Level needed", 13),
    Column("Leaning", 10),
    Column("Why it is undecided", 40),
    Column("What would settle it", 44),
    Column("Actions", 10),
    Column("Actions concerned", 36),
    Column("Evidence", 13),
)
_SEVERITIES = {
    "high": Marked("HIGH", "missing"),
    "medium": Marked("medium", "undecided"),
    "low": Marked("low", "not_tested"),
}


def write_missing(sheet: Worksheet, report: Report) -> int:
    """Write every right that is missing or set too low, with the click path that grants it."""
    lacking = [right for right in report.rights if right.state in LACKING]
    titles = {source.id: source.title for source in report.sources}
    fixes = _by_cell(report.findings)
    return write_table(
        sheet,
        "Each row is one box of the security role to set. Evidence names rows of Requests.",
        _MISSING,
        (_missing_row(right, fixes, titles) for right in lacking),
        empty=_nothing_missing(report),
        frozen=3,
    )


def write_matrix(sheet: Worksheet, report: Report) -> int:
    """Write module × permission (× Table Setup item), one column per verb."""
    grid: dict[tuple[str, str, str | None], dict[str, RightPart]] = {}
    for right in report.rights:
        place = (right.module, right.permission, right.table)
        grid.setdefault(place, {})[right.verb] = right
    return write_table(
        sheet,
        "Each cell: level needed · state found. 'any': no source states the level. –: not needed.",
        _MATRIX,
        (_matrix_row(place, rights) for place, rights in grid.items()),
        empty="No right is needed by what was selected.",
        frozen=2,
    )


def write_undecided(sheet: Worksheet, report: Report) -> int:
    """Write every undecided right, then the findings that are about no right shown so far."""
    fixes = _by_cell(report.findings)
    undecided = [right for right in report.rights if right.state == "undecided"]
    shown = {
        _cell(right) for right in report.rights if right.state in LACKING or right in undecided
    }
    others = [finding for finding in report.findings if _cell(finding) not in shown]
    rows: list[Sequence[Value]] = [_undecided_row(right, fixes, report) for right in undecided]
    rows += [_other_row(finding) for finding in others]
    return write_table(
        sheet,
        "Neither granted nor missing: no answer proved one or the other. Other findings follow.",
        _UNDECIDED,
        rows,
        empty="Nothing is undecided, and there are no other findings.",
        frozen=5,
    )


def state_cell(right: RightPart) -> Marked:
    """Say in one cell which level is needed and what was found."""
    word = STATE_WORDS[right.state].text
    more: str | None
    match right.state:
        case "granted":
            more = right.grade
        case "undecided":
            more = right.leaning and f"leaning {right.leaning}"
        case "missing" | "level_too_low" | "excess":
            more = right.declared and f"has {right.declared}"
    found = f"{word} ({more})" if more else word
    needed = right.needed or ("not needed" if right.state == "excess" else "any")
    return Marked(f"{needed} · {found}", right.state)


def _missing_row(
    right: RightPart, fixes: dict[Cell, FindingPart], titles: dict[str, str]
) -> Sequence[Value]:
    finding = fixes.get(_cell(right))
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
        "\n".join(filter(None, (right.why, *_titles(right, titles)))),
        ", ".join(right.evidence),
    )


def _matrix_row(
    place: tuple[str, str, str | None], rights: dict[str, RightPart]
) -> Sequence[Value]:
    module, permission, table = place
    cells = (state_cell(rights[verb]) if verb in rights else ABSENT for verb in Verb)
    evidence = [
        f"{verb}: {', '.join(rights[verb].evidence)}"
        for verb in Verb
        if verb in rights and rights[verb].evidence
    ]
    wanted = dict.fromkeys(name for right in rights.values() for name in right.wanted_by)
    return (
        module,
        Marked(permission, "strong"),
        table or ABSENT,
        *cells,
        "\n".join(evidence),
        ", ".join(wanted),
    )


def _undecided_row(
    right: RightPart, fixes: dict[Cell, FindingPart], report: Report
) -> Sequence[Value]:
    finding = fixes.get(_cell(right))
    reason = finding.message if finding and right.reason in finding.message else right.reason
    if finding and reason == right.reason:
        reason = f"{finding.message}\n{right.reason}"
    remedies = dict.fromkeys(
        action.remedy
        for action in report.actions
        if action.verdict == "undecided" and right.id in action.rights
    )
    return (
        _SEVERITIES[finding.severity] if finding else ABSENT,
        finding.rule if finding else "",
        right.module,
        Marked(right.permission, "strong"),
        Marked(right.verb, "strong"),
        right.table or ABSENT,
        right.needed or "any",
        right.leaning or ABSENT,
        reason,
        "\n".join(filter(None, (finding.fix if finding else "", *remedies))),
        len(right.actions),
        names(right.actions),
        ", ".join(right.evidence),
    )


def _other_row(finding: FindingPart) -> Sequence[Value]:
    return (
        _SEVERITIES[finding.severity],
        finding.rule,
        finding.module or ABSENT,
        finding.permission or ABSENT,
        finding.verb or ABSENT,
        finding.table or ABSENT,
        ABSENT,
        ABSENT,
        finding.message,
        finding.fix,
        len(finding.actions),
        names(finding.actions),
        "",
    )


def _by_cell(findings: Sequence[FindingPart]) -> dict[Cell, FindingPart]:
    """Map each right to its most severe finding."""
    return {_cell(finding): finding for finding in reversed(findings)}


def _cell(part: RightPart | FindingPart) -> Cell:
    return part.module, part.permission, part.verb, part.table


def _titles(right: RightPart, titles: dict[str, str]) -> list[str]:
    return [titles.get(name, name) for name in right.source.split(";")]


def _nothing_missing(report: Report) -> str:
    open_rights = report.counts.rights.undecided
    if open_rights or report.stopped:
        return f"No right was found missing, but {open_rights} are undecided: see Undecided." + (
            " The run ended early." if report.stopped else ""
        )
    if not report.counts.rights.granted:
        return "No right was found missing, and none was found granted: nothing was tested."
    return "No needed right is missing."
