"""A comparison → a table for the terminal, JSON, CSV or Markdown: show, never compute."""

import csv
import io
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from tabulate import tabulate

from auditor.compare import KINDS, ActionChange, Change, Comparison, Side
from auditor.matrix_import.overlay import neutral
from auditor.pairs import CAUSES, Cause
from auditor.runs import PastRun, RoleFile
from auditor.writers.role_markdown import text as md
from auditor.writers.terminal import MOST_ROWS, WIDTH, plain

SCHEMA = "psa-audit/diff/1"
COLUMNS = ("change", "name", "before", "after", "causes", "why", "concerns")
RIGHTS, FILE_RIGHTS = ("Right", "Was", "Is", "Cause"), ("Right", "In the run", "By the file", "")
ACTIONS = ("Action", "Was", "Is", "Rights behind it")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: both sides, what changed, and the words of --fail-on that it fails on."""

    one: PastRun
    two: PastRun | RoleFile
    found: Comparison
    fails: tuple[str, ...]

    @property
    def head(self) -> Sequence[str]:
        """Return the headings of a table of rights; the role file has no causes."""
        return FILE_RIGHTS if isinstance(self.two, RoleFile) else RIGHTS


def as_json(shown: Shown) -> str:
    """Return everything as JSON in ASCII, schema psa-audit/diff/1."""
    found = shown.found
    counts = Counter(change.kind for change in found.changes)
    data = {
        "schema": SCHEMA,
        "before": _origin(shown.one),
        "after": _origin(shown.two),
        "notes": found.notes,
        "differences": [asdict(item) for item in found.differences],
        "counts": {kind: counts[kind] for kind in KINDS if counts[kind]},
        "rights": [_item(change) for change in found.changes],
        "actions": [asdict(item) for item in found.actions],
        "fails": shown.fails,
    }
    return json.dumps(data, indent=2) + "\n"


def as_csv(shown: Shown) -> str:
    """Return one row for each difference and change; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(shown.found):
        writer.writerow([neutral(_line(cell)) for cell in row])
    return out.getvalue()


def as_markdown(shown: Shown) -> str:
    """Return headings and tables; what a tenant wrote is shown as it is."""
    found = shown.found
    parts = [
        "# What changed",
        "\n".join(f"- {name}: {md(_about(side))}" for name, side in _sides(shown)),
        *(f"Note: {md(note)}" for note in found.notes),
        "\n".join(f"- **{item.cause}**: {md(item.text)}" for item in found.differences),
        md(_summary(found)),
    ]
    for kind, changes in groupby(found.changes, key=lambda change: change.kind):
        rows = ((*_cells(change), change.why) for change in changes)
        parts += [f"## {KINDS[kind]}", _md_table((*shown.head, "Why"), rows)]
    if found.actions:
        rows = ((*_action(item), item.why) for item in found.actions)
        parts += ["## Actions with another verdict or outlook", _md_table((*ACTIONS, "Why"), rows)]
    parts += ["\n".join(f"- **{cause}**: {CAUSES[cause]}" for cause in _causes(found))]
    return "\n\n".join([*filter(None, parts), _ending(shown.fails)]) + "\n"


def as_table(shown: Shown) -> str:
    """Return what an 80-column terminal shows; long lists are cut, and say so."""
    found = shown.found
    between = [f"{item.cause}: {item.text}" for item in found.differences]
    blocks = [
        "\n".join(_wrap(f"{name}: {_about(side)}") for name, side in _sides(shown)),
        "\n".join(_wrap(f"Note: {note}") for note in found.notes),
        "\n".join(map(_wrap, between[:MOST_ROWS])) + _more(len(between)),
        _wrap(_summary(found)),
    ]
    for kind, group in groupby(found.changes, key=lambda change: change.kind):
        rows = [_cells(change) for change in group]
        blocks.append(f"{KINDS[kind]}.\n\n{_grid(shown.head, rows, [31, 17, 17, 9])}")
    blocks += _actions_table(found)
    blocks += ["\n".join(_wrap(f"{cause}: {CAUSES[cause]}") for cause in _causes(found))]
    return plain("\n\n".join([*filter(None, blocks), _ending(shown.fails)])) + "\n"


def _actions_table(found: Comparison) -> Iterator[str]:
    """Yield the actions that fare otherwise; of the others the answer differs, and no more."""
    moved = [item for item in found.actions if item.has_other_outlook or item.is_lost]
    if moved:
        table = _grid(ACTIONS, list(map(_action, moved)), [24, 12, 12, 26])
        yield f"Actions that fare otherwise.\n\n{table}"
    if others := len(found.actions) - len(moved):
        yield _wrap(
            f"{others} more got another answer to their own request, and fare as before: "
            "--format json lists them."
        )


FORMATS: dict[str, Callable[[Shown], str]] = {
    "table": as_table, "json": as_json, "csv": as_csv, "markdown": as_markdown
}  # fmt: skip


def _origin(source: PastRun | RoleFile) -> dict[str, Any]:
    if isinstance(source, RoleFile):
        return {"kind": "role file", "name": source.name}
    about = {"tool", "target", "started", "finished", "stopped", "profile"}
    return {"kind": "run", "name": source.name, **source.report.model_dump(include=about)}


def _item(change: Change) -> dict[str, Any]:
    data = asdict(change)
    return {"kind": data.pop("kind"), "id": change.right.id, **data.pop("right"), **data}


def _rows(found: Comparison) -> Iterator[Sequence[str]]:
    """Yield everything that is said, one row each, in the order of COLUMNS."""
    for note in found.notes:
        yield "note", note, "", "", "", "", ""
    for item in found.differences:
        yield "run", item.text, "", "", item.cause, CAUSES[item.cause], ""
    for change in found.changes:
        yield (
            change.kind, change.right.id, _side(change.before), _side(change.after),
            "; ".join(change.causes), change.why, "; ".join(change.actions),
        )  # fmt: skip
    for action in found.actions:
        rights = "; ".join(action.rights)
        _, was, now, _ = _action(action)
        yield "action", action.action, was, now, "", action.why, rights


def _cells(change: Change) -> Sequence[str]:
    return (
        change.right.label, _side(change.before), _side(change.after), ", ".join(change.causes)
    )  # fmt: skip


def _action(item: ActionChange) -> Sequence[str]:
    shown = ", ".join(item.rights[:3])
    more = f" and {len(item.rights) - 3} more" if len(item.rights) > 3 else ""
    was = f"{item.outlook_before} ({item.before.replace('_', ' ')})"
    now = f"{item.outlook_after} ({item.after.replace('_', ' ')})"
    return item.action, was, now, shown + more


def _side(side: Side | None) -> str:
    """Word one side of a change: state, grade, level needed, level that the settings give."""
    if side is None:
        return "-"
    needs, role = f"needs {side.needed}", f"role {side.declared}"
    facts = [side.grade or "", needs if side.needed else "", role if side.declared else ""]
    said = ", ".join(filter(None, facts))
    return side.state.replace("_", " ") + (f" ({said})" if said else "")


def _about(source: PastRun | RoleFile) -> str:
    if isinstance(source, RoleFile):
        return f"{source.name}: a role file"
    report = source.report
    version = f", version {report.target.api_version}" if report.target.api_version else ""
    place = f"{report.target.company} at {report.target.site}{version}"
    return f"{source.name}: {place}, {report.started}"


def _sides(shown: Shown) -> tuple[tuple[str, PastRun | RoleFile], ...]:
    names = ("Run", "File") if isinstance(shown.two, RoleFile) else ("Before", "After")
    return (names[0], shown.one), (names[1], shown.two)


def _summary(found: Comparison) -> str:
    """Say the outcome in a sentence or two."""
    if not found.changes and not found.actions:
        return "No right and no verdict changed."
    counts = Counter(change.kind for change in found.changes)
    parts = [f"{counts[kind]} {kind.replace('_', ' ')}" for kind in KINDS if counts[kind]]
    rights = f"Rights: {', '.join(parts)}." if parts else "No right changed."
    others = f" Actions with another verdict or outlook: {len(found.actions)}."
    return rights + (others if found.actions else "")


def _ending(fails: Sequence[str]) -> str:
    if fails:
        return f"Exit code 1: {', '.join(fails)}."
    return "Exit code 0: nothing of what --fail-on names."


def _causes(found: Comparison) -> list[Cause]:
    """Return the causes that are named, in the order of CAUSES, for the legend."""
    named = {cause for change in found.changes for cause in change.causes}
    return [cause for cause in CAUSES if cause in named]


def _grid(head: Sequence[str], rows: list[Sequence[str]], widths: list[int]) -> str:
    shown = [[_line(cell) for cell in row] for row in rows[:MOST_ROWS]]
    return tabulate(
        shown, headers=head, maxcolwidths=list(widths), disable_numparse=True
    ) + _more(len(rows))  # fmt: skip


def _more(count: int) -> str:
    left = count - MOST_ROWS
    return f"\n... and {left} more: --format json lists all." if left > 0 else ""


def _md_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *(list(map(md, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _wrap(text: str) -> str:
    return textwrap.fill(_line(text), WIDTH, subsequent_indent="   ")
