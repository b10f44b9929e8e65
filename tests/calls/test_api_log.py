"""API logs: whatever the download looks like, columns are found by what they mean."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from auditor.calls import Call, Unreadable, read
from auditor.calls.clock import duration, iso
from auditor.errors import InputError

SCREEN = ("API Key Description", "Start Time", "Duration (ms)", "Response", "Method", "URL")
ROW = ("Rewst", "11/24/2026 3:04:05 PM", "31", "403", "GET",
       "/v4_6_release/apis/3.0/service/tickets?page=1")  # fmt: skip
CALL = Call("GET", "/service/tickets", "page=1", 403, None, None, "2026-11-24T15:04:05", 31.0)


def sheet(*rows: Any, delimiter: str = ",") -> str:
    held = io.StringIO()
    csv.writer(held, delimiter=delimiter).writerows(rows)
    return held.getvalue()


def facts(found: Call | Unreadable) -> tuple[Any, ...]:
    assert isinstance(found, Call), found
    return found.method, found.path, found.query, found.status, found.time, found.duration_ms


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """A log is read whatever parts its columns and however it is encoded."""
    path = tmp_path / "log.csv"
    rows = (SCREEN, ("Schlüssel", *ROW[1:]), ROW)
    path.write_bytes(sheet(*rows, delimiter=delimiter).encode(encoding))
    assert [facts(found) for found in read(path)] == [facts(CALL)] * 2


@pytest.mark.parametrize("headings", [
    SCREEN,
    tuple(name.upper() for name in SCREEN),
    ("Key Description", "StartTime", "Duration", "Status", "HTTP Method", "Request URL"),
    ("apiKey", "timestamp", "elapsed_ms", "statusCode", "verb", "uri"),
    ("API Member", "Date/Time", "Response Time", "Response Code", "Request Type", "Path"),
    ("Key", "Date", "Time taken", "Result", "Request Method", "Endpoint"),
    ("API Key", "Time", "ms", "HTTP Status", "Method", "Resource"),
    ("Name", "Start Time (UTC)", "Duration (ms)", "Response Status", "Method", "Full URL"),
])  # fmt: skip
def test_a_column_is_known_by_its_meaning(headings: tuple[str, ...]) -> None:
    """No name of a column is fixed."""
    assert [facts(found) for found in read(sheet(headings, ROW), "api-log")] == [facts(CALL)]
    assert [facts(found) for found in read(sheet(headings, ROW))] == [facts(CALL)]


def test_the_user_says_which_column_it_is() -> None:
    """A heading that means nothing to us can be named."""
    text = sheet(("Wer", "Wann", "Dauer", "Antwort", "Verb", "Mein Ziel"), ROW)
    columns = {"url": "mein ziel", "status": "Antwort", "time": "Wann", "duration": "Dauer"}
    assert [facts(found) for found in read(text, "api-log", columns=columns)] == [facts(CALL)]


@pytest.mark.parametrize("columns", [{"url": "Nowhere"}, {"ulr": "URL"}])
def test_a_column_that_is_not_there_is_refused(columns: dict[str, str]) -> None:
    """A wrong mapping is an error, and says what was looked for."""
    with pytest.raises(InputError, match=r"Nowhere|'ulr' is not a column") as caught:
        list(read(sheet(SCREEN, ROW), "api-log", columns=columns))
    assert caught.value.hint


def test_a_log_without_headings_is_refused() -> None:
    """Columns are never guessed from their contents."""
    with pytest.raises(InputError, match="no heading row"):
        list(read(sheet(ROW, ROW), "api-log"))


def test_title_rows_and_blank_rows_are_passed_over() -> None:
    """What stands above the headings, and blank rows, say nothing."""
    text = sheet(("API Logs",), ("Exported", "today"), (), SCREEN, (), ROW)
    (found,) = read(text)
    assert facts(found) == facts(CALL)
    assert found.where == "line 6"


def test_rows_that_cannot_be_read_are_told_of() -> None:
    """Every row is a call, or told of with its place and the reason."""
    rows = [
        ROW, ("Rewst",), (*ROW[:4], "FETCH", ROW[5]), (*ROW[:5], "nonsense"),
        (*ROW[:5], "/login/companyinfo/x"), ROW,
    ]  # fmt: skip
    found = list(read(sheet(SCREEN, *rows)))
    assert [facts(each) for each in found if isinstance(each, Call)] == [facts(CALL)] * 2
    told = [(each.where, each.is_other) for each in found if isinstance(each, Unreadable)]
    assert told == [("line 3", False), ("line 4", False), ("line 5", False), ("line 6", True)]


def test_the_first_fifty_are_listed() -> None:
    """A long log of nonsense does not become a long complaint, and none of it is lost."""
    found = list(read(sheet(SCREEN, *[("x",)] * 500)))
    assert len(found) == 51
    assert sum(each.count for each in found if isinstance(each, Unreadable)) == 500


def test_lines_that_are_no_calls_are_counted_too() -> None:
    """What holds for rows of a log holds for a list of calls."""
    found = list(read("GET /service/tickets\n" + "nothing\n" * 80, "call"))
    assert len(found) == 52
    assert sum(each.count for each in found if isinstance(each, Unreadable)) == 80


def test_an_open_quote_spoils_its_own_row_only() -> None:
    """A quote that is never closed does not swallow the rest of the log."""
    lines = sheet(SCREEN, *[ROW] * 300).splitlines()
    lines[2] = lines[2].replace("Rewst", '"Rewst')
    found = list(read("\n".join(lines)))
    assert len(found) == 300
    assert [facts(each) for each in found if isinstance(each, Call)] == [facts(CALL)] * 300


def test_a_cell_may_have_lines() -> None:
    """A quoted cell over several lines is one cell, and the rows after it keep their place."""
    found = list(read(sheet(SCREEN, ("a\nb\nc", *ROW[1:]), ROW)))
    assert [each.where for each in found] == ["line 2", "line 5"]


def test_method_and_address_in_one_column() -> None:
    """`GET /service/tickets` in a single column is parted."""
    (found,) = read(sheet(("Time", "Request", "Status"), ("", "GET /service/tickets", "403")))
    assert facts(found)[:4] == ("GET", "/service/tickets", "", 403)


def book(*sheets: list[Any]) -> Workbook:
    made = Workbook()
    for number, rows in enumerate(sheets):
        page = made.active if not number else made.create_sheet()
        for row in rows:
            page.append(row)  # type: ignore[union-attr]
    return made


def test_a_workbook_is_read(tmp_path: Path) -> None:
    """A log kept as XLSX gives the same, with typed cells, below a title, on any sheet."""
    path = tmp_path / "log.xlsx"
    typed = (ROW[0], datetime(2026, 11, 24, 15, 4, 5), 31, 403, *ROW[4:])
    book([("About", "this"), ("a", "b")], [("API Logs",), (), SCREEN, typed, ROW]).save(path)
    found = list(read(path))
    assert [facts(each) for each in found] == [facts(CALL)] * 2
    assert found[0].where == "log.xlsx: Sheet1!A4"


def test_a_workbook_without_a_log_is_refused(tmp_path: Path) -> None:
    """A workbook of something else is an error."""
    path = tmp_path / "log.xlsx"
    book([("About", "this")], [("a", "b")]).save(path)
    with pytest.raises(InputError, match="no heading row"):
        list(read(path))


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FLAT = dict(zip(SCREEN, ROW, strict=True))


@pytest.mark.parametrize("text", [
    lines(FLAT, FLAT),
    json.dumps([FLAT, FLAT]),
    json.dumps([FLAT, FLAT], indent=2),
    json.dumps({"logs": [FLAT, FLAT]}, indent=1),
])  # fmt: skip
def test_json_is_read(text: str) -> None:
    """A log may be JSON: one object a line, or a list of them."""
    assert [facts(found) for found in read(text, "api-log")] == [facts(CALL)] * 2


def test_lines_of_json_that_are_none_are_told_of() -> None:
    """A broken line costs itself only."""
    found = list(read(lines(FLAT) + '{"broken\n' + lines({"a": 1}, FLAT)))
    assert [each.where for each in found if isinstance(each, Unreadable)] == ["line 2", "line 3"]
    assert [facts(each) for each in found if isinstance(each, Call)] == [facts(CALL)] * 2


def test_columns_of_json_can_be_named() -> None:
    """A mapping works for the keys of JSON as for headings."""
    row = {"z": "/service/tickets", "v": "GET", "s": 403}
    (found,) = read(lines(row), "api-log", columns={"url": "z", "method": "v", "status": "s"})
    assert facts(found)[:4] == ("GET", "/service/tickets", "", 403)


@pytest.mark.parametrize(("written", "expected"), [
    ("2026-11-24T15:04:05Z", "2026-11-24T15:04:05+00:00"),
    ("2026-11-24 15:04:05.1234567", "2026-11-24T15:04:05.123456"),
    ("11/24/2026 3:04 PM", "2026-11-24T15:04:00"),
    ("24/11/2026 15:04:05", "2026-11-24T15:04:05"),
    ("24.11.2026 15:04", "2026-11-24T15:04:00"),
    ("03/04/2026 15:04", None),
    ("99/99/2026 15:04", None),
    (1795532645, "2026-11-24T15:04:05+00:00"),
    ("1795532645000", "2026-11-24T15:04:05+00:00"),
    ("yesterday", None),
    ("", None),
    (True, None),
])  # fmt: skip
def test_times_are_read_or_left(written: object, expected: str | None) -> None:
    """A time is ISO 8601; where day and month could be swapped, there is none."""
    assert iso(written) == expected


@pytest.mark.parametrize(("written", "expected"), [
    ("31", 31.0), (31, 31.0), ("31 ms", 31.0), ("1,234", 1234.0), ("1.5s", 1500.0),
    ("0,5", 0.5), ("soon", None), ("1.2.3", None), (None, None),
])  # fmt: skip
def test_durations_are_milliseconds(written: object, expected: float | None) -> None:
    """A duration without a unit is in milliseconds."""
    assert duration(written) == expected
