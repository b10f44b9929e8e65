"""Read a CSV grid into validated rows; every complaint carries file and line."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor.errors import MatrixError, nearest


class Row(BaseModel):
    """A row of a grid: text cells, no unknown column."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


R = TypeVar("R", bound=Row)


def read(path: Path, model: type[R]) -> Iterator[tuple[int, R]]:
    """Yield (line, row) for each row of the CSV file; raises MatrixError with file and line."""
    known = list(model.model_fields)
    with _open(path) as handle:
        reader = csv.DictReader(handle, strict=True)
        for column in reader.fieldnames or []:
            if column not in known:
                raise MatrixError(path, 1, f"unknown column {column!r}.", nearest(column, known))
        try:
            for cells in reader:
                yield reader.line_num, _validated(path, reader.line_num, model, cells)
        except (csv.Error, UnicodeDecodeError) as error:
            raise MatrixError(path, reader.line_num, f"not readable as CSV: {error}.") from error


def _open(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise MatrixError(path, 1, f"cannot be opened: {error.strerror}.") from error


def _validated(path: Path, line: int, model: type[R], cells: dict[str, str]) -> R:
    if None in cells or None in cells.values():
        raise MatrixError(path, line, "the number of cells differs from the header's.")
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        first = error.errors()[0]
        column = first["loc"][0]
        raise MatrixError(
            path, line, f"column {column!r}: {first['msg']}; found {first['input']!r}."
        ) from error
