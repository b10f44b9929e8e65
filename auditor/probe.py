"""Run a plan: each probe at most once, one observation each, everything journaled."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from auditor.client import Answer, Client
from auditor.journal import Journal, observation_data
from auditor.observation import Observation, not_sent, observe
from auditor.plan import Probe
from auditor.recipes import SAMPLED, Request
from auditor.verdict import judge

TRIES = 4  # times a read is sent while the PSA answers 429
RETRIED_FAILURES = {"timeout", "connect", "protocol"}  # a read is sent once more after these

Stop = Literal["", "credentials", "safety", "interrupted"]


@dataclass(slots=True)
class Run:
    """A run under way: what has been observed, and why it stopped early, if it did."""

    client: Client
    journal: Journal
    observations: dict[str, Observation] = field(default_factory=dict)
    stop: Stop = ""
    progress: Callable[[int], None] = lambda _: None
    _answered: dict[str, asyncio.Event] = field(default_factory=dict)

    async def send_all(self, probes: Iterable[Probe]) -> None:
        """Send the probes that have no observation yet, with as many workers as connections.

        A probe waits for its guard or sample, which stands before it in the plan.
        """
        open_probes = [probe for probe in probes if probe.id not in self.observations]
        self._answered = {probe.id: asyncio.Event() for probe in open_probes}
        queue = iter(open_probes)
        async with asyncio.TaskGroup() as group:
            for _ in range(self.client.workers):
                group.create_task(self._work(queue))
        await self.journal.sync()

    def interrupt(self) -> None:
        """Finish what is in flight, then send nothing more."""
        self.stop = self.stop or "interrupted"

    async def _work(self, queue: Iterator[Probe]) -> None:
        for probe in queue:
            if self.stop and not (self.stop == "safety" and probe.reads):
                return
            self._keep(probe, await self._observe(probe))
            self._answered[probe.id].set()
            self.progress(1)

    async def _observe(self, probe: Probe) -> Observation:
        for earlier in (probe.guard, probe.sample):
            if earlier in self._answered:
                await self._answered[earlier].wait()
        request = self._ready(probe)
        if isinstance(request, str):
            return not_sent(probe.id, request)
        self.journal.write("intent", probe=probe.id)
        await self.journal.sync()
        if self.stop and not probe.reads:
            return not_sent(probe.id, f"the run stopped ({self.stop}) before it was sent")
        answer, attempts = await self._exchange(request, probe)
        return observe(probe.id, len(self.observations), answer, attempts)

    def _keep(self, probe: Probe, seen: Observation) -> None:
        seen = replace(seen, order=len(self.observations))
        self.observations[probe.id] = seen
        self.journal.write("result", result=observation_data(seen))
        if stops := judge(probe, seen).stops:
            self.stop = stops

    def _ready(self, probe: Probe) -> Request | str:
        """Return the request to send now, or why it must not be sent."""
        if probe.guard:
            guard = self.observations.get(probe.guard)
            if guard is None or guard.status is None or guard.status in {429, *range(500, 600)}:
                return "nothing showed beforehand that the addressed record is absent"
            if 200 <= guard.status < 300:
                return "the record it addresses exists: a read of it succeeded"
        if not probe.sample:
            return probe.request
        sample = self.observations.get(probe.sample)
        if sample is None or sample.first_id is None:
            return "no parent record was found to ask under"
        path = probe.request.path.replace(SAMPLED, str(sample.first_id))
        return replace(probe.request, path=path)

    async def _exchange(self, request: Request, probe: Probe) -> tuple[Answer, int]:
        """Send once; a read again after a 429, and once more after a failed connection."""
        for attempt in range(1, TRIES + 1):
            answer = await self.client.send(request)
            is_last = attempt == TRIES or not probe.reads
            is_passing = answer.failure in RETRIED_FAILURES and attempt == 1
            if is_last or not (answer.status == 429 or is_passing):
                return answer, attempt
        raise AssertionError("the last attempt returns")
