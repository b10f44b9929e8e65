"""A selection → the requests that will be sent, each once, and those that will not, with reasons.

Pure: no request exists that is not in a plan.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.profiles import Need, Selection, needs
from auditor.recipes import Recipe, Request, Skip, guards, plain_read, recipe, sampled_read
from auditor.rights import TABLE_SETUP, Right, Verb
from auditor.rows import Operation, shape

SCHEMA = "psa-audit/plan/1"
WRITE_ORDER = ("PATCH", "POST", "PUT", "DELETE")  # least harm first, should a PSA misbehave
TABLE_WITNESSES = 3  # setup tables tried for a Table Setup right that names no item


@dataclass(frozen=True, slots=True)
class Probe:
    """A planned request.

    `guard` is the probe that must be answered without success before this write is sent.
    `followup` probes are sent only where the operations' own probes decide nothing; `sample` is
    the probe whose answer holds the id for `{sampled}`.
    """

    id: str
    operations: tuple[str, ...]
    request: Request
    harmless: str
    reads: bool
    absent: bool
    invalid: bool
    expects: Literal["list", "object"]
    guard: str = ""
    followup: bool = False
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All probes in the order they are sent; `skipped` maps operation or right ids to a reason."""

    selection: Selection
    matrices: str
    probes: tuple[Probe, ...]
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Return the SHA-256, in hex, of every request with its guards, in order."""
        text = json.dumps([asdict(probe) for probe in self.probes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def main(self) -> tuple[Probe, ...]:
        """Return the probes that are sent in any case."""
        return tuple(probe for probe in self.probes if not probe.followup)


class _Draft:
    """Collects probes, one per different request, and names them at the end."""

    def __init__(self, catalogue: Catalogue, *, read_only: bool) -> None:
        self.catalogue = catalogue
        self.read_only = read_only
        self.recipes: dict[Request, Recipe] = {}
        self.operations: dict[Request, list[str]] = {}
        self.guards: dict[Request, Request] = {}
        self.samples: dict[Request, Request] = {}
        self.followups: dict[Request, Recipe] = {}
        self.skipped: dict[str, str] = {}

    def add(self, operation: Operation) -> None:
        made = recipe(operation, self.catalogue)
        if isinstance(made, Recipe) and not made.reads:
            made = self._guarded(operation, made)
        if isinstance(made, Skip):
            self.skipped[operation.id] = made.reason
            return
        self._take(made, operation)
        if made.reads:
            self._follow_up(operation)

    def reads(self, request: Request) -> bool:
        made = self.recipes.get(request) or self.followups[request]
        return made.reads

    def _take(self, made: Recipe, operation: Operation) -> None:
        self.recipes.setdefault(made.request, made)
        users = self.operations.setdefault(made.request, [])
        if operation.id not in users:
            users.append(operation.id)

    def _guarded(self, operation: Operation, made: Recipe) -> Recipe | Skip:
        if self.read_only:
            return Skip("--read-only: no write probe is sent")
        if not made.absent:
            return made
        for guard in guards(operation, self.catalogue):
            reading = recipe(guard, self.catalogue)
            if isinstance(reading, Recipe) and _names_same_record(reading, made):
                self._take(reading, guard)
                self.guards[made.request] = reading.request
                return made
        return Skip("the API has no read that could first show that the addressed record is absent")

    def _follow_up(self, operation: Operation) -> None:
        """Plan what is sent if a list decides nothing: one id, or a parent that exists."""
        parent, brace, child = operation.path.partition("/{")
        if not (operation.is_many or operation.kind == "count") or child.count("{"):
            return
        collection = self.catalogue.operations.get(f"GET {parent}" if brace else operation.id)
        if collection is None or collection.kind != "list":
            return
        plain = plain_read(collection)
        self.followups.setdefault(plain.request, plain)
        users = self.operations.setdefault(plain.request, [])
        if collection.id not in users:
            users.append(collection.id)
        if brace:
            sampled = sampled_read(operation)
            self.followups[sampled.request] = sampled
            self.samples[sampled.request] = plain.request
            self.operations.setdefault(sampled.request, []).append(operation.id)

    def finish(self) -> tuple[Probe, ...]:
        reads = [request for request, made in self.recipes.items() if made.reads]
        writes = [request for request, made in self.recipes.items() if not made.reads]
        writes.sort(key=lambda request: WRITE_ORDER.index(request.method))
        ordered = {**{key: self.recipes[key] for key in (*reads, *writes)}, **self.followups}
        names = {request: f"p{number:04}" for number, request in enumerate(ordered, 1)}
        return tuple(
            Probe(
                names[request],
                tuple(self.operations[request]),
                request,
                made.harmless,
                made.reads,
                made.absent,
                made.invalid,
                made.expects,
                names.get(self.guards.get(request, request), "") if request in self.guards else "",
                request in self.followups,
                names[self.samples[request]] if request in self.samples else "",
            )
            for request, made in ordered.items()
        )


def build(selection: Selection, catalogue: Catalogue, *, read_only: bool = False) -> Plan:
    """Return the plan for a selection: every action becomes one probe or one skip."""
    draft = _Draft(catalogue, read_only=read_only)
    for operation in _operations(selection, catalogue):
        draft.add(operation)
    covered = {
        right
        for request, operations in draft.operations.items()
        for operation in operations
        for right in catalogue.shown_by(
            catalogue.operations[operation], in_full=draft.reads(request)
        )
    }
    for need in needs(selection, catalogue):
        if need.right not in covered:
            _add_witnesses(draft, need, catalogue)
    return Plan(selection, catalogue.digest, draft.finish(), draft.skipped)


def loads(text: str, catalogue: Catalogue) -> Plan:
    """Read a plan that `plan --format json` wrote, perhaps with probes taken out.

    Raises InputError if it holds a request that this program would not plan itself.
    """
    plan = from_data(_json(text))
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
        own = build(plan.selection, catalogue, read_only=only)
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
        for name in (*named, *(name for probe in plan.probes for name in probe.operations)):
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
            {key: found[key] for key in ("selection", "matrices", "probes", "skipped")}
        )
    except (KeyError, ValidationError) as error:
        raise InputError(f"The plan cannot be read: {error}.") from error
    return plan


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


def _names_same_record(reading: Recipe, write: Recipe) -> bool:
    return write.request.path.startswith(reading.request.path.removesuffix("/info"))


def _add_witnesses(draft: _Draft, need: Need, catalogue: Catalogue) -> None:
    """Plan an operation that shows a right which no action of the selection shows."""
    found = 0
    wanted = TABLE_WITNESSES if _is_any_table(need.right) else 1
    for operation in _candidates(need.right, catalogue):
        if operation.id in draft.skipped or isinstance(recipe(operation, catalogue), Skip):
            continue
        draft.add(operation)
        found += operation.id not in draft.skipped
        if found == wanted:
            return
    if not found:
        reason = "no operation is known that shows this right by itself"
        if draft.read_only and need.right.verb is not Verb.INQUIRE:
            reason = "--read-only: no write probe is sent"
        draft.skipped[need.right.id] = reason


def _candidates(right: Right, catalogue: Catalogue) -> Iterable[Operation]:
    """Yield the operations that need only this right, the most telling first."""
    if not _is_any_table(right):
        operations = catalogue.operations_by_right.get(right, ())
    else:
        operations = tuple(
            operation
            for other, found in catalogue.operations_by_right.items()
            if (other.module, other.permission, other.verb) == (*TABLE_SETUP, right.verb)
            for operation in found[:1]
        )
    kinds = list(catalogue.kinds)
    return sorted(
        operations, key=lambda item: (kinds.index(item.kind), len(shape(item.path)), item.path)
    )


def _is_any_table(right: Right) -> bool:
    return (right.module, right.permission) == TABLE_SETUP and right.table is None
