"""psa-audit report: write the reports of a journal again."""

import sys
from pathlib import Path
from typing import Any

import click

from auditor import journal
from auditor.cli import options, rendering


@click.command("report")
@click.argument("path", metavar="JOURNAL", type=click.Path(path_type=Path))
@rendering.flags
@options.flag(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the reports go. Default: beside the journal.",
)
@options.matrices
def command(path: Path, output: Path | None, matrices: Path | None, **flags: Any) -> None:
    """Write the reports of a journal again, offline."""
    catalogue = options.catalogue(matrices)
    formats, fail_on = rendering.checked(flags, catalogue)
    source = path / "journal.jsonl" if path.is_dir() else path
    record = journal.read(source)
    if record.is_torn:
        click.echo(f"{source}: the last line is cut off and was left out.", err=True)
    if record.plan.get("matrices") != catalogue.digest:
        click.echo(
            "The matrices have changed since this run: rights may be named differently.", err=True
        )
    directory = output or source.parent
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    report, files = rendering.publish(source, formats, directory, flags, catalogue)
    sys.exit(rendering.show(report, files, fail_on))
