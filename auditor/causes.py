"""Two runs side by side → which of their differences explains one change. Pure."""

from collections.abc import Iterator
from typing import Literal

from auditor.calibration import resource_of
from auditor.pairs import Cause, Key, Pair, View, is_wanted, key_of, reordered, right_of
from auditor.schema import ProbePart, RightPart
from auditor.verdict import RULES

_PASSED = {rule.verdict.reason for rule in RULES if rule.verdict.passed}
_BY_ANALOGY = "--accept-analogy"


def of_state(before: RightPart, after: RightPart, runs: Pair) -> tuple[Cause, ...]:
    """Return why a right that both runs needed is in another state."""
    if runs.is_elsewhere:
        return ("target",)
    if before.declared and after.declared and before.declared != after.declared:
        return ("role",)
    if _is_policy(before, after, runs):
        return ("policy",)
    if _is_reordered(before, after, runs):
        return ("platform",)
    answers = list(_shared(before, after, runs))
    if any({*pair} == {"refused", "answered"} for pair in answers):
        return _answered_otherwise(before, after, runs)
    if any(one != two for one, two in answers) or bool(before.declared) != bool(after.declared):
        return ("evidence",)
    return _by_plan(before, after, runs)


def of_need(right: RightPart, other: View, runs: Pair) -> tuple[Cause, ...]:
    """Return why this right is needed in one run and not in the `other`."""
    actions = set(right.actions)
    found: list[Cause] = []
    if actions & other.actions.keys() or (not actions and runs.has_other_data):
        found.append("data")
    is_new = not actions and (
        set(right.wanted_by) - set(other.report.profile) or runs.has_other_selection
    )
    if actions - other.actions.keys() or is_new or not found:
        found.append("selection")
    return tuple(found)


def of_level(before: RightPart, after: RightPart, runs: Pair) -> tuple[Cause, ...]:
    """Return why another level is needed, or declared."""
    found: list[Cause] = []
    if before.declared != after.declared:
        found.append("target" if runs.is_elsewhere else "role")
    if before.needed != after.needed:
        asked = [{*part.actions, *part.wanted_by} for part in (before, after)]
        if runs.has_other_data:
            found.append("data")
        if asked[0] != asked[1] or not runs.has_other_data:
            found.append("selection")
    return tuple(found)


def of_excess(right: RightPart, other: View, runs: Pair) -> tuple[tuple[Cause, ...], bool]:
    """Return why the `other` run lists no such excess, and whether it is known not to be there."""
    found, is_known = _absence(right, other, runs)
    return ("target",) if runs.is_elsewhere else found, is_known


def _absence(right: RightPart, other: View, runs: Pair) -> tuple[tuple[Cause, ...], bool]:
    if is_wanted(right_of(right), other.report):
        data: tuple[Cause, ...] = ("data",) if runs.has_other_data else ()
        return (*data, "selection") if runs.has_other_selection or not data else data, True
    answers = [
        _answer(other.requests[key]) for key in _evidence(right, runs) if key in other.requests
    ]
    if "refused" in answers:
        return ("role",), True
    own = runs.after if other is runs.before else runs.before
    is_item = bool(right.table)
    if right.declared and other.sees(items=is_item) >= max(1, own.sees(items=is_item)):
        return ("role",), True
    explored = not right.declared and not answers and runs.has_other_selection
    return ("selection" if explored else "evidence",), False


def _evidence(right: RightPart, runs: Pair) -> list[Key]:
    """Return the requests that speak of a right, in the run that the right is of."""
    own = runs.before if runs.before.rights.get(right.id) is right else runs.after
    return [key_of(own.ids[name]) for name in right.evidence if name in own.ids]


def _answer(part: ProbePart) -> Literal["refused", "answered", "open"]:
    if part.verdict == "denied":
        return "refused"
    if part.verdict == "allowed" or part.reason in _PASSED:
        return "answered"
    return "open"


def _shared(before: RightPart, after: RightPart, runs: Pair) -> Iterator[tuple[str, str]]:
    """Yield how both runs were answered to each request that speaks of the right."""
    for key in dict.fromkeys((*_evidence(before, runs), *_evidence(after, runs))):
        one, two = runs.before.requests.get(key), runs.after.requests.get(key)
        if one and two:
            yield _answer(one), _answer(two)


def _answered_otherwise(before: RightPart, after: RightPart, runs: Pair) -> tuple[Cause, ...]:
    """Tell a new role from a new PSA, as far as the settings allow."""
    if not runs.has_other_version:
        return ("role",)
    return ("platform",) if before.declared and after.declared else ("role", "platform")


def _is_policy(before: RightPart, after: RightPart, runs: Pair) -> bool:
    if {before.state, after.state} != {"granted", "undecided"}:
        return False
    granted = before if before.state == "granted" else after
    strict = runs.before.report.strict != runs.after.report.strict
    return _BY_ANALOGY in granted.reason or (strict and granted.grade == "declared")


def _is_reordered(before: RightPart, after: RightPart, runs: Pair) -> bool:
    keys = (*_evidence(before, runs), *_evidence(after, runs))
    requests = (view.requests[key] for key in keys for view in (runs.before, runs.after)
                if key in view.requests)  # fmt: skip
    places = {resource_of(name) for request in requests for name in request.operations}
    return bool(places & {name for name, _, _ in reordered(runs)})


def _by_plan(before: RightPart, after: RightPart, runs: Pair) -> tuple[Cause, ...]:
    """Return why the same answers and settings were judged otherwise."""
    found: list[Cause] = []
    if runs.has_other_data:
        found.append("data")
    keys = {*_evidence(before, runs), *_evidence(after, runs)}
    unasked = keys - (runs.before.requests.keys() & runs.after.requests.keys())
    if unasked and runs.has_other_selection:
        found.append("selection")
    return tuple(found) or ("evidence",)
