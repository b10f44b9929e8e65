"""The grammar of query conditions and what a record must have to match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.conditions import (
    MAX_DEPTH,
    AllOf,
    AnyOf,
    Comparison,
    ConditionError,
    matches,
    parse,
)

TICKET = {
    "id": 42,
    "summary": "Printer on fire",
    "budgetHours": 1.5,
    "closedFlag": False,
    "severity": None,
    "board": {"id": 1, "name": "Help Desk"},
    "_info": {"lastUpdated": "2026-02-01T12:00:00Z"},
    "communicationItems": [
        {"value": "ada@example.com", "type": {"name": "Email"}},
        {"value": "555-0100", "type": {"name": "Phone"}},
    ],
    "types": [],
}


@pytest.mark.parametrize(
    "text",
    [
        "id=42",
        "id = 42 and closedFlag = False",
        "id=1 OR id=42",
        "ID=42 And SUMMARY='printer on FIRE'",
        'board/name = "Help Desk"',
        "board/Name != 'Projects'",
        "budgetHours > 1 and budgetHours <= 1.5",
        "budgetHours >= +1.5",
        "id > -1",
        "summary contains 'fire'",
        "summary not contains 'water'",
        "summary like 'Printer%'",
        "summary like '*on*'",
        "summary like 'p%on%e'",
        "summary not like 'fire%'",
        "summary not like 'printer on fire fire%'",
        "id in (1, 42)",
        "id in (42)",
        "summary not in ('a','b')",
        "severity = null",
        "severity=NULL",
        "unknown = null",
        "closedFlag != true",
        "_info/lastUpdated > [2026-01-31T08:00:00Z]",
        "_info/lastUpdated = [2026-02-01T13:00:00+01:00]",
        "_info/lastUpdated < [2026-02-02]",
        "communicationItems/value like '%@example.com'",
        "communicationItems/value = '555-0100' and communicationItems/type/name = 'email'",
        "(id=1 or id=42) and (board/id=1)",
        "((((id=42))))",
        "summary > 'a'",
        "summary != 'it\\'s'",
        "types/id = null",
        "board != 1",
    ],
)
def test_matching_conditions(text: str) -> None:
    """A record that fulfils the condition matches, whatever the letter case of names."""
    assert matches(parse(text), TICKET)


@pytest.mark.parametrize(
    "text",
    [
        "id=0",
        "id=42 and closedFlag=True",
        "id=42 and (id=1 or id=2)",
        "id='42'",
        "closedFlag=0",
        "closedFlag < 1",
        "severity > 1",
        "severity contains 'x'",
        "summary < 'a'",
        "summary > 1",
        "summary like 'fire'",
        "summary like 'printer on fire%fire'",
        "summary like '%water%'",
        "id not in (1, 42)",
        "_info/lastUpdated < [2026-01-31]",
        "summary > [2026-01-31]",
        "communicationItems/value = 'bob@example.com'",
        "board/name/more = 'Help Desk'",
        "types/id = 1",
    ],
)
def test_other_conditions(text: str) -> None:
    """A record that lacks what is asked for, or has it in another type, does not match."""
    assert not matches(parse(text), TICKET)


def test_and_binds_closer_than_or() -> None:
    """AND binds closer than OR, and chains stay flat."""
    one, two, three = (Comparison(("id",), "=", number) for number in (1, 2, 3))
    assert parse("id=1 or id=2 and id=3") == AnyOf((one, AllOf((two, three))))
    assert parse("id=1 and id=2 and id=3") == AllOf((one, two, three))


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("", 1, "field operator value"),
        ("   ", 4, "field operator value"),
        ("id == 1", 4, "Use =, not =="),
        ("id <> 1", 4, "Use !="),
        ("id=1 && id=2", 6, "Use AND"),
        ("id=1 || id=2", 6, "Use OR"),
        ("name = Acme", 8, "Strings go in quotes"),
        ("name = 'Acme", 8, "Close the string"),
        ("dateEntered > 2026-01-31", 15, "square brackets"),
        ("dateEntered > [yesterday]", 15, "[2026-01-31T08:00:00Z]"),
        ("dateEntered > [2026-01-31", 15, "Close the datetime"),
        ("(id=1", 6, "missing closing parenthesis"),
        ("id=1)", 5, "Remove the closing parenthesis"),
        ("id in 1", 7, "in parentheses"),
        ("id in (1", 9, "Close the list"),
        ("id in ()", 8, "Strings go in quotes"),
        ("name is null", 6, "= null"),
        ("name not = 1", 10, "contains, like or in"),
        ("id", 3, "Operators are"),
        ("id=1 id=2", 6, "AND or OR"),
        ("name contains 1", 15, "in quotes"),
        ("not id=1", 1, "field operator value"),
        ("id=" + "9" * 5000, 4, "digits"),
        ("(" * 100_000, MAX_DEPTH + 1, "levels"),
        ("id=1 ☃", 6, "AND or OR"),
    ],
)
def test_mistakes(text: str, position: int, hint: str) -> None:
    """A condition that cannot be read names the character and what to write instead."""
    with pytest.raises(ConditionError) as error:
        parse(text)
    assert error.value.position == position
    assert hint in error.value.hint


@given(st.text())
def test_any_text(text: str) -> None:
    """Arbitrary text is read or refused with a ConditionError; nothing else happens."""
    position = 1
    try:
        matches(parse(text), TICKET)
    except ConditionError as error:
        position = error.position
    assert 1 <= position <= len(text) + 1


WORDS = st.sampled_from(
    ["id", "board/name", "types/id", "=", "!=", "<", ">=", "contains", "like", "in", "not", "(",
     ")", ",", "and", "OR", "null", "True", "1", "-2.5", "'a%'", '"b"', "[2026-01-31]", "[", "'"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_any_words(text: str) -> None:
    """Any sequence of the grammar's own words is read or refused with a ConditionError."""
    try:
        matches(parse(text), TICKET)
    except ConditionError:
        return


@given(st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9).map(lambda x: round(x, 3)))
def test_numbers(number: float) -> None:
    """A number is read as the number it is."""
    text = f"{number:.3f}" if isinstance(number, float) else str(number)
    assert matches(parse(f"n = {text}"), {"n": float(text) if "." in text else int(text)})


@given(st.text())
def test_strings(text: str) -> None:
    """A quoted string is read as it stands; the quote itself is written with a backslash."""
    if not text.endswith("\\") and '\\"' not in text:
        quoted = text.replace('"', '\\"')
        assert parse(f'name = "{quoted}"') == Comparison(("name",), "=", text)
