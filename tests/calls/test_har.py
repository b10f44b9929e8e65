"""Recordings of browsers and proxies: what counts, what goes elsewhere, what is damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.calls import Call, Unreadable, read
from auditor.errors import InputError

API = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"


def entry(**changes: Any) -> dict[str, Any]:
    """An entry as a browser writes it."""
    return {
        "_initiator": {"type": "script"}, "startedDateTime": "2026-11-24T10:00:00.000Z", "time": 31,
        "request": {"method": "GET", "url": f"{API}/service/tickets?page=1", "headers": []},
        "response": {"status": 403, "content": {"text": '{"code":"Security","message":"m"}'}},
        **changes,
    }  # fmt: skip


def har(*entries: Any, **more: Any) -> str:
    return json.dumps(
        {"log": {"version": "1.2", "pages": [{"id": "p"}], "entries": entries, **more}}
    )


def one(changed: dict[str, Any]) -> Call:
    (found,) = read(har(changed), "har")
    assert isinstance(found, Call)
    return found


WHOLE = Call("GET", "/service/tickets", "page=1", 403, "Security", "m",
             "2026-11-24T10:00:00+00:00", 31.0, "entry 1")  # fmt: skip


def test_an_entry_gives_all_that_is_known_of_a_call() -> None:
    """Time, duration and refusal are taken from an entry."""
    assert one(entry()) == WHOLE


@pytest.mark.parametrize(("changed", "status"), [
    (entry(response=None), None),
    (entry(response={}), None),
    (entry(response={"status": 0}), None),
    (entry(response={"status": "403"}), 403),
    (entry(response={"status": 403, "content": None}), 403),
    (entry(response={"status": 403, "content": {"text": None}}), 403),
    (entry(response={"status": 403, "content": {"text": "%%%", "encoding": "base64"}}), 403),
    (entry(response={"status": 200, "content": {"text": '{"code":"Security"}'}}), 200),
])  # fmt: skip
def test_missing_fields_are_not_guessed(changed: dict[str, Any], status: int | None) -> None:
    """A recording without an answer says nothing about the answer."""
    found = one(changed)
    assert (found.status, found.code, found.message) == (status, None, None)


def test_a_web_page_is_known_as_one_and_not_kept() -> None:
    """A proxy's page is no refusal of the API: that it was a page is all that is kept."""
    found = one(entry(response={"status": 403, "content": {"text": "<!DOCTYPE html><p>Jane</p>"}}))
    assert (found.status, found.code, found.message) == (403, None, "<html>")


@pytest.mark.parametrize("request_", [
    {"method": "GET", "url": f"{API}/service/tickets?page=1"},
    {"method": "get", "url": "https://gateway.example/v2025_1/apis/3.0/service/tickets/?page=1"},
    {"headers": [{"name": ":method", "value": "GET"}, {"name": ":authority", "value": "x.example"},
                 {"name": ":path", "value": "/v4_6_release/apis/3.0/service/tickets?page=1"}]},
    {"method": "GET", "url": "/v4_6_release/apis/3.0/service/tickets?page=1"},
    {"method": "GET", "url": f"{API}/service/tickets",
     "queryString": [{"name": "page", "value": "1"}]},
])  # fmt: skip
def test_every_flavour_of_request_is_read(request_: dict[str, Any]) -> None:
    """The address stands in the URL, in HTTP/2's own headers, or in parts."""
    found = one(entry(request=request_))
    assert (found.method, found.path, found.query) == ("GET", "/service/tickets", "page=1")


def test_what_goes_elsewhere_is_counted() -> None:
    """The images and preflights of a page are neither calls nor lost: they are counted."""
    image = entry(request={"method": "GET", "url": "https://na.myconnectwise.net/a/logo.png"})
    preflight = entry(request={"method": "OPTIONS", "url": f"{API}/service/tickets"})
    call, others = read(har(image, entry(), preflight, image))
    assert isinstance(call, Call)
    assert call.where == "entry 2"
    assert isinstance(others, Unreadable)
    assert (others.count, others.is_other, others.where) == (3, True, "entry 1")


@pytest.mark.parametrize("top", ["log", "bare", "late"])
def test_entries_are_found_where_proxies_put_them(top: str) -> None:
    """Entries lie in a log, on top, or after a comment of any size."""
    document = {
        "log": {"log": {"comment": "x" * 70_000, "entries": [entry()]}},
        "bare": {"entries": [entry()]},
        "late": {"pages": [{"a": 1}], "entries": [entry()]},
    }[top]
    assert list(read(json.dumps(document), "har")) == [WHOLE]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """A byte-order mark or UTF-16 does not keep a recording from being read."""
    path = tmp_path / "a.har"
    path.write_bytes(har(entry(comment="é")).encode(encoding))
    (found,) = read(path)
    assert isinstance(found, Call)
    assert found.where == "a.har entry 1"


def test_a_truncated_recording_gives_what_came_before() -> None:
    """The calls before a cut are given, and the cut is told of."""
    text = har(*[entry()] * 3)
    *calls, cut = read(text[:-200], "har")
    assert [call.where for call in calls] == ["entry 1", "entry 2"]
    assert isinstance(cut, Unreadable)
    assert "ends in the middle" in cut.reason
    assert cut.where == "after entry 2"


@pytest.mark.parametrize("damage", [
    '{"log":{"entries":[nonsense]}}', "[" * 5_000, '{"a":' * 5_000, '{"log":' + "9" * 6_000 + "}",
    '{"log":{"entries":[' + "[" * 600, "\0" * 100, '{"log":{"entries":[{"request":1e999999999}',
])  # fmt: skip
def test_damage_is_told_of(damage: str) -> None:
    """A broken document is never an empty result."""
    *_, found = read(damage, "har")
    assert isinstance(found, Unreadable)
    assert not found.is_other


def test_a_recording_without_calls_is_refused() -> None:
    """A recording in which nothing was recorded is an error, not a clean result."""
    with pytest.raises(InputError, match="holds no call"):
        list(read(har(), "har"))


def test_many_broken_entries_are_told_of_once() -> None:
    """The first fifty are listed with place and reason, the rest by their number."""
    found = list(read(har(*[{"request": None}] * 80), "har"))
    assert len(found) == 51
    assert all(isinstance(each, Unreadable) for each in found)
    assert sum(each.count for each in found if isinstance(each, Unreadable)) == 80


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """The callback hears how far the file is read and how long it is."""
    path = tmp_path / "a.har"
    path.write_text(har(*[entry(comment="x" * 5_000)] * 50))
    heard: list[tuple[int, int | None]] = []
    assert len(list(read(path, progress=lambda done, total: heard.append((done, total))))) == 50
    size = path.stat().st_size
    assert heard[-1] == (size, size)
    assert len(heard) > 2
    assert heard == sorted(heard)
