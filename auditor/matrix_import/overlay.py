"""What was imported → a directory for --matrices: permissions.csv and role-matrix.csv."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.layers import DESCRIPTIONS
from auditor.matrix_import import Found, Imported
from auditor.rows import DescriptionRow, PermissionRow

PERMISSIONS = "permissions.csv"
_DANGEROUS = ("=", "+", "-", "@")  # what a spreadsheet program may take for a formula


def write(
    imported: Imported, catalogue: Catalogue, directory: Path, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write both files and return their paths; other files of the directory stay.

    Raises InputError if the directory holds anything, unless told to overwrite.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not overwrite and any(directory.iterdir()):
            raise InputError(
                f"{directory} is not empty.", "Choose another --output, or give --overwrite."
            )
        contents = {
            PERMISSIONS: _grid(list(PermissionRow.model_fields), _permissions(imported, catalogue)),
            DESCRIPTIONS: _grid(
                list(DescriptionRow.model_fields), _descriptions(imported, catalogue)
            ),
        }
        return tuple(_replace(directory / name, text) for name, text in contents.items())
    except OSError as error:
        raise InputError(f"{directory} cannot be written: {error.strerror}.") from error


def neutral(text: str) -> str:
    """Return the text so that no spreadsheet program takes it for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _permissions(imported: Imported, catalogue: Catalogue) -> Iterator[Sequence[str]]:
    """Yield our permissions in screen order; the new ones end their module."""
    for module in catalogue.modules:
        for row in catalogue.permissions.values():
            if row.module == module:
                yield [str(cell) for cell in row.model_dump().values()]
        for found in imported.new:
            if found.module == module:
                yield [module, neutral(found.permission), neutral(imported.source), "", ""]


def _descriptions(imported: Imported, catalogue: Catalogue) -> Iterator[Sequence[str]]:
    for module in catalogue.modules:
        for found in (*imported.matched, *imported.new):
            if found.module == module:
                yield from _texts(found)


def _texts(found: Found) -> Iterator[Sequence[str]]:
    name = neutral(found.permission)
    for line in found.lines:
        if line.text:
            yield [found.module, name, line.verb, line.level, neutral(line.text)]


def _grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _replace(path: Path, text: str) -> Path:
    """Write beside the file and rename: whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
