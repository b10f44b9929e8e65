"""What must never be kept: not in a call, not in what is told of, not in an error."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.calls import read
from auditor.calls.call import kept_message, kept_query
from auditor.errors import AuditError

API = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"
SECRET = "c2VjcmV0K1B1YmxpYzpwcml2YXRl"
GUID = "1f0a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"
URL = f"https://user:{SECRET}@cw.example.com/v4_6_release/apis/3.0/service/tickets"
QUERY = f"access_token={SECRET}&clientId={GUID}&api%5Fkey={SECRET}&sig={SECRET}&page=1"

HELD = {
    "line": f"GET {URL}?{QUERY} 403",
    "line without a path": f"Authorization: Basic {SECRET}",
    "curl": f"curl -u 'a+b:{SECRET}' -H 'Authorization: Basic {SECRET}' -b 's={SECRET}' "
            f"'{URL}?{QUERY}' -H 'clientId: {GUID}' -d 'password={SECRET}'",
    "curl of something else": f"curl -H 'Authorization: Basic {SECRET}' https://x.example/{SECRET}",
    "curl without an address": f"curl -H 'Authorization: Basic {SECRET}'",
    "curl with an unknown option": f"curl --unheard-of {SECRET} '{URL}' -X {SECRET}",
    "http": f"GET /v4_6_release/apis/3.0/service/tickets?{QUERY} HTTP/1.1\nAuthorization: Basic "
            f"{SECRET}\nCookie: a={SECRET}\nclientId: {GUID}\n\nHTTP/1.1 403 Forbidden\n"
            f"Set-Cookie: b={SECRET}\n\n{{\"code\":\"Security\",\"message\":\"m\"}}",
    "prose": f"GET {URL}?{QUERY} failed: 403 message: \"the token {SECRET} of {GUID} is no good\"",
    "json": json.dumps({"url": f"{URL}?{QUERY}", "method": "GET", "status": 403,
                        "headers": {"Authorization": f"Basic {SECRET}", "clientId": GUID},
                        "error": {"message": f"Bearer {SECRET} refused", "code": SECRET + "=="}}),
    "har": json.dumps({"log": {"entries": [
        {"request": {"method": "GET", "url": f"{URL}?{QUERY}", "headers": [
            {"name": "authorization", "value": f"Basic {SECRET}"}], "cookies": [
            {"name": "a", "value": SECRET}], "postData": {"text": f"password={SECRET}"}},
         "response": {"status": 401, "headers": [{"name": "set-cookie", "value": SECRET}],
                      "content": {"text": json.dumps({"code": "X", "message":
                                  f"clientId {GUID}, key={SECRET}, api_key: '{SECRET}'"})}}},
        {"request": {"method": "GET", "url": f"https://elsewhere.example/?token={SECRET}"}}]}}),
    "log": f"API Key,Method,URL,Response,Error\n{SECRET},GET,{URL}?{QUERY},403,password: {SECRET}\n"
           f"{SECRET},NOPE{SECRET},{URL},403,\n{SECRET},GET,{SECRET},403,\n",
    "log without headings": f"{SECRET}={SECRET},{GUID}\n{SECRET}={SECRET},{GUID}\n",
    "broken json": f'{{"log":{{"entries":[{{"request":{{"headers":"{SECRET}" {SECRET}',
}  # fmt: skip


@pytest.mark.parametrize("kind", ["auto", "call", "curl", "har", "api-log", "text"])
@pytest.mark.parametrize("name", HELD)
def test_no_secret_is_kept(tmp_path: Path, name: str, kind: Any) -> None:
    """No form, read as any kind, gives a secret away: neither in a result nor in an error."""
    path = tmp_path / "held"
    path.write_text(HELD[name])
    said = ""
    try:
        for found in read(path, kind):
            said += repr(found)
    except AuditError as error:
        said += f"{error} {error.hint}"
    assert said
    assert SECRET not in said
    assert GUID not in said


def test_a_query_keeps_what_is_no_secret() -> None:
    """Only the values of secrets are taken out of a query."""
    assert kept_query(QUERY) == "access_token=***&clientId=***&api%5Fkey=***&sig=***&page=1"
    plain = "conditions=company/identifier='Acme' and board/name='Help Desk'&fields=id&pageSize=25"
    assert kept_query(plain) == plain


@pytest.mark.parametrize("message", [
    "You do not have security permission to perform this action.",
    "SSL is required.", "The endpoint does not exist.", "UserNotAuthenticated",
    "API-only members do not have access to this module",
    "The supplied authentication is incorrect.", "Cannot route. Codebase/company is invalid",
    "Too many requests. Please try again in 30 seconds.", "ticket object is invalid",
    "summary is required.", "A registered clientId header is required.",
])  # fmt: skip
def test_the_words_of_the_api_stay_as_they_are(message: str) -> None:
    """Masking never touches what the API itself says."""
    assert kept_message(message) == message


def test_a_message_is_short_and_printable() -> None:
    """A message from a tenant is cut, and what a terminal would act on is taken out."""
    kept = kept_message("\x1b[31mred\x07 " + "long words " * 100)
    assert kept is not None
    assert len(kept) == 200
    assert kept.isprintable()
