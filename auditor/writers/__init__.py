"""The formats a report can be written in: each shows the model and computes nothing."""

import os
import tempfile
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import InputError, nearest

if TYPE_CHECKING:  # its models take a while to load, and some writers show no report
    from auditor.schema import Report

# Format → (module, file name). A writer's `render(report) -> bytes` is loaded when asked for.
FORMATS = {
    "xlsx": ("auditor.writers.xlsx", "report.xlsx"),
    "html": ("auditor.writers.html", "report.html"),
    "json": ("auditor.writers.json", "report.json"),
    "csv": ("auditor.writers.csv", "report.csv"),
    "markdown": ("auditor.writers.markdown", "report.md"),
    "sarif": ("auditor.writers.sarif", "report.sarif.json"),
    "junit": ("auditor.writers.junit", "report.junit.xml"),
}
ALL = "all"


def check(formats: Iterable[str]) -> tuple[str, ...]:
    """Return the formats, each once; `all` is every one. Raises InputError for an unknown one."""
    chosen = tuple(dict.fromkeys(formats))
    known = (*FORMATS, ALL)
    for name in chosen:
        if name not in known:
            hint = nearest(name, known) or f"Formats are {', '.join(FORMATS)}, or {ALL}."
            raise InputError(f"No format {name!r}.", hint)
    return tuple(FORMATS) if ALL in chosen else chosen


def write(
    report: "Report",
    formats: Iterable[str],
    directory: Path,
    *,
    replaceable: Callable[[Path], bool] = lambda _: True,
) -> dict[Path, bytes]:
    """Write the report in each format, whole or not at all; return what was written.

    Raises InputError before anything is written if a file exists that is not `replaceable`.
    """
    found = {directory / FORMATS[name][1]: render(report, name) for name in check(formats)}
    for path, content in found.items():
        if path.exists() and path.read_bytes() != content and not replaceable(path):
            raise InputError(f"{path} exists and differs.", "Use --overwrite, or another --output.")
    for path, content in found.items():
        replace(path, content)
    return found


def render(report: "Report", name: str) -> bytes:
    """Return the report in one format."""
    writer: Callable[[Report], bytes] = import_module(FORMATS[name][0]).render
    return writer(report)


def replace(path: Path, content: bytes) -> None:
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
