"""The journal: chained, durable, and honest about what it lacks."""

import asyncio
import errno
import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from auditor import journal
from auditor.errors import InputError, JournalError
from auditor.events import Finish, Intent, Planned, Preflown, Resumed, Start, result
from auditor.journal import Journal
from auditor.observation import Observation
from auditor.plan import Plan, data
from auditor.profiles import Selection


def start(log: Journal) -> None:
    log.write(Start(site="s", company="c", time="t0"))
    log.write(Planned(plan=data(Plan(Selection(("x",)), "", ()))))
    log.write(Preflown(api_version="v1"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as log:
        start(log)
        log.write(Intent(probe="p1"))
        log.write(result(Observation("p1", 200, shape="list")))
        log.write(Intent(probe="p2"))
        log.write(Finish(time="t1", stopped="", confirmed=True))
    return path


def test_what_is_written_is_read_back(path: Path) -> None:
    """A journal gives back its observations and names what has no result."""
    record = journal.read(path)
    assert record.observations == {"p1": Observation("p1", 200, shape="list")}
    assert record.in_flight == ("p2",)
    assert record.finish is not None
    assert not record.is_torn


def test_only_its_owner_can_read_it(path: Path) -> None:
    """The file is created with mode 0600."""
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_cut_off_last_line_is_left_out(path: Path) -> None:
    """Every cut within the last line gives the record without that line, and says so."""
    content = path.read_bytes()
    last = content.rstrip(b"\n").rfind(b"\n") + 1
    for cut in (last + 1, last + 20, len(content) - 1):
        path.write_bytes(content[:cut])
        record = journal.read(path)
        assert record.is_torn
        assert record.finish is None
        assert record.size == last


@pytest.mark.parametrize("number", range(7))
def test_a_changed_line_breaks_the_chain_there(path: Path, number: int) -> None:
    """Any edit is found, with the line where the chain breaks."""
    lines = path.read_text().splitlines()
    event = json.loads(lines[number])
    event["added"] = 1
    lines[number] = json.dumps(event)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=f":{number + 1}: the hash chain breaks"):
        journal.read(path)


def test_a_lost_line_breaks_the_chain(path: Path) -> None:
    """Taking out a line in the middle is found."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:2] + lines[3:]) + "\n")
    with pytest.raises(JournalError, match=":3: the hash chain breaks"):
        journal.read(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{", b"not json\n", b"[]\n", b'{"a":1}\n', b"\xff\n"]
)
def test_what_is_no_journal_is_refused(path: Path, content: bytes) -> None:
    """A foreign file is a clear error and not a traceback."""
    path.write_bytes(content)
    with pytest.raises(JournalError):
        journal.read(path)


def test_an_existing_journal_is_never_overwritten(path: Path) -> None:
    """A new journal needs a new file."""
    with pytest.raises(InputError):
        Journal(path)


def test_writing_goes_on_after_a_torn_line(path: Path) -> None:
    """A resumed journal drops the torn line and continues the chain."""
    path.write_bytes(path.read_bytes()[:-5])
    record = journal.read(path)
    with Journal(path, record) as log:
        log.write(Resumed(time="t2"))
    again = journal.read(path)
    assert len(again.sittings) == 2
    assert not again.is_torn


def test_sync_returns_when_the_line_is_on_disk(tmp_path: Path) -> None:
    """Workers that wait together share one fsync, and each finds its line in the file."""
    path = tmp_path / "j"

    async def main() -> None:
        with Journal(path) as log:
            start(log)

            async def work(number: int) -> None:
                log.write(Intent(probe=f"p{number}"))
                await log.sync()
                assert f'"p{number}"' in path.read_text()

            await asyncio.gather(*(work(number) for number in range(20)))

    asyncio.run(main())
    assert len(journal.read(path).in_flight) == 20


def test_a_write_that_left_again_is_in_doubt(path: Path) -> None:
    """An intent after the last result puts a probe in flight, whatever was seen of it before."""
    record = journal.read(path)
    with Journal(path, record) as log:
        log.write(Resumed(time="t2"))
        log.write(Intent(probe="p1"))
    again = journal.read(path)
    assert again.in_flight == ("p2", "p1")
    assert "p1" not in again.observations


def test_a_journal_is_written_by_one_run_at_a_time(path: Path) -> None:
    """Two runs that resume the same journal cannot both go on."""
    record = journal.read(path)
    with Journal(path, record), pytest.raises(JournalError, match="in use by another run"):
        Journal(path, record)


def test_a_journal_that_grew_since_it_was_read_is_not_continued(path: Path) -> None:
    """What another run has added since is never written over."""
    record = journal.read(path)
    with Journal(path, record) as log:
        log.write(Resumed(time="t2"))
    with pytest.raises(JournalError, match="has grown"):
        Journal(path, record)


def test_a_full_disk_leaves_whole_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that the disk takes only in part is taken back; the journal stays readable."""
    record, real = journal.read(path), os.write

    def half(file: int, data: bytes) -> int:
        real(file, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    log = Journal(path, record)
    log.write(Resumed(time="t2"))
    monkeypatch.setattr(os, "write", half)
    with pytest.raises(JournalError, match="No space left"):
        asyncio.run(log.sync())
    log.__exit__(None, None, None)
    assert journal.read(path).size == record.size


def test_a_flush_that_was_given_up_on_keeps_its_place(path: Path) -> None:
    """Cancelled in the middle of a slow write, the journal closes with its lines in order."""
    record, real = journal.read(path), os.fsync

    async def main() -> None:
        with Journal(path, record) as log:
            log.write(Resumed(time="t2"))
            waiting = asyncio.create_task(log.sync())
            await asyncio.sleep(0.01)
            waiting.cancel()
            log.write(Intent(probe="p3"))

    def slow(file: int) -> None:
        time.sleep(0.05)
        real(file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", slow)
        asyncio.run(main())
    assert journal.read(path).in_flight == ("p2", "p3")


@pytest.mark.parametrize(
    "event",
    [
        {"event": "intent"}, {"event": "finish"}, {"event": "plan"}, {"event": "party"},
        {"event": "result", "result": {}}, {"event": "result", "result": {"probe": 1}},
        {"event": "start", "site": "s"}, {"event": "resume", "time": 1},
    ],
)  # fmt: skip
def test_an_event_that_no_version_writes_is_refused(path: Path, event: dict[str, object]) -> None:
    """A line with a good chain and odd contents is a clear error and no traceback."""
    record = journal.read(path)
    text = json.dumps(event, sort_keys=True)
    link = hashlib.sha256(f"{record.chain}\n{text}".encode()).hexdigest()
    with path.open("a") as file:
        file.write(f'{{"chain": "{link}", {text[1:]}\n')
    with pytest.raises(JournalError):
        journal.read(path)
