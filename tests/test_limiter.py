"""The limiter: one pace for all workers. Time is a fake clock."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from auditor.limiter import CAUTIOUS_RATE, LONGEST_WAIT, RECOVER_AFTER, Limiter


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when everybody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def time(self) -> float:
        return self.passed

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.passed = max(self.passed, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def play(main: Coroutine[Any, Any, float]) -> float:
    with asyncio.Runner(loop_factory=Clock) as runner:
        return runner.run(main)


async def elapsed(limiter: Limiter, requests: int, workers: int) -> float:
    async def work(count: int) -> None:
        for _ in range(count):
            await limiter.wait()

    await asyncio.gather(*(work(requests // workers) for _ in range(workers)))
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(("workers", "rate", "seconds"), [(1, 8, 4.875), (8, 8, 4.875), (8, 0, 0)])
def test_requests_are_spaced_over_all_workers(workers: int, rate: float, seconds: float) -> None:
    """Forty requests at 8/s leave within 39/8 seconds, however many workers share the pace."""
    assert play(elapsed(Limiter(rate), 40, workers)) == pytest.approx(seconds)


@pytest.mark.parametrize("rate", [8, 0])
def test_retry_after_holds_every_worker(rate: float) -> None:
    """After a 429 nobody sends before the server's time is up."""

    async def main() -> float:
        limiter = Limiter(rate)
        limiter.throttled(30)
        return await elapsed(limiter, 8, 8)

    assert play(main()) >= 30


def test_a_429_halves_the_rate_and_good_answers_bring_it_back() -> None:
    """The pace falls by half at once and recovers by quarters, never beyond where it was."""

    async def main() -> float:
        limiter = Limiter(8)
        limiter.throttled(1)
        assert limiter.rate == 4
        for _ in range(RECOVER_AFTER):
            limiter.answered()
        assert limiter.rate == 5
        for _ in range(RECOVER_AFTER * 20):
            limiter.answered()
        return limiter.rate

    assert play(main()) == 8


def test_answers_to_the_same_burst_halve_once() -> None:
    """Eight workers that meet the same 429 do not divide the rate by 256."""

    async def main() -> float:
        limiter = Limiter(8)
        for _ in range(8):
            limiter.throttled(5)
        return limiter.rate

    assert play(main()) == 4


def test_an_unlimited_run_becomes_cautious() -> None:
    """The first 429 gives a pace to a run that had none."""

    async def main() -> float:
        limiter = Limiter(0)
        limiter.throttled(1)
        return limiter.rate

    assert play(main()) == CAUTIOUS_RATE


def test_no_server_can_hold_us_for_ever() -> None:
    """A Retry-After of a year is not waited for: the limiter gives up and lets everybody go."""

    async def main() -> float:
        limiter = Limiter(8)
        limiter.throttled(LONGEST_WAIT + 1)
        assert limiter.gave_up
        return await elapsed(limiter, 8, 8)

    assert play(main()) == 0


def test_who_is_held_can_be_let_go() -> None:
    """After Ctrl-C nobody waits for the end of a pause."""

    async def main() -> float:
        limiter = Limiter(8)
        limiter.throttled(LONGEST_WAIT)
        waiting = asyncio.create_task(limiter.wait())
        await asyncio.sleep(1)
        limiter.release()
        await waiting
        return asyncio.get_running_loop().time()

    assert play(main()) == 1


def test_held_workers_leave_one_by_one() -> None:
    """When a pause ends the pace still holds: no burst meets the PSA that asked for rest."""

    async def main() -> float:
        limiter = Limiter(8)
        workers = [asyncio.create_task(limiter.wait()) for _ in range(4)]
        await asyncio.sleep(0.01)
        limiter.throttled(10)
        await asyncio.gather(*workers)
        return asyncio.get_running_loop().time()

    assert play(main()) >= 10.5
