"""Writes really change the tenant, and every one of them is in the ledger."""

from auditor.simulator import Call
from tests.simulator.conftest import Connect

TICKETS = "/service/tickets"
LONG = "x" * 101


def test_a_record_is_created_and_read_back(connect: Connect) -> None:
    """A new record gets an id, its references their names, and one ledger entry."""
    client = connect()
    made = client("POST /service/tickets", {"summary": "Lamp", "company": {"id": 3}})
    assert made.status == 201
    assert made.body["company"]["name"] == "Birch Dental"
    assert client(f"GET /service/tickets/{made.body['id']}").body == made.body
    assert client.changes == [("POST", TICKETS, made.body["id"])]


def test_an_empty_body_creates_where_nothing_is_required(connect: Connect) -> None:
    """`{}` and even no body create a record where the API requires no field."""
    client = connect()
    assert client("POST /company/contacts", {}).status == 201
    assert client("POST /company/contacts").status == 201
    assert len(client.changes) == 2


def test_patch(connect: Connect) -> None:
    """PATCH changes what it names; a path into nothing answers 200 all the same."""
    client = connect()
    steps = [
        {"op": "replace", "path": "summary", "value": "New"},
        {"op": "replace", "path": "/status/name", "value": "Odd"},
        {"op": "add", "path": "company", "value": {"identifier": "OakDental"}},
        {"op": "remove", "path": "owner"},
        {"op": "replace", "path": "no/such/field", "value": 1},
    ]
    changed = client("PATCH /service/tickets/1", steps)
    assert changed.status == 200
    assert changed.body["summary"] == "New"
    assert changed.body["status"]["name"] == "Odd"
    assert changed.body["company"]["name"] == "Oak Dental"
    assert "owner" not in changed.body
    assert client("GET /service/tickets/1").body == changed.body


def test_a_new_ticket(connect: Connect) -> None:
    """A new ticket begins on the first board, in its first status, with references complete."""
    client = connect()
    made = client("POST /service/tickets", {"summary": "Lamp", "company": {"id": 3}}).body
    assert (made["board"]["name"], made["status"]["name"]) == ("Help Desk", "New")
    assert made["status"]["_info"]["status_href"].endswith("/service/boards/1/statuses/1")
    assert made["dateEntered"] == made["_info"]["dateEntered"]


def test_patching_one_key_of_a_reference(connect: Connect) -> None:
    """`board/name` or `company/id` makes the ticket refer to another record, if it exists."""
    client = connect()
    values = {"board/name": "Security", "company/id": 19, "/status/name": "Completed"}
    steps = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    changed = client("PATCH /service/tickets/1", steps).body
    shown = [
        (changed[name]["id"], changed[name]["name"]) for name in ("board", "company", "status")
    ]
    assert shown == [(4, "Security"), (19, "Oak Dental"), (4, "Completed")]
    step = {"op": "replace", "path": "company/id", "value": 2147483647}
    (error,) = client("PATCH /service/tickets/1", [step]).body["errors"]
    assert (error["code"], error["field"]) == ("NotFound", "company")


def test_an_empty_patch_is_a_change(connect: Connect) -> None:
    """PATCH [] on a record that exists updates its time, so the ledger counts it."""
    client = connect()
    before = client("GET /service/tickets/1").body
    after = client("PATCH /service/tickets/1", []).body
    assert after.pop("_info") != before.pop("_info")
    assert after == before
    assert client.changes == [("PATCH", TICKETS, 1)]


def test_replace_delete_and_ids(connect: Connect) -> None:
    """PUT replaces, DELETE removes, and the id of a deleted record is never given again."""
    client = connect()
    body = {"summary": "Whole", "company": {"id": 1}, "id": 99}
    replaced = client("PUT /service/tickets/60", body).body
    assert (replaced["id"], "priority" in replaced) == (60, False)
    assert client("DELETE /service/tickets/60").status == 204
    assert client("DELETE /service/tickets/60").status == 404
    assert client("GET /service/tickets/60").status == 404
    assert client("POST /service/tickets", body).body["id"] == 61
    assert [change[0] for change in client.changes] == ["PUT", "DELETE", "POST"]


def test_processes(connect: Connect) -> None:
    """A process operation reports success and changes the record it names."""
    client = connect()
    reply = client("POST /service/tickets/5/merge", {"mergeTicketIds": [6]})
    assert (reply.status, reply.body["success"]) == (200, True)
    assert client("POST /service/tickets/5/convert").status == 204
    assert client.changes == [("POST", TICKETS, 5)] * 2


def test_bulk_delete(connect: Connect) -> None:
    """A bulk delete removes the records its body lists, and none without a body."""
    client = connect()
    client("DELETE /service/tickets/bulk")
    client("DELETE /service/tickets/bulk", b"{nonsense")
    assert not client.changes
    client("DELETE /service/tickets/bulk", [1, {"id": 2}, 999, "3"])
    assert client.changes == [("DELETE", TICKETS, 1), ("DELETE", TICKETS, 2)]


def test_missing_fields(connect: Connect) -> None:
    """A body without its required fields is refused in ConnectWise's envelope."""
    client = connect()
    reply = client("POST /service/tickets", {"company": {"id": 1}, "unknown": True})
    assert reply.status == 400
    assert reply.body == {
        "code": "InvalidObject",
        "message": "ticket object is invalid",
        "errors": [
            {
                "code": "MissingRequiredField",
                "message": "summary is required.",
                "resource": "ticket",
                "field": "summary",
            }
        ],
    }
    assert not client.changes


def test_bad_fields(connect: Connect) -> None:
    """Too long a text and a reference to nothing are each named."""
    client = connect()
    body = {"company": {"id": 2147483647}, "board": 7, "status": {"id": 10**9}, "summary": LONG}
    errors = client("POST /service/tickets", body).body["errors"]
    assert [(each["code"], each["field"]) for each in errors] == [
        ("MaxLengthField", "summary"),
        ("NotFound", "company"),
        ("UnsupportedFormat", "board"),
        ("NotFound", "status"),
    ]
    step = {"op": "replace", "path": "summary", "value": LONG}
    assert client("PATCH /service/tickets/1", [step]).status == 400
    assert client("POST /company/contacts", {"types": [{"id": 1}, {"id": -1}]}).status == 400
    assert not client.changes


def test_bodies_that_cannot_be_read(connect: Connect) -> None:
    """Text that is not JSON, or JSON of another shape, answers 400 and changes nothing."""
    client = connect()
    texts: tuple[object, ...] = (b"{", b"\xff", b"[" * 100_000, [], "text", 1)
    for text in texts:
        assert client("POST /service/tickets", text).status == 400
    steps: tuple[object, ...] = (None, {}, [1], [{"op": "move", "path": "a"}], [{"op": "add"}])
    for step in steps:
        assert client("PATCH /service/tickets/1", step).status == 400
    assert not client.changes


def test_documents(connect: Connect) -> None:
    """A document sent as JSON answers 415; an upload creates one."""
    client = connect()
    assert client("POST /system/documents", {}).status == 415
    upload = {"content-type": "multipart/form-data; boundary=x"}
    assert client("POST /system/documents", b"--x--", **upload).status == 201


def test_the_ledger(connect: Connect) -> None:
    """Anyone may read the ledger; it counts requests and changes, but not its own readers."""
    client = connect()
    client("GET /service/tickets?pageSize=1")
    client("DELETE /service/tickets/1")
    for _ in range(2):
        data = client.psa.answer(Call("GET", "/_simulator/ledger")).reply.body
    path = "/v4_6_release/apis/3.0/service/tickets/1"
    assert data == {
        "requests": 2,
        "changes": 1,
        "entries": [{"method": "DELETE", "path": path, "collection": TICKETS, "id": 1}],
    }
    methods = [(method, status) for method, _, status in client.psa.ledger.calls]
    assert methods == [("GET", 200), ("DELETE", 204)]
