"""Check, difference and what-if of roles as plain data, for JSON."""

from collections.abc import Iterable
from typing import Any

from auditor.rights import Level
from auditor.role_check import Check, Judged
from auditor.role_diff import Change, RoleDiff, Use, Without


def check(found: Check) -> dict[str, Any]:
    """Return a check: what is missing, too low, not stated, there, in excess, conditional."""
    return {
        "role": found.role.name,
        "selection": found.least.names,
        "missing": _judged(found.of("missing")),
        "level_too_low": _judged(found.of("level_too_low")),
        "not_stated": _judged(found.of("not_stated")),
        "there": _judged(found.of("there")),
        "combinations": [
            {"name": item.name, "risk": item.tier.label, "harm": item.harm,
             "rights": [right.id for right in item.rights]}
            for item in found.dangers
        ],
        "excess": [
            {"id": item.right.id, "has": _label(item.state.declared),
             "risk": item.risk.tier.label, "harm": item.risk.harm}
            for item in found.excess
        ],
        "conditional": [
            {"id": item.need.right.id, "condition": item.need.condition, "has": _label(has),
             "needed_anyway": item.is_in_role, "asked_by": item.asked_by}
            for item, has in found.conditional
        ],
        "unmatched": found.role.unmatched,
        "doubts": found.doubts,
    }  # fmt: skip


def difference(found: RoleDiff) -> dict[str, Any]:
    """Return a difference; `unclear` is what only one of the two roles states."""
    return {
        "gained": _changes(found.gained),
        "lost": _changes(found.lost),
        "raised": _changes(found.raised),
        "lowered": _changes(found.lowered),
        "items_gained": found.items_gained,
        "items_lost": found.items_lost,
        "unclear": _changes(found.unclear),
        "items_unclear": found.items_unclear,
    }


def without(found: Without) -> dict[str, Any]:
    """Return what stops, what may stop, and what nothing needs then."""
    return {
        "taken": [right.id for right in found.taken],
        "stopped": [_use(use) for use in found.stopped],
        "perhaps": [_use(use) for use in found.perhaps],
        "freed": difference(found.freed),
    }


def _judged(items: Iterable[Judged]) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id, "module": item.module, "permission": item.permission,
            "verb": item.verb, "table": item.table, "needed": _label(item.needed),
            "has": _label(item.has), "reason": item.reason, "actions": item.actions,
            "wanted_by": item.wanted_by,
        }
        for item in items
    ]  # fmt: skip


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        {"id": item.right.id, "before": _label(item.before), "after": _label(item.after)}
        for item in changes
    ]


def _use(use: Use) -> dict[str, Any]:
    need = use.need
    return {
        "kind": use.kind, "name": use.name, "operation": use.operation or None,
        "right": need.right.id,
        "condition": need.condition, "basis": need.basis, "source": need.source, "why": need.why,
    }  # fmt: skip


def _label(level: Level | None) -> str | None:
    return None if level is None else level.label
