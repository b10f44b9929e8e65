"""Whatever a client sends, the simulator answers."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.catalogue import Catalogue
from auditor.roles import everything
from auditor.simulator import Call, Psa, Settings
from tests.simulator.conftest import BASE, Client

FIELDS = st.sampled_from(
    ["id", "name", "summary", "company", "types", "status", "_info", "customFields", "path", "op",
     "value", "mergeTicketIds", "conditions", "/id", "status/name", "", "replace", "remove"]
)  # fmt: skip
VALUES = FIELDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=4)
)
STEPS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove"]), "path": FIELDS, "value": JSON}
)
NAMES = ["conditions", "customFieldConditions", "orderBy", "fields", "page", "pageSize", "pageId"]
TEXTS = ["id=1", "name='x'", "summary/x", "0", "99999999999", "id desc"]
QUERIES = st.dictionaries(
    st.sampled_from(NAMES), FIELDS | st.text() | st.sampled_from(TEXTS), max_size=3
)


@settings(deadline=None)
@given(st.data())
def test_any_request(little: Catalogue, data: st.DataObject) -> None:
    """A known operation with any body and any query ends in a status of the API."""
    client = Client(Psa(Settings(everything(little), little)))
    operations = st.sampled_from(list(little.operations.values()))
    for _ in range(data.draw(st.integers(1, 6))):
        operation = data.draw(operations)
        path = operation.path
        for name in ("{id}", "{parentId}", "{memberIdentifier}"):
            path = path.replace(name, data.draw(st.sampled_from(["1", "2", "61", "Rewst"])))
        query = "&".join(f"{name}={text}" for name, text in data.draw(QUERIES).items())
        body: Any = data.draw(st.lists(STEPS, max_size=3) | JSON)
        reply = client(f"{operation.method} {path}?{query}", body)
        assert reply.status in {200, 201, 204, 400, 403, 404, 405, 415}
        reply.encoded()
    for text in ("summary='x'", "company/name='x' or severity=null"):
        query = f"conditions={text}&customFieldConditions={text}&orderBy=summary,_info/lastUpdated"
        assert client(f"GET /service/tickets?{query}").status == 200


@given(st.text(), st.text(), st.binary(), st.text())
def test_any_text(little: Catalogue, path: str, query: str, body: bytes, keys: str) -> None:
    """Any path, query, body and credentials end in a refusal."""
    psa = Psa(Settings(everything(little), little))
    call = Call("POST", f"{BASE}/{path}", query, {"authorization": keys}, body)
    assert psa.answer(call).reply.status == 401
