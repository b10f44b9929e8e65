"""What is still worth sending once the main requests are answered. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Set

from auditor.calibration import resource_of
from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.draft import Probe
from auditor.inference import Knowledge, learn
from auditor.observation import Observation
from auditor.plan import Plan
from auditor.profiles import needs
from auditor.rights import Level, Right
from auditor.states import RightState, state_of


def follow_ups(
    plan: Plan,
    observations: Mapping[str, Observation],
    catalogue: Catalogue,
    declared: Declared | None = None,
) -> tuple[Probe, ...]:
    """Return the follow-ups that may settle something, in plan order, each after what it needs.

    Samples and children for lists that decided nothing; a control where the order of checks of a
    resource is unknown; a reserve for a right that its witness left open.
    """
    knowledge = learn(plan, observations, catalogue, declared=declared)
    found = set(_lists(plan, knowledge))
    found |= set(_controls(plan, knowledge))
    if plan.depth == "right":
        found |= set(_reserves(plan, knowledge))
    wanted = {probe.id for probe in found}
    wanted |= {name for probe in found for name in (probe.guard, probe.sample) if name}
    return tuple(probe for probe in plan.probes if probe.followup and probe.id in wanted)


def _lists(plan: Plan, knowledge: Knowledge) -> Iterator[Probe]:
    """Yield the reads of one id, and of children under it, for lists that decided nothing."""
    for probe in plan.probes:
        if probe.stage in {"sample", "child"}:
            found = (knowledge.judgements.get(name) for name in probe.operations)
            if any(item and item.verdict.outcome == "undecided" for item in found):
                yield probe


def _controls(plan: Plan, knowledge: Knowledge) -> Iterator[Probe]:
    """Yield a request that is likely refused, where a refusal would settle what others left."""
    open_shapes = {
        (resource_of(item.operation), item.verdict.passed)
        for item in knowledge.judgements.values()
        if item.verdict.outcome == "undecided" and item.verdict.passed
    }
    unknown = {
        (item.resource, shape)
        for item in knowledge.calibrations
        for shape in ("lookup", "validation")
        if item.order(shape) is None
    }
    for probe in plan.probes:
        place = (resource_of(probe.operations[0]), probe.stage)
        if place in open_shapes & unknown and _may_lack(probe, knowledge):
            yield probe


def _may_lack(probe: Probe, knowledge: Knowledge) -> bool:
    """Tell whether the role may lack what the probe needs: else its answer shows nothing."""
    first = knowledge.catalogue.primary(knowledge.catalogue.operations[probe.operations[0]])
    if first is None:
        return False
    declared = knowledge.declared.of(first.right) if knowledge.declared else None
    return declared in {None, Level.NONE}


def _reserves(plan: Plan, knowledge: Knowledge) -> Iterator[Probe]:
    """Yield a further witness: reads of a right that is open, writes of one that is a suspect."""
    states = {
        need.right: state_of(need.right, knowledge)
        for need in needs(plan.selection, knowledge.catalogue)
    }
    still_open = {right for right, state in states.items() if state.state == "undecided"}
    suspects = _suspects(states.values())
    for probe in plan.probes:
        if probe.stage == "reserve":
            wanted = still_open if probe.reads and probe.expects == "list" else suspects
            if _needs_any(probe, wanted, knowledge.catalogue):
                yield probe


def _suspects(states: Iterable[RightState]) -> set[Right]:
    return {right for state in states for right in state.suspects}


def _needs_any(probe: Probe, wanted: Set[Right], catalogue: Catalogue) -> bool:
    return any(
        need.right in wanted
        for name in probe.operations
        for need in catalogue.requirements(catalogue.operations[name])
    )
