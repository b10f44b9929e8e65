"""Verdicts → what each answer proves, and the state of every right. Pure, exact, small."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from auditor.catalogue import Catalogue, resource
from auditor.observation import Observation
from auditor.plan import Plan, Probe
from auditor.rights import Right, Verb
from auditor.verdict import Outcome, Verdict, judge

State = Literal["granted", "missing", "level_too_low", "undecided", "excess"]
Leaning = Literal["granted", "missing"]
Atom = tuple[str, str, Verb, str]  # a level of a permission, or (last field) a Table Setup item
ITEM = ("System", "Table Setup item", Verb.INQUIRE)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The order of checks in one resource, as this run's own refusals show it.

    None means not established. `controls` are the probes that show it, `against` those that show
    the opposite: with any of these nothing of that shape counts here.
    """

    resource: str
    before_lookup: bool | None
    before_validation: bool | None
    controls: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one operation, over all its probes, with the probe that decided."""

    operation: str
    probe: str
    verdict: Verdict
    leaning: Leaning | None = None


@dataclass(frozen=True, slots=True)
class RightState:
    """What is known about one right, and the probes that say so.

    `suspects` are the rights of which at least one is missing, where a refusal leaves several.
    """

    state: State
    grade: Literal["proved", "declared", "both"] | None
    leaning: Leaning | None
    reason: str
    evidence: tuple[str, ...] = ()
    suspects: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything one run shows.

    `proofs` maps what is surely there to the probe that shows it, `lacking` what is surely not.
    `clauses` are refusals that nothing explains yet: of each set at least one is lacking.
    """

    judgements: Mapping[str, Judgement]
    verdicts: Mapping[str, Verdict]
    calibrations: tuple[Calibration, ...]
    proofs: Mapping[Atom, str]
    lacking: Mapping[Atom, str]
    clauses: tuple[tuple[str, str, frozenset[Atom]], ...]
    contradictions: tuple[str, ...] = ()
    catalogue: Catalogue = field(repr=False, default_factory=Catalogue)


def learn(
    plan: Plan,
    observations: Mapping[str, Observation],
    catalogue: Catalogue,
    *,
    doubtful_after: int | None = None,
) -> Knowledge:
    """Judge every probe, calibrate every resource, and collect proofs and refusals.

    Not-found answers completed after `doubtful_after` are not believed: the credentials could
    not be confirmed after the run.
    """
    verdicts = {
        probe.id: _doubted(judge(probe, seen), seen, doubtful_after)
        for probe in plan.probes
        for seen in [observations.get(probe.id)]
        if seen is not None or not probe.followup
    }
    calibrations = _calibrate(plan, verdicts, catalogue)
    by_resource = {found.resource: found for found in calibrations}
    analogy = _is_always_security_first(calibrations)
    judged: dict[str, list[Judgement]] = {}
    for probe in plan.probes:
        if probe.id not in verdicts:
            continue
        for operation in probe.operations:
            place = by_resource[_resource(operation)]
            verdict, leaning = _settle(probe, verdicts[probe.id], place, analogy=analogy)
            judged.setdefault(operation, []).append(
                Judgement(operation, probe.id, verdict, leaning)
            )
    judgements = {operation: _strongest(found) for operation, found in judged.items()}
    proofs, lacking, clauses, contradictions = _collect(judgements, catalogue)
    return Knowledge(
        judgements, verdicts, calibrations, proofs, lacking, clauses, contradictions, catalogue
    )


def state_of(right: Right, knowledge: Knowledge) -> RightState:
    """Return what the run shows about one right."""
    atoms = _atoms(right)
    if lacking := sorted(atoms & knowledge.lacking.keys()):
        evidence = tuple(knowledge.lacking[atom] for atom in lacking)
        return RightState("missing", None, None, "refused, and nothing else was needed", evidence)
    if atoms <= knowledge.proofs.keys():
        evidence = tuple(dict.fromkeys(knowledge.proofs[atom] for atom in sorted(atoms)))
        return RightState("granted", "proved", None, "exercised with success", evidence)
    refusals = [found for found in knowledge.clauses if found[2] & atoms]
    if exact := [probe for _, probe, clause in refusals if clause <= atoms]:
        reason = "refused, and nothing else was needed"
        return RightState("missing", None, None, reason, tuple(exact))
    if refusals:
        operation, probe, clause = min(refusals, key=lambda item: (len(item[2]), item[1]))
        return RightState(
            "undecided", None, "missing", "a refused action needs this right or another",
            (probe,), _suspects(operation, clause, knowledge),
        )  # fmt: skip
    return _open(right, knowledge)


def suspects_of(judgement: Judgement, knowledge: Knowledge) -> tuple[Right, ...]:
    """Return the rights whose lack is, or may be, why the operation was refused."""
    operation = knowledge.catalogue.operations[judgement.operation]
    atoms = {
        atom for need in knowledge.catalogue.requirements(operation) for atom in _atoms(need.right)
    }
    explained = atoms & knowledge.lacking.keys()
    return _suspects(
        operation.id, frozenset(explained or atoms - knowledge.proofs.keys()), knowledge
    )


def _doubted(verdict: Verdict, seen: Observation | None, doubtful_after: int | None) -> Verdict:
    if doubtful_after is None or seen is None or seen.order <= doubtful_after:
        return verdict
    if verdict.passed != "lookup":
        return verdict
    return replace(
        verdict, passed="", rule="unconfirmed",
        reason="not found, but the credentials could not be confirmed afterwards",
        remedy="Check that the keys are active, then run again.",
    )  # fmt: skip


def _resource(operation: str) -> str:
    return resource(operation.partition(" ")[2])


def _calibrate(
    plan: Plan, verdicts: Mapping[str, Verdict], catalogue: Catalogue
) -> tuple[Calibration, ...]:
    """Return the order of checks per resource, from refusals and from what contradicts them."""
    lacking = _surely_lacking(plan, verdicts, catalogue)
    found: dict[str, dict[str, list[str]]] = {}
    for probe in plan.probes:
        for operation in probe.operations:
            place = found.setdefault(
                _resource(operation), {"lookup": [], "validation": [], "late": [], "later": []}
            )
            verdict = verdicts.get(probe.id)
            if verdict is None:
                continue
            if verdict.outcome == "denied":
                place["lookup"] += [probe.id] * probe.absent
                place["validation"] += [probe.id] * probe.invalid
            elif verdict.passed and _needed(operation, catalogue) & lacking:
                place["late" if verdict.passed == "lookup" else "later"].append(probe.id)
    return tuple(
        Calibration(
            name,
            _order(place["lookup"], place["late"]),
            _order(place["validation"], place["later"]),
            tuple(dict.fromkeys(place["lookup"] + place["validation"])),
            tuple(dict.fromkeys(place["late"] + place["later"])),
        )
        for name, place in sorted(found.items())
    )


def _order(controls: list[str], against: list[str]) -> bool | None:
    if against:
        return False
    return True if controls else None


def _surely_lacking(
    plan: Plan, verdicts: Mapping[str, Verdict], catalogue: Catalogue
) -> frozenset[Right]:
    """Return the rights that some operation was refused for, having no other requirement."""
    lacking = set()
    for probe in plan.probes:
        verdict = verdicts.get(probe.id)
        if verdict is None or verdict.outcome != "denied":
            continue
        for operation in probe.operations:
            needed = _needed(operation, catalogue)
            if len(needed) == 1:
                lacking |= needed
    return frozenset(lacking)


def _needed(operation: str, catalogue: Catalogue) -> set[Right]:
    return {need.right for need in catalogue.requirements(catalogue.operations[operation])}


def _is_always_security_first(calibrations: Iterable[Calibration]) -> dict[str, bool]:
    """Tell, per shape, whether every resource that could be calibrated was security first."""
    known = list(calibrations)
    lookup = [found.before_lookup for found in known if found.before_lookup is not None]
    validation = [found.before_validation for found in known if found.before_validation is not None]
    return {
        "lookup": bool(lookup) and all(lookup),
        "validation": bool(validation) and all(validation),
    }


def _settle(
    probe: Probe, verdict: Verdict, place: Calibration, *, analogy: Mapping[str, bool]
) -> tuple[Verdict, Leaning | None]:
    """Decide what a 404 or 400 means here; every other verdict stands as it is."""
    if not verdict.passed:
        return verdict, None
    order = place.before_lookup if verdict.passed == "lookup" else place.before_validation
    is_shaped = probe.absent if verdict.passed == "lookup" else probe.invalid
    if order is True and is_shaped:
        what = "looked for the record" if verdict.passed == "lookup" else "validated the body"
        reason = f"the PSA {what}, and in {place.resource} security comes before that"
        return replace(verdict, outcome="allowed", reason=reason, remedy=""), None
    if order is False:
        reason = f"{verdict.reason}, but in {place.resource} security comes after that"
        return replace(verdict, reason=reason), None
    if analogy[verdict.passed]:
        reason = f"{verdict.reason}; wherever the order is known, security came first"
        return replace(verdict, reason=reason), "granted"
    return replace(verdict, reason=f"{verdict.reason}; the order of checks is not known"), None


def _strongest(found: list[Judgement]) -> Judgement:
    """Return the judgement that decides an operation; a refusal and a success contradict."""
    outcomes: dict[Outcome, Judgement] = {}
    for judgement in found:
        outcomes.setdefault(judgement.verdict.outcome, judgement)
    if "allowed" in outcomes and "denied" in outcomes:
        judgement = outcomes["denied"]
        verdict = Verdict(
            "undecided", "contradiction", "one request was answered and another refused",
            "The member may be restricted to some records, locations or departments.",
        )  # fmt: skip
        return replace(judgement, verdict=verdict)
    for outcome in ("allowed", "denied", "undecided", "not_tested"):
        if outcome in outcomes:
            return outcomes[outcome]
    raise AssertionError("an operation has at least one judgement")


def _collect(
    judgements: Mapping[str, Judgement], catalogue: Catalogue
) -> tuple[
    dict[Atom, str], dict[Atom, str], tuple[tuple[str, str, frozenset[Atom]], ...], tuple[str, ...]
]:
    """Return what is proved, what is lacking, refusals left open, and refusals without a suspect.

    Unit propagation: a success proves all that its operation needs; of what a refused operation
    needs, all that is proved is crossed out. One left is lacking, and a refusal that needs
    something lacking is thereby explained: it says nothing about the rest.
    """
    proofs: dict[Atom, str] = {}
    for operation, judgement in judgements.items():
        if judgement.verdict.outcome == "allowed":
            for right in _needed(operation, catalogue):
                for atom in _atoms(right):
                    proofs.setdefault(atom, judgement.probe)
    clauses, contradictions = [], []
    for operation, judgement in judgements.items():
        if judgement.verdict.outcome != "denied":
            continue
        needed = {atom for right in _needed(operation, catalogue) for atom in _atoms(right)}
        if clause := frozenset(needed - proofs.keys()):
            clauses.append((operation, judgement.probe, clause))
        else:
            contradictions.append(operation)
    lacking: dict[Atom, str] = {}
    for _, probe, clause in clauses:
        if len(clause) == 1:
            lacking.setdefault(next(iter(clause)), probe)
    unexplained = (found for found in clauses if not found[2] & lacking.keys())
    return proofs, lacking, tuple(unexplained), tuple(contradictions)


def _atoms(right: Right) -> frozenset[Atom]:
    """Return what a right is made of: the permission's level, and the Table Setup item."""
    level = (right.module, right.permission, right.verb, "")
    return frozenset({level, (*ITEM, right.table)} if right.table else {level})


def _suspects(operation: str, clause: frozenset[Atom], knowledge: Knowledge) -> tuple[Right, ...]:
    catalogue = knowledge.catalogue
    needs = catalogue.requirements(catalogue.operations[operation])
    return tuple(need.right for need in needs if _atoms(need.right) & clause)


def _open(right: Right, knowledge: Knowledge) -> RightState:
    """Return the state of a right that nothing proves and nothing refuses."""
    touching = [
        judgement
        for operation, judgement in knowledge.judgements.items()
        if right in _needed(operation, knowledge.catalogue)
    ]
    undecided = [found for found in touching if found.verdict.outcome == "undecided"]
    if undecided:
        best = next((found for found in undecided if found.leaning), undecided[0])
        evidence = tuple(found.probe for found in undecided)
        return RightState("undecided", None, best.leaning, best.verdict.reason, evidence)
    reasons = [found.verdict.reason for found in touching if found.verdict.outcome == "not_tested"]
    if not reasons and touching:
        reason = "refused, but another right that is missing explains it"
        return RightState("undecided", None, None, reason, tuple(x.probe for x in touching))
    reason = reasons[0] if reasons else "no request shows this right"
    return RightState("undecided", None, None, f"not tested: {reason}")
