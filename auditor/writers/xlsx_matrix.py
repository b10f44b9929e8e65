"""The role matrix: module × permission (× Table Setup item), one column per verb."""

from collections.abc import Mapping, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.rights import Verb
from auditor.schema import Report, RightPart
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, STATE_WORDS, SUMMARY, Column, write_table

Place = tuple[str, str, str | None]
_MATRIX = (
    Column("Module", 15),
    Column("Permission", 28),
    Column("Table Setup item", 26),
    *(Column(f"{verb}: needed | found | level", 25) for verb in Verb),
    Column("Evidence", 24),
    Column("Wanted by", 26),
)


def write_matrix(sheet: Worksheet, report: Report) -> int:
    """Write every right once, in the row of its permission and the column of its verb."""
    grid: dict[Place, dict[str, RightPart]] = {}
    for right in report.rights:
        place = (right.module, right.permission, right.table)
        grid.setdefault(place, {})[right.verb] = right
    return write_table(
        sheet,
        "Each cell: level needed | what was found | level by the settings. any: no source states "
        "the level. ?: not known. –: not needed.",
        _MATRIX,
        (_row(place, rights) for place, rights in grid.items()),
        empty="No right is needed by what was selected.",
        frozen=2,
        back=SUMMARY,
    )


def state_cell(right: RightPart) -> Marked:
    """Say in one cell which level is needed, what was found, and what the settings give."""
    needed = right.needed or ("not needed" if right.state == "excess" else "any")
    found = [STATE_WORDS[right.state].text]
    found += [right.grade] if right.grade and right.state == "granted" else []
    found += [f"leaning {right.leaning}"] if right.leaning else []
    found += ["accepted"] if right.accepted else []
    return Marked(f"{needed} | {', '.join(found)} | {right.declared or '?'}", right.state)


def _row(place: Place, rights: Mapping[str, RightPart]) -> Sequence[Value]:
    module, permission, table = place
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
        *(state_cell(rights[verb]) if verb in rights else ABSENT for verb in Verb),
        "\n".join(evidence),
        ", ".join(wanted),
    )
