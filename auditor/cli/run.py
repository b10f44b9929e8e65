"""psa-audit run: plan, send, report."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from auditor import audit, journal, role_files
from auditor import plan as planning
from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.cli import connecting, options, rendering
from auditor.errors import InputError
from auditor.plan import Plan
from auditor.probe import Run
from auditor.profiles import Selection, explore, select
from auditor.roles import Role
from auditor.target import target

SELECTING = ("profiles", "actions", "rights", "operations")


@click.command("run")
@options.connection
@options.selection
@options.sending
@rendering.flags
@options.matrices
@options.flag(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Send exactly the plan that `plan --format json` wrote.",
)
@options.flag(
    "--role",
    "role_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What the member's role is said to be (JSON, CSV, XLSX), instead of asking the PSA.",
)
@options.flag(
    "--rate",
    type=options.Finite(0),
    default=8.0,
    show_default=True,
    help="Requests per second; 0 = no limit.",
)
@options.flag(
    "--concurrency", type=click.IntRange(1, 64), default=8, show_default=True, help="Connections."
)
@options.flag(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="JOURNAL",
    help="Go on with a run that was cut off.",
)
@options.flag(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the journal and the reports go. Default: reports/COMPANY-UTCTIME/.",
)
@options.flag("--yes", is_flag=True, help="Do not ask before sending.")
def command(**flags: Any) -> None:
    """Audit an API member: which needed rights does it lack?

    Sends one harmless request per operation and writes the reports. Credentials come from
    PSA_AUDIT_PUBLIC_KEY, PSA_AUDIT_PRIVATE_KEY and PSA_AUDIT_CLIENT_ID, from --credentials FILE
    or from a prompt, never from an argument.
    """
    catalogue = options.catalogue(flags["matrices"])
    formats, fail_on = rendering.checked(flags, catalogue)
    record = site = company = None
    if flags["resume"]:
        path = _journal_path(flags["resume"])
        record = journal.read(path)
        plan = planning.from_data(record.plan)
        _check_resumed(flags, plan, record)
        site, company = record.start.site, record.start.company
    else:
        plan = chosen_plan(flags, catalogue)
    session = connecting.session(flags, site, company)
    role = role_files.load(flags["role_file"], catalogue) if flags["role_file"] else None
    _confirm(plan, session, yes=flags["yes"])
    if record is None:
        path = prepare(flags["output"] or default_output(session.target.company))
    send(plan, session, path, catalogue, record, role)
    report, files = rendering.publish(path, formats, path.parent, flags, catalogue)
    sys.exit(rendering.show(report, [*files, path], fail_on))


def chosen_plan(flags: dict[str, Any], catalogue: Catalogue) -> Plan:
    """Return the plan of `--plan`, or the one made from the selection flags."""
    if file := flags.get("plan_file"):
        if any(flags[name] for name in (*SELECTING, "find_excess")) or flags["depth"] != "action":
            raise InputError("--plan already says what is selected.", "Leave out the other flags.")
        try:
            plan = planning.loads(file.read_text(encoding="utf-8"), catalogue)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"--plan {file} cannot be read: {error}.") from error
        _check_read_only(flags, plan, "--plan")
        return plan
    chosen = chosen_selection(flags, catalogue)
    if how := flags["find_excess"]:
        chosen = explore(chosen, catalogue, writes=how == "all")
    return planning.build(chosen, catalogue, read_only=flags["read_only"], depth=flags["depth"])


def chosen_selection(flags: dict[str, Any], catalogue: Catalogue) -> Selection:
    """Return what the selection flags ask for; without any, the default profile."""
    profiles, actions, rights, operations = (flags[name] for name in SELECTING)
    if not (profiles or actions or rights or operations):
        profiles = (options.DEFAULT_PROFILE,)
    return select(catalogue, profiles, actions, rights, operations)


def prepare(directory: Path) -> Path:
    """Make the output directory and return the journal's path; raises InputError."""
    path = directory / "journal.jsonl"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"--output {directory} cannot be made: {error.strerror}.") from error
    if path.exists():
        raise InputError(
            f"{path} exists: a run has been there.", "Use --resume, or another --output."
        )
    if not os.access(directory, os.W_OK):
        raise InputError(f"--output {directory} cannot be written.")
    return path


def default_output(company: str) -> Path:
    """Return reports/COMPANY-UTCTIME."""
    return Path("reports") / f"{company}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def send(
    plan: Plan,
    session: Session,
    path: Path,
    catalogue: Catalogue,
    record: journal.Record | None = None,
    role: Role | None = None,
) -> None:
    """Run the audit with a progress bar; Ctrl-C once ends it in order, twice at once."""
    is_shown = sys.stderr.isatty()
    length = len(plan.main()) - (len(record.observations) if record else 0)

    async def main(bar: Callable[[int], None]) -> None:
        def started(run: Run) -> None:
            run.progress = bar
            _on_interrupt(run)

        await audit.audit(
            plan, session, path, catalogue, role=role, resumed=record, started=started
        )

    try:
        if is_shown:
            with click.progressbar(
                length=length, label="Probing", file=sys.stderr, width=40
            ) as bar:
                asyncio.run(main(bar.update))
        else:
            asyncio.run(main(lambda _: None))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if not path.exists():
            click.echo("Interrupted before anything was sent.", err=True)
            sys.exit(130)


def _on_interrupt(run: Run) -> None:
    task = asyncio.current_task()

    def interrupt() -> None:
        if run.is_interrupted and task:
            task.cancel()
        click.echo("\nStopping: finishing what is in flight. Ctrl-C again to stop now.", err=True)
        run.interrupt()

    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
    except NotImplementedError:  # Windows: asyncio.run cancels the task at the first Ctrl-C
        return


def _confirm(plan: Plan, session: Session, *, yes: bool) -> None:
    probes = plan.main()
    writes = sum(1 for probe in probes if not probe.reads)
    text = (
        f"Requests to {session.target.api} as a member of {session.target.company}: "
        f"{len(probes)}. Reads: {len(probes) - writes}; writes, made to fail: {writes}. Up to "
        f"{len(plan.probes) - len(probes)} more where these leave something open."
    )
    click.echo(textwrap.fill(text, 80), err=True)
    if sys.stdin.isatty() and not yes and not click.confirm("Send them?", default=True, err=True):
        raise InputError("Nothing was sent.", "`psa-audit plan` prints every request.")


def _journal_path(path: Path) -> Path:
    return path / "journal.jsonl" if path.is_dir() else path


def _check_resumed(flags: dict[str, Any], plan: Plan, record: journal.Record) -> None:
    if any(flags[name] for name in (*SELECTING, "plan_file", "role_file")):
        raise InputError("--resume goes on with the plan of the journal.",
                         "Leave out the flags that select.")  # fmt: skip
    _check_read_only(flags, plan, "--resume")
    company = flags["company"] or record.start.company
    own = target(flags["site"] or record.start.site, company)
    for name, given_value, known in (("site", own.api, record.start.site),
                                     ("company", company, record.start.company)):  # fmt: skip
        if given_value.casefold() != known.casefold():
            raise InputError(f"--{name} differs from the journal's {known}.",
                             f"Leave out --{name}.")  # fmt: skip


def _check_read_only(flags: dict[str, Any], plan: Plan, with_flag: str) -> None:
    if flags["read_only"] and not all(probe.reads for probe in plan.probes):
        raise InputError(f"{with_flag} gives a plan with writes, which --read-only forbids.",
                         "Make the plan with `psa-audit plan --read-only`.")  # fmt: skip
