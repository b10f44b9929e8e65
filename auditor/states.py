"""Knowledge → the state of one right, with its grade, its reason and its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from auditor.atoms import Atom, atoms_of
from auditor.inference import Clause, Judgement, Knowledge, states
from auditor.rights import Basis, Level, Requirement, Right

State = Literal["granted", "missing", "level_too_low", "undecided", "excess"]
Grade = Literal["proved", "declared", "both"]
Leaning = Literal["granted", "missing"]


@dataclass(frozen=True, slots=True)
class RightState:
    """What is known about one right, and the probes that say so.

    `suspects` are the rights of which at least one is missing, where a refusal leaves several,
    the likeliest first. `declared` is what the settings say of it, `box` of its level alone,
    whatever Customize says.
    """

    state: State
    grade: Grade | None
    leaning: Leaning | None
    reason: str
    evidence: tuple[str, ...] = ()
    suspects: tuple[Right, ...] = ()
    declared: Level | None = None
    box: Level | None = None

    @property
    def is_conflict(self) -> bool:
        """Tell whether the probes and the settings say opposite things."""
        if self.grade != "proved" or self.declared is None:
            return False
        return (self.state == "missing") == (self.declared is not Level.NONE)


def state_of(right: Right, knowledge: Knowledge, needed: Level | None = None) -> RightState:
    """Return what the run and the settings show about one right, needed at some level."""
    declared = knowledge.declared.of(right) if knowledge.declared else None
    found = _probed(right, knowledge) or _declared(right, declared, knowledge)
    box = knowledge.declared.level(right) if knowledge.declared else None
    found = replace(found or _open(right, knowledge), declared=declared, box=box)
    if found.state == "granted" and needed is Level.ALL and box is Level.MY:
        reason = "the settings say My: it reaches the member's own records only"
        return replace(found, state="level_too_low", reason=reason)
    return found


def suspects_of(judgement: Judgement, knowledge: Knowledge) -> tuple[Right, ...]:
    """Return the rights whose lack is, or may be, why the operation was refused."""
    needs = knowledge.needed(judgement.operation)
    atoms = {atom for need in needs for atom in atoms_of(need.right)}
    explained = atoms & knowledge.lacking.keys() or _declared_missing(atoms, knowledge)
    return _suspects(needs, explained or atoms - knowledge.proofs.keys(), knowledge)


def _probed(right: Right, knowledge: Knowledge) -> RightState | None:
    """Return the state that answers of this run decide, alone or with the settings."""
    atoms = atoms_of(right)
    declared = knowledge.declared.of(right) if knowledge.declared else None
    if atoms & knowledge.disputed:
        probes = _refused_with(atoms, knowledge)
        reason = "refused, although each part of it was exercised with success elsewhere"
        return RightState("undecided", None, "missing", reason, probes)
    if lacking := _lacking(atoms, knowledge):
        grade: Grade = "both" if declared is Level.NONE else "proved"
        return RightState("missing", grade, None, "refused, and nothing else was needed", lacking)
    if atoms <= knowledge.proofs.keys():
        grade = "both" if declared else "proved"
        evidence = tuple(dict.fromkeys(knowledge.proofs[atom] for atom in sorted(atoms)))
        return RightState("granted", grade, None, "exercised with success", evidence)
    return None


def _lacking(atoms: frozenset[Atom], knowledge: Knowledge) -> tuple[str, ...]:
    """Return the probes whose refusals leave no doubt that one of the atoms is lacking."""
    if found := sorted(atoms & knowledge.lacking.keys()):
        return tuple(knowledge.lacking[atom] for atom in found)
    return tuple(clause.probe for clause in knowledge.clauses if clause.atoms <= atoms)


def _declared(right: Right, declared: Level | None, knowledge: Knowledge) -> RightState | None:
    """Return the state that the settings decide, where no answer contradicts them."""
    if knowledge.declared is None:
        return None
    atoms = atoms_of(right)
    clauses = [clause for clause in knowledge.clauses if clause.atoms & atoms]
    blamed = _blamed(clauses, knowledge)
    if mine := [clause for clause, found in blamed if found & atoms]:
        reason = "refused, and of what was needed the settings lack this"
        return RightState("missing", "both", None, reason, tuple(c.probe for c in mine))
    if declared is Level.NONE:
        reason = f"{knowledge.declared.source} says None, and no answer contradicts"
        return RightState("missing", "declared", None, reason)
    unexplained = [clause for clause, found in blamed if not found]
    if declared and not unexplained:
        reason = f"{knowledge.declared.source} says {declared.label}, and nothing contradicts"
        return RightState("granted", "declared", None, reason)
    return None


def _blamed(
    clauses: Iterable[Clause], knowledge: Knowledge
) -> list[tuple[Clause, frozenset[Atom]]]:
    """Return each refusal with the atoms that the settings show to be why."""
    return [(clause, _declared_missing(clause.atoms, knowledge)) for clause in clauses]


def _declared_missing(atoms: Iterable[Atom], knowledge: Knowledge) -> frozenset[Atom]:
    """Return what the settings lack; an item that is not in the list counts after a refusal."""
    declared = knowledge.declared
    if declared is None:
        return frozenset()
    found = {atom: states(declared, atom) for atom in atoms}
    surely = frozenset(atom for atom, level in found.items() if level is Level.NONE)
    if surely:
        return surely
    if any(level is None and not atom[3] for atom, level in found.items()):
        return frozenset()
    return frozenset(
        atom for atom, level in found.items() if level is None and declared.is_unlisted(atom[3])
    )


def _open(right: Right, knowledge: Knowledge) -> RightState:
    """Return the state of a right that nothing decides, and why."""
    atoms = atoms_of(right)
    touched = [clause for clause in knowledge.clauses if clause.atoms & atoms]
    if refusals := [clause for clause, blamed in _blamed(touched, knowledge) if not blamed]:
        clause = min(refusals, key=lambda item: (len(item.atoms), item.probe))
        suspects = _suspects(knowledge.needed(clause.operation), clause.atoms, knowledge)
        reason = "a refused action needs this right or another"
        return RightState("undecided", None, "missing", reason, (clause.probe,), suspects)
    touching = [
        judgement
        for operation, judgement in knowledge.judgements.items()
        if any(need.right == right for need in knowledge.needed(operation))
    ]
    touching = touching or [
        judgement
        for operation, judgement in knowledge.judgements.items()
        if any(atoms_of(need.right) & atoms for need in knowledge.needed(operation))
    ]
    for outcome in ("undecided", "allowed", "denied", "not_tested"):
        if found := [item for item in touching if item.verdict.outcome == outcome]:
            return _because(outcome, found, right, knowledge)
    return RightState("undecided", None, None, "not tested: no request shows this right")


def _because(
    outcome: str, found: list[Judgement], right: Right, knowledge: Knowledge
) -> RightState:
    """Return why a right is open; it leans only by what would prove it if the order were known."""
    evidence = tuple(item.probe for item in found)
    leaning: Leaning | None = None
    match outcome:
        case "undecided":
            leans = [item for item in found if _would_prove(item, right, knowledge)]
            reason = (leans or found)[0].verdict.reason
            leaning = "granted" if leans else None
        case "allowed":
            reason = "an action that may need it works, but nobody but us says that it does"
            if any(item.verdict.passed for item in found):
                reason = "the request came past the first right; whether past this one is unknown"
        case "denied":
            reason = "refused, but another right that is missing explains it"
        case _:
            return RightState("undecided", None, None, f"not tested: {found[0].verdict.reason}")
    return RightState("undecided", None, leaning, reason, evidence)


def _would_prove(item: Judgement, right: Right, knowledge: Knowledge) -> bool:
    operation = knowledge.catalogue.operations[item.operation]
    return item.leans_granted and right in knowledge.catalogue.shown_by(operation, in_full=False)


def _refused_with(atoms: frozenset[Atom], knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(
        knowledge.judgements[operation].probe
        for operation in knowledge.contradictions
        if any(atoms_of(need.right) & atoms for need in knowledge.needed(operation))
    )


def _suspects(
    needs: Iterable[Requirement], atoms: Iterable[Atom], knowledge: Knowledge
) -> tuple[Right, ...]:
    """Return the rights with any of these atoms: what the settings lack first, then by basis."""
    wanted = frozenset(atoms)
    ranks = list(Basis)
    declared = knowledge.declared

    def likelihood(need: Requirement) -> tuple[int, int]:
        level = declared.of(need.right) if declared else None
        return (1 if level is None else 0 if level is Level.NONE else 2), ranks.index(need.basis)

    found = sorted((need for need in needs if atoms_of(need.right) & wanted), key=likelihood)
    return tuple(need.right for need in found)
