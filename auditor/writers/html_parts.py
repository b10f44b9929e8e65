"""The parts of a report with their places in the page: rights, actions, requests, matrix rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from auditor.schema import ActionPart, FindingPart, ProbePart, Report, RightPart
from auditor.writers import html_words as words
from auditor.writers.html_text import ids
from auditor.writers.html_words import Mark

T = TypeVar("T")
Groups = Sequence[tuple[str, Sequence[T]]]
OF_ONE_RIGHT = {
    "missing-right", "level-too-low", "table-not-allowed", "one-of-rights", "undecided-right",
    "excess-right",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownRight:
    """A right, its place in the page, its mark, the finding about it, and what would settle it."""

    part: RightPart
    id: str
    mark: Mark
    finding: FindingPart | None
    remedies: tuple[str, ...]

    @property
    def level(self) -> str:
        """Return the level to set; where no source states one, All is the safe assumption."""
        return self.part.needed or "All (assumed)"


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action, its place in the page, and that of the request which decided it, or empty."""

    part: ActionPart
    id: str
    request: str


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A planned request and its place in the page."""

    part: ProbePart
    id: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row of the role screen, or one Table Setup item, with a cell for each verb."""

    permission: str
    table: str | None
    cells: tuple[ShownRight | None, ...]


def grouped(items: Iterable[T], key: Callable[[T], str]) -> Groups[T]:
    """Group items by their key, groups and items in the order of first appearance."""
    return grouped_pairs((key(item), item) for item in items)


def grouped_pairs(pairs: Iterable[tuple[str, T]]) -> Groups[T]:
    """Group the second of each pair by the first."""
    found: dict[str, list[T]] = {}
    for key, item in pairs:
        found.setdefault(key, []).append(item)
    return tuple(found.items())


def requests_of(report: Report) -> tuple[ShownRequest, ...]:
    """Return every planned request."""
    places = ids("request", (part.id for part in report.requests))
    return tuple(map(ShownRequest, report.requests, places))


def rights_of(report: Report) -> tuple[ShownRight, ...]:
    """Return every right with the finding about it and what would settle it."""
    findings: dict[tuple[str | None, ...], FindingPart] = {}
    for finding in report.findings:
        if finding.rule in OF_ONE_RIGHT:
            findings.setdefault(_cell(finding), finding)
    remedies = _remedies(report.actions)
    places = ids("right", (part.id for part in report.rights))
    shown = []
    for part, place in zip(report.rights, places, strict=True):
        found = findings.get(_cell(part))
        settling = tuple(remedies.get(part.id, ())) if part.state == "undecided" else ()
        mark = words.state_mark(part, found.rule if found else "")
        shown.append(ShownRight(part, place, mark, found, settling))
    return tuple(shown)


def _cell(part: RightPart | FindingPart) -> tuple[str | None, ...]:
    return part.module, part.permission, part.verb, part.table


def _remedies(actions: Iterable[ActionPart]) -> dict[str, dict[str, None]]:
    """Map each right to what would settle the actions that wait for it, each once."""
    found: dict[str, dict[str, None]] = {}
    for action in actions:
        if action.verdict == "undecided" and action.remedy:
            for right in action.rights:
                found.setdefault(right, {})[action.remedy] = None
    return found


def actions_of(report: Report) -> tuple[ShownAction, ...]:
    """Return every action with the place of the request that decided it."""
    places = ids("action", (f"{part.category}/{part.action}" for part in report.actions))
    requests = ids("request", (part.id for part in report.requests))
    by_call: dict[tuple[str, str, str], str] = {}
    for probe, place in zip(report.requests, requests, strict=True):
        for operation in probe.operations:
            by_call.setdefault((operation, probe.method, probe.path), place)
    return tuple(
        ShownAction(part, place, by_call.get(_call(part), ""))
        for part, place in zip(report.actions, places, strict=True)
    )


def _call(part: ActionPart) -> tuple[str, str, str]:
    if part.request is None:
        return "", "", ""
    return f"{part.method} {part.path}", part.request.method, part.request.path
