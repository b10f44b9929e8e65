"""report.csv: one row per right with all that the model says of it, and no formula."""

import csv
import io
import re

import pytest

from auditor.schema import Report, RightPart
from auditor.writers.csv import COLUMNS, cell, render
from tests.reports import report, right
from tests.writers.samples import POISONS, poisoned, whole_report


def rows(shown: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(shown).decode())))


def test_each_right_is_a_row_in_the_order_of_the_model() -> None:
    """Ids, states and levels are those of the report."""
    shown = whole_report()
    assert [(row["id"], row["state"], row["needed"], row["declared"]) for row in rows(shown)] == [
        (part.id, part.state, part.needed or "", part.declared or "") for part in shown.rights
    ]


def test_every_field_of_a_right_has_a_column() -> None:
    """No field is left out; an exception has three columns, a finding four."""
    assert set(RightPart.model_fields) - {"accepted"} < set(COLUMNS)
    row = rows(whole_report())[-2]
    assert (row["accepted_owner"], row["accepted_expires"]) == ("Ann", "2027-03-31")
    assert (row["rule"], row["severity"]) == ("missing-right", "high")
    assert row["fix"] == "fix Service Desk/Agreements:Edit"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (("a", "b"), "a; b"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("  =1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a, -1", "a, '-1"),
        ("a-b", "a-b"),
        ("\t=1", "\ufffd=1"),
        ("\r\n=1", "\ufffd =1"),
        ("\n=1", "'=1"),
        ("two\nlines", "two lines"),
        ("\ud800\x1b[31m", "\ufffd\ufffd[31m"),
        ("x" * 40_000, "x" * 31_999 + "…"),
    ],
)
def test_a_cell_is_one_line_that_computes_nothing(
    value: str | bool | tuple[str, ...] | None, shown: str
) -> None:
    """What could become a formula is quoted, what steers a program is replaced."""
    assert cell(value) == shown


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_no_cell_begins_like_a_formula(poison: str) -> None:
    """Neither a cell nor a part behind a separator does, whatever a tenant wrote."""
    shown = poisoned(whole_report(), poison)
    content = render(shown).decode()
    found = list(csv.reader(io.StringIO(content)))
    assert len(found) == len(shown.rights) + 1 == content.count("\n")
    for row in found:
        assert len(row) == len(COLUMNS)
        for text in row:
            assert not re.search(r"(^|[;,|])\s*[=+\-@\uff1d]", text)
            assert len(text.encode("utf-16-le")) // 2 <= 32_767


def test_a_report_without_rights_is_a_header() -> None:
    """The columns are there even then."""
    assert render(report()).decode() == ",".join(COLUMNS) + "\n"


def test_every_right_of_a_large_role_is_there() -> None:
    """Nothing is cut off at some number of rows."""
    many = tuple(right(f"P{number}") for number in range(3_111))
    assert len(rows(report(rights=many))) == 3_111
