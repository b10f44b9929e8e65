"""States and needs → what a person should act on, with the click path that fixes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.inference import Knowledge
from auditor.profiles import Need
from auditor.rights import TABLE_SETUP, Level, Right
from auditor.states import RightState

Severity = Literal["high", "medium", "low"]
ROLE_SCREEN = "System > Security Roles > (the member's role)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to act on. `right` is None for findings about an action or the whole run."""

    rule: str
    severity: Severity
    right: Right | None
    message: str
    fix: str
    actions: tuple[str, ...] = ()


def find(
    needs: tuple[Need, ...],
    states: Mapping[Right, RightState],
    knowledge: Knowledge,
) -> tuple[Finding, ...]:
    """Return the findings, most severe first, then in the order of the role screen."""
    found = [
        finding
        for need in needs
        if (finding := _about_right(need, states[need.right], knowledge)) is not None
    ]
    found += [_contradiction(operation, needs, knowledge) for operation in knowledge.contradictions]
    severities: list[Severity] = ["high", "medium", "low"]
    return tuple(sorted(found, key=lambda finding: severities.index(finding.severity)))


def fix_for(need: Need, knowledge: Knowledge) -> str:
    """Return the click path in ConnectWise that grants this right."""
    right, level = need.right, need.level or Level.ALL
    note = "" if need.level else " (no source states the level; All is the safe assumption)"
    path = f"{ROLE_SCREEN} > {right.module} > {right.permission} > {right.verb}: {level.label}"
    if right.table is None:
        return path + note
    customize = f"Customize: allow '{right.table}'"
    if _verb_is_proved(right, knowledge):
        return (
            f"{ROLE_SCREEN} > {right.module} > {right.permission} > {customize} "
            f"({right.verb} itself works for other tables)"
        )
    return f"{path}{note}; if it is set already, {customize}"


def _about_right(need: Need, state: RightState, knowledge: Knowledge) -> Finding | None:
    match state.state:
        case "granted" | "excess":
            return None
        case "missing" | "level_too_low":
            return _missing(need, knowledge)
        case "undecided":
            return _undecided(need, state, knowledge)


def _missing(need: Need, knowledge: Knowledge) -> Finding:
    is_table = need.right.table is not None and _verb_is_proved(need.right, knowledge)
    return Finding(
        "table-not-allowed" if is_table else "missing-right",
        "high",
        need.right,
        f"{need.right.label} is missing{_breaks(need)}.",
        fix_for(need, knowledge),
        need.actions,
    )


def _undecided(need: Need, state: RightState, knowledge: Knowledge) -> Finding:
    if state.suspects:
        names = " or ".join(right.label for right in state.suspects)
        message = f"At least one of these is missing: {names}."
        return Finding(
            "one-of-rights", "medium", need.right, message, fix_for(need, knowledge), need.actions
        )
    if state.leaning == "granted":
        message = f"{need.right.label} is probably there, but not proved: {state.reason}."
    else:
        message = f"{need.right.label} is not decided: {state.reason}."
    fix = f"To settle it, look at {ROLE_SCREEN} > {need.right.module} > {need.right.permission}."
    severity: Severity = "low" if state.leaning == "granted" else "medium"
    return Finding("undecided-right", severity, need.right, message, fix, need.actions)


def _contradiction(operation: str, needs: tuple[Need, ...], knowledge: Knowledge) -> Finding:
    catalogue = knowledge.catalogue
    needed = catalogue.requirements(catalogue.operations[operation])
    rights = ", ".join(need.right.label for need in needed) or "no right"
    actions = {action for need in needs for action in need.actions}
    return Finding(
        "conflict",
        "medium",
        None,
        f"{operation} is refused (request {knowledge.judgements[operation].probe}) although "
        f"everything it is known to need is there: {rights}.",
        "Look for a restriction to locations or departments, a Customize list or the licence "
        "class; if none applies, our data lacks a right: please report it.",
        tuple(
            action
            for action in catalogue.actions
            if action in actions
            and catalogue.operation_of(action) == catalogue.operations[operation]
        ),
    )


def _breaks(need: Need) -> str:
    count = len(need.actions)
    if not count:
        return ""
    return f": {count} action{'s' if count > 1 else ''} {'fail' if count > 1 else 'fails'} with 403"


def _verb_is_proved(right: Right, knowledge: Knowledge) -> bool:
    return (*TABLE_SETUP, right.verb, "") in knowledge.proofs
