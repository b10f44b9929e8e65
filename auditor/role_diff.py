"""Two roles → what one has beyond the other; a selection without some rights → what stops."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.least import conditional_needs, least_role, whole
from auditor.profile_files import read_right
from auditor.profiles import Selection, action_requirements
from auditor.rights import TABLE_SETUP, Level, Requirement, Right, Verb
from auditor.roles import Role, name_key


@dataclass(frozen=True, slots=True)
class Change:
    """A box and its level in two roles; None where one of them does not say."""

    right: Right
    before: Level | None
    after: Level | None


@dataclass(frozen=True, slots=True)
class RoleDiff:
    """How the second role differs from the first, in screen order.

    `unclear` are boxes that only one of them states. `items_unclear`: only one of them says
    which Customize items it allows.
    """

    gained: tuple[Change, ...] = ()
    lost: tuple[Change, ...] = ()
    raised: tuple[Change, ...] = ()
    lowered: tuple[Change, ...] = ()
    items_gained: tuple[str, ...] = ()
    items_lost: tuple[str, ...] = ()
    unclear: tuple[Change, ...] = ()
    items_unclear: bool = False

    @property
    def is_equal(self) -> bool:
        """Tell whether both say the same, and say it of the same things."""
        return self == RoleDiff()

    @property
    def is_different(self) -> bool:
        """Tell whether they differ in what both of them state."""
        return replace(self, unclear=(), items_unclear=False) != RoleDiff()


@dataclass(frozen=True, slots=True)
class Use:
    """Something that uses a right: an action, a call, or a profile or flag that lists rights."""

    kind: Literal["action", "call", "list"]
    name: str
    operation: str
    need: Requirement


@dataclass(frozen=True, slots=True)
class Without:
    """What happens to a selection when rights are taken away.

    `stopped` always fail; `perhaps` fail under their need's condition. `freed` is what then
    nothing needs any more: boxes lost or lowered, and Customize items lost.
    """

    taken: tuple[Right, ...]
    stopped: tuple[Use, ...]
    perhaps: tuple[Use, ...]
    freed: RoleDiff


def complete(role: Role, catalogue: Catalogue) -> Role:
    """Return a role of ours as a file that leaves nothing out: what it lacks is None."""
    cells = ((*key, verb) for key, verb in product(catalogue.permissions, Verb))
    tables = catalogue.items if role.tables is None else role.tables
    return replace(role, levels={cell: role.level(*cell) for cell in cells}, tables=tables)


def diff(before: Role, after: Role, catalogue: Catalogue) -> RoleDiff:
    """Return how `after` differs from `before`. Pure."""
    changes = list(_changes(before, after, catalogue))
    known = [item for item in changes if item.before is not None and item.after is not None]
    olds, news = _items(before), _items(after)
    return RoleDiff(
        tuple(item for item in known if item.before is Level.NONE),
        tuple(item for item in known if item.after is Level.NONE),
        tuple(item for item in known if Level.NONE < _level(item.before) < _level(item.after)),
        tuple(item for item in known if _level(item.before) > _level(item.after) > Level.NONE),
        tuple(sorted(news[key] for key in news.keys() - olds.keys())) if _both(before, after)
        else (),
        tuple(sorted(olds[key] for key in olds.keys() - news.keys())) if _both(before, after)
        else (),
        tuple(item for item in changes if item not in known),
        (before.tables is None) != (after.tables is None),
    )  # fmt: skip


def without(texts: Sequence[str], selection: Selection, catalogue: Catalogue) -> Without:
    """Return what stops when these rights are taken away; raises InputError for a bad name.

    Customize knows no verbs: who takes an item out takes it from every verb of Table Setup.
    """
    taken = tuple(_taken(text, catalogue) for text in texts)
    stopped = tuple(use for use in _uses(selection, catalogue) if _falls(use.need.right, taken))
    perhaps = tuple(_perhaps(selection, taken, stopped, catalogue))
    rest = _rest(selection, stopped, taken)
    change = diff(
        complete(least_role(selection, catalogue).role, catalogue),
        complete(least_role(rest, catalogue).role, catalogue),
        catalogue,
    )
    freed = replace(
        change,
        lost=tuple(item for item in change.lost if item.right not in taken),
        items_lost=tuple(
            name for name in change.items_lost if name not in {right.table for right in taken}
        ),
    )
    return Without(taken, stopped, perhaps, freed)


def _changes(before: Role, after: Role, catalogue: Catalogue) -> Iterator[Change]:
    for (module, permission), verb in product(catalogue.permissions, Verb):
        cell = (module, permission, verb)
        old, new = before.levels.get(cell), after.levels.get(cell)
        if old != new:
            yield Change(Right(*cell), old, new)


def _level(level: Level | None) -> Level:
    return level or Level.NONE


def _items(role: Role) -> dict[str, str]:
    """Map each item's tolerant name to its spelling in this role."""
    return {name_key(name): name for name in role.tables or ()}


def _both(before: Role, after: Role) -> bool:
    return before.tables is not None and after.tables is not None


def _taken(text: str, catalogue: Catalogue) -> Right:
    right, level = read_right(text, catalogue)
    if level is not None:
        raise InputError(
            f"{text!r}: the whole right is taken away, so a level means nothing here.",
            f"Write {right.id!r}.",
        )
    return right


def _falls(right: Right, taken: Iterable[Right]) -> bool:
    """Tell whether a needed right goes when these are taken away."""
    return any(right.table == gone.table if gone.table else whole(right) == gone for gone in taken)


def _uses(selection: Selection, catalogue: Catalogue) -> Iterator[Use]:
    """Yield everything that is always needed, by the action, call or name that needs it."""
    for action, _ in selection.actions:
        operation = catalogue.operation_of(action)
        for need in action_requirements(action, catalogue):
            yield Use("action", action, operation.id if operation else "", need)
    for _, name in selection.operations:
        for need in catalogue.requirements(catalogue.operations[name]):
            yield Use("call", name, name, need)
    yield from (
        Use("list", name, "", need) for name, need in selection.rights if not need.condition
    )


def _perhaps(
    selection: Selection, taken: Sequence[Right], stopped: Sequence[Use], catalogue: Catalogue
) -> Iterator[Use]:
    """Yield what stops under a condition only, unless it stops anyway."""
    certain = {use.name for use in stopped if use.operation}
    for name, need in conditional_needs(selection, catalogue):
        if name not in certain and _falls(need.right, taken):
            yield _use(name, need, catalogue)
    tables = [right.table for right in taken if right.table]
    for name, need in selection.rights if tables else ():
        right = need.right
        if (right.module, right.permission) == TABLE_SETUP and right.table is None:
            uses = f"if it uses {' or '.join(tables)}"
            yield Use("list", name, "", replace(need, condition=need.condition or uses))


def _use(name: str, need: Requirement, catalogue: Catalogue) -> Use:
    """Tell by its name what uses the right."""
    if name in catalogue.actions:
        operation = catalogue.operation_of(name)
        return Use("action", name, operation.id if operation else "", need)
    if name in catalogue.operations:
        return Use("call", name, name, need)
    return Use("list", name, "", need)


def _rest(selection: Selection, stopped: Sequence[Use], taken: Sequence[Right]) -> Selection:
    """Return the selection less what stops."""
    gone = {use.name for use in stopped if use.operation}
    return replace(
        selection,
        actions=tuple(item for item in selection.actions if item[0] not in gone),
        operations=tuple(item for item in selection.operations if item[1] not in gone),
        rights=tuple(item for item in selection.rights if not _falls(item[1].right, taken)),
    )
