"""Stdin is read as a file is."""

import io
import sys

import pytest
from openpyxl import Workbook

from auditor.calls import Call, read

API = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> list[object]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(_Pipe(data)))
    return list(read("-"))


def test_text_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that cannot be read twice is told apart all the same."""
    (found,) = piped(monkeypatch, f"GET {API}/service/tickets returned 403".encode())
    assert found == Call("GET", "/service/tickets", status=403, where="stdin:1")


def test_a_workbook_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook, which has to be read twice, is held."""
    book, held = Workbook(), io.BytesIO()
    book.worksheets[0].append(["Method", "URL", "Response"])
    book.worksheets[0].append(["GET", f"{API}/service/tickets", 403])
    book.save(held)
    (found,) = piped(monkeypatch, held.getvalue())
    assert found == Call("GET", "/service/tickets", status=403, where="stdin: Sheet!A2")
