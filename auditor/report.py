"""Knowledge and needs → the report: sorted, counted and worded once, for every writer."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from auditor import __version__
from auditor import risks as harm
from auditor import schema as shown
from auditor.accepted import Acceptance
from auditor.catalogue import Catalogue
from auditor.excess import combinations, find_excess, held
from auditor.findings import Situation, find
from auditor.inference import learn
from auditor.outcome import Outcome
from auditor.parts import (
    accepted_part,
    action_parts,
    calibration_part,
    exception_part,
    excess_part,
    finding_part,
    probe_part,
    right_part,
    settings_part,
)
from auditor.plan import Plan
from auditor.profiles import needs
from auditor.rights import Level, Right
from auditor.schema import Counts, Report
from auditor.states import RightState, state_of


@dataclass(frozen=True, slots=True)
class Policy:
    """How strictly to read the evidence.

    `accept_analogy` takes for granted what every resource that could be calibrated speaks for.
    `strict` takes nothing for granted that no answer proves, nor a level that nothing states.
    `accepted` are exceptions that somebody answers for; they hold until the day they expire.
    """

    accept_analogy: bool = False
    strict: bool = False
    accepted: Mapping[Right, Acceptance] = field(default_factory=dict)


EVERYDAY = Policy()


def assess(plan: Plan, outcome: Outcome, catalogue: Catalogue, policy: Policy = EVERYDAY) -> Report:
    """Judge everything that was seen and return the report. Pure."""
    risks = harm.load(catalogue)
    knowledge = learn(
        plan, outcome.observations, catalogue, declared=outcome.declared, doubted=outcome.doubted
    )
    needed = needs(plan.selection, catalogue)
    states = {
        need.right: _read(state_of(need.right, knowledge, need.level), policy, need.level)
        for need in needed
    }
    excess = find_excess(needed, plan, knowledge, risks)
    dangers = combinations(held(states.items(), excess), excess, risks, outcome.declared)
    found = find(Situation(needed, states, knowledge, excess, dangers))
    actions = action_parts(plan, outcome, knowledge, states)
    rights = (
        *(right_part(need, states[need.right], risks) for need in needed),
        *map(excess_part, excess),
    )
    day = (outcome.finished or outcome.started)[:10]
    rights, late = _accept(rights, policy.accepted, day)
    counts = _count(actions, rights)
    return Report(
        tool=shown.Tool(version=__version__, matrices=catalogue.digest),
        target=shown.TargetPart(
            site=outcome.site, company=outcome.company, api_version=outcome.api_version
        ),
        started=outcome.started,
        finished=outcome.finished,
        stopped=outcome.stopped,
        headline=_headline(counts, outcome.stopped, _proved(rights)),
        plan=shown.PlanPart(hash=plan.hash, probes=len(plan.main()), skipped=len(plan.skipped)),
        profile=plan.selection.names,
        share="internal",
        strict=policy.strict,
        accept_analogy=policy.accept_analogy,
        counts=counts,
        settings=tuple(map(settings_part, outcome.settings)),
        calibration=tuple(map(calibration_part, knowledge.calibrations)),
        actions=actions,
        rights=rights,
        findings=(*late, *map(finding_part, found)),
        requests=tuple(probe_part(probe, outcome, knowledge) for probe in plan.probes),
        skipped=tuple(shown.SkipPart(id=key, reason=why) for key, why in plan.skipped.items()),
        sources=_sources(rights, catalogue),
    )


def exit_code(report: Report, fail_on: frozenset[str]) -> int:
    """Return the exit code of the contract; the first line that holds decides.

    A refused action is never a success, even where every right it is known to need is there.
    """
    open_rights = [right for right in report.rights if right.accepted is None]
    states = Counter(right.state for right in open_rights)
    lacking = states["missing"] + states["level_too_low"]
    is_open = states["undecided"] or report.stopped or not report.needed
    unsure = report.strict and any(right.level_verified is False for right in open_rights)
    stale = any(finding.rule == "exception-stale" for finding in report.findings)
    accepted = {right.id for right in report.rights if right.accepted}
    refused = any(
        action.verdict == "denied" and not (action.suspects and set(action.suspects) <= accepted)
        for action in report.actions
    )
    table = (
        (report.stopped == "safety", 5),
        (report.stopped == "credentials", 4),
        (report.stopped == "interrupted", 130),
        ("missing" in fail_on and (lacking or stale), 1),
        ("excess" in fail_on and states["excess"], 1),
        ("undecided" in fail_on and (is_open or unsure), 3),
        (fail_on & {"missing", "undecided"} and not lacking and refused, 3),
    )
    return next((code for holds, code in table if holds), 0)


def _accept(
    rights: Iterable[shown.RightPart], accepted: Mapping[Right, Acceptance], day: str
) -> tuple[tuple[shown.RightPart, ...], tuple[shown.FindingPart, ...]]:
    """Mark the rights that somebody answers for; return the exceptions that hold no more."""
    by_id = {right.id: item for right, item in accepted.items()}
    late: list[shown.FindingPart] = []
    parts, used = [], set()
    for right in rights:
        item = by_id.get(right.id)
        if item is None or right.state == "granted":
            parts.append(right)
            continue
        used.add(right.id)
        if item.expires.isoformat() >= day:
            parts.append(right.model_copy(update={"accepted": accepted_part(item)}))
        else:
            parts.append(right)
            late.append(exception_part("exception-expired", right.id, item))
    late += [
        exception_part("exception-stale", name, item)
        for name, item in by_id.items()
        if name not in used
    ]
    return tuple(parts), tuple(late)


def _read(state: RightState, policy: Policy, needed: Level | None) -> RightState:
    """Apply the policy: it can take a leaning for granted, or nothing that is only declared."""
    leans = state.state == "undecided" and state.leaning == "granted"
    if policy.accept_analogy and not policy.strict and leans:
        reason = f"{state.reason}; taken for granted by --accept-analogy"
        is_short = needed is Level.ALL and state.box is Level.MY
        return replace(state, state="level_too_low" if is_short else "granted", reason=reason)
    if policy.strict and state.state == "granted" and state.grade == "declared":
        reason = f"{state.reason}, but no answer proves it, as --strict asks"
        return replace(state, state="undecided", grade=None, leaning="granted", reason=reason)
    return state


def _proved(rights: Iterable[shown.RightPart]) -> int:
    return sum(right.state == "granted" and right.grade in {"proved", "both"} for right in rights)


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


def _headline(counts: Counts, stopped: str, proved: int) -> str:
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
        text = f"All {needed} needed rights are there: {proved} proved by an answer"
        rest = f", {needed - proved} by the role's settings alone" if needed - proved else ""
    early = f" (the run ended early: {stopped})" if stopped else ""
    return f"{text}{rest}{early}."
