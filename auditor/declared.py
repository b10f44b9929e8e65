"""What the settings of the member's role say: a second witness beside the probes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.rights import Level, Right
from auditor.roles import Cell, name_key

WHOLE_MATRIX = 1000  # rows asked for at once, the most the API gives


@dataclass(frozen=True, slots=True)
class Declared:
    """The levels and Table Setup items that some settings state; all else is unknown.

    `allowed` holds the items under Customize as `name_key`s, None where the list was not read.
    `published` holds the items whose spelling is public, or confirmed by the PSA's own list of
    screens: of no other item can it be said that it is not in the list. `unmatched` are names of
    the settings that the role matrix does not know.
    """

    source: str
    levels: Mapping[Cell, Level] = field(default_factory=dict)
    allowed: frozenset[str] | None = None
    published: frozenset[str] = frozenset()
    unmatched: tuple[str, ...] = ()
    is_admin: bool | None = None
    licence_class: str = ""

    def level(self, right: Right) -> Level | None:
        """Return the stated level of the right's box, whatever its table."""
        return self.levels.get((right.module, right.permission, right.verb))

    def item(self, table: str) -> bool | None:
        """Tell whether Customize allows this item; None where that cannot be said."""
        if self.allowed is None:
            return None
        if name_key(table) in self.allowed:
            return True
        return False if table in self.published else None

    def is_unlisted(self, table: str) -> bool:
        """Tell whether the list was read and does not hold this name, however it is spelled."""
        return self.allowed is not None and name_key(table) not in self.allowed

    def of(self, right: Right) -> Level | None:
        """Return how far the right reaches by the settings, its table included."""
        level = self.level(right)
        if right.table is None or level is Level.NONE:
            return level
        match self.item(right.table):
            case True:
                return level
            case False:
                return Level.NONE
            case None:
                return None


def merged(found: Iterable[Declared]) -> Declared | None:
    """Return what several settings say together; the first that states a thing decides it."""
    parts = list(found)
    if not parts:
        return None
    levels: dict[Cell, Level] = {}
    for part in reversed(parts):
        levels |= part.levels
    return Declared(
        next((part.source for part in parts if part.levels), parts[0].source),
        levels,
        next((part.allowed for part in parts if part.allowed is not None), None),
        frozenset().union(*(part.published for part in parts)),
        tuple(dict.fromkeys(name for part in parts for name in part.unmatched)),
        next((part.is_admin for part in parts if part.is_admin is not None), None),
        next((part.licence_class for part in parts if part.licence_class), ""),
    )
