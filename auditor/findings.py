"""States and needs → what a person should act on, with the click path that fixes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from auditor import click_paths
from auditor.click_paths import ROLE_SCREEN
from auditor.excess import Excess
from auditor.inference import Knowledge
from auditor.profiles import Need
from auditor.rights import TABLE_SETUP, Level, Right, Verb
from auditor.risks import Combination, Tier
from auditor.states import RightState

Severity = Literal["high", "medium", "low"]
_OF_TIER: dict[Tier, Severity] = {
    Tier.CRITICAL: "high", Tier.HIGH: "medium", Tier.MEDIUM: "low", Tier.LOW: "low"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to act on. `right` is None for findings about an action or the whole run."""

    rule: str
    severity: Severity
    right: Right | None
    message: str
    fix: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that findings are drawn from."""

    needs: tuple[Need, ...]
    states: Mapping[Right, RightState]
    knowledge: Knowledge
    excess: tuple[Excess, ...] = ()
    dangers: tuple[Combination, ...] = ()


def find(found: Situation) -> tuple[Finding, ...]:
    """Return the findings, most severe first, then in the order of the role screen."""
    findings = [
        *(item for need in found.needs for item in _about_right(need, found)),
        *(_contradiction(name, found) for name in found.knowledge.contradictions),
        *_about_member(found),
        *map(_danger, found.dangers),
        *map(_excess, found.excess),
    ]
    severities: list[Severity] = ["high", "medium", "low"]
    return tuple(sorted(findings, key=lambda finding: severities.index(finding.severity)))


def fix_for(need: Need, knowledge: Knowledge) -> str:
    """Return the click path in ConnectWise that grants this right."""
    is_item_only = is_table_only(need.right, knowledge)
    return click_paths.fix(need.right, need.level, is_item_only=is_item_only)


def is_table_only(right: Right, knowledge: Knowledge) -> bool:
    """Tell whether the level of a setup-table right is there, so that only its item can lack."""
    if right.table is None:
        return False
    if (*TABLE_SETUP, right.verb, "") in knowledge.proofs:
        return True
    declared = knowledge.declared
    return declared is not None and bool(declared.level(right))


def _about_right(need: Need, found: Situation) -> Iterator[Finding]:
    state = found.states[need.right]
    match state.state:
        case "missing":
            yield _missing(need, found.knowledge)
        case "level_too_low":
            message = f"{need.right.label} reaches own records only, and All is needed."
            fix = f"{click_paths.path(need.right)} > {need.right.verb}: All"
            yield Finding("level-too-low", "high", need.right, message, fix, need.actions)
        case "undecided":
            yield _undecided(need, state, found.knowledge)
        case "granted" | "excess":
            pass
    if state.is_conflict:
        yield _conflict(need, state)


def _missing(need: Need, knowledge: Knowledge) -> Finding:
    rule = "table-not-allowed" if is_table_only(need.right, knowledge) else "missing-right"
    message = f"{need.right.label} is missing{_breaks(need)}."
    return Finding(rule, "high", need.right, message, fix_for(need, knowledge), need.actions)


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
    fix = f"To settle it, look at {click_paths.path(need.right)}."
    severity: Severity = "low" if state.leaning == "granted" else "medium"
    return Finding("undecided-right", severity, need.right, message, fix, need.actions)


def _conflict(need: Need, state: RightState) -> Finding:
    """Say that answers and settings disagree, with the likely causes in order."""
    label = state.declared.label if state.declared is not None else ""
    if state.state == "missing":
        message = f"{need.right.label}: the settings say {label}, yet the PSA refuses it."
        fix = (
            "Likely, in this order: (1) a Customize list beside the permission leaves it out: "
            f"open {click_paths.path(need.right)} > Customize; (2) the member's licence class: "
            "sign in as a full member with the same role and try; (3) a restriction to locations, "
            "departments or boards: look at the member's record; (4) the settings were read "
            "before a change: run again; (5) our data is wrong: please report it."
        )
    else:
        message = f"{need.right.label}: the settings say {label}, yet the PSA answers."
        fix = (
            "Likely, in this order: (1) the role was changed since the settings were read: run "
            "again; (2) an admin flag on the member or role overrides the levels; (3) this "
            "operation needs another right than we think: please report it."
        )
    return Finding("conflict", "medium", need.right, message, fix, need.actions)


def _contradiction(operation: str, found: Situation) -> Finding:
    knowledge, catalogue = found.knowledge, found.knowledge.catalogue
    rights = ", ".join(need.right.label for need in knowledge.needed(operation)) or "no right"
    wanted = {action for need in found.needs for action in need.actions}
    probe = knowledge.judgements[operation].probe
    return Finding(
        "conflict",
        "medium",
        None,
        f"{operation} is refused (request {probe}) although everything it is known to need is "
        f"there: {rights}.",
        "Look for a restriction to locations or departments, a Customize list or the licence "
        "class; if none applies, our data lacks a right: please report it.",
        tuple(
            action
            for action in catalogue.actions
            if action in wanted
            and catalogue.operation_of(action) == catalogue.operations[operation]
        ),
    )


def _about_member(found: Situation) -> Iterator[Finding]:
    declared = found.knowledge.declared
    if declared is None:
        return
    cells = {(*key, verb) for key in found.knowledge.catalogue.permissions for verb in Verb}
    has_all = all(declared.levels.get(cell) is Level.ALL for cell in cells)
    if declared.is_admin or has_all:
        how = "carries the admin flag" if declared.is_admin else "has every right at All"
        yield Finding(
            "admin-role", "high", None,
            f"The member {how}: whoever holds its key can do anything.",
            "Give it a role of its own with what it needs: `psa-audit role` lists that.",
        )  # fmt: skip
    if declared.unmatched:
        names = ", ".join(declared.unmatched[:10])
        more = f" and {len(declared.unmatched) - 10} more" if len(declared.unmatched) > 10 else ""
        yield Finding(
            "unknown-permission", "low", None,
            f"The settings name permissions that the role matrix does not know: {names}{more}.",
            "They were left out. `psa-audit matrix import` can add them; please report them.",
        )  # fmt: skip
    if widest := [need for need in found.needs if _is_wider(need, found)]:
        names = ", ".join(need.right.label for need in widest[:10])
        yield Finding(
            "level-too-wide", "low", None,
            f"The settings say All where My is enough: {names}.",
            f"{ROLE_SCREEN}: set these to My.",
        )  # fmt: skip


def _is_wider(need: Need, found: Situation) -> bool:
    return need.level is Level.MY and found.states[need.right].declared is Level.ALL


def _danger(item: Combination) -> Finding:
    names = " with ".join(right.label for right in item.rights)
    return Finding(
        "dangerous-combination", _OF_TIER[item.tier], None,
        f"{item.name} ({item.tier.label}): {names}. {item.harm}",
        f"{ROLE_SCREEN}: take away what is not needed of these.",
    )  # fmt: skip


def _excess(item: Excess) -> Finding:
    right, level = item.right, item.state.declared
    has = f" at {level.label}" if level and not right.table else ""
    fix = f"{click_paths.path(right)} > {right.verb}: None"
    if right.table:
        fix = f"{click_paths.path(right)} > Customize: take out '{right.table}'"
    return Finding(
        "excess-right", _OF_TIER[item.risk.tier], right,
        f"{right.label}{has} is needed by nothing that was selected. {item.risk.harm}",
        fix,
    )  # fmt: skip


def _breaks(need: Need) -> str:
    count = len(need.actions)
    if not count:
        return ""
    return f": {count} action{'s' if count > 1 else ''} {'fail' if count > 1 else 'fails'} with 403"
