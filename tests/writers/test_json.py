"""report.json and its published schema: the file is the model, and the schema describes it."""

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.schema import Report
from auditor.writers.json import render
from tests.reports import report
from tests.schema import PATH, content
from tests.writers.samples import POISONS, poisoned, whole_report


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    text = resources.files("auditor.writers").joinpath("report.schema.json").read_text("utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_published_schema_is_that_of_the_model() -> None:
    """`make schema` would write the same file."""
    assert PATH.read_text(encoding="utf-8") == content()


@pytest.mark.parametrize("shown", [whole_report(), report()], ids=["whole", "empty"])
def test_a_report_is_valid(shown: Report, validator: Draft202012Validator) -> None:
    """What the writer writes is what the schema describes."""
    assert not list(validator.iter_errors(json.loads(render(shown))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "psa-audit/report/2"),
        (("rights", 0, "state"), "fine"),
        (("rights", 0, "actions"), None),
        (("counts", "rights", "missing"), "1"),
        (("new",), 1),
    ],
)
def test_the_schema_refuses_what_the_model_does_not_say(
    path: tuple[str | int, ...], value: object, validator: Draft202012Validator
) -> None:
    """Another version, state, type or field is not valid."""
    data = json.loads(render(whole_report()))
    part: Any = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert list(validator.iter_errors(data))


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
def test_the_file_is_the_model(poison: str) -> None:
    """Read back it is the same report, whatever a tenant wrote."""
    shown = poisoned(whole_report(), poison)
    found = render(shown)
    assert found.isascii()
    data = json.loads(found)
    assert data == json.loads(json.dumps(shown.model_dump(by_alias=True)))
    assert [part["id"] for part in data["rights"]] == [part.id for part in shown.rights]
