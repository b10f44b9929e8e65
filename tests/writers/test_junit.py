"""report.junit.xml: one case per needed right, and nothing that passes without a proof."""

from xml.etree import ElementTree as Xml

import pytest

from auditor.schema import Report
from auditor.writers.junit import render
from tests.reports import report, request, right
from tests.writers.samples import POISONS, poisoned, whole_report

OUTCOMES = {"granted": "passed", "missing": "failure", "level_too_low": "failure",
            "undecided": "skipped"}  # fmt: skip


def suite(shown: Report) -> Xml.Element:
    found = Xml.fromstring(render(shown)).find("testsuite")  # noqa: S314 - our own file
    assert found is not None
    return found


def outcome(case: Xml.Element) -> str:
    tags = [child.tag for child in case if child.tag not in {"system-out", "properties"}]
    return tags[0] if tags else "passed"


def test_each_needed_right_is_a_case() -> None:
    """Class, name and outcome follow from module, permission, verb and state."""
    shown = whole_report()
    cases = suite(shown).findall("testcase")
    assert [case.get("classname") for case in cases] == [
        f"{part.module}.{part.permission}" for part in shown.needed
    ]
    assert [outcome(case) for case in cases] == [
        "skipped" if part.accepted else OUTCOMES[part.state] for part in shown.needed
    ]
    names = {(case.get("classname"), case.get("name")) for case in cases}
    assert len(names) == len(cases)
    assert ("Service Desk.Table Setup", "Add [Service / Service Board]") in names


def test_a_failure_says_how_to_fix_it() -> None:
    """The reason is its message and the click path its text."""
    case = suite(whole_report()).findall("testcase")[1]
    found = case.find("failure")
    assert found is not None
    assert found.get("message") == "missing: the reason"
    assert found.get("type") == "missing"
    assert found.text == "fix Service Desk/Service Tickets:Edit"


def test_a_skipped_case_says_why() -> None:
    """An undecided right has its reason, an accepted one its owner and day."""
    messages = [item.get("message") for item in suite(whole_report()).iter("skipped")]
    assert messages == [
        "undecided: the reason",
        "missing, accepted until 2027-03-31 by Ann: until it is retired",
        "undecided: the reason",
    ]


def test_the_evidence_is_the_output_of_a_case() -> None:
    """Grade, levels and the requests with their answers."""
    shown = report(rights=(right(declared="All", grade="both"),), requests=(request(1),))
    assert suite(shown).findtext("testcase/system-out") == (
        "Service Desk/Service Tickets:Add: granted (both): the reason\n"
        "needed: All; settings: All\n"
        "p0001 POST /service/tickets: 403 Security"
    )


def test_the_counts_are_those_of_the_cases() -> None:
    """Tests, failures and skipped add up, on the suite and above it."""
    root = Xml.fromstring(render(whole_report()))  # noqa: S314 - our own file
    for part in (root, suite(whole_report())):
        assert [part.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
            "7", "3", "0", "3"
        ]  # fmt: skip


@pytest.mark.parametrize(
    "shown",
    [report(), report(rights=(right(state="excess", needed=None),)),
     report(rights=(right(),), stopped="interrupted"), report(rights=(right(),), stopped="safety")],
    ids=["empty", "excess only", "interrupted", "safety"],
)  # fmt: skip
def test_a_run_without_a_result_does_not_pass(shown: Report) -> None:
    """Nothing needed, or a run that ended early, is an error of its own."""
    last = suite(shown).findall("testcase")[-1]
    assert last.get("classname") == "psa-audit.run"
    assert outcome(last) == "error"
    assert suite(shown).get("errors") == "1"


def test_a_run_that_proved_everything_passes() -> None:
    """No case fails, none is skipped, and none is added."""
    found = suite(report(rights=(right(), right(verb="Edit"))))
    assert [outcome(case) for case in found.findall("testcase")] == ["passed", "passed"]


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_well_formed(poison: str) -> None:
    """The file is parsed again, with as many cases and no element of the tenant's."""
    found = suite(poisoned(whole_report(), poison))
    assert len(found.findall("testcase")) == len(whole_report().needed)
    assert {item.tag for item in found.iter()} <= {
        "testsuite", "properties", "property", "testcase", "failure", "skipped", "system-out"
    }  # fmt: skip
