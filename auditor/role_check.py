"""A role file against a selection, offline: what is there, lacks, is too much, is not said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.excess import Excess, combinations, find_excess
from auditor.inference import Knowledge
from auditor.least import Box, Conditional, Item, LeastRole, least_role
from auditor.plan import Plan
from auditor.profiles import Selection, needs
from auditor.rights import TABLE_SETUP, Level, Verb
from auditor.risks import Combination, load
from auditor.roles import Role, name_key

State = Literal["there", "missing", "level_too_low", "not_stated"]
LACKING: tuple[State, ...] = ("missing", "level_too_low")


@dataclass(frozen=True, slots=True)
class Judged:
    """One needed box or Customize item (`verb` is None) and what the file says of it.

    `needed` is None where any level will do, or none is stated; `has` where the file is silent.
    """

    module: str
    permission: str
    verb: Verb | None
    table: str | None
    needed: Level | None
    has: Level | None
    state: State
    reason: str
    actions: tuple[str, ...]
    wanted_by: tuple[str, ...]

    @property
    def id(self) -> str:
        """Return the text form: `Module/Permission:Verb`, or `Module/Permission[item]`."""
        name = f"{self.module}/{self.permission}"
        return f"{name}:{self.verb}" if self.verb else f"{name}[{self.table}]"


@dataclass(frozen=True, slots=True)
class Check:
    """What a role file has and lacks of a selection.

    `conditional` pairs each conditional right with how far it reaches by the file, None where
    the file does not say. `doubts` are sentences about what was taken for there all the same.
    """

    role: Role
    least: LeastRole
    needed: tuple[Judged, ...]
    excess: tuple[Excess, ...]
    dangers: tuple[Combination, ...]
    conditional: tuple[tuple[Conditional, Level | None], ...]
    doubts: tuple[str, ...]

    def of(self, *states: State) -> tuple[Judged, ...]:
        """Return the needed boxes and items in any of these states."""
        return tuple(item for item in self.needed if item.state in states)


def check(role: Role, selection: Selection, catalogue: Catalogue) -> Check:
    """Judge a role file by what the selection needs. Pure.

    What the file does not mention is not stated; it is never taken for None.
    """
    least, risks = least_role(selection, catalogue), load(catalogue)
    declared = declared_of(role, catalogue)
    needed = (
        *(_box(box, declared) for box in least.boxes),
        *(_item(item, declared) for item in least.items),
    )
    excess = _excess(selection, declared, catalogue)
    held = {need.right for need in needs(selection, catalogue) if declared.of(need.right)}
    conditional = tuple((item, declared.of(item.need.right)) for item in least.conditional)
    held |= {item.need.right for item, level in conditional if level}
    rights = held | {item.right for item in excess}
    dangers = combinations(rights, excess, risks, declared)
    doubts = tuple(_doubts(least, needed, declared))
    return Check(role, least, needed, excess, dangers, conditional, doubts)


def exit_code(found: Check, fail_on: frozenset[str]) -> int:
    """Return 1, 3 or 0 as a run does; words of `fail_on`: missing, undecided, excess."""
    lacking, silent = found.of(*LACKING), found.of("not_stated")
    if ("missing" in fail_on and lacking) or ("excess" in fail_on and found.excess):
        return 1
    if "undecided" in fail_on and (silent or not found.needed):
        return 3
    return 0


def declared_of(role: Role, catalogue: Catalogue) -> Declared:
    """Return what a role file states; what it is silent about stays unknown."""
    allowed = None if role.tables is None else frozenset(map(name_key, role.tables))
    return Declared(
        f"role {role.name!r}", role.levels, allowed, catalogue.published_items, role.unmatched
    )


def _box(box: Box, declared: Declared) -> Judged:
    has = declared.level(box.right)
    state: State
    match has:
        case None:
            state, reason = "not_stated", "the file does not mention it"
        case Level.NONE:
            state, reason = "missing", "the file says None"
        case Level.MY if box.stated is Level.ALL:
            state, reason = "level_too_low", "the file says My: own records only"
        case _:
            state, reason = "there", f"the file says {has.label}"
    right = box.right
    return Judged(
        right.module, right.permission, right.verb, None, box.stated if box.is_stated else None,
        has, state, reason, box.actions, box.wanted_by,
    )  # fmt: skip


def _item(item: Item, declared: Declared) -> Judged:
    state: State
    match declared.item(item.table):
        case True:
            state, reason = "there", "Customize allows it"
        case False:
            state, reason = "missing", "Customize does not allow it"
        case None if declared.allowed is None:
            state, reason = "not_stated", "the file holds no Customize list"
        case None:
            state = "not_stated"
            reason = "not in the Customize list, but it may be spelled differently there"
    return Judged(
        *TABLE_SETUP, None, item.table, None, None, state, reason, item.actions, item.wanted_by
    )


def _excess(selection: Selection, declared: Declared, catalogue: Catalogue) -> tuple[Excess, ...]:
    """Return what a run that got no answer at all would call excess by these settings."""
    knowledge = Knowledge({}, {}, (), {}, {}, (), declared=declared, catalogue=catalogue)
    plan = Plan(selection, catalogue.digest, ())
    return find_excess(needs(selection, catalogue), plan, knowledge, load(catalogue))


def _doubts(least: LeastRole, needed: Iterable[Judged], declared: Declared) -> Iterator[str]:
    mine = [i.id for i in needed if i.state == "there" and i.has is Level.MY and i.needed is None]
    if mine:
        yield (
            "At My in the file, while no source states the level (All is the safe assumption): "
            f"{', '.join(mine)}."
        )
    if wide := [box.right.id for box in least.boxes if _is_wider(box, declared)]:
        yield f"At All in the file, where My is enough: {', '.join(wide)}."
    if least.every_item and declared.allowed is not None:
        yield (
            "Table Setup is wanted as a whole, and the file's Customize list allows "
            f"{len(declared.allowed)} items: whether these are all that is used is not known."
        )


def _is_wider(box: Box, declared: Declared) -> bool:
    return box.level is Level.MY and declared.level(box.right) is Level.ALL
