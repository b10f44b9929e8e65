"""A journal's record → what a report may believe of it, and what a resumed run need not repeat."""

from collections.abc import Mapping
from dataclasses import dataclass

from auditor import plan as planning
from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.events import Settings
from auditor.evidence import declared_by
from auditor.journal import Record
from auditor.observation import Observation
from auditor.plan import Plan
from auditor.verdict import is_answered, is_refusal, judge


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves for the report: where, when, what was seen, why it stopped.

    Not-found answers of the `doubted` probes are not believed.
    """

    site: str
    company: str
    api_version: str
    started: str
    finished: str
    stopped: str
    observations: Mapping[str, Observation]
    doubted: frozenset[str] = frozenset()
    settings: tuple[Settings, ...] = ()
    declared: Declared | None = None


def outcome_of(record: Record, catalogue: Catalogue) -> tuple[Plan, Outcome]:
    """Return the plan and outcome of a journal; a write in flight is in doubt, never repeated."""
    plan = planning.from_data(record.plan)
    planning.check_names(plan, catalogue)
    seen = {**record.observations, **in_doubt(plan, record)}
    outcome = Outcome(
        record.start.site,
        record.start.company,
        record.api_version,
        record.start.time,
        record.last_time,
        _ending(plan, record, seen),
        seen,
        _doubted(plan, record),
        record.settings,
        declared_by(record.settings, catalogue),
    )
    return plan, outcome


def in_doubt(plan: Plan, record: Record) -> dict[str, Observation]:
    """Return what became of the writes that were in flight at the end: nobody knows."""
    writes = {probe.id for probe in plan.probes if not probe.reads}
    return {
        name: Observation(name, failure="in_doubt") for name in record.in_flight if name in writes
    }


def kept(plan: Plan, record: Record) -> dict[str, Observation]:
    """Return what a resumed run need not send again; a read that is doubted is asked anew."""
    writes = {probe.id for probe in plan.probes if not probe.reads}
    anew = _doubted(plan, record, goes_on=True) - writes
    kept = {
        name: found
        for name, found in record.observations.items()
        if found.attempts and name not in anew
    }
    return kept | in_doubt(plan, record)


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
