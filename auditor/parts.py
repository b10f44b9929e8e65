"""Values of the audit → the parts of the report that show them."""

from collections.abc import Mapping
from typing import Literal, get_args

from auditor import schema as shown
from auditor.accepted import Acceptance
from auditor.calibration import Calibration
from auditor.draft import Probe
from auditor.events import Settings
from auditor.excess import Excess
from auditor.findings import Finding
from auditor.inference import Judgement, Knowledge
from auditor.observation import OTHER, Observation
from auditor.outcome import Outcome
from auditor.plan import Plan
from auditor.profiles import Need
from auditor.rights import Level, Right
from auditor.risks import Risks
from auditor.rows import ActionRow
from auditor.states import RightState, State, suspects_of
from auditor.verdict import words

OPERATION = "Operation"  # the category of what was selected as an operation, not as an action


def calibration_part(item: Calibration) -> shown.CalibrationPart:
    """Show the order of checks of one resource."""
    return shown.CalibrationPart(
        resource=item.resource,
        before_lookup=item.before_lookup,
        before_validation=item.before_validation,
        controls=item.controls,
        against=item.against,
    )


def settings_part(item: Settings) -> shown.SettingsPart:
    """Show one source of the member's settings."""
    return shown.SettingsPart(
        source=item.source,
        answer=item.answer,
        permissions=len(item.levels),
        items=None if item.items is None else len(item.items),
        unmatched=tuple(item.unmatched),
    )


def action_parts(
    plan: Plan, outcome: Outcome, knowledge: Knowledge, states: Mapping[Right, RightState]
) -> tuple[shown.ActionPart, ...]:
    """Show every selected action, then every selected operation."""
    catalogue = knowledge.catalogue
    names = [action for action, _ in plan.selection.actions]
    calls = dict.fromkeys(name for _, name in plan.selection.operations)
    return (
        *(_action_part(catalogue.action(name), plan, outcome, knowledge, states) for name in names),
        *(_action_part(_as_action(name), plan, outcome, knowledge, states) for name in calls),
    )


def _as_action(operation: str) -> ActionRow:
    """Return a selected operation as the action it is to a report."""
    method, _, path = operation.partition(" ")
    fields = {"category": OPERATION, "action": operation, "method": method, "path": path}
    return ActionRow.model_validate({**fields, "guide_path": "", "note": "", "exception": ""})


def _action_part(
    row: ActionRow,
    plan: Plan,
    outcome: Outcome,
    knowledge: Knowledge,
    states: Mapping[Right, RightState],
) -> shown.ActionPart:
    name = f"{row.method} {row.path}"
    catalogue = knowledge.catalogue
    judgement = knowledge.judgements.get(name)
    request = response = None
    reason, remedy = plan.skipped.get(name, row.note), ""
    if plan.depth == "right" and row.method and not judgement and not reason:
        reason = "--depth right: other requests decide its rights"
    if judgement:
        probe = next(probe for probe in plan.probes if probe.id == judgement.probe)
        request = shown.RequestPart(method=probe.request.method, path=probe.request.path)
        response = _response(outcome.observations.get(judgement.probe))
        reason, remedy = judgement.verdict.reason, judgement.verdict.remedy
    limits = catalogue.limits.get(name, ())
    remedy = " ".join([remedy, *(f"Note: {limit.why}" for limit in limits)]).strip()
    conditional = catalogue.conditional(catalogue.operations[name]) if row.method else ()
    rights = tuple(need.right for need in knowledge.needed(name)) if row.method else ()
    return shown.ActionPart(
        category=row.category,
        action=row.action,
        method=row.method,
        path=row.path,
        verdict=judgement.verdict.outcome if judgement else "not_tested",
        outlook=_outlook(judgement, [states[right].state for right in rights]),
        reason=reason,
        remedy=remedy,
        request=request,
        response=response,
        rights=tuple(right.id for right in rights),
        suspects=_suspect_ids(judgement, knowledge),
        conditional=tuple(f"{need.right.id} {need.condition}" for need in conditional),
    )


def _outlook(judgement: Judgement | None, states: list[State]) -> Literal["works", "fails", "open"]:
    """Say whether an action will work, by its own request and by every right it needs."""
    is_denied = judgement is not None and judgement.verdict.outcome == "denied"
    if is_denied or {"missing", "level_too_low"} & set(states):
        return "fails"
    return "works" if states and set(states) == {"granted"} else "open"


def _suspect_ids(judgement: Judgement | None, knowledge: Knowledge) -> tuple[str, ...]:
    if judgement is None or judgement.verdict.outcome != "denied":
        return ()
    return tuple(right.id for right in suspects_of(judgement, knowledge))


def _response(seen: Observation | None) -> shown.ResponsePart | None:
    if seen is None or seen.status is None:
        return None
    code, message = (None if text == OTHER else text for text in (seen.code, seen.message))
    return shown.ResponsePart(status=seen.status, code=code, message=message)


def right_part(need: Need, state: RightState, risks: Risks) -> shown.RightPart:
    """Show a needed right."""
    right, risk = need.right, risks.of(need.right)
    return shown.RightPart(
        id=right.id,
        module=right.module,
        permission=right.permission,
        verb=right.verb.value,
        table=right.table,
        needed=need.level.label if need.level else None,
        declared=_label(state.declared),
        state=state.state,
        grade=state.grade,
        leaning=state.leaning,
        level_verified=_is_level_verified(need, state),
        reason=state.reason,
        risk=_risk(risk.tier.label),
        harm=risk.harm,
        basis=need.basis.value,
        source=need.source,
        why=need.why,
        evidence=state.evidence,
        actions=need.actions,
        wanted_by=need.wanted_by,
        accepted=None,
    )


def excess_part(item: Excess) -> shown.RightPart:
    """Show a right that nothing needs."""
    right, state = item.right, item.state
    return shown.RightPart(
        id=right.id,
        module=right.module,
        permission=right.permission,
        verb=right.verb.value,
        table=right.table,
        needed=None,
        declared=_label(state.declared),
        state="excess",
        grade=state.grade,
        leaning=None,
        level_verified=None,
        reason=state.reason,
        risk=_risk(item.risk.tier.label),
        harm=item.risk.harm,
        basis="",
        source="",
        why="",
        evidence=state.evidence,
        actions=(),
        wanted_by=(),
        accepted=None,
    )


def _label(level: Level | None) -> Literal["None", "My", "All"] | None:
    labels: dict[Level | None, Literal["None", "My", "All"] | None] = {
        None: None, Level.NONE: "None", Level.MY: "My", Level.ALL: "All"
    }  # fmt: skip
    return labels[level]


def _risk(label: str) -> Literal["low", "medium", "high", "critical"]:
    for known in get_args(Literal["low", "medium", "high", "critical"]):
        if label == known:
            return known  # type: ignore[no-any-return]
    raise AssertionError(label)


def _is_level_verified(need: Need, state: RightState) -> bool | None:
    """Tell whether the settings show that the right reaches as far as needed."""
    if need.level is None or state.state not in {"granted", "level_too_low"}:
        return None
    return need.level is Level.MY or (state.box is not None and state.box >= need.level)


def finding_part(finding: Finding) -> shown.FindingPart:
    """Show a finding."""
    right = finding.right
    return shown.FindingPart(
        rule=finding.rule,
        severity=finding.severity,
        module=right.module if right else None,
        permission=right.permission if right else None,
        verb=right.verb.value if right else None,
        table=right.table if right else None,
        message=finding.message,
        fix=finding.fix,
        actions=finding.actions,
    )


def accepted_part(item: Acceptance) -> shown.AcceptedPart:
    """Show who answers for an exception."""
    return shown.AcceptedPart(
        reason=item.reason, owner=item.owner, expires=item.expires.isoformat()
    )


def exception_part(rule: str, right: str, item: Acceptance) -> shown.FindingPart:
    """Show an exception that holds no more: it expired, or nothing needs it."""
    if rule == "exception-expired":
        message = f"The exception for {right} expired on {item.expires} (owner: {item.owner})."
        fix = "Settle it, or have it accepted anew with a later day."
    else:
        message = f"The exception for {right} is no longer needed (owner: {item.owner})."
        fix = "Take it out of the file of exceptions."
    return shown.FindingPart(
        rule=rule, severity="high", module=None, permission=None, verb=None, table=None,
        message=message, fix=fix, actions=(),
    )  # fmt: skip


def probe_part(probe: Probe, outcome: Outcome, knowledge: Knowledge) -> shown.ProbePart:
    """Show a planned request and what became of it."""
    seen = outcome.observations.get(probe.id)
    verdict = knowledge.verdicts.get(probe.id)
    unsent = "not needed: other requests decided"
    if outcome.stopped:
        unsent = "the run ended before it was known whether this is needed"
    return shown.ProbePart(
        id=probe.id,
        method=probe.request.method,
        path=probe.request.path,
        query=probe.request.query,
        body=probe.request.body,
        operations=probe.operations,
        harmless=probe.harmless,
        followup=probe.followup,
        sent=seen.attempts if seen else 0,
        answer=words(seen),
        verdict=verdict.outcome if verdict else "not_tested",
        reason=verdict.reason if verdict else unsent,
    )
