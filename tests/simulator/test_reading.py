"""What is there on the first day, and how a client asks for part of it."""

import re

import pytest

from tests.simulator.conftest import Client, Connect


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()


def test_records_are_the_same_every_time(connect: Connect) -> None:
    """The same seed makes the same records, another seed others."""
    line = "GET /service/tickets?pageSize=1000"
    assert connect(seed=3)(line).body == connect(seed=3)(line).body
    assert connect(seed=3)(line).body != connect(seed=4)(line).body


def test_no_real_address(client: Client) -> None:
    """Every mail address is of example.com."""
    text = client("GET /company/contacts?pageSize=1000").encoded().decode()
    assert set(re.findall(r"@[\w.]+", text)) == {"@example.com"}


def test_pages(client: Client) -> None:
    """A list comes in pages of 25; the Link header leads through all of them."""
    seen, line = [], "GET /service/tickets?fields=id"
    while line:
        reply = client(line)
        seen += [each["id"] for each in reply.body]
        following = re.search(r'<[^>]*/3\.0([^>]*)>; rel="next"', reply.headers.get("link", ""))
        line = f"GET {following[1]}" if following else ""
    assert seen == list(range(1, 61))
    assert len(client("GET /service/tickets").body) == 25
    assert len(client("GET /service/tickets?pageSize=5000").body) == 60
    assert client("GET /service/tickets?page=99").body == []


def test_forward_only_pages(client: Client) -> None:
    """With pagination-type forward-only, pageId says after which record to go on."""
    headers = {"pagination-type": "forward-only"}
    reply = client("GET /service/tickets?pageSize=50&pageId=5", **headers)
    assert reply.body[0]["id"] == 6
    assert "pageId=55" in reply.headers["link"]
    assert "link" not in client("GET /service/tickets?pageSize=50&pageId=55", **headers).headers


def test_conditions_and_counts(client: Client) -> None:
    """Conditions filter lists and counts alike; id=0 never matches."""
    some = client('GET /service/tickets?conditions=board/name="Help Desk"&pageSize=1000').body
    count = client('GET /service/tickets/count?conditions=board/name="Help Desk"').body
    assert count == {"count": len(some)}
    assert 0 < len(some) < 60
    assert client("GET /service/tickets?conditions=id=0").body == []
    assert client("GET /company/companies/count?conditions=id=0").body == {"count": 0}
    query = "childConditions=communicationItems/value='contact7@example.com'"
    assert [each["id"] for each in client(f"GET /company/contacts?{query}").body] == [7]


def test_custom_field_conditions(client: Client) -> None:
    """customFieldConditions look at one custom field at a time."""
    fields = [{"caption": "Zone", "value": "A"}, {"caption": "Rack", "value": "B"}]
    body = {"summary": "x", "company": {"id": 1}, "customFields": fields}
    made = client("POST /service/tickets", body).body["id"]
    ask = "GET /service/tickets?fields=id&customFieldConditions="
    assert client(f"{ask}caption='Zone' and value='A'").body == [{"id": made}]
    assert client(f"{ask}caption='Zone' and value='B'").body == []


def test_search(client: Client) -> None:
    """A search takes its conditions from the body and changes nothing."""
    (ticket,) = client("POST /service/tickets/search", {"conditions": "id=7"}).body
    assert ticket["id"] == 7
    assert client("POST /service/tickets/search", {"conditions": "id=="}).status == 400
    assert client("POST /service/tickets/search", {"Conditions": "("}).status == 400
    assert client("POST /service/tickets/search", [1]).status == 400
    assert not client.changes


def test_fields_and_order(client: Client) -> None:
    """`fields` trims records, also within references; `orderBy` sorts, also downwards."""
    rows = client("GET /service/tickets?fields=id,board/name&orderBy=board/name desc,id").body
    assert set(rows[0]) == {"id", "board"}
    assert set(rows[0]["board"]) == {"name"}
    keys = [(row["board"]["name"], -row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=True)
    assert client("GET /service/tickets/7?fields=id").body == {"id": 7}


@pytest.mark.parametrize(
    "query", ["conditions=name = Acme", "childConditions=(", "page=x", "pageSize=-1", "pageId=²"]
)
def test_malformed_queries(client: Client, query: str) -> None:
    """A query that cannot be read answers 400 and says what is wrong with it."""
    reply = client(f"GET /company/companies?{query}")
    assert reply.status == 400
    assert query.partition("=")[0] in reply.body["message"]


def test_absent_records(client: Client) -> None:
    """An absent record, or anything under an absent parent, answers 404 and names it."""
    for line in ("GET /service/tickets/2147483647", "GET /service/tickets/2147483647/notes"):
        reply = client(line)
        assert (reply.status, reply.body["code"]) == (404, "NotFound")
        assert reply.body["message"] == "Ticket 2147483647 was not found."
    assert client("GET /service/tickets/" + "9" * 5000).status == 404


def test_references(client: Client) -> None:
    """A reference names its record and links to it, called by what it is: `company_href`."""
    ticket = client("GET /service/tickets/1").body
    for noun, field in (("board", "board"), ("company", "company"), ("member", "owner")):
        path = ticket[field]["_info"][f"{noun}_href"].partition("/apis/3.0")[2]
        assert path.endswith(f"/{ticket[field]['id']}")
    assert client(f"GET {path}").body["identifier"] == ticket["owner"]["identifier"]
    (contact,) = client(f"GET /company/contacts?conditions=id={ticket['contact']['id']}").body
    assert ticket["contact"]["name"] == f"{contact['firstName']} {contact['lastName']}"


def test_required_fields_are_there(client: Client) -> None:
    """No record of the first day lacks a field that the API requires of it."""
    board = client("GET /service/boards?pageSize=1").body[0]
    assert (board["name"], board["billTime"], board["workRole"]["id"]) == (
        "Help Desk",
        "Billable",
        1,
    )


def test_members_show_choices_of_the_api(client: Client) -> None:
    """Where a field of a member is one of a few words, it holds one of those."""
    for member in client("GET /system/members").body:
        assert {member["defaultEmail"], member["defaultPhone"]} <= {"Office", "Mobile", "Home"}
        assert member["agreementInvoicingDisplayOptions"] == "RemainOnInvoicingScreen"


def test_twins(client: Client) -> None:
    """The /info twins show the short form of the same records."""
    board = client("GET /service/boards/2/info").body
    assert board["name"] == "Alerts"
    assert "location" not in board
    assert client("GET /service/info/boards").body[1] == board


def test_members_by_identifier(client: Client) -> None:
    """A parameter that is a number is an id, any other is an identifier."""
    by_name = client("GET /system/members/rewst").body
    assert client(f"GET /system/members/{by_name['id']}").body == by_name
