"""Two reports side by side, and how the runs differ as a whole. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.evidence import READ
from auditor.rights import Right, Verb
from auditor.schema import ActionPart, CalibrationPart, ProbePart, Report, RightPart

Cause = Literal["target", "role", "platform", "data", "selection", "policy", "evidence"]
CAUSES: dict[Cause, str] = {
    "target": "another company or site",
    "role": "the role changed: other settings, or other answers to the same request",
    "platform": "the PSA changed: another version, or another order of checks",
    "data": "psa-audit changed: another version of it, or other matrices",
    "selection": "other things were audited",
    "policy": "the evidence was read more or less strictly",
    "evidence": "what could be seen differs; that alone shows no change in the PSA",
}
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which two runs differ as a whole."""

    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A report with its parts by name; `matrices` is the digest that it was planned with."""

    report: Report
    matrices: str
    rights: Mapping[str, RightPart]
    actions: Mapping[str, ActionPart]
    ids: Mapping[str, ProbePart]
    requests: Mapping[Key, ProbePart]
    orders: Mapping[str, CalibrationPart]

    def sees(self, *, items: bool) -> int:
        """Return how many permissions the settings stated, or Customize items; 0: not read."""
        read = [part for part in self.report.settings if part.answer == READ]
        if items:
            return sum(part.items is not None for part in read)
        return max((part.permissions for part in read), default=0)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs, and whether they differ in what matters to every change."""

    before: View
    after: View

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether these are different PSAs."""
        places = [
            (view.report.target.site.casefold(), view.report.target.company.casefold())
            for view in (self.before, self.after)
        ]
        return places[0] != places[1]

    @property
    def has_other_data(self) -> bool:
        """Tell whether the program or its matrices differ."""
        one, two = self.before, self.after
        return one.report.tool != two.report.tool or one.matrices != two.matrices

    @property
    def has_other_version(self) -> bool:
        """Tell whether the PSA names another version of itself; an unknown one is none."""
        versions = {view.report.target.api_version for view in (self.before, self.after)} - {""}
        return len(versions) > 1

    @property
    def has_other_selection(self) -> bool:
        """Tell whether something else was audited: other names, other actions, other requests."""
        one, two = self.before, self.after
        if one.report.profile != two.report.profile or one.actions.keys() != two.actions.keys():
            return True
        return not self.has_other_data and one.report.plan.hash != two.report.plan.hash


def view(report: Report, matrices: str = "") -> View:
    """Index a report."""
    return View(
        report,
        matrices or report.tool.matrices,
        {part.id: part for part in report.rights},
        {f"{part.category}/{part.action}": part for part in report.actions},
        {part.id: part for part in report.requests},
        {key_of(part): part for part in report.requests},
        {part.resource: part for part in report.calibration},
    )


def right_of(part: RightPart) -> Right:
    """Return the right that a part of a report shows."""
    return Right(part.module, part.permission, Verb(part.verb), part.table)


def differences(runs: Pair) -> tuple[Difference, ...]:
    """Return how the runs differ as a whole, in the order of the causes."""
    found = [
        *_targets(runs), *_platforms(runs), *_data(runs), *_selections(runs), *_sights(runs)
    ]  # fmt: skip
    ranks = list(CAUSES)
    return tuple(sorted(found, key=lambda item: (ranks.index(item.cause), item.text)))


def is_wanted(right: Right, report: Report) -> bool:
    """Tell whether the run counts this box or item as needed, if under a condition only."""
    for part in report.needed:
        if (part.module, part.permission) != (right.module, right.permission):
            continue
        if right.table is None and part.verb == right.verb:
            return True
        if right.table and part.table in {None, right.table}:
            return True
    texts = {text for part in report.actions for text in part.conditional}
    box = f"{right.module}/{right.permission}:"
    if right.table:
        return any(text.startswith(box) and f"[{right.table}] " in text for text in texts)
    return any(text.startswith((f"{right.id} ", f"{right.id}[")) for text in texts)


def key_of(part: ProbePart) -> Key:
    """Return what makes a request the same one in another run."""
    return part.method, part.path, part.query, part.body


def reordered(runs: Pair) -> Iterator[tuple[str, str, bool]]:
    """Yield each resource whose order of checks is known in both runs and is not the same."""
    for name in sorted(runs.before.orders.keys() & runs.after.orders.keys()):
        one, two = runs.before.orders[name], runs.after.orders[name]
        if {one.before_lookup, two.before_lookup} == {True, False}:
            yield name, "the look-up", bool(two.before_lookup)
        if {one.before_validation, two.before_validation} == {True, False}:
            yield name, "validation", bool(two.before_validation)


def _targets(runs: Pair) -> Iterator[Difference]:
    one, two = runs.before.report.target, runs.after.report.target
    if runs.is_elsewhere:
        text = f"{one.company} at {one.site} -> {two.company} at {two.site}"
        yield Difference("target", f"These are different PSAs: {text}.")


def _platforms(runs: Pair) -> Iterator[Difference]:
    one, two = (run.report.target.api_version for run in (runs.before, runs.after))
    if runs.has_other_version:
        yield Difference("platform", f"Version {one} -> {two}.")
    elif one != two:
        yield Difference("evidence", f"The PSA named its version in one run only: {one or two}.")
    for name, what, first in reordered(runs):
        order = "after, now before" if first else "before, now after"
        yield Difference("platform", f"{name}: security was checked {order} {what}.")


def _data(runs: Pair) -> Iterator[Difference]:
    one, two = runs.before.report.tool, runs.after.report.tool
    if one.version != two.version:
        yield Difference("data", f"psa-audit {one.version} -> {two.version}.")
    if one.matrices != two.matrices:
        yield Difference("data", f"Matrices {one.matrices} -> {two.matrices}.")
    elif runs.before.matrices != runs.after.matrices:
        text = f"{runs.before.matrices} -> {runs.after.matrices}"
        yield Difference("data", f"Planned with matrices {text}; judged with {one.matrices}.")


def _selections(runs: Pair) -> Iterator[Difference]:
    one, two = runs.before, runs.after
    if one.report.profile != two.report.profile:
        names = [", ".join(view.report.profile) or "nothing" for view in (one, two)]
        yield Difference("selection", f"Audited: {names[0]} -> {names[1]}.")
    more, fewer = (len(b.actions.keys() - a.actions.keys()) for a, b in ((one, two), (two, one)))
    if more or fewer:
        yield Difference("selection", f"Actions: {more} more, {fewer} fewer.")
    elif runs.has_other_selection and one.report.profile == two.report.profile:
        yield Difference("selection", "The plans hold other requests for the same actions.")
    if one.report.strict != two.report.strict:
        yield Difference("policy", f"--strict in the {'first' if one.report.strict else 'second'}"
                                   " run only.")  # fmt: skip


def _sights(runs: Pair) -> Iterator[Difference]:
    for word, run in (("first", runs.before), ("second", runs.after)):
        if run.report.stopped:
            yield Difference("evidence", f"The {word} run ended early: {run.report.stopped}.")
    for items, what in ((False, "permissions"), (True, "Customize lists")):
        one, two = (run.sees(items=items) for run in (runs.before, runs.after))
        if one != two:
            yield Difference("evidence", f"The member's settings read: {one} -> {two} {what}.")
