"""The journal: chained, durable, and honest about what it lacks."""

import asyncio
import json
from pathlib import Path

import pytest

from auditor import journal
from auditor.errors import InputError, JournalError
from auditor.journal import Journal, observation_data
from auditor.observation import Observation
from auditor.plan import Plan, data
from auditor.profiles import Selection


def start(log: Journal) -> None:
    log.write("start", schema=journal.SCHEMA, site="s", company="c", time="t0")
    log.write("plan", plan=data(Plan(Selection(("x",)), "", ())))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as log:
        start(log)
        log.write("intent", probe="p1")
        log.write("result", result=observation_data(Observation("p1", 0, 200, shape="list")))
        log.write("intent", probe="p2")
        log.write("finish", time="t1", stopped="", confirmed=True)
    return path


def test_what_is_written_is_read_back(path: Path) -> None:
    """A journal gives back its observations and names what has no result."""
    record = journal.read(path)
    assert record.observations == {"p1": Observation("p1", 0, 200, shape="list")}
    assert record.in_flight == ("p2",)
    assert record.finish is not None
    assert not record.torn


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
        assert record.torn
        assert record.finish is None
        assert record.size == last


@pytest.mark.parametrize("number", range(6))
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
    with Journal(path, chain=record.chain, keep=record.size) as log:
        log.write("resume", time="t2")
    again = journal.read(path)
    assert again.resumed == 1
    assert not again.torn


def test_sync_returns_when_the_line_is_on_disk(tmp_path: Path) -> None:
    """Workers that wait together share one fsync, and each finds its line in the file."""
    path = tmp_path / "j"

    async def main() -> None:
        with Journal(path) as log:
            start(log)

            async def work(number: int) -> None:
                log.write("intent", probe=f"p{number}")
                await log.sync()
                assert f'"p{number}"' in path.read_text()

            await asyncio.gather(*(work(number) for number in range(20)))

    asyncio.run(main())
    assert len(journal.read(path).in_flight) == 20
