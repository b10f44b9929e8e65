"""Explained calls as JSON data, schema psa-audit/explain/1."""

from dataclasses import asdict
from typing import Any

from auditor.cases import Blamed, Case, Cases
from auditor.explain import Explanation, Suspect
from auditor.rights import Requirement
from auditor.usage import Span
from auditor.writers.explained import Shown

SCHEMA = "psa-audit/explain/1"


def data(found: Cases, shown: Shown) -> dict[str, Any]:
    """Return everything that could be said, in the order of appearance."""
    usage = found.usage
    return {
        "schema": SCHEMA,
        "calls": _span(usage.span),
        "complete": found.is_complete,
        "rights": [_blamed(item) for item in found.blamed],
        "cases": [_case(case, shown) for case in found.cases],
        "succeeded": {name: _span(group.span) for name, group in usage.successes.items()},
        "unreadable": [asdict(item) for item in usage.unreadable],
        "elsewhere": usage.others,
        "remarks": list(shown.remarks),
    }


def requirement(need: Requirement) -> dict[str, Any]:
    """Return a right that is needed, as `matrix actions` does."""
    return {
        "module": need.right.module,
        "permission": need.right.permission,
        "verb": need.right.verb,
        "level": need.level.label if need.level else None,
        "table": need.right.table,
        "condition": need.condition or None,
        "basis": need.basis,
        "source": need.source,
        "why": need.why,
    }


def _case(case: Case, shown: Shown) -> dict[str, Any]:
    found = case.explanation
    operation = found.operation
    return {
        "operation": operation.id if operation else None,
        "asked": case.asked,
        "problem": found.problem or None,
        "headline": found.headline,
        "reply": asdict(found.reply),
        "likeliest": found.likeliest.need.right.id if found.likeliest else None,
        "suspects": [_suspect(suspect, found) for suspect in found.suspects],
        "actions": list(found.actions),
        "roles": list(shown.roles.get(operation.id, ())) if operation else [],
        "names_only": [twin.operation.id for twin in found.twins],
        "limits": [{"limit": item.limit, "why": item.why} for item in found.limits],
        "conditions": [asdict(fault) for fault in found.faults],
        "notes": [*found.notes, *([case.note] if case.note else [])],
        "call": asdict(found.call),
        "seen": _span(case.span),
    }


def _suspect(suspect: Suspect, found: Explanation) -> dict[str, Any]:
    sources = found.sources or {}
    names = suspect.need.source.split(";")
    return {
        "right": suspect.need.right.id,
        **requirement(suspect.need),
        "sources": [sources[name].title for name in names if name in sources],
        "state": suspect.standing.state,
        "evidence": suspect.standing.why or None,
        "fix": suspect.fix,
    }


def _blamed(item: Blamed) -> dict[str, Any]:
    return {
        "right": item.suspect.need.right.id,
        "state": item.suspect.standing.state,
        "calls": _span(item.span),
        "operations": [case.asked for case in item.cases],
        "other_suspects": item.others,
        "fix": item.suspect.fix,
    }


def _span(span: Span) -> dict[str, Any]:
    return {"count": span.count, "first": span.first, "last": span.last}
