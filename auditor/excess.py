"""What the member has beyond what is needed: rights, worst first, and dangerous combinations."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.inference import Knowledge
from auditor.plan import Plan
from auditor.profiles import Need, Selection
from auditor.rights import TABLE_SETUP, Level, Right, Verb
from auditor.risks import Combination, RiskRow, Risks
from auditor.states import RightState, state_of


@dataclass(frozen=True, slots=True)
class Excess:
    """A right that nothing of the selection needs, and the harm it can do."""

    right: Right
    state: RightState
    risk: RiskRow


def find_excess(
    needed: Iterable[Need], plan: Plan, knowledge: Knowledge, risks: Risks
) -> tuple[Excess, ...]:
    """Return what is declared, or proved by exploring, and not needed: worst harm first.

    A right that is needed under a condition only is not among them.
    """
    wanted = {need.right for need in needed} | _conditional(plan.selection, knowledge.catalogue)
    found = {**_declared(wanted, knowledge), **_explored(wanted, plan, knowledge)}
    parts = (Excess(right, state, risks.of(right)) for right, state in found.items())
    return tuple(
        sorted(parts, key=lambda item: (-item.risk.tier, knowledge.catalogue.order(item.right)))
    )


def held(needed: Iterable[tuple[Right, RightState]], excess: Iterable[Excess]) -> frozenset[Right]:
    """Return every right that the member surely or by its settings has."""
    granted = (right for right, state in needed if state.state == "granted")
    return frozenset((*granted, *(item.right for item in excess)))


def combinations(
    rights: Set[Right], excess: Iterable[Excess], risks: Risks, declared: Declared | None
) -> tuple[Combination, ...]:
    """Return the dangerous combinations that the member holds by a right it does not need.

    One that lies within another of them is left out: the larger says it too. So is one by way of
    a setup table that is not in the member's Customize list.
    """
    beyond = {_whole(item.right) for item in excess}
    found = [
        item for item in risks.combinations(rights)
        if any(_whole(right) in beyond for right in item.rights)
        and not any(
            right.table and declared and declared.is_unlisted(right.table) for right in item.rights
        )
    ]  # fmt: skip
    return tuple(
        item for item in found if not any(set(item.rights) < set(other.rights) for other in found)
    )


def _whole(right: Right) -> Right:
    return Right(right.module, right.permission, right.verb)


def _conditional(selection: Selection, catalogue: Catalogue) -> set[Right]:
    found = {need.right for _, need in selection.rights if need.condition}
    called = (catalogue.operation_of(action) for action, _ in selection.actions)
    named = (catalogue.operations[name] for _, name in selection.operations)
    for operation in (*called, *named):
        if operation:
            found |= {need.right for need in catalogue.conditional(operation)}
    return found


def _declared(wanted: Set[Right], knowledge: Knowledge) -> dict[Right, RightState]:
    """Return the boxes and Customize items that the settings have and nobody wants."""
    declared = knowledge.declared
    if declared is None:
        return {}
    boxes = {_whole(right) for right in wanted}
    tables = {right.table for right in wanted if right.table}
    whole = any(
        (right.module, right.permission) == TABLE_SETUP and not right.table for right in wanted
    )
    found = {}
    for (module, permission, verb), level in declared.levels.items():
        right = Right(module, permission, verb)
        if level is not Level.NONE and right not in boxes:
            reason = f"{declared.source} says {level.label}, and nothing needs it"
            found[right] = RightState("excess", "declared", None, reason, declared=level)
    reach = max(declared.levels.get((*TABLE_SETUP, verb), Level.NONE) for verb in Verb)
    for table in sorted(knowledge.catalogue.items - tables):
        if reach and declared.item(table) and not whole:
            right = Right(*TABLE_SETUP, Verb.INQUIRE, table)
            reason = "Customize allows this item, and nothing needs it"
            found[right] = RightState("excess", "declared", None, reason, declared=reach)
    return found


def _explored(wanted: Set[Right], plan: Plan, knowledge: Knowledge) -> dict[Right, RightState]:
    """Return the rights that requests outside the selection proved."""
    catalogue = knowledge.catalogue
    found = {}
    for name in plan.selection.explored:
        first = catalogue.primary(catalogue.operations[name])
        if first is None or first.right in wanted:
            continue
        state = state_of(first.right, knowledge)
        if state.state == "granted" and state.grade != "declared":
            reason = "exercised with success, and nothing needs it"
            found[first.right] = RightState(
                "excess", state.grade, None, reason, state.evidence, (), state.declared
            )
    return found
