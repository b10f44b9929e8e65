"""report.md: what a ticket needs, and no text of a tenant that acts in it."""

import re

import pytest

from auditor.schema import Report
from auditor.writers.markdown import render, text
from tests.reports import report, right
from tests.writers.samples import POISONS, about, poisoned, whole_report


def shown(found: Report) -> str:
    return render(found).decode()


def section(found: str, title: str) -> list[str]:
    """Return the lines under a heading, without empty ones."""
    after = found.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]
    return [line for line in after.splitlines()[1:] if line]


def prose(line: str) -> str:
    """Return what is left of a line without its code spans and escaped characters."""
    return re.sub(r"`[^`]*`", "", re.sub(r"\\.", "", line))


def test_the_outcome_comes_first() -> None:
    """Heading, headline, counts of the model."""
    found = whole_report()
    lines = [line for line in shown(found).splitlines() if line]
    assert lines[0] == "# Permission audit of acme"
    assert lines[1] == "**The headline.**"
    counts = found.counts.rights
    assert lines[3] == "- Shared for: internal"
    assert f"{counts.granted} granted, {counts.missing} missing" in lines[5]
    assert lines[6] == "- Actions: 0 work, 4 fail, 0 are open"


def test_every_missing_right_is_a_row_with_its_click_path() -> None:
    """Rights and fixes are those of the model; an accepted one says until when."""
    found = whole_report()
    head, _, *rows = section(shown(found), "Missing (4)")
    lacking = [part for part in found.rights if part.state in {"missing", "level_too_low"}]
    assert head.startswith("| Module | Permission | Set | State |")
    assert len(rows) == len(lacking) == 4
    for part, row in zip(lacking, rows, strict=True):
        assert f"| {part.permission} | {part.verb}: {part.needed or 'All'}" in row
    assert "missing, accepted until `2027-03-31`" not in rows[0]
    assert "missing, accepted until 2027-03-31" in rows[3]


def test_undecided_rights_are_counted_by_reason() -> None:
    """The same reason and leaning is one row."""
    rights = (right(state="undecided"), right(verb="Edit", state="undecided"),
              right(verb="Delete", state="undecided", reason="another"))  # fmt: skip
    _, _, *rows = section(shown(report(rights=rights)), "Not decided (3)")
    assert rows == ["| 2 | the reason |  |", "| 1 | another |  |"]


def test_the_worst_of_the_excess_is_shown_and_the_rest_counted() -> None:
    """Dangerous combinations first, then ten rights, then how many more there are."""
    rights = tuple(right(f"P{number}", "excess", declared="All") for number in range(25))
    danger = about("dangerous-combination", message="Takes all (critical): A with B.")
    lines = section(shown(report(rights=rights, findings=(danger,))), "Not needed (25)")
    assert lines[0] == "- Takes all (critical): A with B."
    assert len([line for line in lines if line.startswith("| medium |")]) == 10
    assert lines[-1] == "... and 15 more rights that nothing needs: see the other report files."


def test_one_of_several_is_said_once() -> None:
    """The same message about two rights is one line."""
    twice = tuple(about("one-of-rights", message="A or B.") for _ in range(2))
    found = shown(report(findings=twice))
    assert section(found, "One of these is missing") == ["- A or B."]


def test_nothing_missing_does_not_hide_what_is_open() -> None:
    """Without a missing right the number of undecided ones is said in the same place."""
    found = shown(report(rights=(right(state="undecided"),)))
    assert section(found, "Missing (0)") == ["No right was found missing; 1 are not decided."]


def test_how_it_was_tested_is_said() -> None:
    """Requests, settings, order of checks and versions are those of the model."""
    lines = section(shown(whole_report()), "How this was tested")
    assert lines[0] == "- Requests: 1 sent of 2 planned"
    assert lines[2] == "- Settings read: /system/mySecurity"
    assert lines[3] == "- Settings not readable: /system/myMembers"
    assert lines[4] == "- Resources shown to check security first: 1 of 2"


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("plain words", "plain words"),
        ("Time & Expense > Time Entry", "Time & Expense > Time Entry"),
        ("a*b_c", "a\\*b\\_c"),
        ("[x](y)", "\\[x\\](y)"),
        ("<b>", "&lt;b>"),
        ("a|b", "a\\|b"),
        ("\\", "\\\\"),
        ("`x`", "\\`x\\`"),
        ("see https://evil.example/x now", "see `https://evil.example/x` now"),
        ("www.evil.org", "`www.evil.org`"),
        ("hello @everyone", "hello `@everyone`"),
        ("#12", "`#12`"),
        ("&lt;", "`&lt;`"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("> quote", "\\> quote"),
        ("two\nlines", "two lines"),
        ("\x1b[31m", "\ufffd\\[31m"),
        ("x " * 1_000, ("x " * 250)[:-1] + "…"),
    ],
)
def test_text_is_shown_and_does_nothing(value: str, escaped: str) -> None:
    """A word that a program would act on is code, markup is escaped, lines become one."""
    assert text(value) == escaped


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_hostile_text_makes_no_markup(poison: str) -> None:
    """The same lines, tables and columns as without it; outside code nothing a program acts on."""
    found, usual = poisoned(whole_report(), poison), whole_report()
    lines = shown(found).splitlines()
    tables = [line.count(" | ") for line in shown(usual).splitlines() if line.startswith("| Mod")]
    assert [prose(line).count(" | ") for line in lines if line.startswith("| Mod")] == tables
    for line in lines:
        left = prose(line)
        assert not re.search(r"[<`]|://|www\.|@\w|\w@|#\d|\]\(|&#?\w+;(?<!&lt;)", left), line
        assert re.match(r"(#{1,2} |\*\*|- |\| |\.\.\. |No right|$)", line), line
