"""The whole program on one page: a plan goes out, a journal comes back, a report is made of it.

    matrices → catalogue ┐
    profile → selection ─┴→ plan → gate → client → observations → journal
    journal → verdicts → knowledge → states of rights → findings → report → writers

Everything after the journal is pure: a report can be made again from it, and comes out the same.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__, journal
from auditor import plan as planning
from auditor.catalogue import Catalogue
from auditor.client import Client, company_info_url
from auditor.errors import JournalError
from auditor.events import Finish, Planned, Preflown, Resumed, Start
from auditor.gate import Gate
from auditor.inference import learn
from auditor.journal import Journal, Record
from auditor.observation import Observation
from auditor.plan import Plan, Probe
from auditor.preflight import Preflight, postflight, preflight, require
from auditor.probe import Run
from auditor.recipes import Request
from auditor.report import Outcome, assess
from auditor.schema import Report
from auditor.target import API_BASE, Credentials, Target
from auditor.verdict import is_answered, is_refusal, judge


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
    the run before the first probe. Raises ConnectError before anything is written or probed, and
    JournalError when the journal cannot be kept.
    """
    if resumed:
        _check_resumed(plan, session, resumed, catalogue)
    async with session.client(plan) as client:
        found = await preflight(client)
        proof = require(found)
        with Journal(path, resumed) as log:
            if resumed:
                log.write(Resumed(time=now()))
            else:
                _begin(log, plan, session, found)
            run = Run(client, log, _kept(plan, resumed) if resumed else {})
            if any(
                judge(probe, run.observations.get(probe.id)).stops == "safety"
                for probe in plan.probes
            ):
                run.stop = "safety"
            started(run)
            await _carry_out(plan, run, catalogue, proof)


def report_of(path: Path, catalogue: Catalogue) -> Report:
    """Make the report of a journal, offline; raises JournalError."""
    plan, outcome = outcome_of(journal.read(path))
    planning.check_names(plan, catalogue)
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
    seen = {**record.observations, **_in_doubt(plan, record)}
    outcome = Outcome(
        record.start.site,
        record.start.company,
        record.api_version,
        record.start.time,
        record.last_time,
        _ending(plan, record, seen),
        seen,
        _doubted(plan, record),
    )
    return plan, outcome


def now() -> str:
    """Return the time in UTC, to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _carry_out(plan: Plan, run: Run, catalogue: Catalogue, proof: Request) -> None:
    """Send the plan: reads, then writes, then what is still needed; then confirm the sign-in."""
    confirmed: bool | None = None
    try:
        await run.send_all(plan.main())
        await run.send_all(follow_ups(plan, run.observations, catalogue))
        if run.stop != "throttled":
            confirmed = run.stop != "credentials" and await postflight(run.client, proof)
    except asyncio.CancelledError:
        run.interrupt()
        raise
    finally:
        run.journal.write(Finish(time=now(), stopped=run.stop, confirmed=confirmed))


def _begin(log: Journal, plan: Plan, session: Session, found: Preflight) -> None:
    target = session.target
    log.write(
        Start(
            tool=__version__,
            site=target.api,
            company=target.company,
            time=now(),
            member=fingerprint(session),
        )
    )
    log.write(Planned(plan=planning.data(plan)))
    log.write(Preflown(api_version=found.api_version))


def fingerprint(session: Session, salt: str = "") -> str:
    """Return `salt:hash` of company and public key: tells members apart and gives neither away."""
    salt = salt or secrets.token_hex(8)
    public = session.credentials.public_key.get_secret_value()
    text = f"{salt}:{session.target.company.casefold()}+{public}"
    return f"{salt}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _check_resumed(plan: Plan, session: Session, record: Record, catalogue: Catalogue) -> None:
    """Refuse to go on with a finished run, as another member, or with what we would not plan."""
    anew = "Start a new run, or report this one again."
    if record.finish and not record.finish.stopped:
        raise JournalError("This run is finished.", anew)
    if plan.matrices != catalogue.digest:
        raise JournalError("The matrices have changed since this run began.", anew)
    planning.check_own(plan, catalogue)
    salt = record.start.member.partition(":")[0]
    if record.start.member != fingerprint(session, salt):
        raise JournalError("This run began with the keys of another API member.", anew)


def _in_doubt(plan: Plan, record: Record) -> dict[str, Observation]:
    """Return what became of the writes that were in flight at the end: nobody knows."""
    writes = {probe.id for probe in plan.probes if not probe.reads}
    return {
        name: Observation(name, failure="in_doubt") for name in record.in_flight if name in writes
    }


def _kept(plan: Plan, record: Record) -> dict[str, Observation]:
    """Return what a resumed run need not send again; a read that is doubted is asked anew."""
    writes = {probe.id for probe in plan.probes if not probe.reads}
    anew = _doubted(plan, record, goes_on=True) - writes
    kept = {
        name: found
        for name, found in record.observations.items()
        if found.attempts and name not in anew
    }
    return kept | _in_doubt(plan, record)


def _doubted(plan: Plan, record: Record, *, goes_on: bool = False) -> frozenset[str]:
    """Return the probes that may have been answered to credentials no longer accepted.

    That is all that came after the last proof of a sitting whose end could not confirm the
    sign-in, or that was cut off: then the next sitting's own sign-in confirms it.
    """
    probes = {probe.id: probe for probe in plan.probes}
    doubted: set[str] = set()
    for sitting in record.sittings:
        names = [seen.probe for seen in sitting.observations]
        doubted -= set(names)
        confirmed = sitting.finish.confirmed if sitting.finish else None
        if confirmed or (confirmed is None and (goes_on or sitting is not record.sittings[-1])):
            continue
        proofs = [
            place
            for place, seen in enumerate(sitting.observations)
            if is_refusal(seen)
            or ((probe := probes.get(seen.probe)) is not None and is_answered(probe, seen))
        ]
        doubted |= set(names[max(proofs, default=-1) + 1 :])
    return frozenset(doubted)


def _ending(plan: Plan, record: Record, seen: Mapping[str, Observation]) -> str:
    """Return why the run stopped; what was ever a safety stop stays one."""
    if any(judge(probe, seen.get(probe.id)).stops == "safety" for probe in plan.probes):
        return "safety"
    return record.finish.stopped if record.finish else "unfinished"
