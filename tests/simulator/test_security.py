"""What a role allows, and in which order requests are checked."""

import pytest

from auditor.catalogue import Catalogue
from auditor.rights import Level, Right, Verb
from auditor.roles import Role, everything
from auditor.simulator import Settings
from auditor.simulator.settings import CHECKS, Order
from tests.simulator.conftest import Connect

ABSENT = 2147483647
NOBODY = Role("Nobody")
TICKETS = ("Service Desk", "Service Tickets")


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("GET /service/tickets", Verb.INQUIRE),
        ("GET /service/tickets/1", Verb.INQUIRE),
        ("GET /service/tickets/count", Verb.INQUIRE),
        ("POST /service/tickets/search", Verb.INQUIRE),
        ("POST /service/tickets", Verb.ADD),
        ("PATCH /service/tickets/1", Verb.EDIT),
        ("PUT /service/tickets/1", Verb.EDIT),
        ("DELETE /service/tickets/1", Verb.DELETE),
        ("POST /service/tickets/1/merge", Verb.EDIT),
    ],
)
def test_one_right_decides(connect: Connect, little: Catalogue, line: str, verb: Verb) -> None:
    """Without the right the answer is the security body; with it, at any level, it is not."""
    without = connect(role=everything(little).without([Right(*TICKETS, verb)]))
    reply = without(line)
    assert (reply.status, reply.body["code"]) == (403, "Security")
    assert reply.body["message"] == "You do not have security permission to perform this action."
    assert not without.changes
    with_it = connect(role=Role("One", {(*TICKETS, verb): Level.MY}))
    assert with_it(line, {}).status != 403


def test_every_unconditional_right_is_needed(connect: Connect, little: Catalogue) -> None:
    """An operation with two requirements needs both; a conditional one is not asked for."""
    agreements = Right("Finance", "Agreements", Verb.INQUIRE)
    client = connect(role=everything(little).without([agreements]))
    assert client("POST /service/tickets/1/convert").status == 403
    assert client("PATCH /service/tickets/1", []).status == 200


def test_tables(connect: Connect, little: Catalogue) -> None:
    """A setup table needs Table Setup and its Customize item."""
    levels = everything(little).levels
    item = "Service / Service Board"
    for tables, status in ((None, 200), (frozenset({item}), 200), (frozenset({"Other"}), 403)):
        role = Role("Tables", levels, tables)
        assert connect(role=role)("GET /service/boards").status == status


@pytest.mark.parametrize(
    ("line", "body", "expected"),
    [
        (f"GET /service/tickets/{ABSENT}", None, {"lookup-first": 404, "validation-first": 404}),
        (f"PATCH /service/tickets/{ABSENT}", [], {"lookup-first": 404, "validation-first": 404}),
        (f"PUT /service/tickets/{ABSENT}", {}, {"lookup-first": 404, "validation-first": 400}),
        ("POST /service/tickets", {}, {"lookup-first": 403, "validation-first": 400}),
        ("PATCH /service/tickets/1", {}, {"lookup-first": 403, "validation-first": 400}),
        ("GET /service/tickets?conditions=id==1", None, {"validation-first": 400}),
        ("GET /service/tickets", None, {}),
        ("DELETE /service/tickets/1", None, {}),
    ],
)
def test_orders(connect: Connect, line: str, body: object, expected: dict[Order, int]) -> None:
    """Without the right, the order decides between 403, 404 and 400; nothing changes."""
    for order in CHECKS:
        client = connect(role=NOBODY, order=order)
        assert client(line, body).status == expected.get(order, 403), order
        assert not client.changes


@pytest.mark.parametrize("order", CHECKS)
def test_orders_do_not_matter_to_who_has_the_right(connect: Connect, order: Order) -> None:
    """With every right an absent record is 404, whatever the order; a bad body there is not 403."""
    client = connect(order=order)
    assert client(f"GET /service/tickets/{ABSENT}").status == 404
    assert client(f"PUT /service/tickets/{ABSENT}", {}).status in {400, 404}
    assert client("GET /service/tickets/1").status == 200


def test_mixed_order_is_drawn_per_resource(little: Catalogue) -> None:
    """`mixed` draws one order per resource, the same for the same seed."""
    role = everything(little)
    one, again, other = (Settings(role, little, order="mixed", seed=seed) for seed in (1, 1, 2))
    paths = [f"/service/thing{number}" for number in range(60)]
    drawn = [one.order_of(path) for path in paths]
    assert set(drawn) == set(CHECKS)
    assert drawn == [again.order_of(path) for path in paths]
    assert drawn != [other.order_of(path) for path in paths]
    assert one.order_of("/service/tickets/{id}") == one.order_of("/service/tickets/count")


def test_what_needs_no_right(connect: Connect) -> None:
    """A member without any right may still ask who it is, and gets itself, not a list."""
    client = connect(role=NOBODY, member="Rewst", admin=True)
    assert client("GET /system/info").body["isCloud"] is True
    me = client("GET /system/myMembers?pageSize=1").body
    assert (me["identifier"], me["adminFlag"]) == ("Rewst", True)
    assert me["securityRole"]["name"] == "Nobody"
    assert client("GET /system/myMembers/info").body["identifier"] == "Rewst"


def test_my_security(connect: Connect, little: Catalogue) -> None:
    """mySecurity lists the caller's own matrix, unless it is switched off."""
    role = everything(little).without([Right(*TICKETS, Verb.DELETE)])
    role = Role("Rewst", role.levels, frozenset({"Service / Service Board"}))
    client = connect(role=role)
    rows = {row["moduleFunctionName"]: row for row in client("GET /system/mySecurity").body}
    assert rows["Service Tickets"]["deleteLevel"] == "None"
    assert rows["Agreements"]["addLevel"] == "All"
    (item,) = client("GET /system/mySecurity/customizeItems/").body
    assert item["itemIdentifier"] == "Service / Service Board"
    off = connect(my_security=False)
    assert off("GET /system/mySecurity").body["code"] == "Security"
    assert off("GET /system/mySecurity/customizeItems/").status == 403


def test_security_roles(connect: Connect, little: Catalogue) -> None:
    """The security roles are Admin and the caller's own, each with its settings."""
    role = everything(little, "Rewst").without([Right(*TICKETS, Verb.ADD)])
    client = connect(role=role)
    names = {each["name"]: each["id"] for each in client("GET /system/securityRoles").body}
    assert set(names) == {"Admin", "Rewst"}
    for name, level in (("Admin", "All"), ("Rewst", "None")):
        rows = client(f"GET /system/securityRoles/{names[name]}/settings").body
        assert {r["addLevel"] for r in rows if r["moduleFunctionName"] == TICKETS[1]} == {level}
    assert client("GET /system/securityRoles/77/settings").status == 404


def test_not_for_api_members(connect: Connect) -> None:
    """Tokens need an Integrator Login and myAccount is not routed, whatever the role."""
    client = connect()
    reply = client("POST /system/members/Rewst/tokens", {})
    assert (reply.status, reply.body["code"]) == (403, "Unauthorized")
    assert client("GET /system/myAccount/1").body["message"] == "The endpoint does not exist."
