"""psa-audit matrix import: take over a role-matrix workbook, and say what was not understood."""

import json
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from auditor.catalogue import Catalogue
from auditor.cli import options
from auditor.matrix_import import Found, Imported, overlay, read
from auditor.writers import terminal

WIDTH = 80
NOT_UNDERSTOOD = 3  # the exit code of a result that is incomplete
MOST_DOUBTS = 50  # of a table; JSON has them all


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@options.flag(
    "--output", "overlay_directory", type=click.Path(path_type=Path, file_okay=False),
    default=Path("matrices-overlay"), show_default=True, metavar="DIR",
    envvar="PSA_AUDIT_OVERLAY_DIRECTORY", help="Where to write; must be empty.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace what an earlier import wrote.")
@options.flag(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="How to print.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context, file: Path, overlay_directory: Path, overwrite: bool, form: str
) -> None:
    """Import a Security Roles Matrix workbook, or a role's export.

    FILE is XLSX or CSV. Its permissions, and what it says each level allows, are written to a
    directory to be given as --matrices. Everything in it that is not understood is listed with
    its cell; then the exit code is 3.
    """
    catalogue = Catalogue()
    imported = read(file, catalogue)
    paths = overlay.write(imported, catalogue, overlay_directory, overwrite=overwrite)
    if form == "json":
        click.echo(json.dumps(_data(imported, paths), indent=2))
    else:
        click.echo(terminal.plain(_text(imported, paths, catalogue)))
    ctx.exit(NOT_UNDERSTOOD if imported.doubts else 0)


def _data(imported: Imported, paths: Iterable[Path]) -> dict[str, Any]:
    return {
        "file": imported.source,
        "matched": [_found(found) for found in imported.matched],
        "by_likeness": [item._asdict() for item in imported.likenesses],
        "new": [_found(found) for found in imported.new],
        "lacking": [{"module": module, "permission": name} for module, name in imported.lacking],
        "not_understood": [doubt._asdict() for doubt in imported.doubts],
        "written": [str(path) for path in paths],
    }


def _found(found: Found) -> dict[str, Any]:
    lines = [
        {"verb": line.verb, "level": line.level, "text": line.text, "cell": line.cell}
        for line in found.lines
    ]
    return {
        "module": found.module,
        "permission": found.permission,
        "cell": found.cell,
        "exact": found.is_exact,
        "lines": lines,
    }


def _text(imported: Imported, paths: Iterable[Path], catalogue: Catalogue) -> str:
    exact = [found for found in imported.matched if found.is_exact]
    alike = [f"{item.cell}: {item.found!r} taken for {item.taken!r}"
             for item in imported.likenesses]  # fmt: skip
    new = [f"{found.cell}: {found.module} > {found.permission}" for found in imported.new]
    doubts = [f"{doubt.cell}: {doubt.message}" for doubt in imported.doubts]
    more = len(doubts) - MOST_DOUBTS
    rest = [f"... and {more} more: --format json lists them all"] if more > 0 else []
    blocks = [
        _block(f"Matched exactly: {len(exact)} of {len(catalogue.permissions)}",
               _by_module((found.module, found.permission) for found in exact)),
        _block(f"Matched by likeness: {len(alike)}", alike),
        _block(f"New, not in our matrices: {len(new)}", new),
        _block(f"Lacking, only in our matrices: {len(imported.lacking)}",
               _by_module(imported.lacking)),
        _block(f"Not understood: {len(doubts)}", [*doubts[:MOST_DOUBTS], *rest]),
        _block("Written; give the directory as --matrices", [str(path) for path in paths]),
    ]  # fmt: skip
    return "\n\n".join(blocks)


def _by_module(keys: Iterable[tuple[str, str]]) -> list[str]:
    modules: dict[str, list[str]] = {}
    for module, name in keys:
        modules.setdefault(module, []).append(name)
    return [f"{module} ({len(names)}): {', '.join(names)}" for module, names in modules.items()]


def _block(title: str, lines: Iterable[str]) -> str:
    wrapped = (
        textwrap.fill(
            line, WIDTH, initial_indent="  ", subsequent_indent="    ",
            break_long_words=False, break_on_hyphens=False,
        )
        for line in lines
    )  # fmt: skip
    return "\n".join((title, *wrapped))
