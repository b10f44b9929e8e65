"""An append-only record of a run, one JSON line per event, each line chained to the one before.

The intent to send is on disk before a request leaves, its result before the next one does.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError, JournalError
from auditor.observation import Observation

SCHEMA = "psa-audit/journal/1"
FIRST = "0" * 64
_observation = TypeAdapter(Observation)


class Journal:
    """Writes events; `sync` returns when all written so far have reached the disk.

    Workers that wait at the same time share one fsync.
    """

    def __init__(self, path: Path, *, chain: str = FIRST, keep: int = 0) -> None:
        """Open a new file, or go on after the first `keep` bytes of an existing one."""
        flags = os.O_WRONLY | os.O_CREAT | (0 if keep else os.O_EXCL)
        try:
            self._file = os.open(path, flags, 0o600)
            if keep:
                os.ftruncate(self._file, keep)
                os.lseek(self._file, 0, os.SEEK_END)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}.") from error
        self._chain = chain
        self._waiting: list[bytes] = []
        self._written = self._synced = 0
        self._lock = asyncio.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush(self._take())
        os.close(self._file)

    def write(self, event: str, **values: Any) -> None:
        """Queue one event; it is durable after the next `sync`."""
        line = json.dumps({"event": event, **values}, sort_keys=True, ensure_ascii=True)
        self._chain = _link(self._chain, line)
        self._waiting.append(f'{{"chain": "{self._chain}", {line[1:]}\n'.encode())
        self._written += 1

    async def sync(self) -> None:
        """Return when everything written before this call is on disk."""
        wanted = self._written
        async with self._lock:
            if self._synced >= wanted:
                return
            upto, lines = self._written, self._take()
            await asyncio.to_thread(self._flush, lines)
            self._synced = upto

    def _take(self) -> bytes:
        lines = b"".join(self._waiting)
        self._waiting.clear()
        return lines

    def _flush(self, lines: bytes) -> None:
        view = memoryview(lines)
        while view:
            view = view[os.write(self._file, view) :]
        os.fsync(self._file)


@dataclass(frozen=True, slots=True)
class Record:
    """A journal read back.

    `in_flight` holds the probes whose intent has no result. `size` is the length in bytes of
    its whole lines, `torn` tells that a broken last line was left out.
    """

    start: dict[str, Any]
    plan: dict[str, Any]
    preflight: dict[str, Any]
    observations: dict[str, Observation]
    in_flight: tuple[str, ...]
    finish: dict[str, Any] | None
    last_time: str
    chain: str
    size: int
    torn: bool
    resumed: int = 0
    events: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def read(path: Path) -> Record:
    """Read a journal and check its chain; raises JournalError with the line that breaks it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
    whole, _, tail = content.rpartition(b"\n")
    size = len(whole) + 1 if whole else 0
    events, chain = [], FIRST
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        event, chain = _event(path, number, line, chain)
        events.append(event)
    return _record(path, events, chain, size, bool(tail))


def observation_data(found: Observation) -> dict[str, Any]:
    """Return an observation as JSON data, without what has its default value."""
    plain = Observation(found.probe, found.order)
    return {
        item.name: getattr(found, item.name)
        for item in fields(found)
        if item.name in {"probe", "order"} or getattr(found, item.name) != getattr(plain, item.name)
    }


def _event(path: Path, number: int, line: bytes, chain: str) -> tuple[dict[str, Any], str]:
    hint = "Use an untouched copy of the journal; a run that was cut off can be resumed."
    try:
        event = json.loads(line)
        claimed, _ = event.pop("chain"), event["event"]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise JournalError(f"{path}:{number}: not a line of a journal.", hint) from error
    text = json.dumps(event, sort_keys=True, ensure_ascii=True)
    expected = _link(chain, text)
    if claimed != expected:
        raise JournalError(f"{path}:{number}: the hash chain breaks here.", hint)
    return event, expected


def _record(path: Path, events: list[dict[str, Any]], chain: str, size: int, torn: bool) -> Record:
    first = {name: next(_of(events, name), None) for name in ("start", "plan", "preflight")}
    if not events or first["start"] is None or first["plan"] is None:
        raise JournalError(
            f"{path} ends before its plan: no request had been planned.",
            "There is nothing in it to report or resume; start a new run.",
        )
    if first["start"].get("schema") != SCHEMA:
        raise JournalError(f"{path} is not a journal of this version ({SCHEMA}).")
    try:
        results = [_observation.validate_python(event["result"]) for event in _of(events, "result")]
    except (KeyError, ValidationError) as error:
        raise JournalError(f"{path} holds a result that cannot be read: {error}.") from error
    observations = {result.probe: result for result in results}
    intents = dict.fromkeys(event["probe"] for event in _of(events, "intent"))
    return Record(
        first["start"],
        first["plan"]["plan"],
        first["preflight"] or {},
        observations,
        tuple(probe for probe in intents if probe not in observations),
        events[-1] if events[-1]["event"] == "finish" else None,
        next((event["time"] for event in reversed(events) if "time" in event), ""),
        chain,
        size,
        torn,
        sum(1 for _ in _of(events, "resume")),
        tuple(events),
    )


def _of(events: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    return (event for event in events if event["event"] == name)


def _link(chain: str, line: str) -> str:
    return hashlib.sha256(f"{chain}\n{line}".encode()).hexdigest()
