"""What the commands that read calls share: where these come from, and a bar for large files."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from auditor import calls
from auditor.calls import Kind
from auditor.catalogue import Catalogue
from auditor.cli import options
from auditor.errors import InputError
from auditor.usage import Usage, usage

LARGE = 2**20  # bytes of a file from which on a bar is shown

columns = options.flag(
    "--column", "given", multiple=True, metavar="NAME=HEADING",
    help="Which column of an API log holds url, method, status ...; may be repeated.",
)  # fmt: skip


def gather(source: str | Path, kind: Kind, catalogue: Catalogue, given: tuple[str, ...]) -> Usage:
    """Read a file, stdin or text and count what is called; raises InputError."""
    found = _gather(source, kind, catalogue, _columns(given))
    if not found.span.count:
        first = found.unreadable[0] if found.unreadable else None
        reason = f"{first.where}: {first.reason}" if first else "all of it goes elsewhere"
        raise InputError(
            f"There is no call in it that could be read ({reason}).",
            'A call is such as "PATCH /service/tickets/42", or an address with /apis/3.0/.',
        )
    return found


def _gather(
    source: str | Path, kind: Kind, catalogue: Catalogue, wanted: Mapping[str, str] | None
) -> Usage:
    size = source.stat().st_size if isinstance(source, Path) and source.is_file() else 0
    if not sys.stderr.isatty() or size < LARGE:
        return usage(calls.read(source, kind, columns=wanted), catalogue)
    with click.progressbar(length=size, label="Reading", file=sys.stderr, width=40) as bar:

        def progress(read: int, _: int | None) -> None:
            bar.update(read - bar.pos)

        return usage(calls.read(source, kind, columns=wanted, progress=progress), catalogue)


def place(name: str) -> str | Path:
    """Return the file of this name, or `-` for stdin."""
    return name if name == "-" else Path(name)


def _columns(given: tuple[str, ...]) -> Mapping[str, str] | None:
    found = {}
    for text in given:
        name, equals, heading = text.partition("=")
        if not equals or not heading.strip():
            raise InputError(
                f"--column {text!r} has no heading.", "Write --column url='Request URL'."
            )
        found[name.strip()] = heading.strip()
    return found or None
