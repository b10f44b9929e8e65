"""Inputs without end: read within bounded memory, or refused in words."""

import contextlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from auditor.calls import Call, Unreadable, read
from auditor.errors import InputError

API = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"
BODY = '{"code":"Security","message":"You do not have security permission to perform this action."}'
ENTRY = {
    "request": {"method": "GET", "url": f"{API}/service/tickets",
                "headers": [{"name": f"h{number}", "value": "v" * 60} for number in range(20)]},
    "response": {"status": 403, "content": {"text": BODY, "comment": "c" * 4_000}},
}  # fmt: skip
SIZE = 60 * 2**20

# Reads a file in a process of its own and prints: calls, others, growth in bytes. The peak that
# getrusage tells of begins with that of the parent process, that of /proc does not.
MEASURE = """
import re, resource, sys
from pathlib import Path
from auditor.calls import Call, read
from auditor.errors import InputError
def peak():
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024, 1)[sys.platform == "darwin"]
before, calls, others, held = peak(), 0, 0, []
try:
    for found in read(Path(sys.argv[1]), sys.argv[2]):
        if isinstance(found, Call):
            calls += 1
        else:
            others += found.count
except InputError:
    others = -1
if sys.argv[3:] == ["hold"]:
    held = Path(sys.argv[1]).read_bytes()
print(calls, others, peak() - before)
"""


def measured(path: Path, kind: str, *more: str) -> tuple[int, int, int]:
    command = [sys.executable, "-c", MEASURE, str(path), kind, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    calls, others, growth = map(int, done.stdout.split())
    return calls, others, growth


def fill(path: Path, start: str, piece: str, between: str, end: str) -> int:
    """Write pieces until the file has SIZE bytes; return how many."""
    count = SIZE // (len(piece) + len(between)) + 1
    with path.open("w") as file:
        file.write(start)
        for number in range(count):
            file.write(piece if not number else between + piece)
        file.write(end)
    return count


@pytest.mark.slow
def test_growth_is_measured(tmp_path: Path) -> None:
    """Holding a file of 60 MB shows as growth: the measure can fail."""
    path = tmp_path / "large.har"
    fill(path, '{"log":{"entries":[', json.dumps(ENTRY), ",", "]}}")
    assert measured(path, "har", "hold")[2] >= SIZE * 0.95


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["har", "jsonl", "csv", "text"])
def test_a_large_input_is_streamed(tmp_path: Path, kind: str) -> None:
    """60 MB take less than 60 MB, and no row is lost."""
    path = tmp_path / f"large.{kind}"
    flat = {"method": "GET", "url": f"{API}/service/tickets", "status": 403, "body": BODY,
            "more": "m" * 600}  # fmt: skip
    match kind:
        case "har":
            count = fill(path, '{"log":{"entries":[', json.dumps(ENTRY), ",", "]}}")
        case "jsonl":
            count = fill(path, "", json.dumps(flat), "\n", "\n")
        case "csv":
            row = f"{'k' * 300},GET,{API}/service/tickets,403\n"
            count = fill(path, "Key,Method,URL,Response\n", row, "", "")
        case _:
            row = f"{'w ' * 2_000}\nGET {API}/service/tickets returned 403 {BODY}\n\n"
            count = fill(path, "", row, "", "")
    calls, others, growth = measured(path, "auto")
    assert (calls, others) == (count, 0)
    assert growth < SIZE


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "start", "piece"), [
    ("auto", "", "x"), ("text", "", "x"), ("call", "GET /service/", "t"),
    ("api-log", "Method,URL\n", "x"), ("api-log", "Method,URL\n", '"'), ("api-log", '{"a":"', "x"),
    ("api-log", '[{"a":"', "x"), ("har", '{"log":{"entries":[{"a":"', "x"), ("har", "", "["),
    ("har", '{"log":{"entries":[', '{"a":['), ("curl", "curl ", "'"), ("text", "", "["),
    ("text", "", '{"a":'), ("text", "", "GET /service/a "), ("text", "", "https://"),
    ("text", "", "/apis/3.0/"), ("text", "", "{{ "), ("text", "\\", '\\"'),
])  # fmt: skip
def test_one_line_without_end_is_bounded(tmp_path: Path, kind: str, start: str, piece: str) -> None:
    """60 MB in a single line end in a complaint or in calls, within bounded memory."""
    path = tmp_path / "line"
    with path.open("w") as file:
        file.write(start)
        block = piece * (2**16 // len(piece))
        for _ in range(SIZE // len(block)):
            file.write(block)
    _, others, growth = measured(path, kind)
    assert others
    assert growth < 4 * SIZE


@pytest.mark.parametrize("piece", [
    "[", "{", '{"a":', '["', '{"code":"', "GET ", "https://x/", "/apis/3.0/x ", "{{ ", "<a ",
    "GET /service/tickets ", "\\\"code\\\":\\\"", "status code ", "/service/x -> ", "a/", "%20",
    "4", "message='", "token ", "eyJ.", "-X ", "\n", "\n\n/service/a", "$'", '"', "^",
])  # fmt: skip
@pytest.mark.parametrize("kind", ["call", "curl", "text"])
def test_repetition_costs_no_more_than_its_length(kind: str, piece: str) -> None:
    """No pattern takes time out of proportion: half a megabyte of anything ends."""
    with contextlib.suppress(InputError):
        for found in read(piece * (2**19 // len(piece)), kind):  # type: ignore[arg-type]
            assert isinstance(found, (Call, Unreadable))


def test_a_long_line_is_told_of_and_passed_over(tmp_path: Path) -> None:
    """A line longer than a megabyte costs itself only."""
    path = tmp_path / "calls.txt"
    path.write_text(f"GET /service/tickets\n{'x' * 1_100_000}\nPATCH /service/tickets/1\n")
    first, long, last = read(path, "call")
    assert isinstance(first, Call)
    assert isinstance(long, Unreadable)
    assert isinstance(last, Call)
    assert (long.where, last.where) == ("calls.txt:2", "calls.txt:3")


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    """What unpacks to more than the bound is not unpacked."""
    path = tmp_path / "log.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(210):
                part.write(b" " * 2**20)
    with pytest.raises(InputError, match="unpacks to more than"):
        list(read(path))


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "is empty"), (b"  \n ", "is empty"), (b"\xd0\xcf\x11\xe0" + b"x" * 90, "encrypted"),
    (b"\x1f\x8b\x08" + b"x" * 90, "compressed"), (b"PK\x03\x04" + b"x" * 90, "damaged"),
    (b"nothing of ours", "holds no call"), (b"\xff\xfe\x00\x00\x00", "no call|empty"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, data: bytes, reason: str) -> None:
    """Each kind of unreadable file has its own words."""
    path = tmp_path / "input"
    path.write_bytes(data)
    with pytest.raises(InputError, match=reason):
        list(read(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing file and a directory are errors of the user, with the path."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            list(read(path))


def test_an_unknown_kind_is_refused() -> None:
    """A kind that is none is refused at once, with the nearest."""
    with pytest.raises(InputError, match="no kind") as caught:
        read("GET /service/tickets", "hra")  # type: ignore[arg-type]
    assert "har" in caught.value.hint
