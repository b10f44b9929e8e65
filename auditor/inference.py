"""Verdicts and settings → what is proved, what is lacking, what stays open. Pure and exact."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from auditor.atoms import ITEM, Atom, atoms_of, proved_by
from auditor.calibration import Calibration, always_first, calibrate, resource_of
from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.draft import Probe
from auditor.observation import Observation
from auditor.plan import Plan
from auditor.rights import Level, Requirement, Verb
from auditor.verdict import Outcome, Verdict, judge


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one operation, over all its probes, with the probe that decided."""

    operation: str
    probe: str
    verdict: Verdict
    leans_granted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A refusal: of these atoms at least one is lacking."""

    operation: str
    probe: str
    atoms: frozenset[Atom]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything one run shows.

    `proofs` maps what is surely there to the probe that shows it, `lacking` what is surely not.
    `clauses` are refusals that nothing explains yet. `contradictions` are refused operations
    whose every need is proved; what of that rests on several answers or on a look-up is
    `disputed`.
    """

    judgements: Mapping[str, Judgement]
    verdicts: Mapping[str, Verdict]
    calibrations: tuple[Calibration, ...]
    proofs: Mapping[Atom, str]
    lacking: Mapping[Atom, str]
    clauses: tuple[Clause, ...]
    contradictions: tuple[str, ...] = ()
    disputed: frozenset[Atom] = frozenset()
    declared: Declared | None = None
    catalogue: Catalogue = field(repr=False, default_factory=Catalogue)

    def needed(self, operation: str) -> tuple[Requirement, ...]:
        """Return what an operation always needs."""
        return self.catalogue.requirements(self.catalogue.operations[operation])


def learn(
    plan: Plan,
    observations: Mapping[str, Observation],
    catalogue: Catalogue,
    *,
    declared: Declared | None = None,
    doubted: Set[str] = frozenset(),
) -> Knowledge:
    """Judge every probe, calibrate every resource, and collect proofs and refusals.

    Not-found answers of the `doubted` probes are not believed: the credentials could not be
    confirmed after them.
    """
    verdicts = {
        probe.id: _believed(judge(probe, seen), doubted=probe.id in doubted)
        for probe in plan.probes
        for seen in [observations.get(probe.id)]
        if seen is not None or not probe.followup
    }
    alone = _judgements(plan, verdicts, (), {})
    lacking = _eliminate(_refusals(alone, catalogue), _proofs(alone, catalogue))[0]
    unlikely = lacking.keys() | _declared_none(plan, declared, catalogue)
    calibrations = calibrate(plan, verdicts, unlikely, catalogue)
    judgements = _judgements(plan, verdicts, calibrations, always_first(calibrations))
    proofs = _proofs(judgements, catalogue)
    refusals = _refusals(judgements, catalogue)
    lacking, open_clauses, contradictions = _eliminate(refusals, proofs)
    return Knowledge(
        judgements, verdicts, calibrations, proofs, lacking, open_clauses, contradictions,
        _disputed(contradictions, judgements, catalogue), declared, catalogue,
    )  # fmt: skip


def _believed(verdict: Verdict, *, doubted: bool) -> Verdict:
    if not doubted or verdict.passed != "lookup":
        return verdict
    return replace(
        verdict, passed="", rule="unconfirmed",
        reason="not found, but the credentials could not be confirmed afterwards",
        remedy="Check that the keys are active, then run again.",
    )  # fmt: skip


def _declared_none(plan: Plan, declared: Declared | None, catalogue: Catalogue) -> frozenset[Atom]:
    """Return what the settings say is not there, of all that the plan's operations need."""
    if declared is None:
        return frozenset()
    found: set[Atom] = set()
    for operation in {name for probe in plan.probes for name in probe.operations}:
        for need in catalogue.requirements(catalogue.operations[operation]):
            found |= {atom for atom in atoms_of(need.right) if states(declared, atom) is Level.NONE}
    return frozenset(found)


def states(declared: Declared, atom: Atom) -> Level | None:
    """Return what the settings say of one atom: its level, None where they say nothing."""
    module, permission, verb, table = atom
    if (module, permission) == ITEM:
        is_there = declared.item(table)
        return None if is_there is None else Level.ALL if is_there else Level.NONE
    return declared.levels.get((module, permission, verb))


def _judgements(
    plan: Plan,
    verdicts: Mapping[str, Verdict],
    calibrations: Iterable[Calibration],
    analogy: Mapping[str, bool],
) -> dict[str, Judgement]:
    """Settle each probe by the order of its resource; per operation the strongest stands."""
    places = {found.resource: found for found in calibrations}
    found: dict[str, list[Judgement]] = {}
    for probe in plan.probes:
        if probe.id not in verdicts:
            continue
        for operation in probe.operations:
            place = places.get(resource_of(operation))
            verdict, leans = _settle(probe, verdicts[probe.id], place, analogy)
            found.setdefault(operation, []).append(Judgement(operation, probe.id, verdict, leans))
    return {operation: _strongest(items) for operation, items in found.items()}


def _settle(
    probe: Probe, verdict: Verdict, place: Calibration | None, analogy: Mapping[str, bool]
) -> tuple[Verdict, bool]:
    """Decide what a 404 or 400 means here; every other verdict stands as it is."""
    if not verdict.passed or place is None:
        return verdict, False
    order = place.order(verdict.passed)
    is_shaped = probe.absent if verdict.passed == "lookup" else probe.invalid
    if order is True and is_shaped:
        what = "looked for the record" if verdict.passed == "lookup" else "validated the body"
        reason = f"the PSA {what}, and in {place.resource} security comes before that"
        return replace(verdict, outcome="allowed", reason=reason, remedy=""), False
    if order is False:
        reason = f"{verdict.reason}, but in {place.resource} security comes after that"
        return replace(verdict, reason=reason), False
    if analogy[verdict.passed]:
        reason = f"{verdict.reason}; wherever the order is known, security came first"
        return replace(verdict, reason=reason), True
    return replace(verdict, reason=f"{verdict.reason}; the order of checks is not known"), False


def _strongest(found: list[Judgement]) -> Judgement:
    """Return the judgement that decides an operation; a refusal and a success contradict."""
    outcomes: dict[Outcome, Judgement] = {}
    for judgement in found:
        outcomes.setdefault(judgement.verdict.outcome, judgement)
    if "allowed" in outcomes and "denied" in outcomes:
        verdict = Verdict(
            "undecided", "contradiction", "one request was answered and another refused",
            "The member may be restricted to some records, locations or departments.",
        )  # fmt: skip
        return replace(outcomes["denied"], verdict=verdict)
    order: tuple[Outcome, ...] = ("allowed", "denied", "undecided", "not_tested")
    return next(outcomes[outcome] for outcome in order if outcome in outcomes)


def _proofs(judgements: Mapping[str, Judgement], catalogue: Catalogue) -> dict[Atom, str]:
    proofs: dict[Atom, str] = {}
    for judgement in judgements.values():
        if judgement.verdict.outcome != "allowed":
            continue
        row = catalogue.operations[judgement.operation]
        for right in catalogue.shown_by(row, in_full=not judgement.verdict.passed):
            for atom in sorted(proved_by(right)):
                proofs.setdefault(atom, judgement.probe)
    return proofs


def _refusals(judgements: Mapping[str, Judgement], catalogue: Catalogue) -> list[Clause]:
    found = []
    for operation, judgement in judgements.items():
        if judgement.verdict.outcome == "denied":
            needs = catalogue.requirements(catalogue.operations[operation])
            atoms = frozenset(atom for need in needs for atom in atoms_of(need.right))
            found.append(Clause(operation, judgement.probe, atoms))
    return found


def _eliminate(
    refusals: Iterable[Clause], proofs: Mapping[Atom, str]
) -> tuple[dict[Atom, str], tuple[Clause, ...], tuple[str, ...]]:
    """Return what is lacking, the refusals left open, and the operations without a suspect.

    Unit propagation: of what a refused operation needs, all that is proved is crossed out. One
    left is lacking, and a refusal that needs something lacking is thereby explained: it says
    nothing about the rest. An item that is lacking for reads is lacking for writes.
    """
    clauses = [replace(found, atoms=found.atoms - proofs.keys()) for found in refusals]
    lacking: dict[Atom, str] = {}
    for clause in clauses:
        if len(clause.atoms) == 1:
            lacking.setdefault(next(iter(clause.atoms)), clause.probe)
    for (*item, verb, table), probe in list(lacking.items()):
        write = (*ITEM, Verb.EDIT, table)
        if tuple(item) == ITEM and verb is Verb.INQUIRE and write not in proofs:
            lacking.setdefault(write, probe)
    unexplained = (found for found in clauses if found.atoms and not found.atoms & lacking.keys())
    without = tuple(found.operation for found in clauses if not found.atoms)
    return lacking, tuple(unexplained), without


def _disputed(
    contradictions: Iterable[str], judgements: Mapping[str, Judgement], catalogue: Catalogue
) -> frozenset[Atom]:
    """Return what contradicted operations need and no single answer proves by itself."""
    firm: set[Atom] = set()
    for judgement in judgements.values():
        needs = catalogue.requirements(catalogue.operations[judgement.operation])
        if judgement.verdict.outcome == "allowed" and not judgement.verdict.passed:
            firm |= atoms_of(needs[0].right) if len(needs) == 1 else frozenset()
    return frozenset(
        atom
        for operation in contradictions
        for need in catalogue.requirements(catalogue.operations[operation])
        for atoms in [atoms_of(need.right)]
        if not atoms <= firm
        for atom in atoms
    )
