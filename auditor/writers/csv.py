"""The rights as CSV, one row each, for scripts and quick filters.

Lossy: texts come on one line and are cut at what a cell can hold, characters that steer a
program show as U+FFFD, lists are joined by `; `, and what could become a formula is preceded by
an apostrophe. Actions, requests and findings about no single right are in report.json only.
"""

import csv
import io
import re
from collections.abc import Sequence

from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.terminal import plain

MODEL = tuple(name for name in RightPart.model_fields if name != "accepted")
EXCEPTION = ("reason", "owner", "expires")
FINDING = ("rule", "severity", "message", "fix")
COLUMNS = (*MODEL, *(f"accepted_{name}" for name in EXCEPTION), *FINDING)
LONGEST = 32_000  # characters; a spreadsheet's cell holds 32,767
# A formula may also begin behind a separator: where commas part numbers, programs split at `;`.
_FORMULA = re.compile(r"(^|[;,|])(\s*)(?=[=+\-@＝＋－＠])")
Value = str | bool | tuple[str, ...] | None


def render(report: Report) -> bytes:
    """Return a header and one row per right, in UTF-8 without a mark, lines ending in LF."""
    found = {_place(item): item for item in reversed(report.findings)}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for right in report.rights:
        writer.writerow(_row(right, found.get(_place(right))))
    return out.getvalue().encode()


def cell(value: Value) -> str:
    """Return what a cell shows of a value; None is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return _neutral("; ".join(value))
        case str():
            return _neutral(value)


def _row(right: RightPart, finding: FindingPart | None) -> Sequence[str]:
    """Return the cells of a right, of the exception it falls under, and of its finding."""
    values: list[Value] = [getattr(right, name) for name in MODEL]
    values += [getattr(right.accepted, name, None) for name in EXCEPTION]
    values += [getattr(finding, name, None) for name in FINDING]
    return [cell(value) for value in values]


def _neutral(text: str) -> str:
    """Return the text on one line, so that no program takes it for a formula or a command."""
    line = " ".join(plain(text[: LONGEST * 2]).split())
    line = _FORMULA.sub(r"\1\2'", line)
    return line if len(line.encode("utf-16-le")) <= LONGEST * 2 else _cut(line)


def _cut(line: str) -> str:
    units = line.encode("utf-16-le")[: (LONGEST - 1) * 2]
    return units.decode("utf-16-le", "ignore") + "…"


def _place(part: RightPart | FindingPart) -> tuple[str | None, ...]:
    return part.module, part.permission, part.verb, part.table
