"""Recipes: every request is harmless for a stated reason."""

import json

import pytest

from auditor.catalogue import Catalogue
from auditor.recipes import ABSENT_ID, LONGEST, Recipe, Skip, guards, recipe

CASES = [
    ("GET /service/tickets", "GET /service/tickets?conditions=id%3D0&fields=id&pageSize=1", ""),
    ("GET /service/tickets/count", "GET /service/tickets/count?conditions=id%3D0", ""),
    ("GET /service/tickets/{id}", f"GET /service/tickets/{ABSENT_ID}?fields=id", ""),
    ("GET /service/tickets/{parentId}/notes",
     f"GET /service/tickets/{ABSENT_ID}/notes?conditions=id%3D0&fields=id&pageSize=1", ""),
    ("GET /system/documents/{id}/download", f"GET /system/documents/{ABSENT_ID}/download", ""),
    ("POST /service/tickets", "POST /service/tickets", "{}"),
    ("POST /service/tickets/{parentId}/notes", f"POST /service/tickets/{ABSENT_ID}/notes", "{}"),
    ("PATCH /service/tickets/{id}", f"PATCH /service/tickets/{ABSENT_ID}", "[]"),
    ("PUT /service/tickets/{id}", f"PUT /service/tickets/{ABSENT_ID}", "{}"),
    ("DELETE /service/tickets/{id}", f"DELETE /service/tickets/{ABSENT_ID}", ""),
    ("POST /service/tickets/{parentId}/merge", f"POST /service/tickets/{ABSENT_ID}/merge", "{}"),
    ("POST /service/tickets/search", "POST /service/tickets/search?pageSize=1",
     '{"conditions": "id=0"}'),
    ("GET /system/reports/{reportName}/columns",
     "GET /system/reports/Service/columns?conditions=id%3D0&fields=id&pageSize=1", ""),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "line", "body"), CASES)
def test_each_kind_has_its_request(
    catalogue: Catalogue, operation: str, line: str, body: str
) -> None:
    """The recipe of a kind is fixed, down to the query."""
    made = recipe(catalogue.operations[operation], catalogue)
    assert isinstance(made, Recipe)
    assert (made.request.line, made.request.body) == (line, body)


@pytest.mark.parametrize(
    "operation",
    [
        "POST /service/boards/copy",
        "POST /schedule/colors/reset",
        "POST /company/contacts",
        "POST /company/contacts/requestPassword",
        "POST /company/contacts/validatePortalCredentials",
        "POST /system/members/{memberIdentifier}/tokens",
        "POST /system/office365/emailSetups/{id}/testConnection",
        "GET /system/authAnvils/testConnection",
        "DELETE /service/tickets/changelogs",
        "POST /system/bundles",
        "POST /system/documents",
        "POST /company/configurations/bulk",
    ],
)
def test_what_might_act_is_not_sent(catalogue: Catalogue, operation: str) -> None:
    """What acts without an id, reaches outside or might create a record is skipped, with why."""
    made = recipe(catalogue.operations[operation], catalogue)
    assert isinstance(made, Skip)
    assert made.reason


def test_every_write_of_the_api_is_harmless_for_a_reason(catalogue: Catalogue) -> None:
    """Over all operations: a write names an absent record or has a body that must be refused."""
    sent = 0
    for operation in catalogue.operations.values():
        made = recipe(operation, catalogue)
        if isinstance(made, Skip) or made.reads:
            assert isinstance(made, Skip) or catalogue.kinds[operation.kind].writes == "no"
            continue
        sent += 1
        assert made.absent or made.invalid, operation.id
        assert made.absent == (str(ABSENT_ID) in made.request.path), operation.id
        assert str(ABSENT_ID) in made.harmless or "validation" in made.harmless
        assert "{" not in made.request.path
    assert sent > 1000


def test_a_read_that_names_no_record_asks_for_no_rows(catalogue: Catalogue) -> None:
    """Over all operations: no list is read but with a condition that nothing fulfils."""
    for operation in catalogue.operations.values():
        made = recipe(operation, catalogue)
        if isinstance(made, Recipe) and made.reads and operation.is_many and not made.absent:
            asked = made.request.query + made.request.body
            assert "id%3D0" in asked or "id=0" in asked, operation.id


def test_a_poison_body_fails_for_two_reasons(catalogue: Catalogue) -> None:
    """Where nothing is required, a text is too long and a reference leads nowhere."""
    operation = catalogue.operations["POST /finance/glpaths"]
    made = recipe(operation, catalogue)
    assert isinstance(made, Recipe)
    limits = {row.field: row for row in catalogue.bodies[operation.body]}
    body = json.loads(made.request.body)
    texts = [name for name, value in body.items() if isinstance(value, str)]
    references = [name for name, value in body.items() if value == {"id": ABSENT_ID}]
    assert len(texts) == len(references) == 1
    assert len(body[texts[0]]) == int(limits[texts[0]].max_length) + 1 <= LONGEST + 1
    assert limits[references[0]].type.endswith("Reference")
    assert "two independent reasons" in made.harmless


@pytest.mark.parametrize(
    ("operation", "guard"),
    [
        ("DELETE /service/tickets/{id}", "GET /service/tickets/{id}"),
        ("POST /service/tickets/{parentId}/merge", "GET /service/tickets/{id}"),
        (
            "PUT /service/tickets/{parentId}/notes/{id}",
            "GET /service/tickets/{parentId}/notes/{id}",
        ),
    ],
)
def test_the_nearest_read_guards_a_write(catalogue: Catalogue, operation: str, guard: str) -> None:
    """Before a write, the same absent record is read."""
    assert guards(catalogue.operations[operation], catalogue)[0].id == guard
