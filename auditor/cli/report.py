"""psa-audit report: write the reports of a journal again."""

import sys
from pathlib import Path

import click

from auditor import audit, journal, writers
from auditor.cli import options
from auditor.cli.run import FAIL_ON, policy, show
from auditor.report import exit_code


@click.command("report")
@click.argument("path", metavar="JOURNAL", type=click.Path(path_type=Path))
@options.flag(
    "--format",
    "formats",
    default="xlsx,json",
    show_default=True,
    help="Report formats, separated by commas.",
)
@options.flag(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the reports go. Default: beside the journal.",
)
@options.flag(
    "--fail-on",
    default="missing,undecided",
    show_default=True,
    help="What makes the exit code differ from 0: missing,undecided,excess.",
)
@options.judging
@options.matrices
def command(
    path: Path,
    formats: str,
    output: Path | None,
    fail_on: str,
    matrices: Path | None,
    **flags: bool,
) -> None:
    """Write the reports of a journal again, offline."""
    chosen = writers.check(name.strip() for name in formats.split(","))
    failing = options.words(fail_on, FAIL_ON, "--fail-on")
    source = path / "journal.jsonl" if path.is_dir() else path
    catalogue = options.catalogue(matrices)
    record = journal.read(source)
    if record.is_torn:
        click.echo(f"{source}: the last line is cut off and was left out.", err=True)
    if record.plan.get("matrices") != catalogue.digest:
        click.echo(
            "The matrices have changed since this run: rights may be named differently.", err=True
        )
    directory = output or source.parent
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    report = audit.report_of(source, catalogue, policy(flags))
    files = writers.write(report, chosen, directory)
    code = exit_code(report, failing)
    show(report, files, source, code)
    sys.exit(code)
