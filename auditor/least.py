"""A selection → the least role with which it works: boxes, Customize items, what is conditional."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from auditor import roles
from auditor.catalogue import Catalogue
from auditor.profiles import Need, Selection, needs
from auditor.rights import Basis, Level, Requirement, Right, Verb
from auditor.risks import Combination, Risks, Tier, load
from auditor.roles import Role
from auditor.rows import SourceRow


@dataclass(frozen=True, slots=True)
class Box:
    """One level to set. `stated` is the highest level a source states, None where none does.

    `right` has no table. `level` is All where some source that needs the box states none.
    """

    right: Right
    level: Level
    stated: Level | None
    basis: Basis
    source: str
    why: str
    wanted_by: tuple[str, ...]
    actions: tuple[str, ...]
    tier: Tier
    harm: str

    @property
    def is_stated(self) -> bool:
        """Tell whether a source states the level to set; else All is the safe assumption."""
        return self.stated == self.level


@dataclass(frozen=True, slots=True)
class Item:
    """One entry to allow under Customize of Table Setup, and the verbs it is needed with.

    Of an item that is not `is_published` nobody has printed the name as the screen spells it.
    """

    table: str
    verbs: tuple[Verb, ...]
    basis: Basis
    source: str
    why: str
    wanted_by: tuple[str, ...]
    actions: tuple[str, ...]
    is_published: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One permission of the role screen and the boxes to set; the others stay None."""

    module: str
    permission: str
    boxes: Mapping[Verb, Box]

    @property
    def tier(self) -> Tier:
        """Return the worst tier of the boxes."""
        return max(box.tier for box in self.boxes.values())

    @property
    def bases(self) -> tuple[Basis, ...]:
        """Return what the boxes rest on, strongest first."""
        return tuple(basis for basis in Basis if any(b.basis is basis for b in self.boxes.values()))

    @property
    def wanted_by(self) -> tuple[str, ...]:
        """Return the profiles and flags that want any of the boxes."""
        return _joined(box.wanted_by for box in self.boxes.values())

    def level(self, verb: Verb) -> Level:
        """Return the level to set for a verb."""
        return self.boxes[verb].level if verb in self.boxes else Level.NONE


@dataclass(frozen=True, slots=True)
class Conditional:
    """A right that is needed under a condition only, and who asks; it adds nothing to the role.

    `is_in_role`: something else needs it always, so that the role has it all the same.
    """

    need: Requirement
    asked_by: tuple[str, ...]
    is_in_role: bool


@dataclass(frozen=True, slots=True)
class LeastRole:
    """The least role for a selection, in the order of the role screen.

    `every_item`: Table Setup is wanted as a whole, so that Customize may leave nothing out.
    `dangers` are the dangerous combinations that the role cannot do without.
    """

    role: Role
    names: tuple[str, ...]
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    every_item: bool
    conditional: tuple[Conditional, ...]
    dangers: tuple[Combination, ...]
    sources: tuple[SourceRow, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Return every level to set."""
        return tuple(box for line in self.lines for box in line.boxes.values())

    @property
    def unstated(self) -> tuple[Box, ...]:
        """Return the boxes set to All because no source states how far they must reach."""
        return tuple(box for box in self.boxes if not box.is_stated)


def least_role(selection: Selection, catalogue: Catalogue) -> LeastRole:
    """Return the least role for everything the selection always needs. Pure."""
    needed, risks = needs(selection, catalogue), load(catalogue)
    role = roles.smallest(name_of(selection), ((need.right, need.level) for need in needed))
    conditional = tuple(_conditional(selection, role, catalogue))
    used = {name for need in needed for name in need.source.split(";")}
    used |= {name for item in conditional for name in item.need.source.split(";")}
    return LeastRole(
        role,
        selection.names,
        tuple(_lines(needed, risks)),
        tuple(_items(needed, catalogue)),
        role.tables is None,
        conditional,
        tuple(_dangers(needed, risks)),
        tuple(row for row in catalogue.sources.values() if row.id in used),
    )


def name_of(selection: Selection) -> str:
    """Return a name for the role: the profiles', or `selection` where only flags asked."""
    profiles = [name for name in selection.names if not name.startswith("--")]
    return " + ".join(PurePath(name).stem for name in profiles) or "selection"


def conditional_needs(
    selection: Selection, catalogue: Catalogue
) -> Iterator[tuple[str, Requirement]]:
    """Yield (action, or name that asks; right) for what is needed under a condition only."""
    for action, _ in selection.actions:
        if operation := catalogue.operation_of(action):
            yield from ((action, need) for need in catalogue.conditional(operation))
    for _, name in selection.operations:
        yield from ((name, need) for need in catalogue.conditional(catalogue.operations[name]))
    yield from ((name, need) for name, need in selection.rights if need.condition)


def _conditional(selection: Selection, role: Role, catalogue: Catalogue) -> Iterator[Conditional]:
    asked: dict[tuple[Right, str], list[str]] = {}
    first: dict[tuple[Right, str], Requirement] = {}
    for name, need in conditional_needs(selection, catalogue):
        key = (need.right, need.condition)
        asked.setdefault(key, []).append(name)
        first.setdefault(key, need)
    for key in sorted(first, key=lambda key: (*catalogue.order(key[0]), key[1])):
        need = first[key]
        has = role.level(need.right.module, need.right.permission, need.right.verb)
        enough = role.has(need.right) and has >= (need.level or Level.ALL)
        yield Conditional(need, _joined([asked[key]]), enough)


def _dangers(needed: Iterable[Need], risks: Risks) -> Iterator[Combination]:
    """Yield the dangerous combinations; not one that lies within another: the larger says it."""
    found = risks.combinations(need.right for need in needed)
    for item in found:
        if not any(set(item.rights) < set(other.rights) for other in found):
            yield item


def _lines(needed: Iterable[Need], risks: Risks) -> Iterator[Line]:
    """Yield one line per permission; needs come in screen order."""
    cells: dict[Right, list[Need]] = {}
    for need in needed:
        cells.setdefault(whole(need.right), []).append(need)
    lines: dict[tuple[str, str], dict[Verb, Box]] = {}
    for right, found in cells.items():
        lines.setdefault((right.module, right.permission), {})[right.verb] = _box(
            right, found, risks
        )
    for (module, permission), boxes in lines.items():
        yield Line(module, permission, boxes)


def _box(right: Right, found: Sequence[Need], risks: Risks) -> Box:
    best, risk = _strongest(found), risks.of(right)
    return Box(
        right,
        max(need.level or Level.ALL for need in found),
        max((need.level for need in found if need.level), default=None),
        best.basis,
        best.source,
        best.why,
        _joined(need.wanted_by for need in found),
        _joined(need.actions for need in found),
        risk.tier,
        risk.harm,
    )


def _items(needed: Iterable[Need], catalogue: Catalogue) -> Iterator[Item]:
    by_table: dict[str, list[Need]] = {}
    for need in needed:
        if need.right.table:
            by_table.setdefault(need.right.table, []).append(need)
    for table, found in sorted(by_table.items()):
        best = _strongest(found)
        yield Item(
            table,
            tuple(verb for verb in Verb if any(need.right.verb is verb for need in found)),
            best.basis,
            best.source,
            best.why,
            _joined(need.wanted_by for need in found),
            _joined(need.actions for need in found),
            table in catalogue.published_items,
        )


def whole(right: Right) -> Right:
    """Return the box of a right, without its table."""
    return Right(right.module, right.permission, right.verb)


def _strongest(found: Iterable[Need]) -> Need:
    return min(found, key=lambda need: list(Basis).index(need.basis))


def _joined(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))
