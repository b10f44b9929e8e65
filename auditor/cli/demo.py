"""psa-audit demo: the whole job against the embedded simulator."""

import sys
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from auditor import manifest, profiles, samples, writers
from auditor import plan as planning
from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.cli import options, rendering
from auditor.cli.run import prepare, send
from auditor.rights import Right
from auditor.roles import Role
from auditor.schema import Report
from auditor.simulator import Settings, running
from auditor.target import Credentials, target

ROLE = "demo"
PROFILE = options.DEFAULT_PROFILE
FILES = ("journal.jsonl", manifest.NAME, *(name for _, name in writers.FORMATS.values()))


@click.command("demo")
@options.flag(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    default=Path("reports/demo"),
    show_default=True,
    help="Where the reports go.",
)
@rendering.flags
def command(output: Path, **flags: Any) -> None:
    """Run the whole job against the embedded simulator.

    A simulated PSA holds a Rewst role in which some boxes were left unticked; the audit has to
    find exactly those, and change nothing. Exit code 0 if it did.
    """
    catalogue = Catalogue()
    formats, fail_on = rendering.checked(flags, catalogue)
    role = samples.role(ROLE, catalogue)
    for name in FILES:
        (output / name).unlink(missing_ok=True)
    path = prepare(output)
    selection = profiles.select(catalogue, (PROFILE,))
    plan = planning.build(selection, catalogue)
    with running(Settings(role=role, catalogue=catalogue)) as psa:
        click.echo(f"Simulated PSA at {psa.url}, role {ROLE!r}: {len(plan.main())} requests.")
        keys = (psa.public_key, psa.private_key, psa.client_id)
        session = Session(target(psa.url, psa.company), Credentials(*map(SecretStr, keys)), rate=0)
        send(plan, session, path, catalogue)
        changes = psa.changes
    report, files = rendering.publish(path, formats, output, flags, catalogue)
    click.echo()
    rendering.show(report, [*files, path], fail_on)
    sys.exit(0 if _is_right(report, role, catalogue, changes) else 1)


def _is_right(report: Report, role: Role, catalogue: Catalogue, changes: int) -> bool:
    """Compare what was found with what the role really lacks, and say so."""
    needed = profiles.needs(profiles.select(catalogue, (PROFILE,)), catalogue)
    lacking = {need.right for need in needed if not role.has(need.right)}
    found = _in_state(report, needed, "missing")
    wrong = {right for right in _in_state(report, needed, "granted") if not role.has(right)}
    click.echo(
        f"\nThis was the demo: the exit code above is what `psa-audit run` would end with.\n"
        f"The role lacks {len(lacking)} of the needed rights: {len(found & lacking)} found.\n"
        f"Falsely accused: {len(found - lacking)}; falsely cleared: {len(wrong)}.\n"
        f"Changes in the PSA, by its own ledger: {changes}."
    )
    return found == lacking and not wrong and not changes


def _in_state(report: Report, needed: tuple[profiles.Need, ...], state: str) -> set[Right]:
    names = {right.id for right in report.rights if right.state == state}
    return {need.right for need in needed if need.right.id in names}
