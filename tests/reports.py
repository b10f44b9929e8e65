"""Reports built by hand, for the tests of the writers."""

from typing import Any

from auditor.schema import (
    ActionCounts,
    ActionPart,
    CalibrationPart,
    Counts,
    FindingPart,
    PlanPart,
    ProbePart,
    Report,
    RequestPart,
    ResponsePart,
    RightCounts,
    RightPart,
    SkipPart,
    SourcePart,
    TargetPart,
    Tool,
)


def right(
    permission: str = "Service Tickets", state: str = "granted", **changes: object
) -> RightPart:
    verb, table = changes.get("verb", "Add"), changes.get("table")
    item = f"[{table}]" if table else ""
    fields: dict[str, Any] = {
        "id": f"Service Desk/{permission}:{verb}{item}",
        "module": "Service Desk",
        "permission": permission,
        "verb": "Add",
        "table": None,
        "needed": "All",
        "declared": None,
        "state": state,
        "grade": "proved" if state == "granted" else None,
        "leaning": None,
        "level_verified": None,
        "reason": "the reason",
        "risk": "medium",
        "harm": "Can change tickets.",
        "basis": "vendor",
        "source": "one;two",
        "why": "the why",
        "evidence": ("p0001",),
        "actions": ("Tickets/Create Service Ticket",),
        "wanted_by": ("rewst-documented",),
        "accepted": None,
    }
    return RightPart(**fields | changes)


def finding(
    part: RightPart | None, rule: str = "missing-right", fix: str = "the fix"
) -> FindingPart:
    return FindingPart(
        rule=rule,
        severity="high",
        module=part.module if part else None,
        permission=part.permission if part else None,
        verb=part.verb if part else None,
        table=part.table if part else None,
        message="the message",
        fix=fix,
        actions=(),
    )


def action(name: str = "Create Service Ticket", **changes: object) -> ActionPart:
    fields: dict[str, Any] = {
        "category": "Tickets",
        "action": name,
        "method": "POST",
        "path": "/service/tickets",
        "verdict": "denied",
        "outlook": "fails",
        "reason": "refused",
        "remedy": "",
        "request": RequestPart(method="POST", path="/service/tickets"),
        "response": ResponsePart(status=403, code="Security", message="No."),
        "rights": ("Service Desk/Service Tickets:Add",),
        "suspects": ("Service Desk/Service Tickets:Add",),
        "conditional": ("Service Desk/Close Service Tickets:Edit if it is closed",),
    }
    return ActionPart(**fields | changes)


def request(number: int = 1, **changes: object) -> ProbePart:
    fields: dict[str, Any] = {
        "id": f"p{number:04}",
        "method": "POST",
        "path": "/service/tickets",
        "query": "",
        "body": "{}",
        "operations": ("POST /service/tickets",),
        "harmless": "the empty body fails validation",
        "followup": False,
        "sent": 1,
        "answer": "403 Security",
        "verdict": "denied",
        "reason": "refused",
    }
    return ProbePart(**fields | changes)


def report(**changes: Any) -> Report:
    """Build a report around the given parts, with counts that fit them."""
    rights, actions = changes.get("rights", ()), changes.get("actions", ())
    verdicts = [part.verdict for part in actions]
    states = [part.state for part in rights]
    fields: dict[str, Any] = {
        "tool": Tool(version="0.1.0", matrices="ab12"),
        "target": TargetPart(site="https://psa.example", company="acme", api_version="2025.16"),
        "started": "2026-11-24T08:00:00Z",
        "finished": "2026-11-24T08:01:40Z",
        "stopped": "",
        "headline": "The headline.",
        "plan": PlanPart(hash="cd34", probes=1, skipped=1),
        "profile": ("rewst-documented",),
        "counts": Counts(
            actions=ActionCounts(
                **{name: verdicts.count(name) for name in ActionCounts.model_fields}
            ),
            rights=RightCounts(**{name: states.count(name) for name in RightCounts.model_fields}),
        ),
        "share": "internal",
        "strict": False,
        "accept_analogy": False,
        "settings": (),
        "calibration": (),
        "actions": (),
        "rights": (),
        "findings": (),
        "requests": (),
        "skipped": (),
        "sources": (SourcePart(id="one", title="Source One", url="https://one.example"),),
    }
    return Report(**fields | changes)


def full_report() -> Report:
    """Build a report that has something of everything."""
    rights = (
        right(),
        right(verb="Edit", state="missing", needed=None),
        right(verb="Delete", state="undecided", needed=None, leaning="granted"),
        right("Close Service Tickets", "level_too_low", declared="My"),
        right("Merge Tickets", "excess", needed=None, declared="All"),
        right("Table Setup", "missing", table="Service / Service Board"),
    )
    findings = (
        *(finding(part, fix=f"fix {part.id}") for part in rights if part.state != "granted"),
        finding(None, "conflict"),
    )
    return report(
        rights=rights,
        findings=findings,
        actions=(
            action(),
            action("Search", verdict="allowed", suspects=()),
            action("Other", verdict="undecided", remedy="the remedy", response=None,
                   rights=("Service Desk/Service Tickets:Delete",)),
            action("Reset", verdict="not_tested", request=None, response=None, method="", path=""),
        ),
        requests=(request(1), request(2, sent=0, answer="not sent", verdict="not_tested")),
        skipped=(SkipPart(id="POST /x", reason="it acts without an id"),),
        calibration=(
            CalibrationPart(resource="/service/tickets", before_lookup=True,
                            before_validation=False, against=(), controls=("p0001",)),
            CalibrationPart(resource="/time/entries", before_lookup=None,
                            before_validation=None, against=(), controls=()),
        ),
    )  # fmt: skip
