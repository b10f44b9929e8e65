"""The whole program on one page: a plan goes out, a journal comes back, a report is made of it.

    matrices → catalogue ┐
    profile → selection ─┴→ plan → gate → client → observations, settings → journal
    journal → outcome → verdicts → knowledge → states of rights → findings → report → writers

Everything after the journal is pure: a report can be made again from it, and comes out the same.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__, evidence, journal
from auditor import plan as planning
from auditor.catalogue import Catalogue
from auditor.client import Client, company_info_url
from auditor.declared import Declared
from auditor.errors import JournalError
from auditor.events import Finish, Planned, Preflown, Resumed, Settings, Start
from auditor.evidence import declared_by, of_role
from auditor.followups import follow_ups
from auditor.gate import Gate
from auditor.journal import Journal, Record
from auditor.outcome import kept, outcome_of
from auditor.plan import Plan
from auditor.preflight import Preflight, postflight, preflight, require
from auditor.probe import Run
from auditor.recipes import Request
from auditor.report import EVERYDAY, Policy, assess
from auditor.roles import Role
from auditor.schema import Report
from auditor.target import API_BASE, Credentials, Target


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
    role: Role | None = None,
    resumed: Record | None = None,
    started: Callable[[Run], None] = lambda _: None,
) -> None:
    """Send the plan and leave everything in the journal at `path`.

    `role` is what a file says of the member's role: with it the PSA's own settings are not asked.
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
            settings = await _settings(client, log, catalogue, role, resumed)
            run = Run(client, log, kept(plan, resumed) if resumed else {})
            run.take_over(plan.probes)
            started(run)
            await _carry_out(plan, run, declared_by(settings, catalogue), catalogue, proof)


def report_of(path: Path, catalogue: Catalogue, policy: Policy = EVERYDAY) -> Report:
    """Make the report of a journal, offline; raises JournalError."""
    plan, outcome = outcome_of(journal.read(path), catalogue)
    return assess(plan, outcome, catalogue, policy)


def now() -> str:
    """Return the time in UTC, to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _settings(
    client: Client, log: Journal, catalogue: Catalogue, role: Role | None, resumed: Record | None
) -> tuple[Settings, ...]:
    """Return what is said of the member's role, once per run."""
    if resumed and resumed.settings:
        return resumed.settings
    if role:
        found: tuple[Settings, ...] = (of_role(role, "the role file", catalogue),)
    else:
        found = await evidence.read(client, catalogue)
    for item in found:
        log.write(item)
    return found


async def _carry_out(
    plan: Plan, run: Run, declared: Declared | None, catalogue: Catalogue, proof: Request
) -> None:
    """Send the plan: reads, then writes, then what is still needed; then confirm the sign-in."""
    confirmed: bool | None = None
    try:
        await run.send_all(plan.main())
        await run.send_all(follow_ups(plan, run.observations, catalogue, declared))
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
