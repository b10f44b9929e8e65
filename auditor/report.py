"""Knowledge and needs → the report: sorted, counted and worded once, for every writer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from auditor import __version__
from auditor import schema as shown
from auditor.catalogue import Catalogue
from auditor.findings import Finding, find
from auditor.inference import Judgement, Knowledge, learn
from auditor.observation import OTHER, Observation
from auditor.plan import Plan, Probe
from auditor.profiles import Need, action_requirements, needs
from auditor.rows import ActionRow
from auditor.schema import Counts, Report
from auditor.states import RightState, state_of, suspects_of
from auditor.verdict import words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves for the report: where, when, what was seen, why it stopped."""

    site: str
    company: str
    api_version: str
    started: str
    finished: str
    stopped: str
    observations: Mapping[str, Observation]
    doubted: frozenset[str] = frozenset()


def assess(plan: Plan, outcome: Outcome, catalogue: Catalogue) -> Report:
    """Judge everything that was seen and return the report. Pure."""
    knowledge = learn(plan, outcome.observations, catalogue, doubted=outcome.doubted)
    needed = needs(plan.selection, catalogue)
    states = {need.right: state_of(need.right, knowledge) for need in needed}
    found = find(needed, states, knowledge)
    actions = tuple(
        _action_part(catalogue.action(action), plan, outcome, knowledge)
        for action, _ in plan.selection.actions
    )
    rights = tuple(_right_part(need, states[need.right]) for need in needed)
    counts = _count(actions, rights)
    return Report(
        tool=shown.Tool(version=__version__, matrices=catalogue.digest),
        target=shown.TargetPart(
            site=outcome.site, company=outcome.company, api_version=outcome.api_version
        ),
        started=outcome.started,
        finished=outcome.finished,
        stopped=outcome.stopped,
        headline=_headline(counts, outcome.stopped),
        plan=shown.PlanPart(hash=plan.hash, probes=len(plan.main()), skipped=len(plan.skipped)),
        profile=plan.selection.names,
        counts=counts,
        calibration=tuple(
            shown.CalibrationPart(
                resource=item.resource,
                before_lookup=item.before_lookup,
                before_validation=item.before_validation,
                controls=item.controls,
                against=item.against,
            )
            for item in knowledge.calibrations
        ),
        actions=actions,
        rights=rights,
        findings=tuple(_finding_part(finding) for finding in found),
        requests=tuple(_probe_part(probe, outcome, knowledge) for probe in plan.probes),
        skipped=tuple(shown.SkipPart(id=key, reason=why) for key, why in plan.skipped.items()),
        sources=_sources(rights, catalogue),
    )


def exit_code(report: Report, fail_on: frozenset[str]) -> int:
    """Return the exit code of the contract; the first line that holds decides.

    A refused action is never a success, even where every right it is known to need is there.
    """
    rights, actions = report.counts.rights, report.counts.actions
    lacking = rights.missing + rights.level_too_low
    is_open = rights.undecided or report.stopped or not (rights.granted + lacking)
    table = (
        (report.stopped == "safety", 5),
        (report.stopped == "credentials", 4),
        (report.stopped == "interrupted", 130),
        ("missing" in fail_on and lacking, 1),
        ("excess" in fail_on and rights.excess, 1),
        ("undecided" in fail_on and is_open, 3),
        (fail_on & {"missing", "undecided"} and not lacking and actions.denied, 3),
    )
    return next((code for holds, code in table if holds), 0)


def _action_part(
    row: ActionRow, plan: Plan, outcome: Outcome, knowledge: Knowledge
) -> shown.ActionPart:
    operation = f"{row.method} {row.path}"
    catalogue = knowledge.catalogue
    judgement = knowledge.judgements.get(operation)
    request = response = None
    reason, remedy = plan.skipped.get(operation, row.note), ""
    if judgement:
        probe = next(probe for probe in plan.probes if probe.id == judgement.probe)
        request = shown.RequestPart(method=probe.request.method, path=probe.request.path)
        response = _response(outcome.observations.get(judgement.probe))
        reason, remedy = judgement.verdict.reason, judgement.verdict.remedy
    conditional = catalogue.conditional(catalogue.operations[operation]) if row.method else ()
    return shown.ActionPart(
        category=row.category,
        action=row.action,
        method=row.method,
        path=row.path,
        verdict=judgement.verdict.outcome if judgement else "not_tested",
        reason=reason,
        remedy=remedy,
        request=request,
        response=response,
        rights=tuple(need.right.id for need in action_requirements(row.id, catalogue)),
        suspects=_suspect_ids(judgement, knowledge),
        conditional=tuple(f"{need.right.id} {need.condition}" for need in conditional),
    )


def _suspect_ids(judgement: Judgement | None, knowledge: Knowledge) -> tuple[str, ...]:
    if judgement is None or judgement.verdict.outcome != "denied":
        return ()
    return tuple(right.id for right in suspects_of(judgement, knowledge))


def _response(seen: Observation | None) -> shown.ResponsePart | None:
    if seen is None or seen.status is None:
        return None
    code, message = (None if text == OTHER else text for text in (seen.code, seen.message))
    return shown.ResponsePart(status=seen.status, code=code, message=message)


def _right_part(need: Need, state: RightState) -> shown.RightPart:
    right = need.right
    return shown.RightPart(
        id=right.id,
        module=right.module,
        permission=right.permission,
        verb=right.verb.value,
        table=right.table,
        needed=need.level.label if need.level else None,
        declared=None,
        state=state.state,
        grade=state.grade,
        leaning=state.leaning,
        reason=state.reason,
        basis=need.basis.value,
        source=need.source,
        why=need.why,
        evidence=state.evidence,
        actions=need.actions,
        wanted_by=need.wanted_by,
    )


def _finding_part(finding: Finding) -> shown.FindingPart:
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


def _probe_part(probe: Probe, outcome: Outcome, knowledge: Knowledge) -> shown.ProbePart:
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


def _sources(
    rights: tuple[shown.RightPart, ...], catalogue: Catalogue
) -> tuple[shown.SourcePart, ...]:
    used = {name for right in rights for name in right.source.split(";")}
    return tuple(
        shown.SourcePart(id=row.id, title=row.title, url=row.url)
        for row in catalogue.sources.values()
        if row.id in used
    )


def _count(actions: tuple[shown.ActionPart, ...], rights: tuple[shown.RightPart, ...]) -> Counts:
    """Count verdicts and states."""
    verdicts = Counter(action.verdict for action in actions)
    states = Counter(right.state for right in rights)
    return Counts(
        actions=shown.ActionCounts(
            allowed=verdicts["allowed"],
            denied=verdicts["denied"],
            undecided=verdicts["undecided"],
            not_tested=verdicts["not_tested"],
        ),
        rights=shown.RightCounts(
            granted=states["granted"],
            missing=states["missing"],
            level_too_low=states["level_too_low"],
            undecided=states["undecided"],
            excess=states["excess"],
        ),
    )


def _headline(counts: Counts, stopped: str) -> str:
    """Say the outcome in one sentence."""
    rights = counts.rights
    lacking = rights.missing + rights.level_too_low
    needed = lacking + rights.granted + rights.undecided
    if stopped == "safety":
        return "STOPPED: a write that had to fail succeeded; look at the request first."
    if lacking:
        text = f"{lacking} of {needed} needed rights {'are' if lacking > 1 else 'is'} missing"
        rest = f"; {rights.undecided} not decided" if rights.undecided else ""
    elif rights.undecided:
        text = f"No right was refused, but {rights.undecided} of {needed} are not decided"
        rest = ""
    elif not needed:
        text, rest = "Nothing was decided: no right is known for what was selected", ""
    elif counts.actions.denied:
        refused = counts.actions.denied
        text = f"All {needed} needed rights are there, yet the PSA refused {refused} of the actions"
        rest = ""
    else:
        text, rest = f"All {needed} needed rights are proved", ""
    early = f" (the run ended early: {stopped})" if stopped else ""
    return f"{text}{rest}{early}."
