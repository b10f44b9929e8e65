"""psa-audit explain: a call failed with 403; which box of the role is it?"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from auditor.called import spelled_out
from auditor.calls import Call, Kind
from auditor.cases import Cases, explain_all, explain_calls
from auditor.catalogue import Catalogue
from auditor.cli import calls, options
from auditor.errors import InputError
from auditor.explain import Standings, unknown
from auditor.published_roles import roles_with
from auditor.usage import Usage, usage
from auditor.writers.explained import MOST_BLOCKS, Shown

SOURCES: dict[str, Kind] = {"curl": "curl", "har": "har", "api_log": "api-log", "text": "text"}
_file = click.Path(path_type=Path)


@click.command("explain")
@click.argument("call", metavar="[CALL]", required=False)
@options.flag("--curl", metavar="FILE", help="A cURL command.")
@options.flag("--har", metavar="FILE", help="A recording of a browser or proxy.")
@options.flag("--api-log", metavar="FILE", help="The API log of the member: CSV, XLSX or JSON.")
@options.flag("--text", metavar="FILE", help="Any text with calls in it, such as an error mail.")
@calls.columns
@options.flag(
    "--role",
    "role_file",
    type=_file,
    metavar="FILE",
    help="What the member's role is said to be (JSON, CSV, XLSX).",
)
@options.flag(
    "--journal",
    "run",
    type=_file,
    metavar="RUN",
    help="An earlier run: what it proved is crossed out.",
)
@options.connection
@options.flag(
    "--confirm", is_flag=True, help="Send the one harmless request that decides, to --site."
)
@options.flag(
    "--output",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where --confirm leaves its journal. Default: nowhere.",
)
@options.flag("--yes", is_flag=True, help="Do not ask before sending.")
@options.matrices
@options.flag(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:  # fmt: skip
    """Say which right a refused call lacks, or why it is no right at all.

    CALL is such as "PATCH /service/tickets/42", with the answer behind it if it is at hand. Give
    one of CALL, --curl, --har, --api-log and --text; - reads the standard input.

    Nothing is sent unless --site stands in the command or --confirm is given: then the member's
    own settings are read. Exit codes: 0 explained, 3 something could not be explained or read,
    2 usage, 4 no connection, 5 a request of --confirm that had to fail succeeded.
    """
    catalogue = options.catalogue(flags["matrices"])
    found = _gathered(flags, catalogue)
    site = ctx.get_parameter_source("site") is ParameterSource.COMMANDLINE
    standings, remarks, code = _evidence(found, flags, catalogue, is_live=site)
    cases = _explained(found, standings)
    shown = Shown(_roles(cases, catalogue, flags["form"]), remarks)
    click.echo(_rendered(cases, shown, flags["form"]))
    sys.exit(code or (0 if cases.is_complete else 3))


def _gathered(flags: dict[str, Any], catalogue: Catalogue) -> Usage:
    """Read the one source that was given; a call without a method stands for all its methods."""
    given = [name for name in ("call", *SOURCES) if flags[name]]
    if len(given) != 1:
        raise InputError(
            "Give one call, or one file of calls." if given else "No call is given.",
            'Such as: psa-audit explain "PATCH /service/tickets/42", or --api-log FILE.',
        )
    name = given[0]
    if name == "call":
        found = calls.gather(flags["call"], _kind(flags["call"]), catalogue, ())
    else:
        found = calls.gather(calls.place(flags[name]), SOURCES[name], catalogue, flags["given"])
    alone = [group.call for group in found.groups.values()]
    if found.span.count == 1 and len(alone) == 1 and not alone[0].method:
        return usage(_variants(alone[0], catalogue), catalogue)
    return found


def _kind(call: str) -> Kind:
    """Tell how CALL is to be read: what is pasted with line ends in it is a text."""
    return "auto" if call == "-" else "text" if "\n" in call.strip() else "call"


def _variants(call: Call, catalogue: Catalogue) -> list[Call]:
    found = [replace(call, method=method) for method in spelled_out(call, catalogue)]
    return found or [call]


def _explained(found: Usage, standings: Standings) -> Cases:
    is_one = len({group.call.path for group in found.groups.values()}) == 1 == len(found.groups)
    return explain_calls(found, standings) if is_one else explain_all(found, standings)


def _evidence(
    found: Usage, flags: dict[str, Any], catalogue: Catalogue, *, is_live: bool
) -> tuple[Standings, tuple[str, ...], int]:
    """Return how rights stand by all the evidence, what to say of it, and an exit code."""
    if not (flags["role_file"] or flags["run"] or flags["confirm"] or is_live):
        return unknown, (), 0
    from auditor.cli import explain_evidence

    return explain_evidence.standings(found, flags, catalogue, is_live=is_live)


def _roles(cases: Cases, catalogue: Catalogue, form: str) -> dict[str, tuple[str, ...]]:
    """Return the published roles with an operation, of as many cases as are shown in full."""
    found = {}
    for case in cases.cases if form == "json" else cases.cases[: 4 * MOST_BLOCKS]:
        if (operation := case.explanation.operation) and case.explanation.blames_role:
            found[operation.id] = roles_with(operation, catalogue)
    return found


def _rendered(cases: Cases, shown: Shown, form: str) -> str:
    if form == "json":
        from auditor.writers import explained_json

        return json.dumps(explained_json.data(cases, shown), indent=2)
    from auditor.writers import explained

    return explained.render(cases, shown)
