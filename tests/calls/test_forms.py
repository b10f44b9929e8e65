"""What people paste, type or save, and the calls that are in it."""
# ruff: noqa: E501 - one case a line

import base64
import json

import pytest

from auditor.calls import Call, read
from auditor.calls.addresses import ROOTS
from auditor.catalogue import Catalogue

HOST = "https://api-na.myconnectwise.net"
API = f"{HOST}/v4_6_release/apis/3.0"
MESSAGE = "You do not have security permission to perform this action."
BODY = json.dumps({"code": "Security", "message": MESSAGE, "errors": None})
ESCAPED = json.dumps(BODY)  # as it stands within a JSON string, with its quotes

Expected = tuple[str | None, str, str, int | None, str | None]


def call(
    method: str | None, path: str, query: str = "", status: int | None = None,
    code: str | None = None,
) -> Expected:  # fmt: skip
    return method, path, query, status, code


PATCH = call("PATCH", "/service/tickets/42")
DENIED = call("PATCH", "/service/tickets/42", "", 403)
REFUSED = call("PATCH", "/service/tickets/42", "", 403, "Security")
LISTED = call("GET", "/finance/agreements", "", 403, "Security")

LINES: dict[str, Expected] = {
    "PATCH /service/tickets/42": PATCH,
    "patch /service/tickets/42": PATCH,
    "Patch service/tickets/42": PATCH,
    '"PATCH /service/tickets/42"': PATCH,
    "'PATCH /service/tickets/42/'": PATCH,
    "`PATCH /service/tickets/42`,": PATCH,
    "PATCH /service/tickets/42.": PATCH,
    "PATCH: /service/tickets/42": PATCH,
    "[PATCH] /service/tickets/42;": PATCH,
    "PATCH /service/tickets/42 HTTP/1.1": PATCH,
    "/service/tickets/42 PATCH": PATCH,
    "  PATCH   //service/tickets/42  ": PATCH,
    f"PATCH {API}/service/tickets/42": PATCH,
    f"PATCH {API}/service/tickets/42#notes": PATCH,
    f"PATCH <{API}/service/tickets/42>": PATCH,
    f"PATCH {HOST}:443/v2025_1/apis/3.0/service/tickets/42": PATCH,
    "PATCH https://cw.example.com/v4_6_Release/APIs/3.0/service/tickets/42": PATCH,
    "PATCH api-eu.myconnectwise.net/v4_6_release/apis/3.0/service/tickets/42": PATCH,
    "PATCH v4_6_release/apis/3.0/service/tickets/42": PATCH,
    "PATCH /apis/3.0/service/tickets/42": PATCH,
    f"PATCH {HOST}/service/tickets/42": PATCH,
    "PATCH $BASE/service/tickets/42": PATCH,
    "PATCH {{base_url}}/service/tickets/42": PATCH,
    "PATCH /service/tickets/42 403": DENIED,
    "PATCH /service/tickets/42 -> 403 Forbidden": DENIED,
    "PATCH /service/tickets/42 returned 403": DENIED,
    "PATCH /service/tickets/42: 403": DENIED,
    "PATCH /service/tickets/42 (403)": DENIED,
    "403 PATCH /service/tickets/42": DENIED,
    "403 Forbidden: PATCH /service/tickets/42": DENIED,
    "HTTP 403 on PATCH /service/tickets/42.": DENIED,
    f"PATCH /service/tickets/42 HTTP/1.1 403 {BODY}": REFUSED,
    "/service/tickets/42": call(None, "/service/tickets/42"),
    f"{API}/service/tickets/42": call(None, "/service/tickets/42"),
    "DELETE /time/entries/403": call("DELETE", "/time/entries/403"),
    "GET /Company/Companies": call("GET", "/Company/Companies"),
    "GET /company/companies?pageSize=1&page=403": call("GET", "/company/companies", "pageSize=1&page=403"),
    "GET /company/companies?conditions=id=5 HTTP/1.1 403": call("GET", "/company/companies", "conditions=id=5", 403),
    'GET /service/tickets?conditions=status/name = "New" and id > 300': call("GET", "/service/tickets", 'conditions=status/name = "New" and id > 300'),
    'GET /service/tickets?conditions=summary like "x" -> 403': call("GET", "/service/tickets", 'conditions=summary like "x"', 403),
    "PATCH /service/tickets/{id}": call("PATCH", "/service/tickets/{id}"),
    "PATCH /service/tickets/{{ CTX.ticket_id }}": call("PATCH", "/service/tickets/{CTX_ticket_id}"),
    "PATCH /service/tickets/${ticketId}/": call("PATCH", "/service/tickets/{ticketId}"),
    "PATCH /service/tickets/<ticket id>": call("PATCH", "/service/tickets/{ticketid}"),
    "PATCH /service/tickets/:id": call("PATCH", "/service/tickets/{id}"),
    "GET /system/mySecurity/customizeItems/": call("GET", "/system/mySecurity/customizeItems"),
    "PUT /no/such/place": call("PUT", "/no/such/place"),
}  # fmt: skip


@pytest.mark.parametrize("written", LINES)
def test_a_line_names_one_call(written: str) -> None:
    """A call is read from one line, however its address is spelled and wherever method and status stand."""
    assert found(written) == [LINES[written]]
    assert found(written, "call") == [LINES[written]]


CURL: dict[str, list[Expected]] = {
    f"curl -X PATCH '{API}/service/tickets/42'": [PATCH],
    f"curl '{API}/service/tickets/42' -X PATCH": [PATCH],
    f"curl -sSXPATCH {API}/service/tickets/42": [PATCH],
    f"curl --request=PATCH --url={API}/service/tickets/42": [PATCH],
    f"curl --request patch --url '{API}/service/tickets/42'": [PATCH],
    f"$ curl -kX 'PATCH' \"{API}/service/tickets/42\" -d '[]'": [PATCH],
    f"curl {API}/service/tickets/42": [call("GET", "/service/tickets/42")],
    f"curl -I {API}/service/tickets/42": [call("HEAD", "/service/tickets/42")],
    f"curl -T notes.txt {API}/system/documents": [call("PUT", "/system/documents")],
    f"curl {API}/service/tickets -d '{{\"summary\":\"a\"}}'": [call("POST", "/service/tickets")],
    f"curl --json '{{}}' {API}/service/tickets": [call("POST", "/service/tickets")],
    f"curl -F file=@a.txt {API}/system/documents": [call("POST", "/system/documents")],
    f"curl -G {API}/service/tickets -d pageSize=1 --data-urlencode 'conditions=a = 1'": [call("GET", "/service/tickets", "pageSize=1&conditions=a%20%3D%201")],
    "curl \"$BASE/service/tickets/42\" -X PATCH": [PATCH],
    f"curl --location --request PATCH '{API}/service/tickets/42' \\\n--header 'Authorization: Basic QUJDRA==' \\\n--data '[{{\"op\":\"replace\"}}]'": [PATCH],
    f"curl '{API}/service/tickets' \\\r\n  -H 'accept: */*' \\\r\n  --data-raw $'{{\"summary\":\"it\\'s; | here\"}}'": [call("POST", "/service/tickets")],
    f"curl \"{API}/service/tickets?a=1&b=2\" ^\n  -X \"PATCH\" ^\n  -H \"accept: a\" ^\n  --data-raw \"[{{\\\"op\\\":1}}]\"": [call("PATCH", "/service/tickets", "a=1&b=2")],
    f"curl ^\"{API}/service/tickets?a=1^&b=2^\" ^\r\n  -H ^\"authorization: Basic zzz^\" ^\r\n  --data-raw ^\"^{{^\\^\"a^\\^\":1^}}^\"": [call("POST", "/service/tickets", "a=1&b=2")],
    f"C:\\> curl -X PATCH \"{API}/service/tickets/42\" -d \"{{\"\"a\"\": \"\"b c\"\"}}\"": [PATCH],
    f"curl.exe -X PATCH \"{API}/service/tickets/42\" `\n  -H 'x: it''s' `\n  -d \"[`\"a`\"]\"": [PATCH],
    f"body=$(curl -s -X PATCH {API}/service/tickets/42)": [PATCH],
    f"# first\ncurl {API}/system/members; curl -X PATCH {API}/service/tickets/42 | jq .": [call("GET", "/system/members"), PATCH],
    f"curl -X DELETE {API}/time/entries/7 --next -X PATCH {API}/service/tickets/42": [call("DELETE", "/time/entries/7"), PATCH],
}  # fmt: skip


@pytest.mark.parametrize("written", CURL)
def test_a_curl_command_is_read_as_its_shell_would(written: str) -> None:
    """The method and address of a cURL command are found in bash, cmd and PowerShell spelling."""
    assert found(written) == CURL[written]
    assert found(written, "curl") == CURL[written]


TEXTS: dict[str, list[Expected]] = {
    f"Request failed: GET {API}/finance/agreements returned 403 {BODY}": [LISTED],
    f"Request failed: GET {API}/finance/agreements?conditions=id=0 returned 403 {BODY}": [call("GET", "/finance/agreements", "conditions=id=0", 403, "Security")],
    f"2026-11-24 10:11:12,312 ERROR PATCH {API}/service/tickets/42 failed with status code 403 in 212 ms": [DENIED],
    f"requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: {API}/system/members?page=1": [call(None, "/system/members", "page=1", 403)],
    f"403 Client Error: Forbidden for url: {API}/system/members\n404 Client Error: Not Found for url: {API}/company/companies/3": [call(None, "/system/members", "", 403), call(None, "/company/companies/3", "", 404)],
    f"403 Client Error: Forbidden for url: {API}/system/members; 404 Client Error: Not Found for url: {API}/company/companies/3": [call(None, "/system/members", "", 403), call(None, "/company/companies/3", "", 404)],
    "Traceback (most recent call last):\n  File \"/app/service/run.py\", line 403, in go\n    requests.patch(url)\n"
    f"requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: {API}/service/tickets/42\n": [call(None, "/service/tickets/42", "", 403)],
    f"    r = requests.patch('{API}/service/tickets/42', json=body)\nHTTP 403": [DENIED],
    f"httpx.HTTPStatusError: Client error '403 Forbidden' for url '{API}/service/boards'\nFor more information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/403": [call(None, "/service/boards", "", 403)],
    f"VERBOSE: GET {API}/system/info with 0-byte payload\nThe remote server returned an error: (403) Forbidden.": [call("GET", "/system/info", "", 403)],
    f"Invoke-RestMethod -Uri \"{API}/service/tickets/42\" -Method Patch -Headers $h\nInvoke-RestMethod : {BODY}": [call("PATCH", "/service/tickets/42", "", None, "Security")],
    f"> PATCH /v4_6_release/apis/3.0/service/tickets/42 HTTP/1.1\n> Authorization: Basic QUJD\n>\n< HTTP/1.1 403 Forbidden\n\n{BODY}\n": [REFUSED],
    f"PATCH /v4_6_release/apis/3.0/service/tickets/42 HTTP/1.1\r\nHost: a\r\n\r\n[]\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n{BODY}": [REFUSED],
    f"Status: 403\nURL: {API}/service/boards\nMethod: GET\n\nStatus: 404\nURL: {API}/service/boards/5\nMethod: DELETE": [call("GET", "/service/boards", "", 403), call("DELETE", "/service/boards/5", "", 404)],
    f"GET {API}/service/boards -> 200\nPATCH {API}/service/tickets/42 -> 403\n": [call("GET", "/service/boards", "", 200), DENIED],
    f"GET {API}/service/boards -> 200, then PATCH {API}/service/tickets/42 -> 403.": [call("GET", "/service/boards", "", 200), DENIED],
    "The workflow could not PATCH /service/tickets/42: it got a 403 Forbidden.": [DENIED],
    f"The step failed for {API}/service/tickets/42 (403). Method: PATCH": [DENIED],
    f"{{'method': 'PATCH', 'url': '{API}/service/tickets/42', 'status': 403, 'body': {BODY!r}}}": [REFUSED],
    json.dumps({"method": "PATCH", "url": f"{API}/service/tickets/42", "status_code": 403, "response": BODY}): [REFUSED],
    json.dumps({"method": "patch", "uri": "/service/tickets/42", "statusCode": "403", "body": json.loads(BODY)}, indent=2): [REFUSED],
    json.dumps({"request": {"method": "PATCH", "url": f"{API}/service/tickets/42"}, "response": {"status": 403, "text": BODY}}): [REFUSED],
    json.dumps({"message": "Request failed with status code 403", "config": {"method": "patch", "url": "/service/tickets/42", "baseURL": API, "data": "{\"code\":\"NoneOfThis\"}"}, "response": {"status": 403, "data": json.loads(BODY)}}): [REFUSED],
    json.dumps({"task": "update", "input": {"method": "PATCH", "url": "/service/tickets/42", "json": [{"op": "replace", "path": "/company/id", "value": 500}]}, "result": {"status": 403, "body": BODY}}): [REFUSED],
    json.dumps({"error": f"Request failed: GET {API}/finance/agreements returned 403 {BODY}"}): [LISTED],
    json.dumps([{"name": "a", "error": f"PATCH {API}/service/tickets/42 failed: 403 {BODY}"}, {"name": "b", "request": {"method": "GET", "url": f"{API}/finance/agreements"}, "response": {"status": 403, "body": BODY}}]): [REFUSED, LISTED],
    json.dumps({"a": {"url": f"{API}/finance/agreements", "method": "GET"}, "b": {"request": {"url": f"{API}/service/tickets/42", "method": "PATCH"}, "status": 403, "error": BODY}}): [call("GET", "/finance/agreements"), REFUSED],
    json.dumps(json.dumps({"method": "PATCH", "url": f"{API}/service/tickets/42", "status": 403, "body": BODY})): [REFUSED],
    json.dumps({"output": json.dumps({"output": json.dumps({"method": "PATCH", "url": f"{API}/service/tickets/42", "status": 403, "body": BODY})})}): [REFUSED],
    f'ERROR {{"level":"error","msg":"PATCH {API}/service/tickets/42 returned 403","body":{ESCAPED}}}': [REFUSED],
    f"PATCH {API}/service/tickets/42 returned 403 {ESCAPED}".replace("/", "\\/"): [REFUSED],
    f"Task failed. Details: {json.dumps({'method': 'PATCH', 'endpoint': '/service/tickets/42', 'code': 403, 'error': {'code': 'Security', 'message': MESSAGE}})} Retry later.": [REFUSED],
    f"GET {API}/company/companies/2 returned 200 {{\"id\":2,\"_info\":{{\"sites_href\":\"{API}/company/companies/2/sites\"}}}}": [call("GET", "/company/companies/2", "", 200)],
}  # fmt: skip


@pytest.mark.parametrize("written", TEXTS)
def test_text_from_a_tool_tells_of_its_calls(written: str) -> None:
    """Calls are found in prose, tracebacks and JSON, each with the status and body that are its own."""
    assert found(written) == TEXTS[written]
    assert found(written, "text") == TEXTS[written]


def found(written: str, kind: str = "auto") -> list[Expected]:
    calls = list(read(written, kind))  # type: ignore[arg-type]
    assert all(isinstance(one, Call) for one in calls), calls
    return [
        (one.method, one.path, one.query, one.status, one.code)
        for one in calls if isinstance(one, Call)
    ]  # fmt: skip


def test_the_message_of_a_refusal_is_kept_to_the_letter() -> None:
    """Only the exact words of the security refusal decide, so they are not touched."""
    (one,) = read(f"PATCH {API}/service/tickets/42 returned 403 {BODY}")
    assert isinstance(one, Call)
    assert one.message == MESSAGE


@pytest.mark.parametrize("wrapped", [
    BODY, ESCAPED, repr(json.loads(BODY)), json.dumps({"error": {"body": BODY}}),
    f"code: Security, message: '{MESSAGE}'", json.dumps([json.loads(BODY)]),
])  # fmt: skip
def test_a_body_is_read_however_it_is_wrapped(wrapped: str) -> None:
    """Code and message of the API are found in JSON, in escaped JSON, in a repr and in prose."""
    (one,) = read(f"PATCH /service/tickets/42 failed: 403 {wrapped}", "text")
    assert isinstance(one, Call)
    assert (one.code, one.message) == ("Security", MESSAGE)


def test_roots_are_those_of_the_catalogue(catalogue: Catalogue) -> None:
    """A bare path is taken for one of the API's only if the API has such paths."""
    first = {operation.path.split("/")[1].lower() for operation in catalogue.operations.values()}
    assert set(ROOTS) == first


def test_base64_bodies_are_opened() -> None:
    """A proxy that records bodies as base64 tells as much as one that does not."""
    content = {"encoding": "base64", "text": base64.b64encode(BODY.encode()).decode()}
    entry = {"request": {"method": "PATCH", "url": f"{API}/service/tickets/42"},
             "response": {"status": 403, "content": content}}  # fmt: skip
    assert found(json.dumps({"log": {"entries": [entry]}})) == [REFUSED]
