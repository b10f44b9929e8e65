"""Run a plan: each probe at most once, one observation each, everything journaled."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from auditor.client import Answer, Client
from auditor.draft import Probe
from auditor.events import Intent, result
from auditor.journal import Journal
from auditor.observation import Observation, not_sent, observe
from auditor.recipes import SAMPLED, Request
from auditor.verdict import is_absence, is_refusal, judge

TRIES = 4  # times a read is sent while the PSA answers 429
RETRIED_FAILURES = {"timeout", "connect", "protocol"}  # a read is sent once more after these
STOPPED = "the run stopped before it was sent"

Stop = Literal["", "safety", "credentials", "throttled", "interrupted"]


@dataclass(slots=True)
class Run:
    """A run under way: what has been observed, and why it stopped early, if it did.

    After a safety stop reads go on and writes do not; after every other stop nothing is sent.
    """

    client: Client
    journal: Journal
    observations: dict[str, Observation] = field(default_factory=dict)
    stop: Stop = ""
    is_interrupted: bool = False
    progress: Callable[[int], None] = lambda _: None
    _answered: dict[str, asyncio.Event] = field(default_factory=dict)
    _ahead: dict[str, str] = field(default_factory=dict)

    def take_over(self, probes: Iterable[Probe]) -> None:
        """Go on where an earlier sitting ended: what was a safety stop then still is one."""
        if any(judge(probe, self.observations.get(probe.id)).stops == "safety" for probe in probes):
            self.stop = "safety"

    async def send_all(self, probes: Iterable[Probe]) -> None:
        """Send the probes that have no observation yet, with as many workers as connections.

        A probe waits for its guard or sample, and a write for the one that goes ahead of it: they
        stand before it in the plan.
        """
        open_probes = [probe for probe in probes if probe.id not in self.observations]
        self._answered = {probe.id: asyncio.Event() for probe in open_probes}
        self._ahead = _ahead(open_probes)
        queue = iter(open_probes)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.client.workers):
                    group.create_task(self._work(queue))
        except BaseExceptionGroup as failures:
            raise _first(failures) from failures
        await self.journal.sync()

    def interrupt(self) -> None:
        """Finish what is in flight, then send nothing more."""
        self.is_interrupted = True
        self.client.limiter.release()
        self.stop = self.stop or "interrupted"

    async def _work(self, queue: Iterator[Probe]) -> None:
        for probe in queue:
            if self._may_send(probe):
                self._keep(probe, await self._observe(probe))
                self.progress(1)
            self._answered[probe.id].set()

    def _may_send(self, probe: Probe) -> bool:
        if self.is_interrupted or self.stop not in {"", "safety"}:
            return False
        return not self.stop or probe.reads

    async def _observe(self, probe: Probe) -> Observation:
        for earlier in (probe.guard, probe.sample, self._ahead.get(probe.id, "")):
            if earlier in self._answered:
                await self._answered[earlier].wait()
        request = self._ready(probe)
        if isinstance(request, str):
            return not_sent(probe.id, request)
        if not self._may_send(probe):
            return not_sent(probe.id, STOPPED)
        self.journal.write(Intent(probe=probe.id))
        await self.journal.sync()
        answer, attempts = await self._exchange(request, probe)
        if answer.failure == "held":
            return not_sent(probe.id, STOPPED)
        return observe(probe.id, answer, attempts)

    def _keep(self, probe: Probe, seen: Observation) -> None:
        self.observations[probe.id] = seen
        self.journal.write(result(seen))
        stops = judge(probe, seen).stops
        if stops == "safety" or (stops and not self.stop):
            self.stop = stops
        elif self.client.limiter.gave_up and not self.stop:
            self.stop = "throttled"

    def _ready(self, probe: Probe) -> Request | str:
        """Return the request to send now, or why it must not be sent."""
        if probe.guard:
            guard = self.observations.get(probe.guard)
            if guard and guard.status and 200 <= guard.status < 300:
                return "the record it addresses exists: a read of it succeeded"
            if guard is None or not (is_absence(guard) or is_refusal(guard)):
                return "nothing showed beforehand that the addressed record is absent"
        if not probe.sample:
            return probe.request
        sample = self.observations.get(probe.sample)
        if sample is None or sample.first_id is None:
            return "no parent record was found to ask under"
        path = probe.request.path.replace(SAMPLED, str(sample.first_id))
        return replace(probe.request, path=path)

    async def _exchange(self, request: Request, probe: Probe) -> tuple[Answer, int]:
        """Send once; a read again after a 429, and once more after a failed connection."""
        answer = await self.client.send(request, still=lambda: self._may_send(probe))
        attempts = 1
        while probe.reads and attempts < TRIES and not self.client.limiter.gave_up:
            is_passing = answer.failure in RETRIED_FAILURES and attempts == 1
            if not (answer.status == 429 or is_passing):
                break
            again = await self.client.send(request, still=lambda: self._may_send(probe))
            if again.failure == "held":
                break
            answer, attempts = again, attempts + 1
        return answer, attempts


def _ahead(probes: Iterable[Probe]) -> dict[str, str]:
    """Map each write to the one that must be answered before it: the first of its method.

    The first of a method waits for the first of the method before: should a PSA misbehave, it is
    found with one write under way and not with as many as there are workers.
    """
    firsts: dict[str, str] = {}
    found: dict[str, str] = {}
    for probe in probes:
        if probe.reads:
            continue
        if probe.request.method in firsts:
            found[probe.id] = firsts[probe.request.method]
        else:
            if firsts:
                found[probe.id] = list(firsts.values())[-1]
            firsts[probe.request.method] = probe.id
    return found


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first failure of a group of workers: they mostly fail for the same reason."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
