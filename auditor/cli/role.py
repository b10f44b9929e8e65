"""psa-audit role: the least role that works; check, compare and thin out roles."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from auditor import __version__, least, role_check, role_diff, role_files, roles, samples
from auditor.catalogue import Catalogue
from auditor.cli import options
from auditor.cli.rendering import FAIL_ON
from auditor.cli.run import SELECTING, chosen_selection
from auditor.errors import InputError
from auditor.profiles import Selection
from auditor.roles import Role
from auditor.writers import role_compared, role_data, role_terminal
from auditor.writers.role_steps import Handover

FORMATS = ("table", "markdown", "xlsx", "json")
_OF_SUFFIX = {".md": "markdown", ".xlsx": "xlsx", ".json": "json"}
MEANINGS = {
    0: "everything that is needed is in the role",
    1: "needed rights are missing or set too low",
    3: "nothing is missing, but the role does not say everything",
}
short = options.flag(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="How to print.",
)  # fmt: skip


@click.group("role", invoke_without_command=True)
@options.selection
@options.matrices
@options.flag(
    "--format", "form", type=click.Choice(FORMATS),
    help="Default: by the suffix of --output, else table. json is a role file.",
)  # fmt: skip
@options.flag(
    "--output", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to write. Default: the standard output.",
)  # fmt: skip
@click.pass_context
def command(ctx: click.Context, /, form: str | None, file: Path | None, **flags: Any) -> None:
    """Make the least role with which a selection works.

    Markdown and xlsx are a complete hand-over to a PSA administrator; json is a role file that
    `role check`, `run --role` and `simulate --role` read.
    """
    if ctx.invoked_subcommand:
        _check_no_flags(ctx)
        ctx.default_map = dict.fromkeys(command.commands, ctx.default_map or {})
        return
    how = form or _OF_SUFFIX.get(file.suffix.lower() if file else "", "table")
    if how == "xlsx" and file is None:
        raise InputError("A spreadsheet cannot be printed.", "Say where: --output role.xlsx.")
    catalogue = options.catalogue(flags["matrices"])
    found = _handover(chosen_selection(flags, catalogue), catalogue, flags)
    content = _rendered(found, how)
    if file is None:
        click.echo(content.decode(), nl=False)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(f"--output {file} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {file}", err=True)


@command.command("check")
@click.argument("file", metavar="FILE")
@options.selection
@options.matrices
@options.flag(
    "--fail-on", default="missing,undecided", show_default=True,
    help="What makes the exit code differ from 0: missing,undecided,excess.",
)  # fmt: skip
@short
def check(file: str, form: str, **flags: Any) -> None:
    """Compare a role file with a selection, offline.

    What the file does not mention is not stated, and never taken for None. Exit codes as of
    `run`: 0 all is there, 1 missing or too low (or excess, if asked), 3 something not stated.
    """
    fail_on = options.words(flags["fail_on"], FAIL_ON, "--fail-on")
    catalogue = options.catalogue(flags["matrices"])
    found = role_check.check(_role(file, catalogue), chosen_selection(flags, catalogue), catalogue)
    code = role_check.exit_code(found, fail_on)
    if form == "json":
        click.echo(json.dumps(role_data.check(found), indent=2))
    else:
        click.echo(role_compared.check(found))
        click.echo(f"\nExit code {code}: {_meaning(found, code, fail_on)}.")
    sys.exit(code)


@command.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@options.matrices
@short
def diff(before: str, after: str, form: str, matrices: Path | None) -> None:
    """Say what role B may do that A may not, and the other way round.

    A and B are role files, profiles (the least role for each), none, admin or demo. Exit code 0
    where both allow the same, 1 where they differ, 3 where only one of them says something.
    """
    catalogue = options.catalogue(matrices)
    found = role_diff.diff(_role(before, catalogue), _role(after, catalogue), catalogue)
    if form == "json":
        click.echo(json.dumps(role_data.difference(found), indent=2))
    else:
        click.echo(role_compared.difference(found, before, after))
    sys.exit(0 if found.is_equal else 1 if found.is_different else 3)


@command.command("without")
@click.argument("right", metavar="RIGHT")
@options.flag(
    "--without-more", "more", multiple=True, metavar="RIGHT",
    help="A further right to take away; may be repeated.",
)  # fmt: skip
@options.selection
@options.matrices
@short
def without(right: str, more: tuple[str, ...], form: str, **flags: Any) -> None:
    """Say what stops working without a right.

    And which rights are then needed by nothing. RIGHT is Module/Permission:Verb, for one setup
    table System/Table Setup:Verb[item]. The exit code is 0 whatever stops.
    """
    catalogue = options.catalogue(flags["matrices"])
    selection = chosen_selection(flags, catalogue)
    found = role_diff.without((right, *more), selection, catalogue)
    if form == "json":
        click.echo(json.dumps(role_data.without(found), indent=2))
    else:
        click.echo(role_compared.without(found))


def _check_no_flags(ctx: click.Context) -> None:
    """Refuse flags before the subcommand: they would be lost without a word."""
    for param in ctx.command.params:
        if param.name and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE:
            raise InputError(
                f"{param.opts[0]} stands before {ctx.invoked_subcommand!r}, where it does nothing.",
                f"Write it after: psa-audit role {ctx.invoked_subcommand} ... {param.opts[0]} ...",
            )


def _role(name: str, catalogue: Catalogue) -> Role:
    """Return a role file as it is, or a role of ours by name, which leaves nothing unsaid."""
    if Path(name).suffix.lower() in role_files.SUFFIXES and name not in samples.names(catalogue):
        return role_files.load(Path(name), catalogue)
    return role_diff.complete(samples.role(name, catalogue), catalogue)


def _handover(selection: Selection, catalogue: Catalogue, flags: dict[str, Any]) -> Handover:
    found = least.least_role(selection, catalogue)
    return Handover(
        found,
        roles.settings(found.role, catalogue),
        roles.customize_items(found.role, catalogue),
        _verify(flags),
        __version__,
        catalogue.digest,
    )


def _rendered(found: Handover, how: str) -> bytes:
    if how == "table":
        return f"{role_terminal.least(found.least)}\n".encode("utf-8", "replace")
    render: Callable[[Handover], bytes] = import_module(f"auditor.writers.role_{how}").render
    return render(found)


def _verify(flags: dict[str, Any]) -> str:
    """Return the command that audits the finished member with the same selection."""
    words = ["psa-audit run --site https://YOUR-SITE --company YOUR-COMPANY"]
    given = [
        (f"--{name.removesuffix('s')}", value) for name in SELECTING for value in flags[name]
    ] or [("--profile", options.DEFAULT_PROFILE)]
    words += [f"{flag} {_quoted(value)}" for flag, value in given]
    if flags["matrices"]:
        words.append(f"--matrices {_quoted(str(flags['matrices']))}")
    return " ".join(words)


def _quoted(value: str) -> str:
    """Quote for a shell; double quotes do for sh, PowerShell and cmd."""
    import shlex

    if shlex.quote(value) == value:
        return value
    return shlex.quote(value) if set(value) & set('"$`\\!%') else f'"{value}"'


def _meaning(found: role_check.Check, code: int, fail_on: frozenset[str]) -> str:
    if code == 1 and not ("missing" in fail_on and found.of(*role_check.LACKING)):
        return "the role has rights in excess"
    if code == 0 and role_check.exit_code(found, frozenset(FAIL_ON) - {"excess"}):
        return "nothing of what --fail-on names"
    if code == 3 and not found.needed:
        return "no right is known for what was selected"
    return MEANINGS[code]
