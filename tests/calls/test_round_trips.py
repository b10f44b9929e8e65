"""Any call, written down as its owner would, is found again; anything else is refused in words."""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.calls import Call, Unreadable, read
from auditor.calls.addresses import ROOTS
from auditor.errors import InputError

API = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"
MESSAGE = "You do not have security permission to perform this action."
KINDS = ("auto", "call", "curl", "har", "api-log", "text")

words = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ", min_size=2, max_size=9)
segments = st.one_of(words, st.integers(0, 2**31).map(str), st.just("{id}"))
paths = st.builds(
    lambda root, first, rest: "/".join(["", root, first, *rest]),
    st.sampled_from(ROOTS), words, st.lists(segments, max_size=3),
)  # fmt: skip
queries = st.one_of(
    st.just(""),
    st.lists(
        st.builds(
            lambda name, value: f"{name}={quote(value)}",
            st.sampled_from(["page", "pageSize", "conditions", "fields", "orderBy"]),
            st.text("abc /=<>\"'[]()0123456789", min_size=1, max_size=15),
        ),
        min_size=1, max_size=3,
    ).map("&".join),
)  # fmt: skip
calls = st.builds(
    Call,
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), paths, queries,
    st.sampled_from([400, 401, 403, 404, 429, 500]), st.just("Security"), st.just(MESSAGE),
)  # fmt: skip
secrets = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=20, max_size=40).map(
    lambda text: f"S3{text}"
)
bodies = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def url(call: Call) -> str:
    return f"{API}{call.path}" + (f"?{call.query}" if call.query else "")


def answer(call: Call) -> str:
    return json.dumps({"code": call.code, "message": call.message, "errors": None})


def bash(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def cmd(text: str) -> str:
    """As browsers copy for cmd: every special character behind a caret."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "".join(f"^{char}" if char in '"&|<>^%{}()!' else char for char in quoted)


def as_bash(call: Call, secret: str, body: str) -> str:
    return (f"curl -X {call.method} {bash(url(call))} \\\n  -H 'Authorization: Basic {secret}' \\\n"
            f"  --data-raw {bash(body)}")  # fmt: skip


def as_cmd(call: Call, secret: str, body: str) -> str:
    plain = "".join(char for char in body if char.isprintable())
    return (f"curl {cmd(url(call))} ^\r\n  -X {cmd(str(call.method))} ^\r\n"
            f"  -H {cmd(f'clientId: {secret}')} ^\r\n  --data-raw {cmd(plain)}")  # fmt: skip


def as_har(call: Call, secret: str, body: str) -> str:
    entry = {
        "startedDateTime": "2026-11-24T10:00:00.000Z", "time": 12.5, "comment": body,
        "request": {"method": call.method, "url": url(call), "httpVersion": "HTTP/2",
                    "headers": [{"name": "authorization", "value": f"Basic {secret}"}],
                    "cookies": [{"name": "a", "value": secret}],
                    "postData": {"mimeType": "application/json", "text": body}},
        "response": {"status": call.status, "content": {"size": 1, "text": answer(call)}},
    }  # fmt: skip
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [entry]}})


def as_prose(call: Call, secret: str, body: str) -> str:
    return f"Request failed: {call.method} {url(call)} returned {call.status} {answer(call)}"


def as_json(call: Call, secret: str, body: str) -> str:
    return json.dumps({
        "request": {"method": call.method, "url": url(call), "body": body,
                    "headers": {"Authorization": f"Basic {secret}"}},
        "response": {"status_code": call.status, "body": answer(call)},
    })  # fmt: skip


def as_nested_json(call: Call, secret: str, body: str) -> str:
    return json.dumps({"output": as_json(call, secret, body)})


def as_http(call: Call, secret: str, body: str) -> str:
    target = url(call).removeprefix("https://api-na.myconnectwise.net")
    return (f"{call.method} {target} HTTP/1.1\r\nAuthorization: Basic {secret}\r\n\r\n"
            f"HTTP/1.1 {call.status} Refused\r\n\r\n{answer(call)}\r\n")  # fmt: skip


Write = Callable[[Call, str, str], str]


@pytest.mark.parametrize("write", [as_har, as_prose, as_json, as_nested_json, as_http])
@given(call=calls, secret=secrets, body=bodies)
@settings(max_examples=60, deadline=None)
def test_a_failure_written_down_is_found_again(
    write: Write, call: Call, secret: str, body: str
) -> None:
    """Method, path, query, status, code and message survive each form; the credentials do not."""
    (found,) = read(write(call, secret, body))
    assert isinstance(found, Call)
    assert facts(found) == facts(call)
    assert secret not in repr(found)


@pytest.mark.parametrize("write", [as_bash, as_cmd])
@given(call=calls, secret=secrets, body=bodies)
@settings(max_examples=100, deadline=None)
def test_a_command_written_down_is_found_again(
    write: Write, call: Call, secret: str, body: str
) -> None:
    """Whatever is in the body of a cURL command, its method and address are read."""
    (found,) = read(write(call, secret, body))
    assert isinstance(found, Call)
    assert facts(found)[:3] == facts(call)[:3]
    assert secret not in repr(found)


@pytest.mark.parametrize("write", [as_prose, as_http])
@given(several=st.lists(calls, min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_several_failures_in_one_text_keep_apart(write: Write, several: list[Call]) -> None:
    """No failure takes the status or body of its neighbour."""
    text = "\n".join(write(call, "", "") for call in several)
    assert [facts(call) for call in read(text, "text") if isinstance(call, Call)] == [
        facts(call) for call in several
    ]


def facts(call: Call) -> tuple[Any, ...]:
    return call.method, call.path, call.query, call.status, call.code, call.message


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=400))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_bytes_raise_nothing_but_a_complaint(
    tmp_path: Path, kind: Any, data: bytes
) -> None:  # fmt: skip
    """Whatever a file holds, reading it ends in calls, in places told of, or in InputError."""
    drain(tmp_path, kind, data)


@pytest.mark.parametrize("kind", KINDS)
@given(call=calls, at=st.integers(0, 600), noise=st.binary(max_size=6), write=st.sampled_from(
    [as_bash, as_cmd, as_har, as_prose, as_json, as_nested_json, as_http]))  # fmt: skip
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_raises_nothing_but_a_complaint(
    tmp_path: Path, kind: Any, call: Call, at: int, noise: bytes, write: Write
) -> None:
    """A good input that is cut short or overwritten anywhere is no worse than random bytes."""
    good = write(call, "secret", "").encode()
    drain(tmp_path, kind, good[:at] + noise + good[at + len(noise) :])
    drain(tmp_path, kind, good[:at])


@given(at=st.integers(0, 900), noise=st.binary(min_size=1, max_size=4))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_archive_raises_nothing_but_a_complaint(
    tmp_path: Path, at: int, noise: bytes
) -> None:  # fmt: skip
    """A broken workbook is refused in words."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>" * 20)
    good = held.getvalue()
    drain(tmp_path, "auto", good[:at] + noise + good[at + len(noise) :])


def drain(directory: Path, kind: Any, data: bytes) -> None:
    path = directory / "input"
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        for found in read(path, kind):
            assert isinstance(found, (Call, Unreadable))
            assert repr(found).isprintable()
