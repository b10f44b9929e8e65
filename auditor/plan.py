"""A selection → the requests that will be sent, each once, and those that will not, with reasons.

Pure: no request exists that is not in a plan.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from auditor.atoms import Atom, atoms_of, proved_by
from auditor.catalogue import Catalogue
from auditor.draft import READ_ONLY, Draft, Probe
from auditor.errors import InputError
from auditor.operations import candidates
from auditor.profiles import Need, Selection, needs
from auditor.rights import TABLE_SETUP, Right, Verb
from auditor.rows import Operation

SCHEMA = "psa-audit/plan/1"
Depth = Literal["action", "right"]
TABLE_WITNESSES = 3  # setup tables tried for a Table Setup right that names no item


@dataclass(frozen=True, slots=True)
class Plan:
    """All probes in the order they are sent; `skipped` maps operation or right ids to a reason."""

    selection: Selection
    matrices: str
    probes: tuple[Probe, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    depth: Depth = "action"

    @property
    def hash(self) -> str:
        """Return the SHA-256, in hex, of every request with its guards, in order."""
        text = json.dumps([asdict(probe) for probe in self.probes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def main(self) -> tuple[Probe, ...]:
        """Return the probes that are sent in any case."""
        return tuple(probe for probe in self.probes if not probe.followup)


def build(
    selection: Selection,
    catalogue: Catalogue,
    *,
    read_only: bool = False,
    depth: Depth = "action",
) -> Plan:
    """Return the plan for a selection: every action becomes one probe or one skip.

    At depth `right` only as many are sent as it takes to witness every needed right; the others
    are kept in reserve for rights that stay open.
    """
    draft = Draft(catalogue, read_only=read_only)
    operations = list(_operations(selection, catalogue))
    needed = needs(selection, catalogue)
    if depth == "right":
        _add_cover(draft, needed, operations)
    for operation in operations:
        if not draft.has(operation):
            draft.add(operation, "main" if depth == "action" else "reserve")
    shown = draft.shown()
    covered = {atom for right in shown for atom in proved_by(right)}
    for need in needed:
        is_shown = need.right in shown if depth == "action" else atoms_of(need.right) <= covered
        if not is_shown:
            _add_witnesses(draft, need)
    draft.add_controls()  # before what is only explored: that sends no write of its own accord
    for name in selection.explored:
        draft.add(catalogue.operations[name])
    return Plan(selection, catalogue.digest, draft.finish(), draft.skipped, depth)


def loads(text: str, catalogue: Catalogue) -> Plan:
    """Read a plan that `plan --format json` wrote, perhaps with probes taken out.

    Raises InputError if it holds a request that this program would not plan itself.
    """
    found = _json(text)
    plan = from_data(found)
    if found.get("selected") != _selected(plan):
        raise InputError("What the plan was made for has been changed in the file.",
                         "Make it anew with `psa-audit plan --format json`.")  # fmt: skip
    own = check_own(plan, catalogue)
    kept = {probe.id for probe in plan.probes}
    dropped = {
        operation: "taken out of the plan file"
        for probe in own.probes
        if probe.id not in kept and not probe.followup
        for operation in probe.operations
    }
    probes = tuple(probe for probe in own.probes if probe.id in kept)
    return replace(own, probes=probes, skipped={**own.skipped, **dropped})


def check_own(plan: Plan, catalogue: Catalogue) -> Plan:
    """Return what this program plans for the selection; raises InputError for anything more."""
    check_names(plan, catalogue)
    read_only = all(probe.reads for probe in plan.probes)
    for only in (read_only, False):
        own = build(plan.selection, catalogue, read_only=only, depth=plan.depth)
        if set(plan.probes) <= set(own.probes):
            break
    known = set(own.probes)
    kept = {probe.id for probe in plan.probes}
    for probe in plan.probes:
        if probe not in known:
            raise InputError(
                f"The plan's {probe.id} ({probe.request.line}) is not a request that psa-audit "
                "plans for this selection.",
                "A plan file may lose probes but not change them; make it anew with "
                "`psa-audit plan --format json`.",
            )
        if lost := {probe.guard, probe.sample} - kept - {""}:
            raise InputError(
                f"The plan has lost {', '.join(sorted(lost))}, without which {probe.id} "
                "must not be sent.",
                f"Put it back, or take out {probe.id} too.",
            )
    return own


def check_names(plan: Plan, catalogue: Catalogue) -> None:
    """Raise InputError for an action, operation or right that these matrices do not have."""
    chosen = plan.selection
    try:
        for action, _ in chosen.actions:
            catalogue.action(action)
        named = [name for _, name in chosen.operations]
        for name in (
            *named,
            *chosen.explored,
            *(name for probe in plan.probes for name in probe.operations),
        ):
            method, _, path = name.partition(" ")
            catalogue.operation(method, path)
        for _, need in chosen.rights:
            catalogue.permission(need.right.module, need.right.permission)
    except InputError as error:
        raise InputError(
            f"The plan does not fit these matrices: {error}",
            f"It was made with the matrices {plan.matrices}; these are {catalogue.digest}.",
        ) from error


def data(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON data."""
    return {
        "schema": SCHEMA,
        "hash": plan.hash,
        "matrices": plan.matrices,
        "depth": plan.depth,
        "selected": _selected(plan),
        "selection": asdict(plan.selection),
        "probes": [asdict(probe) for probe in plan.probes],
        "skipped": plan.skipped,
    }


def from_data(found: Any) -> Plan:
    """Return the plan of JSON data; raises InputError where it is not one."""
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InputError("This is not a plan.", "`psa-audit plan --format json` writes one.")
    try:
        plan = TypeAdapter(Plan).validate_python(
            {key: found[key] for key in ("selection", "matrices", "depth", "probes", "skipped")}
        )
    except (KeyError, ValidationError) as error:
        raise InputError(f"The plan cannot be read: {error}.") from error
    return plan


def _selected(plan: Plan) -> str:
    """Return the SHA-256, in hex, of what the plan was made for."""
    text = json.dumps([asdict(plan.selection), plan.depth], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The plan is not JSON: {error}.") from error


def _operations(selection: Selection, catalogue: Catalogue) -> Iterator[Operation]:
    seen = set()
    for action, _ in selection.actions:
        operation = catalogue.operation_of(action)
        if operation and operation.id not in seen:
            seen.add(operation.id)
            yield operation
    for _, operation_id in selection.operations:
        if operation_id not in seen:
            seen.add(operation_id)
            yield catalogue.operations[operation_id]


def _add_cover(draft: Draft, needed: Iterable[Need], operations: list[Operation]) -> None:
    """Plan one witness after the other, each for a right that no earlier one shows."""
    catalogue = draft.catalogue
    asked: dict[Right, list[Operation]] = {}
    for operation in operations:
        if first := catalogue.primary(operation):
            asked.setdefault(first.right, []).append(operation)
    covered: set[Atom] = set()
    for need in needed:
        if atoms_of(need.right) <= covered:
            continue
        own = candidates(asked.get(need.right, ()), catalogue)
        others = candidates(catalogue.operations_by_right.get(need.right, ()), catalogue)
        if any(draft.add(operation) for operation in (*own, *others)):
            covered = {atom for right in draft.shown() for atom in proved_by(right)}


def _add_witnesses(draft: Draft, need: Need) -> None:
    """Plan an operation that shows a right which no action of the selection shows."""
    found = 0
    wanted = TABLE_WITNESSES if _is_any_table(need.right) else 1
    for operation in _witnesses(need.right, draft.catalogue):
        found += operation.id not in draft.skipped and draft.add(operation)
        if found == wanted:
            return
    if not found:
        reason = "no operation is known that shows this right by itself"
        if draft.read_only and need.right.verb is not Verb.INQUIRE:
            reason = READ_ONLY
        draft.skipped[need.right.id] = reason


def _witnesses(right: Right, catalogue: Catalogue) -> list[Operation]:
    """Return the operations that need only this right, the most telling first."""
    if not _is_any_table(right):
        return candidates(catalogue.operations_by_right.get(right, ()), catalogue)
    return candidates(
        (
            operation
            for other, found in catalogue.operations_by_right.items()
            if (other.module, other.permission, other.verb) == (*TABLE_SETUP, right.verb)
            for operation in found[:1]
        ),
        catalogue,
    )


def _is_any_table(right: Right) -> bool:
    return (right.module, right.permission) == TABLE_SETUP and right.table is None
