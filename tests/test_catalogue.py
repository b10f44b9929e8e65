"""The knowledge: complete, consistent, and every row earns its place."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from auditor.catalogue import Catalogue, resource
from auditor.errors import InputError, MatrixError
from auditor.rights import Basis
from auditor.rows import shape

NAMES_DIGEST = "6d9bf5f20d17dc313de67bac7a467bb0a330df47b500a14146c01bd467177218"
METHODS = {
    "List": "GET",
    "Get": "GET",
    "Create": "POST",
    "Replace": "PUT",
    "Update": "PATCH",
    "Delete": "DELETE",
}


def test_all_487_actions_are_there_verbatim(catalogue: Catalogue) -> None:
    """The list of names is the integration's own, to the letter and in its order."""
    names = "\n".join(f"{row.category}\t{row.action}" for row in catalogue.actions.values())
    assert len(catalogue.actions) == 487
    assert hashlib.sha256(names.encode()).hexdigest() == NAMES_DIGEST


def test_every_action_has_an_operation_or_a_reason(catalogue: Catalogue) -> None:
    """An action without an operation says why; only few have none."""
    without = [row for row in catalogue.actions.values() if not row.method]
    assert all(row.note for row in without)
    assert {"Generic Request/CW PSA API Request", "Cwm Confirmations/Create Pod Confirmation"} <= {
        row.id for row in without
    }
    assert len(without) <= 5


def test_a_method_agrees_with_the_name_or_says_why(catalogue: Catalogue) -> None:
    """List and Get read, Create posts, Replace puts, Update patches, Delete deletes."""
    for row in catalogue.actions.values():
        expected = METHODS.get(row.action.split()[0])
        if row.method and expected and row.method != expected:
            assert row.exception, row.id


def test_an_action_uses_the_newest_form_of_its_operation(catalogue: Catalogue) -> None:
    """No action maps to an operation that the newest API version has dropped."""
    for row in catalogue.actions.values():
        if operation := catalogue.operation_of(row.id):
            assert "2025.16" in operation.versions, row.id


def test_every_mapped_action_needs_at_least_one_right(catalogue: Catalogue) -> None:
    """No action of the catalogue is without a requirement."""
    for row in catalogue.actions.values():
        if operation := catalogue.operation_of(row.id):
            assert catalogue.requirements(operation), row.id


def test_the_task_actions_keep_the_path_of_the_guide(catalogue: Catalogue) -> None:
    """Where the guide's endpoint table differs from the API, both paths are kept."""
    row = catalogue.action("Ticket Tasks/Create Service Ticket Task")
    assert (row.method, row.path) == ("POST", "/service/tickets/{parentId}/tasks")
    assert "/service/tickets/tasks" in row.guide_path


def test_all_operations_resolve(catalogue: Catalogue) -> None:
    """Each of the 3,111 operations has a requirement or an explicit reason for none."""
    assert len(catalogue.operations) == 3111
    without = 0
    for operation in catalogue.operations.values():
        rules = catalogue.rules_for(operation)
        assert rules, operation.id
        needed = catalogue.requirements(operation)
        assert needed or (not rules[0].module and rules[0].row.why)
        without += not needed
    assert without < 60


def test_claims_are_backed(catalogue: Catalogue) -> None:
    """An inferred rule says why and cites no one; every other cites a source that is no guess."""
    for rule in catalogue.rules.values():
        sources = rule.row.source.split(";")
        if rule.row.basis is Basis.INFERRED:
            assert sources == ["inference"], f"{rule.path}:{rule.line}"
            assert rule.row.why, f"{rule.path}:{rule.line}"
        else:
            assert "inference" not in sources, f"{rule.path}:{rule.line}"


def test_every_rule_decides_something(catalogue: Catalogue) -> None:
    """A row that no operation needs is taken out."""
    used = {id(catalogue.rules_for(operation)[0]) for operation in catalogue.operations.values()}
    unused = [f"{r.path.name}:{r.line}" for r in catalogue.rules.values() if id(r) not in used]
    assert not unused


def test_rules_are_sorted(catalogue: Catalogue) -> None:
    """Rows stand in the order of path and method, so that a diff shows what changed."""
    last: dict[str, tuple[str, str]] = {}
    misplaced = []
    for rule in sorted(catalogue.rules.values(), key=lambda rule: (rule.path, rule.line)):
        place = (rule.row.path.lower(), rule.row.method)
        if place < last.get(rule.path.name, ("", "")):
            misplaced.append(f"{rule.path.name}:{rule.line}")
        last[rule.path.name] = place
    assert not misplaced


def test_a_process_has_a_verb_of_its_own(catalogue: Catalogue) -> None:
    """Merge, convert, approve ...: the rule for exactly this operation says which verb, and why."""
    for operation in catalogue.operations.values():
        rule = catalogue.rules_for(operation)[0]
        if operation.kind == "process" and rule.module:
            assert rule.row.verb, operation.id
            assert shape(rule.row.path) == shape(operation.path), operation.id
            assert rule.row.why, operation.id


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("GET /company/companies", "Companies/Company Maintenance:Inquire"),
        ("POST /company/contacts", "Companies/Contacts:Add"),
        ("GET /service/tickets/{id}", "Service Desk/Service Tickets:Inquire"),
        ("PATCH /service/tickets/{parentId}/tasks/{id}", "Service Desk/Service Tickets:Edit"),
        ("POST /time/entries", "Time & Expense/Time Entry:Add"),
        ("GET /finance/agreements", "Finance/Agreements:Inquire"),
        ("GET /system/members", "System/Member Maintenance:Inquire"),
        ("GET /service/boards", "System/Table Setup:Inquire[Service / Service Board]"),
        ("GET /company/companies/statuses", "System/Table Setup:Inquire[Company / Company Status]"),
        ("GET /sales/activities", "Companies/CRM/Sales Activities:Inquire"),
        ("GET /system/documents", "Companies/Manage Attachments:Inquire"),
        ("GET /system/reports/{reportName}", "System/API Reports:Inquire"),
    ],
)
def test_published_claims_hold(catalogue: Catalogue, operation: str, right: str) -> None:
    """What public sources say of an endpoint comes out of the rules."""
    needed = [need.right.id for need in catalogue.requirements(catalogue.operations[operation])]
    assert right in needed


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/service/tickets", "/service/tickets"),
        ("/service/tickets/{parentId}/notes/{id}", "/service/tickets"),
        ("/service/tickets/count", "/service/tickets"),
        ("/service/tickets/search", "/service/tickets"),
        ("/company/companies/statuses/{id}", "/company/companies/statuses"),
        ("/service/info/boards", "/service/info/boards"),
        ("/project/{parentId}/billingRates", "/project"),
    ],
)
def test_a_resource_is_what_stands_before_the_first_id(path: str, name: str) -> None:
    """Calibration holds for a resource and all that lies under it."""
    assert resource(path) == name


@pytest.fixture
def copy(tmp_path: Path, catalogue: Catalogue) -> Path:
    return Path(shutil.copytree(catalogue.directory, tmp_path / "matrices"))


RULE = "GET,/service/tickets,{permission},{verb},,{table},{basis},{source},{why}\n"
GOOD = {
    "permission": "Service Tickets", "verb": "", "table": "", "basis": "inferred",
    "source": "inference", "why": "because",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"permission": "Service Tickts"}, "unknown permission 'Service Tickts'"),
        ({"basis": "guessed"}, "column 'basis'"),
        ({"source": "nobody"}, "unknown source 'nobody'"),
        ({"verb": "Read"}, "column 'verb'"),
        ({"verb": "Add", "why": ""}, "needs a why"),
        ({"table": "Service / SLA"}, "System > Table Setup needs a table, others none"),
        ({"why": "a,b"}, "number of cells"),
        ({}, "same prefix as"),
    ],
)
def test_a_wrong_rule_is_named_with_file_and_line(
    copy: Path, change: dict[str, str], message: str
) -> None:
    """A wrong row is a clear error with file and line, never a silent gap."""
    path = copy / "rules" / "service-desk.csv"
    lines = path.read_text().splitlines(keepends=True)
    extra = RULE.format(**{**GOOD, **change})
    if change:
        lines = [line for line in lines if not line.startswith("GET,/service/tickets,")]
    path.write_text("".join([*lines, extra]))
    found = Catalogue(copy)
    with pytest.raises(MatrixError, match=re.escape(message)) as caught:
        found.rules  # noqa: B018 - reading is the test
    assert f"service-desk.csv:{len(lines) + 1}" in str(caught.value)


def test_a_misspelled_permission_offers_the_nearest(copy: Path) -> None:
    """The error names the permission that was probably meant."""
    path = copy / "rules" / "service-desk.csv"
    path.write_text(path.read_text().replace(",Merge Tickets,", ",Merge Tickts,"))
    with pytest.raises(MatrixError) as caught:
        Catalogue(copy).rules  # noqa: B018 - reading is the test
    assert "'Merge Tickets'" in caught.value.hint


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("actions.csv", "Tickets,New,GET,/service/tikets,,,\n", "no operation"),
        ("actions.csv", "Tickets,New,,,,,\n", "needs a note"),
        ("actions.csv", "Tickets,List Service Tickets,GET,/service/tickets,,,\n", "listed twice"),
        ("probes.csv", "GET,/nowhere,never,,why\n", "no operation"),
    ],
)
def test_other_grids_are_checked_too(copy: Path, file: str, text: str, message: str) -> None:
    """Actions and probe exceptions are held against the operations."""
    path = copy / file
    path.write_text(path.read_text() + text)
    found = Catalogue(copy)
    with pytest.raises(MatrixError, match=message):
        _ = (found.actions, found.probe_rules)


def test_an_unknown_name_offers_the_nearest(catalogue: Catalogue) -> None:
    """A typing error in an action or permission is answered with what was meant."""
    with pytest.raises(InputError) as caught:
        catalogue.action("Tickets/List Service Ticket")
    assert "Tickets/List Service Tickets" in caught.value.hint
    with pytest.raises(InputError) as caught:
        catalogue.permission("Finance", "Agreement")
    assert "Finance/Agreements" in caught.value.hint
