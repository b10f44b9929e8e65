"""The simulator on a real socket, and over the catalogue API."""

import base64
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.roles import Role, everything
from auditor.simulator import Fault, Psa, Running, Settings, running
from tests.simulator.conftest import Client


def fetch(
    psa: Running, line: str, body: bytes | None = None, *, signed: bool = True
) -> tuple[int, dict[str, str], bytes]:
    method, path = line.split(" ")
    token = f"{psa.company}+{psa.public_key}:{psa.private_key}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(token).decode()} if signed else {}
    headers |= {"clientId": psa.client_id, "Content-Type": "application/json"}
    request = urllib.request.Request(psa.url + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            found = dict(answer.headers.items())
            return answer.status, found, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers.items()), error.read()


def test_it_serves_on_a_socket(little: Catalogue) -> None:
    """It starts and stops quickly, signs in, and answers over HTTP as it does in-process."""
    began = time.monotonic()
    base = "/v4_6_release/apis/3.0"
    with running(Settings(everything(little), little)) as psa:
        started = time.monotonic() - began
        status, headers, body = fetch(psa, f"GET {base}/company/companies?pageSize=2")
        assert (status, len(json.loads(body))) == (200, 2)
        assert headers["content-type"] == "application/json"
        assert headers["api-current-version"] == "2025.16"
        assert headers["link"].startswith(f"<{psa.url}{base}/company/companies?")
        assert (
            f'"company_href":"{psa.url}{base}/company/companies/'.encode()
            in fetch(psa, f"GET {base}/service/tickets/1")[2]
        )
        assert fetch(psa, f"GET {base}/system/info", signed=False)[0] == 401
        body = json.dumps({"summary": "x", "company": {"id": 1}}).encode()
        assert fetch(psa, f"POST {base}/service/tickets", body)[0] == 201
        assert fetch(psa, f"DELETE {base}/service/tickets/61")[::2] == (204, b"")
        assert fetch(psa, f"HEAD {base}/system/info")[0] == 405
        data = json.loads(fetch(psa, "GET /_simulator/ledger", signed=False)[2])
        assert (data["requests"], data["changes"]) == (psa.requests, psa.changes) == (6, 2)
    assert started < 1.5
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(psa.url.rsplit(":", 1)[1])), 1)


def test_a_delay_over_the_socket(little: Catalogue) -> None:
    """A delay holds up the answer, not the others."""
    fault = Fault("GET /system/info", delay=0.2)
    with running(Settings(everything(little), little, faults=(fault,))) as psa:
        ended: list[str] = []

        def ask(path: str) -> None:
            assert fetch(psa, f"GET /v2025_1/apis/3.0{path}")[0] == 200
            ended.append(path)

        slow = threading.Thread(target=ask, args=("/system/info",))
        slow.start()
        while not psa.requests:
            time.sleep(0.001)
        ask("/service/tickets")
        slow.join()
        assert ended == ["/service/tickets", "/system/info"]


def test_a_port_that_is_taken(little: Catalogue) -> None:
    """A port in use is an input error that says what to try."""
    settings = Settings(everything(little), little)
    with (
        running(settings) as psa,
        pytest.raises(InputError) as error,
        running(settings, int(psa.url.rsplit(":", 1)[1])),
    ):
        pass
    assert "0 takes a free one" in error.value.hint


def sample(path: str, number: str, name: str) -> str:
    """Fill a path's parameters: ids with the number, all others with the name."""
    numeric = r"\{(id|parentId|grand[pP]arentId|podId)\}"
    return re.sub(r"\{[^}]*\}", name, re.sub(numeric, number, path))


def bodies(method: str) -> Any:
    return {"POST": {}, "PUT": {}, "PATCH": []}.get(method)


def test_every_operation_is_served(catalogue: Catalogue) -> None:
    """Each operation of the API answers in JSON terms, and with no right only 403 or nothing."""
    admin = Client(Psa(Settings(everything(catalogue), catalogue)))
    nobody = Client(Psa(Settings(Role("Nobody"), catalogue)))
    for operation in sorted(catalogue.operations.values(), key=lambda each: each.method):
        line = f"{operation.method} {sample(operation.path, '1', 'Rewst')}"
        assert admin(line, bodies(operation.method)).status in {200, 201, 204, 400, 403, 404, 415}
        if catalogue.requirements(operation) and "/system/myAccount" not in operation.path:
            assert nobody(line, bodies(operation.method)).status == 403
    assert not nobody.changes


def test_absent_records_are_absent_everywhere(catalogue: Catalogue) -> None:
    """No operation that names an absent record succeeds or changes anything."""
    client = Client(Psa(Settings(everything(catalogue), catalogue)))
    for operation in catalogue.operations.values():
        if "{" in operation.path:
            line = f"{operation.method} {sample(operation.path, '2147483647', 'psa-audit-absent')}"
            assert client(line, bodies(operation.method)).status in {400, 403, 404}, line
    assert not client.changes
