"""Operations → planned requests, each once: what is sent in any case and what only if needed."""

from dataclasses import dataclass
from typing import Literal

from auditor.catalogue import Catalogue, resource
from auditor.recipes import Recipe, Request, Skip, guards, plain_read, recipe, sampled_read
from auditor.rights import Right
from auditor.rows import Operation

WRITE_ORDER = ("PATCH", "POST", "PUT", "DELETE")  # least harm first, should a PSA misbehave
READ_ONLY = "--read-only: no write probe is sent"

# main: sent in any case. All others only where something stays open: sample, one id of a list;
# child, a list under that id; lookup and validation, a control of the order of checks; reserve,
# a further witness of a right.
Stage = Literal["main", "sample", "child", "lookup", "validation", "reserve"]


@dataclass(frozen=True, slots=True)
class Probe:
    """A planned request.

    `guard` is the probe that must be answered without success before this write is sent.
    `sample` is the probe whose answer holds the id for `{sampled}`.
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
    stage: Stage = "main"
    sample: str = ""

    @property
    def followup(self) -> bool:
        """Tell whether this is sent only if the others leave something open."""
        return self.stage != "main"


class Draft:
    """Collects probes, one per different request, and names them at the end."""

    def __init__(self, catalogue: Catalogue, *, read_only: bool) -> None:
        self.catalogue = catalogue
        self.read_only = read_only
        self.skipped: dict[str, str] = {}
        self._recipes: dict[Request, Recipe] = {}
        self._stages: dict[Request, Stage] = {}
        self._operations: dict[Request, list[str]] = {}
        self._guards: dict[Request, Request] = {}
        self._samples: dict[Request, Request] = {}

    def add(self, operation: Operation, stage: Stage = "main") -> bool:
        """Plan the operation and return whether it is; if not, `skipped` says why."""
        made = recipe(operation, self.catalogue)
        if isinstance(made, Recipe) and not made.reads:
            made = self._guarded(operation, made, stage)
        if isinstance(made, Skip):
            self.skipped[operation.id] = made.reason
            return False
        self._take(made, operation, stage)
        if made.reads and stage == "main":
            self._follow_up(operation)
        return True

    def has(self, operation: Operation) -> bool:
        """Tell whether a probe is planned for the operation's own sake."""
        return any(
            operation.id in found and self._stages[request] in {"main", "reserve"}
            for request, found in self._operations.items()
        )

    def shown(self) -> set[Right]:
        """Return the rights that the probes sent in any case can prove."""
        return {
            right
            for request, operations in self._operations.items()
            if self._stages[request] == "main"
            for name in operations
            for right in self.catalogue.shown_by(
                self.catalogue.operations[name], in_full=self._recipes[request].reads
            )
        }

    def add_controls(self) -> None:
        """Plan for each resource the requests whose refusal would show its order of checks.

        One a shape, for a right that no planned request of this shape needs there.
        """
        if self.read_only:
            return
        tried = self._tried()
        wanted = dict.fromkeys(tried)
        by_depth = sorted(self.catalogue.operations.values(), key=lambda item: item.path.count("/"))
        for operation in by_depth:
            shape = _control(operation)
            place = (resource(operation.path), shape)
            first = self.catalogue.primary(operation)
            if not shape or place not in wanted or first is None or first.right in tried[place]:
                continue
            if self._is_usable(operation, shape):
                del wanted[place]
                self.add(operation, shape)

    def _tried(self) -> dict[tuple[str, str], set[Right]]:
        """Map resource and shape to the rights that planned requests of that shape need."""
        tried: dict[tuple[str, str], set[Right]] = {}
        for request, found in self._operations.items():
            made = self._recipes[request]
            shapes = ["lookup"] * made.absent + ["validation"] * made.invalid
            for operation in (self.catalogue.operations[name] for name in found):
                first = self.catalogue.primary(operation)
                for shape in shapes:
                    place = (resource(operation.path), shape)
                    tried.setdefault(place, set()).update({first.right} if first else ())
        return tried

    def _is_usable(self, operation: Operation, shape: str) -> bool:
        made = recipe(operation, self.catalogue)
        if isinstance(made, Skip) or not (made.absent if shape == "lookup" else made.invalid):
            return False
        return not made.absent or self._guard(operation, made) is not None

    def _take(self, made: Recipe, operation: Operation, stage: Stage) -> None:
        if made.request not in self._recipes:
            self._recipes[made.request] = made
            self._stages[made.request] = stage
        elif stage == "main":
            self._stages[made.request] = stage
        users = self._operations.setdefault(made.request, [])
        if operation.id not in users:
            users.append(operation.id)

    def _guarded(self, operation: Operation, made: Recipe, stage: Stage) -> Recipe | Skip:
        if self.read_only:
            return Skip(READ_ONLY)
        if not made.absent:
            return made
        found = self._guard(operation, made)
        if found is None:
            return Skip("the API has no read that could first show that the addressed record is "
                        "absent")  # fmt: skip
        guard, reading = found
        self._take(reading, guard, "main" if stage == "main" else "reserve")
        self._guards[made.request] = reading.request
        return made

    def _guard(self, operation: Operation, made: Recipe) -> tuple[Operation, Recipe] | None:
        for guard in guards(operation, self.catalogue):
            reading = recipe(guard, self.catalogue)
            if isinstance(reading, Recipe) and _names_same_record(reading, made):
                return guard, reading
        return None

    def _follow_up(self, operation: Operation) -> None:
        """Plan what is sent if a list decides nothing: one id, or a parent that exists."""
        parent, brace, child = operation.path.partition("/{")
        if not (operation.is_many or operation.kind == "count") or child.count("{"):
            return
        collection = self.catalogue.operations.get(f"GET {parent}" if brace else operation.id)
        if collection is None or collection.kind != "list":
            return
        plain = plain_read(collection)
        self._take(plain, collection, "sample")
        if brace:
            sampled = sampled_read(operation)
            self._take(sampled, operation, "child")
            self._samples[sampled.request] = plain.request

    def finish(self) -> tuple[Probe, ...]:
        """Return the probes in the order they are sent: a guard or sample before who needs it."""
        ordered = sorted(self._recipes, key=self._place)
        names = {request: f"p{number:04}" for number, request in enumerate(ordered, 1)}
        return tuple(
            Probe(
                names[request],
                tuple(self._operations[request]),
                request,
                (made := self._recipes[request]).harmless,
                made.reads,
                made.absent,
                made.invalid,
                made.expects,
                names[self._guards[request]] if request in self._guards else "",
                self._stages[request],
                names[self._samples[request]] if request in self._samples else "",
            )
            for request in ordered
        )

    def _place(self, request: Request) -> tuple[bool, int, int]:
        """Order by: main first; reads, then writes by method; children after their samples."""
        is_read = self._recipes[request].reads
        stage = self._stages[request]
        rank = 0 if is_read else 1 + WRITE_ORDER.index(request.method)
        return stage != "main", rank, int(stage == "child")


def _control(operation: Operation) -> Literal["", "lookup", "validation"]:
    """Return what a refusal of this operation shows, of those that few integrations may do."""
    match operation.kind:
        case "delete":
            return "lookup"
        case "replace" | "create":
            return "validation"
        case _:
            return ""


def _names_same_record(reading: Recipe, write: Recipe) -> bool:
    return write.request.path.startswith(reading.request.path.removesuffix("/info"))
