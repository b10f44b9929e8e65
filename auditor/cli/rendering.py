"""How a journal becomes files: the flags, the files with their manifest, what is printed."""

from pathlib import Path
from typing import Any

import click

from auditor import __version__, accepted, journal, manifest, profiles, writers
from auditor.audit import report_of
from auditor.catalogue import Catalogue
from auditor.cli import options
from auditor.errors import InputError
from auditor.manifest import Manifest, Rendering
from auditor.report import Policy, exit_code
from auditor.schema import Report
from auditor.sharing import shared
from auditor.writers import terminal

MEANINGS = {
    0: "every needed right is there",
    1: "needed rights are missing",
    3: "nothing is missing, but needed rights are not decided",
    4: "the credentials stopped working",
    5: "safety stop: a write that had to fail succeeded",
    130: "interrupted; the report holds what was seen until then",
}
FAIL_ON = ("missing", "undecided", "excess")

flags = options.group(
    options.flag(
        "--format", "formats", default="xlsx,json", show_default=True,
        help=f"Report formats, separated by commas: {', '.join(writers.FORMATS)}, or all.",
    ),
    options.flag(
        "--share", type=click.Choice(["internal", "vendor", "public"]), default="internal",
        show_default=True, help="For whom: vendor and public leave out what names the tenant.",
    ),
    options.flag(
        "--exceptions", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="TOML file of rights that somebody answers for, until a day.",
    ),
    options.flag("--overwrite", is_flag=True, help="Replace report files that exist."),
    options.flag(
        "--fail-on", default="missing,undecided", show_default=True,
        help="What makes the exit code differ from 0: missing,undecided,excess.",
    ),
    options.judging,
)  # fmt: skip


def checked(values: dict[str, Any], catalogue: Catalogue) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return formats and what to fail on; raises InputError before anything is sent."""
    formats = writers.check(name.strip() for name in values["formats"].split(","))
    policy(rendering(values), catalogue)
    return formats, options.words(values["fail_on"], FAIL_ON, "--fail-on")


def rendering(values: dict[str, Any]) -> Rendering:
    """Return how the journal is to be read, as the manifest keeps it."""
    file: Path | None = values["exceptions"]
    try:
        text = file.read_text(encoding="utf-8-sig") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--exceptions {file} cannot be read: {error}.") from error
    return Rendering(
        share=values["share"],
        strict=values["strict"],
        accept_analogy=values["accept_analogy"],
        exceptions=text,
    )


def kept(how: Rendering) -> Rendering:
    """Return what the manifest may hold: what is shared never quotes the exceptions."""
    if how.share == "internal" or not how.exceptions:
        return how
    return how.model_copy(
        update={"exceptions": manifest.HASHED + manifest.digest(how.exceptions.encode())}
    )


def policy(how: Rendering, catalogue: Catalogue) -> Policy:
    """Return the policy of a rendering; raises InputError for exceptions that do not hold."""
    found = accepted.loads("--exceptions", how.exceptions, catalogue) if how.exceptions else {}
    return Policy(accept_analogy=how.accept_analogy, strict=how.strict, accepted=found)


def made(path: Path, how: Rendering, catalogue: Catalogue) -> Report:
    """Return the report of a journal as it may be shared."""
    report = report_of(path, catalogue, policy(how, catalogue))
    known = frozenset(profiles.names(catalogue))
    return shared(report, how.share, known, frozenset(catalogue.sources))


def publish(
    path: Path,
    formats: tuple[str, ...],
    directory: Path,
    values: dict[str, Any],
    catalogue: Catalogue,
) -> tuple[Report, list[Path]]:
    """Write the reports of a journal and their manifest; return what was written.

    A file that exists is replaced if it is our own and unchanged, or with --overwrite.
    """
    how = rendering(values)
    report = made(path, how, catalogue)
    before = manifest.load(directory / manifest.NAME)
    is_own = values.get("resume") is not None

    def replaceable(file: Path) -> bool:
        if values["overwrite"]:
            return True
        known = before.files.get(file.name) if before and is_own else None
        return known == manifest.digest(file.read_bytes())

    files = writers.write(report, formats, directory, replaceable=replaceable)
    earlier = before.files if before and before.rendering == kept(how) else {}
    new = Manifest(
        manifest=manifest.SCHEMA,
        tool=__version__,
        matrices=catalogue.digest,
        journal=path.name,
        chain=journal.read(path).chain,
        rendering=kept(how),
        files={**earlier, **{file.name: manifest.digest(text) for file, text in files.items()}},
    )
    target = directory / manifest.NAME
    writers.replace(target, manifest.data(new))
    return report, [*files, target]


def show(report: Report, files: list[Path], fail_on: frozenset[str]) -> int:
    """Print the summary, where the files are and what the exit code means; return the code."""
    code = exit_code(report, fail_on)
    click.echo(terminal.render(report))
    click.echo()
    for file in files:
        click.echo(f"Wrote {file}", err=True)
    if report.share != "internal":
        click.echo("A journal and a manifest beside these files are internal.", err=True)
    meaning = MEANINGS[code]
    if code == 1 and not any(right.state in {"missing", "level_too_low"} and not right.accepted
                             for right in report.rights):  # fmt: skip
        meaning = "an exception is needed by nothing, or a right in excess was found"
    if code == 0 and exit_code(report, frozenset(FAIL_ON)):
        meaning = "nothing of what --fail-on names"
    click.echo(f"Exit code {code}: {meaning}.")
    click.echo(terminal.summary_line(report, code))
    return code
