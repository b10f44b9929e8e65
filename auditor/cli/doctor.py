"""psa-audit doctor: check the prerequisites, one by one."""

import asyncio
import sys
from typing import Any

import click

from auditor.audit import Session
from auditor.cli import options
from auditor.preflight import Check, examine
from auditor.target import target
from auditor.writers import terminal


@click.command("doctor")
@options.connection
def command(**flags: Any) -> None:
    """Check host, company, client id, credentials, clock and what this member can read.

    Says for each what was sent, what came back, what it means and what to do.
    """
    site = options.required(flags["site"], "site")
    company = options.required(flags["company"], "company")
    session = Session(
        target(site, company),
        options.credentials(flags["credentials"]),
        timeout=flags["timeout"],
        ca_bundle=flags["ca_bundle"],
        env_proxy=flags["use_env_proxy"],
    )
    checks = asyncio.run(_examine(session))
    for check in checks:
        mark = "ok " if check.is_ok else "FAIL"
        click.echo(terminal.plain(f"{mark} {check.name}: {check.meaning}"))
        click.echo(terminal.plain(f"     sent {check.sent}; came back: {check.came_back}"))
        if check.remedy:
            click.echo(terminal.plain(f"     do: {check.remedy}"))
    sys.exit(0 if all(check.is_ok for check in checks) else 4)


async def _examine(session: Session) -> tuple[Check, ...]:
    async with session.client() as client:
        return await examine(client)
