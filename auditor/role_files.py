"""Role files → a Role: the JSON that the API returns, CSV or XLSX; unknown names are listed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.matrix_import import cells
from auditor.matrix_import.cells import Sheet
from auditor.matrix_import.headings import Columns, columns
from auditor.rights import TABLE_SETUP, Level
from auditor.roles import (
    Cell,
    Role,
    from_items,
    from_settings,
    name_key,
    names,
    printable,
    stated,
    take,
)

SUFFIXES = (".json", ".csv", ".xlsx")
_EVERY = {"all", "*"}  # in a Customize column


def load(path: Path, catalogue: Catalogue) -> Role:
    """Read a role file; raises InputError where it is none.

    JSON: what /system/mySecurity or a role's settings answer, or {"settings": [...],
    "customizeItems": [...]}. CSV and XLSX: columns Module, Permission, Add, Edit, Delete,
    Inquire (a blank cell states nothing), perhaps Customize (items of Table Setup, joined by
    `;`, or All).
    """
    if path.suffix.lower() == ".json":
        return _from_json(path, catalogue)
    levels: dict[Cell, Level] = {}
    doubtful: set[Cell] = set()
    unmatched: list[str] = []
    tables: frozenset[str] | None = None
    for sheet, number, found, customize in _rows(path):
        module, permission = (
            sheet.text(number, place) for place in (found.module, found.permission)
        )
        key = names(catalogue).get((name_key(module or sheet.title), name_key(permission)))
        if key is None:
            unmatched.append(f"{printable(module)}/{printable(permission)}")
            continue
        for verb, place in found.verbs.items():
            text = sheet.text(number, place)
            level = stated(text)
            if text and level is None:
                where = f"{path}, {sheet.name(number, place)}"
                raise InputError(f"{where}: {text!r} is not a level.", "Levels are None, My, All.")
            if level is not None:  # a blank cell states nothing
                take(levels, doubtful, (*key, verb), level)
        if key == TABLE_SETUP and (text := sheet.text(number, customize)):
            tables = _allowed(text, catalogue)
    if not levels:
        raise InputError(
            f"{path} holds no permission of the role matrix.",
            "A role file has the columns Module, Permission, Add, Edit, Delete, Inquire.",
        )
    unmatched += sorted({f"{module}/{name} (stated twice)" for module, name, _ in doubtful})
    return Role(path.stem, levels, tables, tuple(dict.fromkeys(unmatched)))


def _rows(path: Path) -> Iterator[tuple[Sheet, int, Columns, int | None]]:
    """Yield each row below a header, with the columns and the place of Customize."""
    for sheet in cells.read(path):
        found, customize = None, None
        for number, row in sheet.rows.items():
            if (header := columns(row)) and header.verbs:
                found = header
                places = [place for place, text in row.items() if name_key(text) == "customize"]
                customize = places[0] if places else None
            elif found and sheet.text(number, found.permission):
                yield sheet, number, found, customize


def _allowed(text: str, catalogue: Catalogue) -> frozenset[str]:
    if text.strip().casefold() in _EVERY:
        return catalogue.items
    return frozenset(filter(None, (printable(item) for item in text.split(";"))))


def _from_json(path: Path, catalogue: Catalogue) -> Role:
    data = _json(path)
    rows = data.get("settings") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(
            f"{path} holds no list of settings.",
            "Save what /system/mySecurity or /system/securityRoles/{id}/settings answers.",
        )
    levels, unmatched = from_settings(rows, catalogue)
    items = data.get("customizeItems") if isinstance(data, dict) else None
    tables = None
    if isinstance(items, list):
        tables = from_items(items) if items else frozenset()
    name = str(data.get("name", path.stem)) if isinstance(data, dict) else path.stem
    return Role(printable(name) or path.stem, levels, tables, unmatched)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > cells.MOST_BYTES:
            raise InputError(f"{path} is larger than {cells.MOST_BYTES >> 20} MiB.")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
