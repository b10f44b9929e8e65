"""The whole program on one page: a plan goes out, a journal comes back, a report is made of it.

    matrices → catalogue ┐
    profile → selection ─┴→ plan → gate → client → observations → journal
    journal → verdicts → knowledge → states of rights → findings → report → writers

Everything after the journal is pure: a report can be made again from it, and comes out the same.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__, journal
from auditor import plan as planning
from auditor.catalogue import Catalogue
from auditor.client import Client, company_info_url
from auditor.errors import JournalError
from auditor.gate import Gate
from auditor.inference import learn
from auditor.journal import Journal, Record
from auditor.observation import Observation
from auditor.plan import Plan, Probe
from auditor.preflight import Preflight, postflight, preflight, require
from auditor.probe import Run
from auditor.report import Outcome, assess
from auditor.schema import Report
from auditor.target import API_BASE, Credentials, Target
from auditor.verdict import judge


@dataclass(frozen=True, slots=True)
class Session:
    """How to talk to the PSA; `rate` in requests per second (0 = no limit), times in seconds."""

    target: Target
    credentials: Credentials
    rate: float = 8.0
    workers: int = 8
    timeout: float = 30.0
    ca_bundle: str | None = None
    env_proxy: bool = False

    def client(self, plan: Plan | None = None) -> Client:
        """Return a client that can send nothing but the plan and the preflight."""
        gate = Gate(self.target.api, API_BASE, company_info_url(self.target), plan)
        return Client(
            self.target,
            self.credentials,
            gate,
            rate=self.rate,
            workers=self.workers,
            timeout=self.timeout,
            ca_bundle=self.ca_bundle,
            env_proxy=self.env_proxy,
        )


async def audit(
    plan: Plan,
    session: Session,
    path: Path,
    catalogue: Catalogue,
    *,
    resumed: Record | None = None,
    started: Callable[[Run], None] = lambda _: None,
) -> None:
    """Send the plan and leave everything in the journal at `path`.

    `resumed` is the journal's record when an earlier run is continued. `started` is called with
    the run before the first probe. Raises ConnectError before anything is written or probed.
    """
    async with session.client(plan) as client:
        found = await preflight(client)
        require(found)
        with _journal(path, resumed) as log:
            if resumed:
                log.write("resume", time=now())
            else:
                _begin(log, plan, session.target, found)
            seen = _seen(plan, resumed)
            run = Run(client, log, {name: found for name, found in seen.items() if found.attempts})
            if any(
                judge(probe, run.observations.get(probe.id)).stops == "safety"
                for probe in plan.probes
            ):
                run.stop = "safety"
            started(run)
            await _carry_out(plan, run, catalogue)


def report_of(path: Path, catalogue: Catalogue) -> Report:
    """Make the report of a journal, offline; raises JournalError."""
    plan, outcome = outcome_of(journal.read(path))
    return assess(plan, outcome, catalogue)


def follow_ups(
    plan: Plan, observations: Mapping[str, Observation], catalogue: Catalogue
) -> tuple[Probe, ...]:
    """Return the further reads for lists that nothing has decided: first samples, then children."""
    judged = learn(plan, observations, catalogue).judgements
    planned = [probe for probe in plan.probes if probe.followup]

    def is_open(probe: Probe) -> bool:
        found = (judged.get(operation) for operation in probe.operations)
        return any(item and item.verdict.outcome == "undecided" for item in found)

    children = [probe for probe in planned if probe.sample and is_open(probe)]
    wanted = {probe.sample for probe in children}
    samples = [probe for probe in planned if not probe.sample]
    return (*(probe for probe in samples if probe.id in wanted or is_open(probe)), *children)


def outcome_of(record: Record) -> tuple[Plan, Outcome]:
    """Return the plan and outcome of a journal; a write in flight is in doubt, never repeated."""
    plan = planning.from_data(record.plan)
    seen = _seen(plan, record)
    finish = record.finish or {"stopped": "unfinished", "confirmed": False}
    proofs = [found.order for found in seen.values() if found.status in {200, 403}]
    outcome = Outcome(
        record.start["site"],
        record.start["company"],
        record.preflight.get("api_version", ""),
        record.start["time"],
        record.last_time,
        finish["stopped"],
        seen,
        None if finish["confirmed"] else max(proofs, default=-1),
    )
    return plan, outcome


def now() -> str:
    """Return the time in UTC, to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _carry_out(plan: Plan, run: Run, catalogue: Catalogue) -> None:
    """Send the plan: reads, then writes, then what is still needed; then confirm the sign-in."""
    confirmed = False
    try:
        await run.send_all(plan.main())
        await run.send_all(follow_ups(plan, run.observations, catalogue))
        confirmed = run.stop != "credentials" and await postflight(run.client)
    except asyncio.CancelledError:
        run.interrupt()
        raise
    finally:
        run.journal.write("finish", time=now(), stopped=run.stop, confirmed=confirmed)


def _begin(log: Journal, plan: Plan, target: Target, found: Preflight) -> None:
    log.write(
        "start",
        schema=journal.SCHEMA,
        tool=__version__,
        site=target.api,
        company=target.company,
        time=now(),
    )
    log.write("plan", plan=planning.data(plan))
    log.write("preflight", api_version=found.api_version)


def _journal(path: Path, resumed: Record | None) -> Journal:
    if resumed is None:
        return Journal(path)
    if resumed.finish and not resumed.finish["stopped"]:
        raise JournalError(f"{path} is of a finished run.", "Start a new run, or report it again.")
    return Journal(path, chain=resumed.chain, keep=resumed.size)


def _seen(plan: Plan, record: Record | None) -> dict[str, Observation]:
    """Return what a journal holds; a write that was in flight is in doubt."""
    if record is None:
        return {}
    seen = dict(record.observations)
    reads = {probe.id for probe in plan.probes if probe.reads}
    for name in record.in_flight:
        if name not in reads:
            seen[name] = Observation(name, len(seen), failure="in_doubt")
    return seen
