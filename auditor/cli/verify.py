"""psa-audit verify: is a journal untouched, and are the reports beside it made of it?"""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from auditor import __version__, journal, manifest, writers
from auditor.catalogue import Catalogue
from auditor.cli import options, rendering
from auditor.journal import Record
from auditor.manifest import Check, Manifest
from auditor.writers import terminal

BROKEN = 2  # the exit code of what is not as it was written
UNSURE = 3  # of what another version wrote, or under exceptions that are not at hand


@click.command("verify")
@click.argument("path", metavar="JOURNAL", type=click.Path(path_type=Path))
@options.matrices
def command(path: Path, matrices: Path | None) -> None:
    """Check a journal's chain, and that each report beside it came from it.

    Every report is made again from the journal and compared byte by byte, where this version of
    psa-audit and of its matrices wrote it. Exit code 2 if anything is not as it was written, 3 if a
    report could not be made again. Whoever replaces the whole journal is not found out: keep the
    last line's chain elsewhere if that matters.
    """
    source = path / "journal.jsonl" if path.is_dir() else path
    record = journal.read(source)
    checks = [_chain(source, record)]
    found = manifest.load(source.parent / manifest.NAME)
    if found is None:
        checks.append(Check(manifest.NAME, True, "there is none: no report to check"))
        checks += manifest.strangers(None, source.parent)
    else:
        checks += _reports(found, source, record, options.catalogue(matrices))
    for check in checks:
        mark = "FAIL" if not check.is_ok else "ok  " if check.is_sure else "?   "
        click.echo(terminal.plain(f"{mark} {check.name}: {check.meaning}"))
    if not all(check.is_ok for check in checks):
        sys.exit(BROKEN)
    sys.exit(0 if all(check.is_sure for check in checks) else UNSURE)


def _chain(source: Path, record: Record) -> Check:
    end = "finished" if record.finish else "not finished"
    torn = "; the last line is cut off" if record.is_torn else ""
    return Check(source.name, not record.is_torn, f"the hash chain holds to its end; {end}{torn}")


def _reports(found: Manifest, source: Path, record: Record, catalogue: Catalogue) -> list[Check]:
    if found.journal != source.name or found.chain != record.chain:
        return [Check(manifest.NAME, False, "it belongs to another journal, or to a shorter one")]
    directory = source.parent
    names = {file_name: name for name, (_, file_name) in writers.FORMATS.items()}
    return [
        Check(manifest.NAME, True, f"written by psa-audit {found.tool}"),
        *manifest.check_files(found, directory, _maker(found, source, names, catalogue)),
        *manifest.strangers(found, directory),
    ]


def _maker(
    found: Manifest, source: Path, names: dict[str, str], catalogue: Catalogue
) -> Callable[[str], bytes | None]:
    """Return what makes a file again; it makes none that another version wrote."""
    is_hashed = found.rendering.exceptions.startswith(manifest.HASHED)
    if is_hashed or (found.tool, found.matrices) != (__version__, catalogue.digest):
        return lambda _: None
    report = rendering.made(source, found.rendering, catalogue)
    return lambda name: writers.render(report, names[name]) if name in names else None
