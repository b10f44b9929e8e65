"""psa-audit profile: what an integration really calls, as a profile."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from auditor import role_check, role_files
from auditor.calls import Kind
from auditor.catalogue import Catalogue
from auditor.cli import calls, listing, options
from auditor.errors import InputError
from auditor.excess import Excess
from auditor.profiles import Selection
from auditor.usage import Usage, operations
from auditor.writers import profile_toml, replace
from auditor.writers.terminal import plain

_shared = options.group(
    options.flag("--name", metavar="NAME", help="Title of the profile. Default: the file's name."),
    options.flag("--output", "file_out", type=click.Path(path_type=Path, dir_okay=False),
                 metavar="FILE.toml", help="Where to write. Default: the standard output."),
    options.flag("--role", "role_file", type=click.Path(path_type=Path, dir_okay=False),
                 metavar="FILE", help="List what this role has and nothing here has used."),
    options.flag("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table",
                 show_default=True, help="How to print what --role lists."),
    options.matrices,
)  # fmt: skip


@click.group("profile")
def command() -> None:
    """Make a profile of what an integration really calls.

    `run`, `plan` and `role` take it with --profile. Nothing is sent.
    """


@command.command("from-log")
@click.argument("file", metavar="FILE")
@calls.columns
@_shared
def from_log(file: str, **flags: Any) -> None:
    """Read an API log (CSV, XLSX, JSON) that ConnectWise lets one download."""
    _make(file, "api-log", flags)


@command.command("from-har")
@click.argument("file", metavar="FILE")
@_shared
def from_har(file: str, **flags: Any) -> None:
    """Read a recording of a browser or proxy."""
    _make(file, "har", flags)


@command.command("from-list")
@click.argument("file", metavar="FILE")
@_shared
def from_list(file: str, **flags: Any) -> None:
    """Read a list of calls, one a line, such as GET /service/tickets/42."""
    _make(file, "call", flags)


def _make(file: str, kind: Kind, flags: dict[str, Any]) -> None:
    catalogue = options.catalogue(flags["matrices"])
    source = calls.place(file)
    found = calls.gather(source, kind, catalogue, flags.get("given", ()))
    if not any(True for _ in operations(found)):
        raise InputError(
            f"{file} names no operation that is known, so there is nothing to make a profile of.",
            "`psa-audit matrix operations` lists those that are.",
        )
    name = source.name if isinstance(source, Path) else "the standard input"
    title = flags["name"] or (source.stem if isinstance(source, Path) else name)
    text = profile_toml.render(found, title, name)
    if flags["file_out"]:
        replace(flags["file_out"], text.encode("utf-8", "replace"))
        click.echo(f"Wrote {flags['file_out']}", err=True)
    elif not flags["role_file"]:
        click.echo(text, nl=False)
    _tell_left_out(found)
    if flags["role_file"]:
        _show_unused(found, title, flags, catalogue)


def _tell_left_out(found: Usage) -> None:
    if found.unread:
        where = "; ".join(f"{item.where}: {item.reason}" for item in found.unreadable[:3])
        click.echo(plain(f"Could not be read: {found.unread} ({where})."), err=True)
    if found.others:
        click.echo(f"Not to the ConnectWise API, and left out: {found.others}.", err=True)


def _show_unused(found: Usage, name: str, flags: dict[str, Any], catalogue: Catalogue) -> None:
    """Print what the role has and nothing that was called needs, worst harm first."""
    role = role_files.load(flags["role_file"], catalogue)
    called = tuple((name, operation.id) for operation, _, _ in operations(found))
    checked = role_check.check(role, Selection((name,), operations=called), catalogue)
    if checked.excess or flags["form"] != "table":
        listing.show([_item(item) for item in checked.excess], flags["form"])
    if flags["form"] == "table":
        click.echo(
            f"\nCandidates to take away: {len(checked.excess)}. Seen: {found.span.count} calls"
            f"{_days(found)}.\nOnly what ran in that time is seen: what runs once a quarter, and "
            "rights\nneeded under a condition, may be missing from it. Look before you remove."
        )


def _item(item: Excess) -> listing.Item:
    declared = item.state.declared
    return {
        "risk": item.risk.tier.label,
        "right": item.right.id,
        "level": declared.label if declared else None,
        "harm": item.risk.harm,
    }


def _days(found: Usage) -> str:
    """Return over how many days the calls spread, as far as the log says when they were."""
    if not (found.span.first and found.span.last):
        return ", at times that are not said"
    first, last = found.span.first[:10], found.span.last[:10]
    days = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).days + 1
    return f" on {days} day{'s' if days > 1 else ''}, {first} to {last}"
