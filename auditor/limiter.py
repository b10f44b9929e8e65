"""One pace for all workers of a tenant: its budget belongs to its live integrations."""

import asyncio

LONGEST_WAIT = 120.0  # seconds; a server that asks for more is not waited for
RECOVER_AFTER = 20  # answers without a 429 before the pace is raised again
CAUTIOUS_RATE = 8.0  # requests per second once an unlimited run has met its first 429


class Limiter:
    """Spaces requests evenly at `rate` per second (0 = no limit).

    A 429 halves the rate and holds every worker for as long as the server asks; after
    `RECOVER_AFTER` good answers the rate grows by a quarter until it is back.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._full = rate
        self._next = 0.0
        self._held_until = 0.0
        self._good = 0

    async def wait(self) -> None:
        """Return when the next request may be sent."""
        now = asyncio.get_running_loop().time()
        if self.rate:
            start = max(now, self._next, self._held_until)
            self._next = start + 1 / self.rate
            await asyncio.sleep(start - now)
        left = self._held_until - asyncio.get_running_loop().time()
        while left > 0:
            await asyncio.sleep(left)
            left = self._held_until - asyncio.get_running_loop().time()

    def throttled(self, retry_after: float) -> None:
        """Take in a 429 that asks to wait `retry_after` seconds."""
        now = asyncio.get_running_loop().time()
        until = now + min(retry_after, LONGEST_WAIT)
        if until <= self._held_until:
            return  # an answer to a request sent before the last 429 was known
        self._held_until = until
        self._next = max(self._next, until)
        self._good = 0
        self.rate = self.rate / 2 if self.rate else CAUTIOUS_RATE
        self._full = self._full or CAUTIOUS_RATE

    def answered(self) -> None:
        """Take in an answer that was not a 429."""
        self._good += 1
        if self._good >= RECOVER_AFTER and self.rate < self._full:
            self._good = 0
            self.rate = min(self._full, self.rate * 1.25)
