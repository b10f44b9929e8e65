"""The ledger: every published claim is reproduced by the rules, or the difference is explained."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from auditor.catalogue import Catalogue
from auditor.errors import MatrixError
from auditor.rights import Basis, Level, Requirement
from auditor.rows import ClaimRow

# 116 claims were found published. Those that ask several verbs or rights take a row for each;
# one that was read twice in the same words from the same source takes one row.
ROWS = 118
WITHOUT_A_RIGHT = {
    "GET /company/communicationTypes",  # permission not named
    "GET /procurement/purchaseorderstatuses",  # a permission that no matrix has
    "GET /service/boards/{parentId}/statuses",  # refused, but what was missing is a guess
    "GET /service/info/boards",  # "less than the full list", not named
    "GET /system/myAccount/{id}",  # licence class
    "POST /system/members/{memberIdentifier}/tokens",  # Integrator Login
    "POST /time/entries",  # licence class
    "GET",  # every setup list
}
BACKED = (Basis.OBSERVED, Basis.DOCUMENTED, Basis.VENDOR)


def asked(catalogue: Catalogue, claim: ClaimRow) -> tuple[Requirement, ...]:
    """Return what rules and extras say of the claim's operation, always or under a condition."""
    operation = catalogue.operations.get(claim.operation)
    if operation is None:
        return ()
    return (*catalogue.requirements(operation), *catalogue.conditional(operation))


def reproduces(need: Requirement, claim: ClaimRow) -> bool:
    """Tell whether the requirement says what the claim says, or more."""
    right = claim.right
    if right is None:  # as far as it goes: the module and the verb
        return (need.right.module, need.right.verb) == (claim.module, claim.verb)
    same = (need.right.module, need.right.permission, need.right.verb) == (
        right.module,
        right.permission,
        right.verb,
    )
    far = need.level is None or not claim.level or need.level >= Level.parse(claim.level)
    return same and far and claim.table in {"", need.right.table}


def follows(catalogue: Catalogue, claim: ClaimRow) -> list[Requirement]:
    return [need for need in asked(catalogue, claim) if reproduces(need, claim)]


def test_every_published_claim_is_in_the_ledger(catalogue: Catalogue) -> None:
    """None of the 116 claims was left out, not even one that names no right."""
    assert len(catalogue.claims) == ROWS
    assert {claim.operation for claim in catalogue.claims if not claim.right} == WITHOUT_A_RIGHT
    assert {claim.strength for claim in catalogue.claims} == {
        "observed",
        "explicit",
        "named",
        "vendor",
    }


def test_a_claim_comes_out_of_the_rules_or_is_a_known_difference(catalogue: Catalogue) -> None:
    """What a source claims is what the program says, or differences.csv says why not."""
    for claim in catalogue.claims:
        if claim.module and (claim.operation, claim.right_id) not in catalogue.differences:
            assert follows(catalogue, claim), f"{claim.operation} {claim.right_id} {claim.source}"


def test_a_claim_of_no_module_is_a_limit(catalogue: Catalogue) -> None:
    """What no role can give, a licence or a login, stands in limits.csv."""
    assert {claim.operation for claim in catalogue.claims if not claim.module} == {
        operation
        for operation, rows in catalogue.limits.items()
        if any(row.source != "inference" for row in rows)
    }


def test_every_difference_is_one(catalogue: Catalogue) -> None:
    """A difference that the rules have since taken over is taken out."""
    for (operation, right), row in catalogue.differences.items():
        claimed = [
            claim
            for claim in catalogue.claims
            if (claim.operation, claim.right_id) == (operation, right)
        ]
        assert not any(follows(catalogue, claim) for claim in claimed), row


def test_the_strongest_claim_wins(catalogue: Catalogue) -> None:
    """What was seen live is never set aside, and never said on a weaker basis."""
    for claim in catalogue.claims:
        if claim.right and claim.strength == "observed":
            assert (claim.operation, claim.right_id) not in catalogue.differences
            assert any(need.basis is Basis.OBSERVED for need in follows(catalogue, claim)), claim


def test_what_a_source_says_is_not_called_a_guess(catalogue: Catalogue) -> None:
    """A requirement that reproduces a claim cites somebody: it is not inferred."""
    for claim in catalogue.claims:
        if claim.right and (found := follows(catalogue, claim)):
            assert any(need.basis in BACKED for need in found), claim


def test_nothing_is_called_observed_without_a_claim(catalogue: Catalogue) -> None:
    """Each requirement on an observed basis goes back to a claim that was seen live."""
    seen = {claim.operation for claim in catalogue.claims if claim.strength == "observed"}
    for operation in catalogue.operations.values():
        needs = (*catalogue.requirements(operation), *catalogue.conditional(operation))
        if any(need.basis is Basis.OBSERVED for need in needs):
            assert operation.id in seen


@pytest.mark.parametrize("name", ["claims", "differences", "extras", "limits"])
def test_the_ledger_is_sorted(catalogue: Catalogue, name: str) -> None:
    """Rows stand in the order of path and method, so that a diff shows what changed."""
    with (catalogue.directory / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        keys = [(row["path"].lower(), row["method"]) for row in csv.DictReader(handle)]
    assert keys == sorted(keys)


def test_sources_are_sorted(catalogue: Catalogue) -> None:
    """Sources stand in the order of their ids."""
    assert list(catalogue.sources) == sorted(catalogue.sources)


def test_a_condition_is_a_clause(catalogue: Catalogue) -> None:
    """A right that is needed only sometimes says when, in words that follow its name."""
    for operation, needs in catalogue.extras.items():
        for need in needs:
            assert not need.condition or need.condition.startswith(("when ", "if ")), operation
            assert need.why, operation


def test_a_further_right_says_something_new(catalogue: Catalogue) -> None:
    """An extra never repeats the operation's own right, unless it has to reach further."""
    for name, extras in catalogue.extras.items():
        own = catalogue.requirements(catalogue.operations[name])[0]
        for need in extras:
            if need is not own and need.right == own.right:
                assert need.level is not None, name
                assert own.level is None or need.level > own.level, name


def test_a_further_right_is_backed_or_called_a_guess(catalogue: Catalogue) -> None:
    """An inferred extra cites no one; every other cites a source that is no guess."""
    for needs in catalogue.extras.values():
        for need in needs:
            sources = need.source.split(";")
            assert ("inference" in sources) == (need.basis is Basis.INFERRED), need


@pytest.mark.parametrize(
    ("operation", "right", "level"),
    [
        ("PATCH /service/tickets/{id}", "Service Desk/Close Service Tickets:Edit", Level.ALL),
        ("PATCH /service/tickets/{id}", "Service Desk/Resource Scheduling:Add", Level.ALL),
        ("PATCH /service/tickets/{id}", "Service Desk/Service Ticket - Dependencies:Edit", None),
        ("PATCH /service/tickets/{id}", "Service Desk/Service Tickets - Finance:Edit", None),
        ("POST /service/tickets/{parentId}/merge", "Service Desk/Merge Tickets:Add", None),
        ("PATCH /project/tickets/{id}", "Project/Close Project Tickets:Edit", None),
        ("PUT /project/projects/{id}", "Project/Close Projects:Edit", None),
        ("PATCH /project/tickets/{id}", "Project/Project Ticket - Dependencies:Edit", None),
        ("POST /time/entries", "Finance/Billing View Time:Inquire", Level.ALL),
        ("PUT /time/entries/{id}", "Finance/Billing View Time:Edit", Level.ALL),
        ("PUT /time/entries/{id}", "Time & Expense/Time Entry:Edit", Level.ALL),
        ("POST /time/entries", "Time & Expense/Time Entry Billable Option:Add", None),
        ("POST /system/documents", "Service Desk/Service Tickets:Inquire", None),
        ("PATCH /system/members/{id}", "System/Member Maintenance - Finance:Edit", None),
        ("PATCH /sales/opportunities/{id}", "Sales/Opportunity Finance:Edit", None),
        ("PATCH /sales/opportunities/{id}", "Sales/Closed Opportunity:Edit", None),
        ("POST /procurement/products", "Procurement/Product Billable Option:Add", None),
        (
            "GET /company/configurations/{id}",
            "Companies/Configuration - Display Passwords:Inquire",
            None,
        ),
    ],
)
def test_known_couplings_hold_under_their_condition(
    catalogue: Catalogue, operation: str, right: str, level: Level | None
) -> None:
    """Closing, assigning, billing and the like ask a second right, and only then."""
    found = catalogue.conditional(catalogue.operations[operation])
    assert (right, level) in {(need.right.id, need.level) for need in found}


def test_a_converted_ticket_needs_the_right_to_add_the_other_kind(catalogue: Catalogue) -> None:
    """Turning a service ticket into a project ticket needs both rights, always."""
    needed = catalogue.requirements(
        catalogue.operations["POST /service/tickets/{parentId}/convert"]
    )
    assert "Project/Project Tickets:Add" in {need.right.id for need in needed}


def test_a_limit_is_no_right(catalogue: Catalogue) -> None:
    """Where a licence or a login stands in the way, that is said apart from the role."""
    tokens = catalogue.limits["POST /system/members/{memberIdentifier}/tokens"]
    assert [row.limit for row in tokens] == ["integrator login"]
    assert [row.limit for row in catalogue.limits["POST /time/entries"]] == ["licence class"]
    assert "GET /service/tickets" not in catalogue.limits


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("claims.csv", "GET,/nowhere,System,API Reports,Inquire,,,named,hatz,", "no operation"),
        ("claims.csv", "GET,/system/info,System,API Report,Inquire,,,named,hatz,", "unknown perm"),
        ("claims.csv", "GET,/system/info,System,API Reports,Inquire,,,named,hat,", "unknown sour"),
        ("claims.csv", "GET,/system/info,System,API Reports,,,,named,hatz,", "needs a verb"),
        ("claims.csv", "GET,/system/info,System,API Reports,Inquire,,A / B,named,hatz,", "only"),
        ("claims.csv", "GET,/system/info,,,,,,named,hatz,", "needs a note"),
        ("claims.csv", "GET,/system/info,,,,,,certain,hatz,x", "column 'strength'"),
        ("differences.csv", "GET,/system/info,none,x", "nobody claims"),
        ("differences.csv", "GET,/time/entries,none,", "column 'why'"),
        ("limits.csv", "GET,/nowhere,licence class,hatz,x", "no operation"),
        ("limits.csv", "GET,/system/info,no idea,hatz,x", "column 'limit'"),
        ("limits.csv", "GET,/system/info,licence class,hat,x", "unknown source"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(
    tmp_path: Path, catalogue: Catalogue, file: str, text: str, message: str
) -> None:
    """A wrong row of the ledger is a clear error with file and line."""
    copy = Path(shutil.copytree(catalogue.directory, tmp_path / "matrices"))
    path = copy / file
    path.write_text(path.read_text() + text + "\n")
    found = Catalogue(copy)
    place = re.escape(f"{file}:{len(path.read_text().splitlines())}: ")
    with pytest.raises(MatrixError, match=f"{place}.*{message}"):
        _ = (found.claims, found.differences, found.limits)


@pytest.mark.parametrize("file", ["claims.csv", "differences.csv"])
def test_a_row_stands_once(tmp_path: Path, catalogue: Catalogue, file: str) -> None:
    """The same claim or difference twice is an error, not a second vote."""
    copy = Path(shutil.copytree(catalogue.directory, tmp_path / "matrices"))
    path = copy / file
    last = path.read_text().splitlines()[-1]
    path.write_text(path.read_text() + last + "\n")
    with pytest.raises(MatrixError, match=r"same claim|listed twice"):
        _ = Catalogue(copy).differences
