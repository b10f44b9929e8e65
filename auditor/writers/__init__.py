"""The formats a report can be written in: each shows the model and computes nothing."""

import os
import tempfile
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from auditor.errors import InputError, nearest
from auditor.schema import Report

# Format → (module, file name). A writer's `render(report) -> bytes` is loaded when asked for.
FORMATS = {
    "xlsx": ("auditor.writers.xlsx", "report.xlsx"),
    "json": ("auditor.writers.json", "report.json"),
}


def check(formats: Iterable[str]) -> tuple[str, ...]:
    """Return the formats, each once; raises InputError for one that is not known."""
    chosen = tuple(dict.fromkeys(formats))
    for name in chosen:
        if name not in FORMATS:
            hint = nearest(name, FORMATS) or f"Formats are {', '.join(FORMATS)}."
            raise InputError(f"No format {name!r}.", hint)
    return chosen


def write(report: Report, formats: Iterable[str], directory: Path) -> list[Path]:
    """Write the report in each format, whole or not at all; raises InputError."""
    paths = []
    for name in check(formats):
        module, file_name = FORMATS[name]
        render: Callable[[Report], bytes] = import_module(module).render
        path = directory / file_name
        _replace(path, render(report))
        paths.append(path)
    return paths


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and rename, readable by its owner only."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
