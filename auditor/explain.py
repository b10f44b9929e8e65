"""A call and what came back → the rights behind it, the likeliest first. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from auditor import click_paths
from auditor.called import operation_of, versions, versions_searched
from auditor.calls import Call
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.replies import Reply, read_reply
from auditor.rights import Basis, Requirement
from auditor.rows import LimitRow, Operation, SourceRow

if TYPE_CHECKING:
    from auditor.queries import QueryFault

State = Literal["missing", "unlisted", "too_low", "open", "granted", "proved"]
STATES: tuple[State, ...] = get_args(State)  # the likeliest cause of a refusal first


@dataclass(frozen=True, slots=True)
class Standing:
    """What evidence says of one right; `is_item_only`: only its setup table can be what lacks.

    `unlisted`: the Customize list holds no item of this name, whose spelling is not public.
    """

    state: State = "open"
    why: str = ""
    is_item_only: bool = False


Standings = Callable[[Requirement], Standing]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A right that the call needs, what is known of it, and the clicks that grant it."""

    need: Requirement
    standing: Standing
    fix: str

    @property
    def is_out(self) -> bool:
        """Tell whether evidence shows that the right is there."""
        return self.standing.state == "proved"


@dataclass(frozen=True, slots=True)
class Twin:
    """A read of less that may do, and what is known of the rights it needs."""

    operation: Operation
    needs: tuple[Requirement, ...]
    is_other: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one call. `operation` is None where `problem` says why there is none.

    `suspects` holds every right it needs, the likeliest to lack first, those proved last.
    """

    call: Call
    reply: Reply
    headline: str
    operation: Operation | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    actions: tuple[str, ...] = ()
    twins: tuple[Twin, ...] = ()
    limits: tuple[LimitRow, ...] = ()
    faults: "tuple[QueryFault, ...]" = ()
    sources: Mapping[str, SourceRow] | None = None

    @property
    def likeliest(self) -> Suspect | None:
        """Return the right whose lack is the likeliest cause, where the answer blames the role."""
        first = self.suspects[0] if self.suspects else None
        return first if first and not first.is_out and self.blames_role else None

    @property
    def blames_role(self) -> bool:
        """Tell whether a missing right is, or may be, why the call failed."""
        return self.reply.blames in {"role", "perhaps"}


def unknown(_: Requirement) -> Standing:
    """Say that nothing is known of a right."""
    return Standing()


def explain(call: Call, catalogue: Catalogue, standings: Standings = unknown) -> Explanation:
    """Explain one call; `standings` says what evidence there is of each right."""
    reply, found = read_reply(call), _faults(call.query)
    try:
        operation, note = operation_of(call, catalogue)
    except InputError as error:
        searched = versions_searched(catalogue) if call.method else ""
        problem = " ".join(filter(None, (str(error), searched, error.hint)))
        return Explanation(call, reply, problem, problem=problem, faults=found)
    suspects = _suspects(operation, catalogue, standings)
    limits = catalogue.limits.get(operation.id, ())
    return Explanation(
        call, reply, _headline(reply, suspects, limits, found), operation, "",
        tuple(_notes(operation, catalogue, note)), suspects, _actions(operation, catalogue),
        _twins(operation, catalogue), tuple(limits), found, catalogue.sources,
    )  # fmt: skip


def _faults(query: str) -> "tuple[QueryFault, ...]":
    """Return the faults of a query; a call without one need not load the grammar."""
    if not query:
        return ()
    from auditor.queries import faults  # noqa: PLC0415

    return faults(query)


def _suspects(
    operation: Operation, catalogue: Catalogue, standings: Standings
) -> tuple[Suspect, ...]:
    """Return the rights in the order in which a refusal makes one think of them."""
    ranks = list(Basis)
    needs = (*catalogue.requirements(operation), *catalogue.conditional(operation))
    found = [(need, standings(need)) for need in needs]

    def place(item: tuple[Requirement, Standing]) -> tuple[int, bool, int]:
        need, standing = item
        return STATES.index(standing.state), bool(need.condition), ranks.index(need.basis)

    return tuple(
        Suspect(
            need,
            standing,
            click_paths.fix(need.right, need.level, is_item_only=standing.is_item_only),
        )
        for need, standing in sorted(found, key=place)
    )


def _headline(
    reply: Reply,
    suspects: tuple[Suspect, ...],
    limits: Iterable[LimitRow],
    found: "tuple[QueryFault, ...]",
) -> str:
    """Say in one sentence what is most likely wrong."""
    if reply.blames in {"nothing", "other"}:
        fatal = next((fault for fault in found if fault.is_fatal), None)
        return f"The {fatal.parameter} cannot be read." if fatal else reply.says
    if any(limit.limit == "integrator login" for limit in limits):
        return "This asks for an Integrator Login, which no API member has: no role lifts that."
    left = [suspect for suspect in suspects if not suspect.is_out]
    if not suspects:
        return "No right of the role matrix is known to guard this call."
    if not left:
        return "Every right that this call is known to need is there."
    return _accused(left)


def _accused(left: list[Suspect]) -> str:
    first = left[0]
    label = first.need.right.label
    if first.standing.is_item_only:
        label = f"{first.need.right.table} in the Customize list of Table Setup"
    if first.need.condition:
        return f"Most likely missing: {label}, needed {first.need.condition}."
    match first.standing.state:
        case "missing":
            return f"Missing: {label}."
        case "too_low":
            return f"Most likely set too low: {label}."
        case "granted":
            return f"By its settings the role has all of it; what is least sure is {label}."
        case _ if len(left) == 1:
            return f"Most likely missing, the only right it is known to need: {label}."
        case _:
            return f"Most likely missing: {label}."


def _notes(operation: Operation, catalogue: Catalogue, note: str) -> Iterable[str]:
    if note:
        yield note
    known, own = versions(catalogue), operation.versions.split()
    if lacking := [version for version in known if version not in own]:
        yield f"Published for {', '.join(own)}; not for {', '.join(lacking)}."


def _actions(operation: Operation, catalogue: Catalogue) -> tuple[str, ...]:
    key = (operation.method, operation.path)
    return tuple(row.id for row in catalogue.actions.values() if (row.method, row.path) == key)


def _twins(operation: Operation, catalogue: Catalogue) -> tuple[Twin, ...]:
    """Return the reads of names only that stand beside a read, such as /service/info/boards."""
    if operation.kind not in {"list", "get"}:
        return ()
    parts = operation.path.strip("/").split("/")
    own = {need.right for need in catalogue.requirements(operation)}
    found = []
    for place in range(1, len(parts) + 1):
        path = "/" + "/".join((*parts[:place], "info", *parts[place:]))
        twin = catalogue.operations.get(f"GET {path}")
        if twin and twin.kind == "info":
            needs = catalogue.requirements(twin)
            found.append(Twin(twin, needs, {need.right for need in needs} != own))
    return tuple(sorted(found, key=lambda twin: not twin.is_other))
