"""psa-audit simulate: serve a PSA that enforces any role."""

import signal
import sys
from pathlib import Path
from typing import Any

import click

from auditor import samples
from auditor.cli import options
from auditor.simulator import ORDERS, Running, Settings, serve


@click.command("simulate")
@options.flag(
    "--role",
    default="demo",
    show_default=True,
    metavar="FILE|NAME",
    help="Role file (CSV, JSON), none, admin, demo or a profile's name.",
)
@options.flag(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on 127.0.0.1; 0 chooses a free one.",
)
@options.flag(
    "--order",
    type=click.Choice(ORDERS),
    default="security-first",
    show_default=True,
    help="The order in which requests are checked.",
)
@options.flag("--seed", type=int, default=1, show_default=True, help="Draws records and orders.")
@options.flag(
    "--latency",
    type=options.Finite(0, 60),
    default=0.0,
    show_default=True,
    help="Seconds before each answer.",
)
@options.flag(
    "--rate-limit", type=click.IntRange(1), metavar="PER_MINUTE", help="Answer 429 above this."
)
@options.flag("--no-my-security", is_flag=True, help="Refuse /system/mySecurity.")
@options.matrices
def command(role: str, port: int, matrices: Path | None, **flags: Any) -> None:
    """Serve a ConnectWise PSA that enforces a security role, until Ctrl-C.

    Prints its address and keys. Nothing outside this machine can reach it.
    """
    catalogue = options.catalogue(matrices)
    settings = Settings(
        role=samples.role(role, catalogue),
        catalogue=catalogue,
        order=flags["order"],
        seed=flags["seed"],
        latency=flags["latency"],
        rate_limit=flags["rate_limit"],
        my_security=not flags["no_my_security"],
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    serve(settings, port, _announce)


def _announce(psa: Running) -> None:
    """Print what a shell needs to talk to the simulator, ready to be copied."""
    settings = {
        "PSA_AUDIT_SITE": psa.url,
        "PSA_AUDIT_COMPANY": psa.company,
        "PSA_AUDIT_PUBLIC_KEY": psa.public_key,
        "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
        "PSA_AUDIT_CLIENT_ID": psa.client_id,
    }
    click.echo(f"Role {psa.settings.role.name!r} at {psa.url}; in another terminal:\n")
    click.echo("\n".join(f"export {name}={value}" for name, value in settings.items()))
    click.echo(f"psa-audit run\n\nWhat has changed: {psa.url}/_simulator/ledger. Ctrl-C ends.")
    sys.stdout.flush()
