"""An append-only record of a run, one JSON line per event, each line chained to the one before.

The intent to send is on disk before a request leaves, its result before the next one does.
"""

import asyncio
import hashlib
import json
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError, JournalError
from auditor.events import (
    EVENT,
    SCHEMA,
    Event,
    Finish,
    Intent,
    Planned,
    Preflown,
    Result,
    Resumed,
    Settings,
    Start,
)
from auditor.observation import Observation

FIRST = "0" * 64
_observation = TypeAdapter(Observation)
_TIMED = (Start, Resumed, Finish)
UNTOUCHED = "Use an untouched copy of the journal; a run that was cut off can be resumed."


@dataclass(frozen=True, slots=True)
class Sitting:
    """One stretch of a run, from its start or resumption to its finish or sudden end."""

    observations: tuple[Observation, ...] = ()
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A journal read back.

    `in_flight` holds the probes whose last intent has no result. `size` is the length in bytes
    of its whole lines, `length` of the file; they differ where a broken last line was left out.
    """

    start: Start
    plan: dict[str, Any]
    api_version: str
    settings: tuple[Settings, ...]
    sittings: tuple[Sitting, ...]
    in_flight: tuple[str, ...]
    last_time: str
    chain: str
    size: int
    length: int

    @property
    def observations(self) -> dict[str, Observation]:
        """Map probe to its last result, where no later intent puts that in doubt."""
        found = {seen.probe: seen for sitting in self.sittings for seen in sitting.observations}
        return {name: seen for name, seen in found.items() if name not in self.in_flight}

    @property
    def finish(self) -> Finish | None:
        """Return how the last sitting ended; None where it was cut off."""
        return self.sittings[-1].finish

    @property
    def is_torn(self) -> bool:
        """Tell whether a broken last line was left out."""
        return self.length != self.size


class Journal:
    """Writes events; `sync` returns when all written so far have reached the disk.

    Workers that wait at the same time share one fsync. The file is locked while it is open.
    Raises JournalError when the disk does not take a line; what is there then stays whole.
    """

    def __init__(self, path: Path, resumed: Record | None = None) -> None:
        """Open a new file, or go on after the whole lines of the record that was read from it."""
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | (0 if resumed else os.O_EXCL)
        try:
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}.") from error
        try:
            self._claim(resumed)
        except BaseException:
            os.close(self._file)
            raise
        self._chain = resumed.chain if resumed else FIRST
        self._size = resumed.size if resumed else 0
        self._waiting: list[bytes] = []
        self._written = self._synced = 0
        self._turn = asyncio.Lock()
        self._disk = threading.Lock()

    def _claim(self, resumed: Record | None) -> None:
        if not _lock(self._file):
            raise JournalError(f"{self.path} is in use by another run.", "Let that one end first.")
        if resumed:
            if os.fstat(self._file).st_size != resumed.length:
                raise JournalError(f"{self.path} has grown since it was read.", "Resume again.")
            os.ftruncate(self._file, resumed.size)
            os.lseek(self._file, 0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._flush()
        finally:
            os.close(self._file)

    def write(self, event: Event) -> None:
        """Queue one event; it is durable after the next `sync`."""
        line = json.dumps(event.model_dump(by_alias=True), sort_keys=True, ensure_ascii=True)
        self._chain = _link(self._chain, line)
        self._waiting.append(f'{{"chain": "{self._chain}", {line[1:]}\n'.encode())
        self._written += 1

    async def sync(self) -> None:
        """Return when everything written before this call is on disk."""
        wanted = self._written
        async with self._turn:
            if self._synced >= wanted:
                return
            upto = self._written
            await asyncio.to_thread(self._flush)
            self._synced = upto

    def _flush(self) -> None:
        """Write what waits, in order: a flush that was given up on may still be under way."""
        with self._disk:
            lines = b"".join(self._waiting)
            self._waiting.clear()
            view = memoryview(lines)
            try:
                while view:
                    view = view[os.write(self._file, view) :]
                os.fsync(self._file)
            except OSError as error:
                os.ftruncate(self._file, self._size)
                raise JournalError(
                    f"{self.path} cannot be written: {error.strerror}.",
                    "Make room, then go on with --resume.",
                ) from error
            self._size += len(lines)


def read(path: Path) -> Record:
    """Read a journal and check its chain; raises JournalError with the line that breaks it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
    whole = content[: content.rfind(b"\n") + 1]
    events, chain = [], FIRST
    for number, line in enumerate(whole.splitlines(), 1):
        event, chain = _checked(path, number, line, chain)
        events.append(event)
    match events:
        case [Start() as start, Planned() as planned, Preflown() as preflown, *rest]:
            pass
        case _:
            raise JournalError(
                f"{path} ends before its plan: no request had been planned.",
                "There is nothing in it to report or resume; start a new run.",
            )
    settings = tuple(event for event in rest if isinstance(event, Settings))
    sittings = _sittings(path, rest)
    return Record(
        start, planned.plan, preflown.api_version, settings, sittings, _in_flight(rest),
        next((event.time for event in reversed(events) if isinstance(event, _TIMED)), start.time),
        chain, len(whole), len(content),
    )  # fmt: skip


def _checked(path: Path, number: int, line: bytes, chain: str) -> tuple[Event, str]:
    try:
        data = json.loads(line)
        claimed = data.pop("chain")
        expected = _link(chain, json.dumps(data, sort_keys=True, ensure_ascii=True))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise JournalError(f"{path}:{number}: not a line of a journal.", UNTOUCHED) from error
    if claimed != expected:
        raise JournalError(f"{path}:{number}: the hash chain breaks here.", UNTOUCHED)
    try:
        return EVENT.validate_python(data), expected
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JournalError(
            f"{path}:{number}: no event of this version ({SCHEMA}): {where}: {first['msg']}.",
            "Use the psa-audit version that wrote it.",
        ) from error


def _sittings(path: Path, events: list[Event]) -> tuple[Sitting, ...]:
    found: list[tuple[list[Observation], list[Finish]]] = [([], [])]
    for event in events:
        match event:
            case Resumed():
                found.append(([], []))
            case Finish():
                found[-1][1].append(event)
            case Result():
                found[-1][0].append(_observed(path, event))
            case Intent() | Settings():
                pass
            case Start() | Planned() | Preflown():
                raise JournalError(f"{path} holds more than one run.", UNTOUCHED)
    return tuple(
        Sitting(tuple(seen), finishes[-1] if finishes else None) for seen, finishes in found
    )


def _observed(path: Path, event: Result) -> Observation:
    try:
        return _observation.validate_python(event.result)
    except ValidationError as error:
        raise JournalError(f"{path} holds a result that cannot be read: {error}.") from error


def _in_flight(events: list[Event]) -> tuple[str, ...]:
    """Return the probes whose last intent is not followed by a result."""
    found: dict[str, None] = {}
    for event in events:
        if isinstance(event, Intent):
            found[event.probe] = None
        elif isinstance(event, Result):
            found.pop(str(event.result.get("probe")), None)
    return tuple(found)


def _link(chain: str, line: str) -> str:
    return hashlib.sha256(f"{chain}\n{line}".encode()).hexdigest()


def _lock(file: int) -> bool:
    """Take the only lock on an open file, if it is free; the system lets go when it is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows only

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
