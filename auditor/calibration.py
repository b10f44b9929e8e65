"""Verdicts → the order of checks in each resource: does security come before anything else?"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from auditor.atoms import Atom, atoms_of
from auditor.catalogue import Catalogue, resource
from auditor.draft import Probe
from auditor.plan import Plan
from auditor.verdict import Verdict

# A record of its own is looked up by these; a list may never look for its parent.
_SINGLE = {"get", "info", "update", "replace", "delete", "copy", "process"}


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

    def order(self, shape: str) -> bool | None:
        """Return whether security comes before `lookup` or `validation` here."""
        return self.before_lookup if shape == "lookup" else self.before_validation


def calibrate(
    plan: Plan, verdicts: Mapping[str, Verdict], lacking: Set[Atom], catalogue: Catalogue
) -> tuple[Calibration, ...]:
    """Return the order of checks per resource, from refusals and from what contradicts them.

    `lacking` is what the role surely lacks: who needs it and is looked up or validated all the
    same shows that security comes later.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for probe in plan.probes:
        verdict = verdicts.get(probe.id)
        for operation in probe.operations:
            place = found.setdefault(
                resource_of(operation), {"lookup": [], "validation": [], "late": [], "later": []}
            )
            if verdict is None:
                continue
            if verdict.outcome == "denied":
                place["lookup"] += [probe.id] * _is_looked_up(probe, operation, catalogue)
                place["validation"] += [probe.id] * probe.invalid
            elif verdict.passed and _needs_any(operation, lacking, catalogue):
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


def always_first(calibrations: Iterable[Calibration]) -> dict[str, bool]:
    """Tell, per shape, whether every resource that could be calibrated was security first."""
    known = list(calibrations)
    found = {}
    for shape in ("lookup", "validation"):
        orders = [item.order(shape) for item in known if item.order(shape) is not None]
        found[shape] = bool(orders) and all(orders)
    return found


def resource_of(operation: str) -> str:
    """Return the resource that an operation id belongs to."""
    return resource(operation.partition(" ")[2])


def _is_looked_up(probe: Probe, operation: str, catalogue: Catalogue) -> bool:
    row = catalogue.operations[operation]
    return probe.absent and row.kind in _SINGLE and not row.is_many


def _needs_any(operation: str, lacking: Set[Atom], catalogue: Catalogue) -> bool:
    need = catalogue.primary(catalogue.operations[operation])
    return need is not None and bool(atoms_of(need.right) & lacking)


def _order(controls: list[str], against: list[str]) -> bool | None:
    if against:
        return False
    return True if controls else None
