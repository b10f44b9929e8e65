"""psa-audit doctor: check the prerequisites, one by one."""

import asyncio
import sys
import textwrap
from typing import Any

import click

from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.cli import connecting, options
from auditor.doctor import examine
from auditor.preflight import Check
from auditor.writers import terminal


@click.command("doctor")
@options.connection
def command(**flags: Any) -> None:
    """Check host, company, client id, credentials, clock and what this member can read.

    Says for each what was sent, what came back, what it means and what to do.
    """
    session = connecting.session(flags)
    checks = asyncio.run(_examine(session))
    for check in checks:
        click.echo(terminal.plain(_shown(check)))
    sys.exit(0 if all(check.is_ok for check in checks) else 4)


def _shown(check: Check) -> str:
    """Return a check as lines that fit 80 columns."""
    mark = "ok  " if check.is_ok else "FAIL"
    lines = [(f"{mark} ", f"{check.name}: {check.meaning}")]
    lines += [("     ", f"sent {check.sent}; came back: {check.came_back}")]
    lines += [("     ", f"do: {check.remedy}")] if check.remedy else []
    return "\n".join(
        textwrap.fill(text, 80, initial_indent=first, subsequent_indent="       ",
                      break_on_hyphens=False)
        for first, text in lines
    )  # fmt: skip


async def _examine(session: Session) -> tuple[Check, ...]:
    async with session.client() as client:
        return await examine(client, Catalogue())
