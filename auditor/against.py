"""A report and a role file → what the file would change for the member. Pure and sorted."""

from collections.abc import Iterable, Iterator

from auditor.compare import Change, Comparison, Kind, Side, in_order, side_of, standing
from auditor.declared import Declared
from auditor.pairs import is_wanted, right_of
from auditor.rights import TABLE_SETUP, Level, Right, Verb
from auditor.schema import Report, RightPart

_IN, _OUT, _UNSAID = "in the file", "not in the file", "not said"


def compare_role(report: Report, role: Declared, items: Iterable[str]) -> Comparison:
    """Compare what a run found with what a role file would give the member.

    `items` are the known Table Setup items. What the file does not name, it does not grant.
    """
    changes = [
        *(change for part in report.rights if (change := _against(part, role))),
        *_file_excess(report, role, items),
    ]
    notes = []
    if role.allowed is None:
        notes.append("The file holds no Customize list: Table Setup items cannot be judged.")
    if role.unmatched:
        notes.append(f"Not in the role matrix: {', '.join(role.unmatched)}.")
    if report.stopped:
        notes.append(f"The run ended early: {report.stopped}.")
    return Comparison((), in_order(changes), (), tuple(notes))


def _against(part: RightPart, role: Declared) -> Change | None:
    """Return what a role file would make of one right that a run reports."""
    right = right_of(part)
    level = _reach(right, role)
    enough = None if level is None else level >= _least(part)
    file = Side({True: _IN, False: _OUT, None: _UNSAID}[enough], part.needed,
                level.label if level is not None else None)  # fmt: skip
    kind = _file_kind(standing(part.state), enough)
    if kind is None:
        return None
    why = f"the file gives {level.label}" if level else part.reason
    return Change(kind, right, side_of(part), file, (), why, part.actions)


def _file_kind(state: str, enough: bool | None) -> Kind | None:
    if state == "excess":
        return "excess_gone" if enough is False else None
    if enough is None:
        return "not_said"
    kinds: dict[tuple[str, bool], Kind] = {
        ("granted", False): "breaks", ("lacking", True): "repairs",
        ("lacking", False): "stays_missing", ("undecided", True): "open_granted",
        ("undecided", False): "open_lacking",
    }  # fmt: skip
    return kinds.get((state, enough))


def _least(part: RightPart) -> Level:
    return Level.parse(part.needed) if part.needed else Level.MY


def _reach(right: Right, role: Declared) -> Level | None:
    """Return how far a right reaches by the file; None where its Customize list cannot tell."""
    return role.of(right) if role.level(right) else Level.NONE


def _file_excess(report: Report, role: Declared, items: Iterable[str]) -> Iterator[Change]:
    held = {part.id: part for part in report.excess}
    for right, level in _given(role, items):
        name = right.id
        part = held.get(name)
        if part is None and is_wanted(right, report):
            continue
        side = Side(_IN, None, level.label)
        yield Change("file_excess", right, side_of(part), side, (), part.harm if part else "")


def _given(role: Declared, items: Iterable[str]) -> Iterator[tuple[Right, Level]]:
    """Yield every box that the file ticks, and every item that its Customize list allows."""
    for (module, permission, verb), level in role.levels.items():
        if level is not Level.NONE:
            yield Right(module, permission, verb), level
    for item in items:
        if role.item(item):
            yield Right(*TABLE_SETUP, Verb.INQUIRE, item), Level.ALL
