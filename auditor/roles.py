"""A security role: levels per right and allowed Table Setup items, as the API lists them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.rights import TABLE_SETUP, Level, Right, Verb

TABLE_SETUP_CUSTOMIZE = "SystemTableSetup"
LEVEL_FIELDS = {
    Verb.ADD: "addLevel",
    Verb.EDIT: "editLevel",
    Verb.DELETE: "deleteLevel",
    Verb.INQUIRE: "inquireLevel",
}
Cell = tuple[str, str, Verb]


@dataclass(frozen=True, slots=True)
class Role:
    """What a member has. A cell that is absent from `levels` is None.

    `tables` holds the Table Setup items that Customize allows; None means every item.
    `unmatched` are names in the role's file that the role matrix does not know.
    """

    name: str
    levels: Mapping[Cell, Level] = field(default_factory=dict)
    tables: frozenset[str] | None = None
    unmatched: tuple[str, ...] = ()

    def level(self, module: str, permission: str, verb: Verb) -> Level:
        """Return the level of one cell."""
        return self.levels.get((module, permission, verb), Level.NONE)

    def has(self, right: Right) -> bool:
        """Tell whether the role grants this right at any level, its table included."""
        if self.level(right.module, right.permission, right.verb) is Level.NONE:
            return False
        return right.table is None or self.tables is None or right.table in self.tables

    def without(self, rights: Iterable[Right]) -> "Role":
        """Return the role less these rights; a right with a table loses only that table."""
        levels, tables = dict(self.levels), self.tables
        for right in rights:
            if right.table is None:
                levels.pop((right.module, right.permission, right.verb), None)
            elif tables is not None:
                tables -= {right.table}
        return Role(self.name, levels, tables)


def smallest(name: str, needed: Iterable[tuple[Right, Level | None]]) -> Role:
    """Return the least role that has every right; an unstated level becomes All.

    Customize allows the items that are needed; every item where Table Setup is needed as such.
    """
    levels: dict[Cell, Level] = {}
    tables: set[str] = set()
    every_table = False
    for right, level in needed:
        every_table = every_table or ((right.module, right.permission) == TABLE_SETUP
                                      and not right.table)  # fmt: skip
        cell = (right.module, right.permission, right.verb)
        levels[cell] = max(levels.get(cell, Level.NONE), level or Level.ALL)
        if right.table:
            tables.add(right.table)
    return Role(name, levels, None if every_table else frozenset(tables))


def everything(catalogue: Catalogue, name: str = "admin") -> Role:
    """Return the role with every right of the matrix at All."""
    levels = {(*key, verb): Level.ALL for key in catalogue.permissions for verb in Verb}
    return Role(name, levels)


def settings(role: Role, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the role as the API lists it: one row per permission, levels in words."""
    return [
        {
            "id": number,
            "sortOrder": number,
            "moduleName": module,
            "moduleIdentifier": _identifier(module),
            "moduleFunctionName": permission,
            "moduleFunctionIdentifier": _identifier(permission),
            **{
                key: role.level(module, permission, verb).label
                for verb, key in LEVEL_FIELDS.items()
            },
            "myAllFlag": True,
            "reportFlag": permission.endswith("Reports"),
            "restrictFlag": False,
            "customFlag": bool(row.customize),
        }
        for number, ((module, permission), row) in enumerate(catalogue.permissions.items(), 1)
    ]


def customize_items(role: Role, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the allowed Table Setup items as the API lists them."""
    allowed = catalogue.items if role.tables is None else role.tables
    return [
        {"customizeIdentifier": TABLE_SETUP_CUSTOMIZE, "itemIdentifier": item}
        for item in sorted(allowed)
    ]


def name_key(name: str) -> str:
    """Reduce a permission's name to what stays when case, dashes and plurals drift."""
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("dependancies", "dependencies"))
    return " ".join(word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words)


def from_settings(
    rows: Iterable[Any], catalogue: Catalogue
) -> tuple[dict[Cell, Level], tuple[str, ...]]:
    """Read the rows of mySecurity or of a role's settings; return levels and unmatched names.

    What has no level in its row is not stated. Nor is a cell of which two rows say different
    things: nothing is granted or missing on a doubtful reading.
    """
    known = names(catalogue)
    levels: dict[Cell, Level] = {}
    unmatched: list[str] = []
    doubtful: set[Cell] = set()
    for row in rows:
        data = row if isinstance(row, dict) else {}
        spelled = [str(data.get(key) or "") for key in ("moduleName", "moduleFunctionName")]
        key = known.get((name_key(spelled[0]), name_key(spelled[1])))
        if key is None:
            unmatched.append("/".join(printable(text) for text in spelled))
            continue
        for verb, field_name in LEVEL_FIELDS.items():
            if (level := stated(data.get(field_name))) is not None:
                take(levels, doubtful, (*key, verb), level)
    unmatched += sorted({f"{module}/{name} (stated twice)" for module, name, _ in doubtful})
    return levels, tuple(dict.fromkeys(unmatched))


def take(levels: dict[Cell, Level], doubtful: set[Cell], cell: Cell, level: Level) -> None:
    """Take in the level of a cell; one that is stated twice and differently is doubtful."""
    if cell in doubtful or levels.get(cell, level) is not level:
        doubtful.add(cell)
        levels.pop(cell, None)
    else:
        levels[cell] = level


def from_items(rows: Iterable[Any]) -> frozenset[str] | None:
    """Read the rows of customizeItems; None where they say nothing of Table Setup."""
    found = {
        printable(str(row.get("itemIdentifier") or ""))
        for row in rows
        if isinstance(row, dict) and row.get("customizeIdentifier") == TABLE_SETUP_CUSTOMIZE
    }
    return frozenset(found - {""}) or None


def names(catalogue: Catalogue) -> dict[tuple[str, str], tuple[str, str]]:
    """Map `name_key`s of module and permission, aliases included, to their right spelling."""
    found = {}
    for (module, permission), row in catalogue.permissions.items():
        for name in (permission, *filter(None, row.aliases.split(";"))):
            found[name_key(module), name_key(name)] = (module, permission)
    return found


def stated(value: object) -> Level | None:
    """Return the level that a cell states; None for an empty one and for any other word."""
    try:
        return Level.parse(str(value)) if value else None
    except InputError:
        return None


def printable(text: str) -> str:
    """Return a name that a tenant wrote as one short line without control characters."""
    return "".join(char if char.isprintable() else " " for char in text).strip()[:80]


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)
