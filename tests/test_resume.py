"""A run that is killed loses nothing and repeats no write."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.psa import BASE, CLIENT_ID, PRIVATE, PUBLIC, SECURITY, Call, Psa, Reply, serving, usual

PROGRAM = Path(sys.executable).parent / "psa-audit"
PAUSE = 0.01  # seconds per answer, so that a kill finds the run under way


def behave(call: Call) -> Reply:
    time.sleep(PAUSE)
    if call.is_signed and call.method == "DELETE":
        return Reply(403, SECURITY)
    return usual(call)


@pytest.fixture
def psa() -> Iterator[Psa]:
    with serving(behave) as found:
        yield found


def start(psa: Psa, *flags: str | Path) -> subprocess.Popen[str]:
    keys = {"PUBLIC_KEY": PUBLIC, "PRIVATE_KEY": PRIVATE, "CLIENT_ID": CLIENT_ID}
    return subprocess.Popen(
        [PROGRAM, "run", "--rate", "0", "--concurrency", "4", "--format", "json", *flags],
        env={**os.environ, **{f"PSA_AUDIT_{key}": value for key, value in keys.items()}},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], code: int) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return out


def written(directory: Path) -> dict[str, object]:
    """Return the report without what differs from run to run: times and the port."""
    found: dict[str, object] = json.loads((directory / "report.json").read_text())
    for key in ("started", "finished", "target"):
        del found[key]
    return found


def kill_when(
    process: subprocess.Popen[str], psa: Psa, methods: tuple[str, ...], most: int
) -> None:
    """Kill -9 once so many requests of these methods have come in."""
    until = time.monotonic() + 60
    while len(psa.sent(*methods)) < most:
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)


WRITES = ("POST", "PUT", "PATCH", "DELETE")


def repeated_writes(psa: Psa) -> list[str]:
    names = [
        f"{call.method} {call.path.removeprefix(BASE)}"
        for call in psa.sent(*WRITES)
        if not call.path.endswith("/search")
    ]
    return sorted({name for name in names if names.count(name) > 1})


def test_a_run_killed_while_reading_ends_like_one_that_was_not(psa: Psa, tmp_path: Path) -> None:
    """Killed among the reads and resumed, the report equals an uninterrupted one."""
    site = ("--site", psa.url, "--company", "acme")
    finish(start(psa, *site, "--output", tmp_path / "whole"), 1)
    psa.calls.clear()
    cut = tmp_path / "cut"
    kill_when(start(psa, *site, "--output", cut), psa, ("GET",), 100)
    assert not (cut / "report.json").exists()
    finish(start(psa, "--resume", cut), 1)
    assert not repeated_writes(psa)
    assert written(cut) == written(tmp_path / "whole")


def test_a_run_killed_while_writing_repeats_no_write(psa: Psa, tmp_path: Path) -> None:
    """Writes in flight at the kill are in doubt and never sent again; all else is as it was."""
    site = ("--site", psa.url, "--company", "acme")
    finish(start(psa, *site, "--output", tmp_path / "whole"), 1)
    psa.calls.clear()
    cut = tmp_path / "cut"
    kill_when(start(psa, *site, "--output", cut), psa, WRITES, 60)
    finish(start(psa, "--resume", cut / "journal.jsonl"), 1)
    assert not repeated_writes(psa)
    whole, resumed = (
        {request["id"]: request for request in found["requests"]}  # type: ignore[attr-defined]
        for found in (written(tmp_path / "whole"), written(cut))
    )
    different = [name for name in whole if whole[name] != resumed[name]]
    doubted = [name for name in resumed if resumed[name]["answer"] == "in doubt"]
    assert set(different) == set(doubted)
    assert len(doubted) <= 4


def test_the_report_of_a_killed_run_says_so(psa: Psa, tmp_path: Path) -> None:
    """Without resuming, a partial report is valid and calls itself unfinished."""
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", tmp_path / "cut")
    kill_when(process, psa, ("GET",), 50)
    done = subprocess.run(
        [PROGRAM, "report", tmp_path / "cut", "--format", "json"], capture_output=True, text=True
    )
    assert done.returncode == 3
    found = written(tmp_path / "cut")
    assert found["stopped"] == "unfinished"
    assert "ENDED EARLY" in done.stdout


def test_ctrl_c_leaves_a_valid_partial_report(psa: Psa, tmp_path: Path) -> None:
    """Ctrl-C once ends in order: exit code 130, report written, journal complete."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    until = time.monotonic() + 60
    while len(psa.sent("GET")) < 60 and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    finish(process, 130)
    found = written(out)
    assert found["stopped"] == "interrupted"
    assert not psa.sent(*WRITES)
    finish(start(psa, "--resume", out), 1)
    assert written(out)["stopped"] == ""


def test_a_second_ctrl_c_stops_at_once(psa: Psa, tmp_path: Path) -> None:
    """Twice Ctrl-C: the journal stays valid and can be reported and resumed."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    until = time.monotonic() + 60
    while len(psa.sent("GET")) < 60 and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    finish(process, 130)
    finish(start(psa, "--resume", out), 1)
    assert not repeated_writes(psa)


def test_a_finished_run_cannot_be_resumed(psa: Psa, tmp_path: Path) -> None:
    """Resuming what is complete is an error with a hint, and sends nothing."""
    finish(start(psa, "--site", psa.url, "--company", "acme", "--output", tmp_path / "a"), 1)
    psa.calls.clear()
    process = start(psa, "--resume", tmp_path / "a")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "This run is finished" in err
    assert not psa.sent(*WRITES)


def test_two_runs_cannot_resume_one_journal(psa: Psa, tmp_path: Path) -> None:
    """The second is refused, and every write leaves once."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    kill_when(process, psa, ("PATCH",), 5)
    both = [start(psa, "--resume", out) for _ in range(2)]
    ends = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [1, 2], ends
    assert not repeated_writes(psa)


def test_another_member_cannot_resume(psa: Psa, tmp_path: Path) -> None:
    """A journal holds one member's answers: other keys are refused before anything is sent."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    kill_when(process, psa, ("GET",), 20)
    psa.calls.clear()
    done = subprocess.run(
        [PROGRAM, "run", "--resume", out], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PSA_AUDIT_PUBLIC_KEY": "another", "PSA_AUDIT_PRIVATE_KEY": PRIVATE,
             "PSA_AUDIT_CLIENT_ID": CLIENT_ID},
    )  # fmt: skip
    assert done.returncode == 2
    assert "another API member" in done.stderr
    assert not psa.calls


def test_read_only_resumes_no_write(psa: Psa, tmp_path: Path) -> None:
    """--read-only and a journal that plans writes do not go together."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    kill_when(process, psa, ("GET",), 20)
    _, err = (again := start(psa, "--resume", out, "--read-only")).communicate(timeout=60)
    assert again.returncode == 2
    assert "--read-only forbids" in err
    assert not psa.sent(*WRITES)


def test_a_journal_with_a_request_of_somebody_else_is_not_resumed(psa: Psa, tmp_path: Path) -> None:
    """The plan in a journal is held against our own before a single request leaves."""
    out = tmp_path / "out"
    process = start(psa, "--site", psa.url, "--company", "acme", "--output", out)
    kill_when(process, psa, ("GET",), 20)
    path, chain = out / "journal.jsonl", "0" * 64
    forged = []
    for line in path.read_text().splitlines():
        event = json.loads(line)
        del event["chain"]
        if event["event"] == "plan":
            probe = next(p for p in event["plan"]["probes"] if p["request"]["method"] == "DELETE")
            probe["request"]["path"] = "/company/companies/1"
        text = json.dumps(event, sort_keys=True)
        chain = hashlib.sha256(f"{chain}\n{text}".encode()).hexdigest()
        forged.append(f'{{"chain": "{chain}", {text[1:]}\n')
    path.write_text("".join(forged))
    _, err = (again := start(psa, "--resume", out)).communicate(timeout=60)
    assert again.returncode == 2
    assert "not a request that psa-audit plans" in err
    assert not psa.sent(*WRITES)
