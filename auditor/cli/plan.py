"""psa-audit plan: print every request a run would send."""

import csv
import io
import json
import shutil
from typing import Any

import click
from tabulate import tabulate

from auditor import plan as planning
from auditor.cli import options
from auditor.cli.run import chosen_plan
from auditor.draft import Probe
from auditor.gate import EVIDENCE, PREFLIGHT
from auditor.plan import Plan
from auditor.recipes import SAMPLED
from auditor.writers import terminal

COLUMNS = ("id", "sent", "method", "path", "query", "body", "harmless", "guard", "operations")


@click.command("plan")
@options.selection
@options.sending
@options.matrices
@options.flag(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="json can be given to `run --plan`.",
)
def command(form: str, **flags: Any) -> None:
    """Print every request a run would send, without sending any.

    Nothing outside this list can leave the program: a gate below the HTTP client holds it.
    """
    catalogue = options.catalogue(flags["matrices"])
    plan = chosen_plan(flags, catalogue)
    match form:
        case "json":
            click.echo(json.dumps(planning.data(plan), indent=2))
        case "csv":
            click.echo(_csv(plan), nl=False)
        case _:
            click.echo(_table(plan))


def _csv(plan: Plan) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for probe in plan.probes:
        request = probe.request
        writer.writerow((
            probe.id, "if needed" if probe.followup else "yes", request.method, request.path,
            request.query, request.body, probe.harmless, probe.guard, "; ".join(probe.operations),
        ))  # fmt: skip
    for operation, reason in plan.skipped.items():
        writer.writerow(("", "no", "", "", "", "", reason, "", operation))
    return out.getvalue()


def _table(plan: Plan) -> str:
    width = max(80, shutil.get_terminal_size().columns)
    main = plan.main()
    writes = sum(1 for probe in main if not probe.reads)
    wide = [5, (width - 12) * 3 // 5, (width - 12) * 2 // 5]
    extra = [probe for probe in plan.probes if probe.followup]
    first = [request.line for request in PREFLIGHT]
    settings = [request.line.replace(SAMPLED, "{own role}") for request in EVIDENCE]
    parts = [
        (
            f"Requests: {len(main)}. Reads: {len(main) - writes}; then writes, made to fail: "
            f"{writes}. Plan {plan.hash[:12]}.{saved(plan)}"
        ),
        "\n  ".join(["First, to prove the sign-in, each also without credentials:", *first]),
        "\n  ".join(["Then, unless --role is given, what the member's settings say:", *settings]),
        tabulate(
            [(probe.id, _sent(probe), probe.harmless) for probe in main],
            headers=("Id", "Request", "Why it changes nothing"), maxcolwidths=wide,
        ),
    ]  # fmt: skip
    if extra:
        rows = [(probe.id, _sent(probe), probe.harmless) for probe in extra]
        table = tabulate(rows, headers=("Id", "Request", "Why it changes nothing"),
                         maxcolwidths=wide)  # fmt: skip
        parts.append(f"Only where the reads above decide nothing:\n\n{table}")
    if plan.skipped:
        table = tabulate(list(plan.skipped.items()), headers=("Not sent", "Because"),
                         maxcolwidths=wide[1:])  # fmt: skip
        parts.append(table)
    return terminal.plain("\n\n".join(parts))


def saved(plan: Plan) -> str:
    """Say how many requests `--depth right` spares; empty at the other depth."""
    if plan.depth != "right":
        return ""
    spared = sum(1 for probe in plan.probes if probe.stage == "reserve")
    return f"\n--depth right keeps {spared} more in reserve, for rights that stay open."


def _sent(probe: Probe) -> str:
    body = probe.request.body
    shown = body if len(body) <= 60 else f"{body[:57]}..."
    return f"{probe.request.line} {shown}".strip()
