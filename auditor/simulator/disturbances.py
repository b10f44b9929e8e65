"""What comes between a caller and the answer: the rate limit and faults asked for."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from auditor.simulator.messages import Reply
from auditor.simulator.settings import Fault


@dataclass(slots=True)
class RateLimit:
    """A bucket of `per_minute` requests that refills steadily, so a wait is never long."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _seen: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._seen = float(self.per_minute), self.clock()

    def wait(self) -> int:
        """Take one request; return the whole seconds to wait, 0 where it may pass."""
        now = self.clock()
        rate = self.per_minute / 60
        self._left = min(self.per_minute, self._left + (now - self._seen) * rate)
        self._seen = now
        if self._left >= 1:
            self._left -= 1
            return 0
        return max(1, math.ceil((1 - self._left) / rate))


class Faults:
    """The faults of the settings, each counting the requests it matched."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._matched = [0] * len(faults)

    def next(self, method: str, path: str) -> Fault | None:
        """Return the first fault that hits this request, which thereby counts."""
        line = f"{method} {path}".lower()
        for place, fault in enumerate(self._faults):
            if fnmatchcase(line, fault.match.lower()):
                self._matched[place] += 1
                number = self._matched[place] - fault.after
                if number > 0 and (fault.times is None or number <= fault.times):
                    return fault
        return None


def answer(fault: Fault) -> Reply | None:
    """Return what a fault answers, None where it only delays."""
    if fault.status is None:
        return None
    body = fault.body.encode()
    return Reply(fault.status, body, dict(fault.headers), fault.content_type)
