"""A security role: levels per right and allowed Table Setup items; read from files, compared."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
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
    """

    name: str
    levels: Mapping[Cell, Level] = field(default_factory=dict)
    tables: frozenset[str] | None = None

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
    """Return the least role that has every right; an unstated level becomes All."""
    levels: dict[Cell, Level] = {}
    tables: set[str] = set()
    for right, level in needed:
        cell = (right.module, right.permission, right.verb)
        levels[cell] = max(levels.get(cell, Level.NONE), level or Level.ALL)
        if right.table:
            tables.add(right.table)
    return Role(name, levels, frozenset(tables))


def everything(catalogue: Catalogue, name: str = "admin") -> Role:
    """Return the role with every right of the matrix at All."""
    levels = {(*key, verb): Level.ALL for key in catalogue.permissions for verb in Verb}
    return Role(name, levels)


def load(path: Path, catalogue: Catalogue) -> Role:
    """Read a role file: CSV, or the JSON of mySecurity or of a role's settings.

    Raises InputError, naming the row, for a permission or level that is not known.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The role file {path} cannot be read: {error}.") from error
    if path.suffix.lower() == ".json":
        return _from_json(path, text, catalogue)
    return _from_csv(path, text, catalogue)


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


def customize_items(role: Role) -> list[dict[str, Any]]:
    """Return the allowed Table Setup items as the API lists them; empty when all are allowed."""
    return [
        {"customizeIdentifier": TABLE_SETUP_CUSTOMIZE, "itemIdentifier": item}
        for item in sorted(role.tables or ())
    ]


def name_key(name: str) -> str:
    """Reduce a permission's name to what stays when case, dashes and plurals drift."""
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("dependancies", "dependencies"))
    return " ".join(word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words)


def _names(catalogue: Catalogue) -> dict[tuple[str, str], tuple[str, str]]:
    found = {}
    for (module, permission), row in catalogue.permissions.items():
        for name in (permission, *filter(None, row.aliases.split(";"))):
            found[name_key(module), name_key(name)] = (module, permission)
    return found


def _match(module: str, permission: str, catalogue: Catalogue, where: str) -> tuple[str, str]:
    if found := _names(catalogue).get((name_key(module), name_key(permission))):
        return found
    known = [f"{known_module}/{name}" for known_module, name in catalogue.permissions]
    hint = nearest(f"{module}/{permission}", known)
    raise InputError(f"{where}: unknown permission {module}/{permission!r}.", hint)


def _cell_level(text: object, where: str) -> Level:
    try:
        return Level.parse(str(text)) if text else Level.NONE
    except InputError as error:
        raise InputError(f"{where}: {error}", error.hint) from error


def _from_csv(path: Path, text: str, catalogue: Catalogue) -> Role:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    wanted = {"Module", "Permission", *Verb}
    if missing := wanted - set(reader.fieldnames or ()):
        raise InputError(
            f"{path}:1: no column {', '.join(sorted(missing))}.",
            "A role file has the columns Module, Permission, Add, Edit, Delete, Inquire.",
        )
    levels: dict[Cell, Level] = {}
    tables: frozenset[str] | None = None
    for row in reader:
        where = f"{path}:{reader.line_num}"
        key = _match(row["Module"] or "", row["Permission"] or "", catalogue, where)
        for verb in Verb:
            levels[(*key, verb)] = _cell_level(row[verb], where)
        if key == TABLE_SETUP and row.get("Customize"):
            tables = frozenset(item.strip() for item in row["Customize"].split(";"))
    return Role(path.stem, levels, tables)


def _from_json(path: Path, text: str, catalogue: Catalogue) -> Role:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
    rows = data.get("settings") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(
            f"{path} holds no list of settings.",
            "Save what /system/mySecurity or /system/securityRoles/{id}/settings answers.",
        )
    levels: dict[Cell, Level] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}, row {number}"
        key = _match(
            str(row.get("moduleName", "")), str(row.get("moduleFunctionName", "")),
            catalogue, where,
        )  # fmt: skip
        for verb, name in LEVEL_FIELDS.items():
            levels[(*key, verb)] = _cell_level(row.get(name), where)
    items = data.get("customizeItems") if isinstance(data, dict) else None
    tables = None
    if items is not None:
        tables = frozenset(
            str(item.get("itemIdentifier"))
            for item in items
            if item.get("customizeIdentifier") == TABLE_SETUP_CUSTOMIZE
        )
    name = str(data.get("name", path.stem)) if isinstance(data, dict) else path.stem
    return Role(name, levels, tables)


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)
