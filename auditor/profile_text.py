"""The text of a profile, TOML or CSV → its data, and the line on which each part stands."""

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import InputError, nearest
from auditor.rights import Verb, parse_verb

Place = tuple[int | str, ...]  # where in a profile: ("rights", 2, "inquire")

VERBS = tuple(verb.lower() for verb in Verb)
RIGHT_SHAPE = "Write Module/Permission:Verb[:Level], such as 'Finance/Agreements:Inquire:All'."
_ROW_SHAPE = "A row has one of: Action, Operation, Right, or Module and Permission with levels."
_ALONGSIDE = {  # what else a row may say, by what it states
    "action": ("note",),
    "operation": ("note",),
    "right": ("level", "condition", "note"),
    "module": ("permission", *VERBS, "condition", "note"),
}
_COLUMNS = tuple(dict.fromkeys(name for kind, more in _ALONGSIDE.items() for name in (kind, *more)))
_TABLE = re.compile(r"\s*\[\[\s*rights\s*\]\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file holds before it is checked; `line` finds a place in it, or a value there."""

    data: dict[str, Any]
    line: Callable[[Place, str], int]


def draft(path: Path) -> Draft:
    """Read a file as CSV if it is named so, else as TOML; raises InputError with file and line."""
    text = _text(path)
    return _from_csv(path, text) if path.suffix.lower() == ".csv" else _from_toml(path, text)


@contextmanager
def located(path: Path, line: Callable[[], int]) -> Iterator[None]:
    """Put file and line before the message of an InputError that is raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}:{line()}: {error}", error.hint) from error


def split_right(text: str) -> tuple[str, str, Verb, str | None, str]:
    """Read `Module/Permission:Verb[item][:Level]` as (module, permission, verb, item, level)."""
    name, colon, rest = text.partition(":")
    module, slash, permission = name.partition("/")
    found = re.fullmatch(
        r"([^\[\]:]*)(?:\[([^\[\]]+)\])?(?::([^\[\]:]+)?(?:\[([^\[\]]+)\])?)?", rest
    )
    if not colon or not slash or not found:
        raise InputError(f"{text!r} is not a right.", RIGHT_SHAPE)
    verb, table, level, late_table = found.groups()
    return module, permission, parse_verb(verb), table or late_table, level or ""


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}:1: cannot be opened: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8.", "Save the file as UTF-8.") from error


def _from_toml(path: Path, text: str) -> Draft:
    lines = text.splitlines()
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(lines)
        raise InputError(f"{path}:{line}: not readable as TOML: {error}.") from error
    return Draft(data, lambda place, value: _toml_line(lines, place, value))


def _toml_line(lines: list[str], place: Place, value: str) -> int:
    """Return the line of a key, or of a value at or below it; tomllib keeps no positions."""
    tables = [number for number, line in enumerate(lines) if _TABLE.match(line)]
    start, stop, key = 0, min(tables, default=len(lines)), place[0]
    if key == "rights" and len(place) > 1 and int(place[1]) < len(tables):
        start, stop = (*tables, len(lines))[int(place[1]) :][:2]
        key = place[2] if len(place) > 2 else "[[rights]]"
    named = re.compile(rf"""\s*["']?{re.escape(str(key))}["']?\s*=""")
    first = next((number for number in range(start, stop) if named.match(lines[number])), start)
    quoted = (f'"{value}"', f"'{value}'")
    holds = (number for number in range(first, stop) if any(q in lines[number] for q in quoted))
    return next(holds, first) + 1


def _from_csv(path: Path, text: str) -> Draft:
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","  # Excel follows the locale
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: dict[str, list[Any]] = {"actions": [], "operations": [], "rights": []}
    lines: dict[Place, int] = {}
    with located(path, lambda: max(reader.line_num, 1)):
        try:
            columns = _columns(next(reader, []))
            for cells in reader:
                if not "".join(cells).strip():
                    continue
                kind, entry = _row(columns, cells)
                lines[kind, len(found[kind])] = reader.line_num
                found[kind].append(entry)
        except csv.Error as error:
            raise InputError(f"not readable as CSV: {error}.") from error
    return Draft({"title": path.stem, **found}, lambda place, _: lines.get(place[:2], 1))


def _columns(header: Sequence[str]) -> list[str]:
    found = [name.strip().casefold() for name in header]
    for name in found:
        if name not in _COLUMNS:
            known = [column.capitalize() for column in _COLUMNS]
            hint = nearest(name, known) or f"Known: {', '.join(known)}."
            raise InputError(f"unknown column {name!r}.", hint)
        if found.count(name) > 1:
            raise InputError(f"the column {name!r} is there twice.")
    if not {*_ALONGSIDE} & {*found}:
        raise InputError("no column says what is needed.", _ROW_SHAPE)
    return found


def _row(columns: Sequence[str], cells: Sequence[str]) -> tuple[str, Any]:
    """Return ("actions" | "operations" | "rights", what one row adds to it)."""
    if any(cells[len(columns) :]):
        raise InputError("more cells than the header has columns.")
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    if "permission" in row:
        row.setdefault("module", "")
    stated = [kind for kind in _ALONGSIDE if kind in row]
    if len(stated) != 1:
        what = " and ".join(kind.capitalize() for kind in stated) or "nothing that is needed"
        raise InputError(f"the row states {what}.", _ROW_SHAPE)
    kind = stated[0]
    for stray in sorted(row.keys() - {kind, *_ALONGSIDE[kind]}):
        raise InputError(
            f"{stray.capitalize()!r} does not go with {kind.capitalize()}.", _ROW_SHAPE
        )
    match kind:
        case "action" | "operation":
            return f"{kind}s", row[kind]
        case "right":
            return "rights", _right(row)
        case _:
            return "rights", {"permission": "", **row}


def _right(row: dict[str, str]) -> dict[str, Any]:
    """Return the entry for a row with a Right, its level in the same cell or one of its own."""
    module, permission, verb, table, level = split_right(row["right"])
    if level and row.get("level", level).casefold() != level.casefold():
        raise InputError(f"two levels: {level!r} in Right, {row['level']!r} in Level.")
    return {
        "module": module,
        "permission": permission,
        verb.lower(): level or row.get("level", "any"),
        "tables": [table] if table else [],
        "condition": row.get("condition", ""),
        "note": row.get("note", ""),
    }
