"""One pace for all workers of a tenant: its budget belongs to its live integrations."""

import asyncio

LONGEST_WAIT = 120.0  # seconds; a PSA that asks for a longer pause is not waited for
RECOVER_AFTER = 20  # answers without a 429 before the pace is raised again
CAUTIOUS_RATE = 8.0  # requests per second once an unlimited run has met its first 429


class Limiter:
    """Spaces requests evenly at `rate` per second (0 = no limit).

    A 429 halves the rate and holds every worker for as long as the server asks; after
    `RECOVER_AFTER` good answers the rate grows by a quarter until it is back. `gave_up` tells
    that the server asked for more than `LONGEST_WAIT`.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.gave_up = False
        self._full = rate
        self._next = 0.0
        self._held_until = 0.0
        self._good = 0
        self._released = asyncio.Event()

    async def wait(self) -> None:
        """Return when the next request may be sent; who was held takes a new place in the line."""
        clock = asyncio.get_running_loop().time
        while True:
            start = max(clock(), self._next, self._held_until)
            if self.rate:
                self._next = start + 1 / self.rate
            await self._pause(start - clock())
            if start >= self._held_until or self._released.is_set():
                return

    def release(self) -> None:
        """Let everybody go at once: nothing more is to be sent."""
        self._released.set()

    def throttled(self, retry_after: float) -> None:
        """Take in a 429 that asks to wait `retry_after` seconds."""
        if retry_after > LONGEST_WAIT:
            self.gave_up = True
            self.release()
            return
        until = asyncio.get_running_loop().time() + retry_after
        if until <= self._held_until:
            return  # an answer to a request sent before the last 429 was known
        self._held_until = self._next = until
        self._good = 0
        self.rate = self.rate / 2 if self.rate else CAUTIOUS_RATE
        self._full = self._full or CAUTIOUS_RATE

    async def _pause(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
        except TimeoutError:
            return

    def answered(self) -> None:
        """Take in an answer that was not a 429."""
        self._good += 1
        if self._good >= RECOVER_AFTER and self.rate < self._full:
            self._good = 0
            self.rate = min(self._full, self.rate * 1.25)
