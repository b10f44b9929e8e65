"""Who gets in, and what anyone may ask."""

import base64

import pytest

from auditor.simulator import Call, Psa
from tests.simulator.conftest import BASE, Connect


def signed(psa: Psa, text: str) -> dict[str, str]:
    token = base64.b64encode(text.encode()).decode()
    return {"authorization": f"Basic {token}", "clientid": psa.settings.client_id or ""}


def test_keys_are_drawn_anew(connect: Connect) -> None:
    """Keys that are not given are random, and a private key never shows in a repr."""
    one, two = connect().psa.settings, connect().psa.settings
    assert one.private_key
    assert one.private_key != two.private_key
    assert one.private_key not in repr(one)


@pytest.mark.parametrize("token", ["other+{pub}:{priv}", "demo+{pub}:wrong", "demo+:", "", "é"])
def test_wrong_credentials(connect: Connect, token: str) -> None:
    """A wrong company, a wrong key or none at all answers 401 in ConnectWise's words."""
    psa = connect(public_key="pub", private_key="priv").psa
    headers = signed(psa, token.format(pub="pub", priv="priv"))
    reply = psa.answer(Call("GET", f"{BASE}/system/info", "", headers)).reply
    assert reply.status == 401
    assert reply.body["message"] == "The supplied authentication is incorrect."


def test_client_id(connect: Connect) -> None:
    """A missing or unknown clientId answers 401 with a message that names it."""
    client = connect()
    for client_id in ("", "00000000-0000-0000-0000-000000000000"):
        reply = client("GET /system/info", clientid=client_id)
        assert (reply.status, reply.body["code"]) == (401, "ConnectWiseApi")
        assert "clientId" in reply.body["message"]


def test_base_addresses(connect: Connect) -> None:
    """Both codebases are routed; another one is refused in plain text."""
    client = connect()
    for codebase, status in (("v4_6_release", 200), ("v2025_1", 200), ("v2019_1", 400)):
        path = f"/{codebase}/apis/3.0/system/info"
        reply = client.psa.answer(Call("GET", path, "", client.headers())).reply
        assert reply.status == status
    assert reply.encoded() == b"Cannot route. Codebase/company is invalid"


def test_company_info(connect: Connect) -> None:
    """Anyone may ask for a company's codebase; an unknown company answers 404."""
    psa = connect().psa
    found = psa.answer(Call("GET", "/login/companyinfo/demo")).reply
    assert (found.status, found.body["Codebase"]) == (200, "v2025_1/")
    assert psa.answer(Call("GET", "/login/companyinfo/other")).reply.status == 404


def test_unknown_paths(connect: Connect) -> None:
    """An unknown path answers 404, a known one with another method 405."""
    client = connect()
    assert client("GET /nothing/here").body["message"] == "The endpoint does not exist."
    assert client("GET /service/tickets/abc").status == 404
    assert client("PUT /service/tickets").status == 405
    assert client("HEAD /service/tickets").status == 405
    assert client.psa.answer(Call("GET", "/")).reply.status == 404


def test_letter_case_and_slashes(connect: Connect) -> None:
    """Paths are matched in any letter case, with or without a slash at the end."""
    client = connect()
    assert client("GET /Service/TICKETS/").status == 200
    assert client("GET /system/mysecurity/customizeitems").status == 200
    assert client("POST /finance/agreements/TYPES2/copy").status == 201
